"""Pieces in pages: the template of their modality, the text of those that are made of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

from oeuvre.interfaces.site.market.prose import prose as prose_of
from oeuvre.interfaces.site.market.sealed import sealed_lines

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from oeuvre.domains.creation.models import CreationModel, Generation

register = template.Library()


@register.filter
def template_in(model: CreationModel, folder: str) -> str:
    """The template that shows what a model makes: ``market/piece`` of a text is ``market/piece/text.html``."""
    return f"{folder}/{model.modality}.html"


@register.filter
def prose(text: str) -> SafeString:
    """A text with its paragraphs, emphasis and lists; everything else is escaped."""
    return prose_of(text)


@register.filter
def hidden_words(generation: Generation) -> int:
    """Words of a text that its preview does not show."""
    return round(generation.size) - len(generation.preview.split())


@register.filter
def sealed(generation: Generation) -> SafeString:
    """Those words as a drawing without a word in it."""
    return sealed_lines(generation.pk, hidden_words(generation))
