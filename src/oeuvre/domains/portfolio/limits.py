"""How much a freelancer may bring at once. Sizes are bytes."""

from __future__ import annotations

from dataclasses import dataclass

from oeuvre.kit.files.naming import KB, MB, in_words

__all__ = ["KB", "LIMITS", "MB", "Limits", "in_words"]


@dataclass(frozen=True, slots=True)
class Limits:
    text_file: int = 2 * MB
    """A plain text; about 350,000 words."""
    document: int = 10 * MB
    """A DOCX or PDF file."""
    archive: int = 300 * MB
    """A ZIP file as it arrives: half an hour of mono at 48 kHz and 24 bits, as WAV. It is read where it lies, a file at a
    time."""
    archive_entries: int = 500
    document_parts: int = 2000
    """Files inside a DOCX."""
    archive_unpacked: int = 600 * MB
    """Everything in a ZIP file, unpacked. No two of its files are in memory at once."""
    document_unpacked: int = 200 * MB
    """Everything in a DOCX file, unpacked."""
    archive_ratio: int = 100
    """Unpacked to packed. Prose packs about 3 to 1 and repetitive source code about 20 to 1."""
    ratio_free: int = 1 * MB
    """Below this unpacked size the ratio does not matter: nothing that small is a bomb."""
    works_list: int = 1 * MB
    """A ``works.json``."""
    pdf_pages: int = 2000
    document_seconds: int = 20
    """Processor time to get the text out of one PDF, DOCX or HTML file."""
    document_memory: int = 1024 * MB
    """Address space of the process that does it."""
    picture: int = 25 * MB
    picture_edge: int = 128
    """Pixels of a picture's shorter side: less shows too little of how somebody draws."""
    picture_pixels: int = 50_000_000
    """An A3 page at 450 dpi has 39 million; looking at a picture takes about 16 bytes for each."""
    picture_seconds: int = 20
    """Processor time to look at one picture."""
    picture_memory: int = 2048 * MB
    """Address space of the process that does it."""
    recording: int = 95 * MB
    """Ten minutes of mono at 48 kHz and 24 bits have 82 MB as WAV; the studio takes 100 million bytes."""
    recording_shortest: int = 2
    """Seconds; the studio's least."""
    recording_longest: int = 600
    """Seconds; the studio's most."""
    recording_rate: int = 16_000
    """Hz. What tells voices apart lies below 8 kHz, and half the rate is the highest that is kept."""
    recording_silent: int = -45
    """dBFS of the highest sample; below, raising the level raises the microphone's noise with it."""
    recording_clipped: float = 0.001
    """Share of samples in flat tops that makes a recording sound distorted."""
    works: int = 5000
    """Works of one freelancer."""
    title: int = 200
    keywords: int = 20
    evidence: int = 2000
    min_words: int = 20
    """Below this a text says next to nothing about how somebody writes; the studio leaves it out too."""


LIMITS = Limits()
