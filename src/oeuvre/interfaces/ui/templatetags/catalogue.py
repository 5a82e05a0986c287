"""What pages say of the catalogue's keys."""

from __future__ import annotations

from django import template

from oeuvre.domains.catalog.selectors import category_names

register = template.Library()


@register.filter
def category_name(key: str) -> str:
    """A category's name by its key, which no reader should see; of one that is gone, the key's words."""
    return category_names().get(key) or key.replace("-", " ").capitalize()
