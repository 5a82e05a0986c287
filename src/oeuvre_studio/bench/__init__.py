"""Measuring the studio beside its peers, in one run on one machine."""
