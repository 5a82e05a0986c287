"""Names of the catalogue's entries as people read them."""

from __future__ import annotations

from oeuvre.domains.catalog import selectors as catalog
from oeuvre.kit.actor import Actor


def category_name(key: str) -> str:
    """A leaf's name; of one that was hidden meanwhile, its key with spaces."""
    groups = catalog.category_tree(actor=Actor.anonymous())
    names = {leaf.category.key: leaf.category.name for group in groups for leaf in group.leaves}
    return names.get(key) or key.replace("-", " ").capitalize()
