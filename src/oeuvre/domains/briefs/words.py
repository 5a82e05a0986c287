"""Names of the catalogue's entries as people read them."""

from __future__ import annotations

from oeuvre.domains.catalog import selectors as catalog
from oeuvre.domains.catalog.errors import EntryNotFoundError


def category_name(key: str) -> str:
    """A leaf's name; of one that was hidden meanwhile, its key with spaces."""
    try:
        return catalog.leaf_get(key=key).category.name
    except EntryNotFoundError:
        return key.replace("-", " ").capitalize()
