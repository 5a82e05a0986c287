"""Voices: recordings in, a voice that reads in their manner out."""
