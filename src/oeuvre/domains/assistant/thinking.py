"""The one way to the engine: what services ask it, with the site's vectors and chat model. Tests put a script here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from oeuvre.domains.assistant import ports
from oeuvre.domains.assistant.engine import bank, deciding, rehearsal
from oeuvre.domains.assistant.engine.bank import DraftAnswer
from oeuvre.domains.assistant.engine.rehearsal import BuiltinCase
from oeuvre.domains.assistant.engine.types import Situation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from oeuvre.domains.assistant.engine.types import Decision, Sentence
    from oeuvre.domains.assistant.knowledge import Known

__all__ = ["BuiltinCase", "DraftAnswer", "bank_draft", "builtin_cases", "decide", "prepare"]

_prepared: set[str] = set()
"""Fingerprints of what this process has read."""


def decide(
    message: str, *, known: Known, situation: Situation, on_sentence: Callable[[Sentence], bool] | None = None
) -> Decision:
    """What the assistant does with a message, and why."""
    return deciding.decide(
        message,
        knowledge=known.knowledge,
        rules=known.settings.rules,
        situation=situation,
        vectors=ports.VECTORS,
        reader=ports.reader(),
        chat=ports.chat(),
        on_sentence=on_sentence,
    )


def prepare(*, known: Known) -> None:
    """Have this process learn what the engine learns once, and read this freelancer's sources, before a buyer waits for it."""
    if known.fingerprint in _prepared:
        return
    if ports.VECTORS.of([known.knowledge.profile.name or "Hello"]) is None:
        return  # without vectors there is nothing to keep
    situation = Situation(timezone.now())
    deciding.decide(
        "Hello",
        knowledge=known.knowledge,
        rules=known.settings.rules,
        situation=situation,
        vectors=ports.VECTORS,
        reader=ports.reader(),
    )
    _prepared.add(known.fingerprint)


def bank_draft(questions: Sequence[str], *, known: Known) -> list[DraftAnswer]:
    """Answers to what buyers asked, from the freelancer's sources, for the freelancer to judge."""
    return bank.bank_draft(questions, known.knowledge, ports.VECTORS)


def builtin_cases(groups: Iterable[str], languages: Iterable[str]) -> list[BuiltinCase]:
    """What comes with the site to rehearse, for some groups of categories and languages."""
    return rehearsal.builtin_cases(groups, languages)
