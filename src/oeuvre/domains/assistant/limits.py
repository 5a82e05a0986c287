"""How much an assistant may hold and do. Lengths are characters."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    languages: int = 8
    topics: int = 20
    """Of each kind: matters that are handed off, work that is refused, questions never answered."""
    topic: int = 80
    examples: int = 10
    """Of one topic."""
    example: int = 200
    notes: int = 20
    note_title: int = 100
    note: int = 3000
    windows: int = 21
    """Office hours: three a day."""
    discount: int = 50
    """Percent: a typing mistake is likelier above."""
    copies: int = 50
    question: int = 500
    reply: int = 2000
    answers: int = 300
    drafts: int = 40
    """Answers drafted at once."""
    cases: int = 200
    case: int = 4000
    enquiries: int = 40
    """Past enquiries that a rehearsal takes."""
    talks: int = 200
    """Agreed conversations that are read, the latest first."""
    messages: int = 1500
    """Messages in them that are read."""
    passages: int = 300
    """Pairs of question and reply from them."""
    passage: int = 1200
    turns: int = 30
    """Messages before the present one that it looks at."""
    lease: int = 90
    """Seconds after which somebody who works on a message and says nothing counts as gone."""
    patience: int = 900
    """Seconds after which a message that still waits is left to the freelancer: an answer would come out of the blue."""
    live_sentences: int = 60


LIMITS = Limits()
