"""Tests of the voice modality, without a downloaded model: made tones, stand-ins, tiny networks."""
