"""How much an order may hold. Sizes are bytes."""

from __future__ import annotations

from dataclasses import dataclass

from oeuvre.kit.files.naming import MB


@dataclass(frozen=True, slots=True)
class Limits:
    file: int = 100 * MB
    files: int = 30
    """In one delivery, and among a buyer's answers."""
    delivery: int = 500 * MB
    """All files of one delivery."""
    milestones: int = 6
    criteria: int = 20
    questions: int = 20
    days: int = 365
    """The longest time of a milestone, and of an extension."""
    revisions: int = 20
    price: int = 1_000_000_00
    """Minor units; a typing mistake is likelier than a dearer order."""
    text: int = 5_000
    """Characters of a note, an answer, a request for a revision."""
    scope: int = 20_000
    """Characters of what an order is about."""
    text_words: int = 20
    """Fewer words say too little to tell their language."""
    media_seconds: int = 20
    """Processor time to read the facts of one recording or film."""
    media_memory: int = 1024 * MB
    """Address space of the process that does it."""


LIMITS = Limits()
