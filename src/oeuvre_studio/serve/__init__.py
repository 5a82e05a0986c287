"""Serving versions over HTTP in the OpenAI format."""
