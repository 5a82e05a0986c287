"""What a page may ask of the database."""

MOST_QUERIES = 12
"""Statements for one GET of a page, looking up the session and who it belongs to included."""
