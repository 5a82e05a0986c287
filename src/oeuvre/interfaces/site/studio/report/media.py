"""Recordings and pictures inside a report, for the page of its version."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from oeuvre.interfaces.site.studio.report.reading import mapping, rows, text

if TYPE_CHECKING:
    from oeuvre.interfaces.site.studio.report.reading import Json

SHOWN = frozenset({"audio/wav", "audio/flac", "audio/mpeg", "image/png", "image/jpeg", "image/webp"})
"""What a page plays or shows; nothing that could run in it."""


def media_type(sample: Json) -> str:
    """The media type of a sample's file; empty for a text, and for what no page shows."""
    found = text(mapping(sample, "media"), "mime")
    return found if found in SHOWN else ""


def media_of(report: Json, index: int) -> tuple[bytes, str] | None:
    """The file of a sample with its media type; None where there is none."""
    samples = rows(report, "samples")
    if not 0 <= index < len(samples) or not media_type(samples[index]):
        return None
    try:
        content = base64.b64decode(text(mapping(samples[index], "media"), "content"), validate=True)
    except binascii.Error:
        return None
    return content, media_type(samples[index])
