"""Tests of the patch model."""
