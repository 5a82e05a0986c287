"""Pieces in pages: the template of their modality, the text of those that are made of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.urls import reverse
from django.utils.html import format_html

from oeuvre.domains.portfolio.modalities.table import MODALITIES
from oeuvre.interfaces.site.market.prose import prose as prose_of
from oeuvre.interfaces.site.market.sealed import sealed_lines
from oeuvre.interfaces.ui.marks import mark as draw_mark

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from oeuvre.domains.creation.models import CreationModel, Generation

register = template.Library()


@register.filter
def template_in(model: CreationModel, folder: str) -> str:
    """The template that shows what a model makes: ``market/piece`` of a text is ``market/piece/text.html``."""
    return f"{folder}/{model.modality}.html"


@register.simple_tag
def piece_cover(generation: Generation, seed: str, *, is_open: bool = True) -> SafeString:
    """Beside what is said of a piece: its preview, where it is a picture and may be seen; else its model's cover."""
    works = MODALITIES.get(generation.model.modality)
    if is_open and generation.preview_key and works is not None and works.is_gallery:
        address = reverse("pieces:preview", args=[generation.pk])
        return format_html('<img class="cover cover--picture" src="{}" alt="" loading="lazy">', address)
    return draw_mark(seed, width=320, height=200, css="cover")


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
