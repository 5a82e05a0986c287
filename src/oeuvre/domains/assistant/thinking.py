"""The one way to the engine: what services ask it, with the site's vectors and chat model. Tests put a script here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from oeuvre.domains.assistant.engine.types import Action, Audience, Decision

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from oeuvre.domains.assistant.engine.types import Sentence, Situation
    from oeuvre.domains.assistant.knowledge import Known


@dataclass(frozen=True, slots=True)
class Drafted:
    """An answer that was drafted for the bank. ``asked_texts`` are the questions that it was made for, as they were asked."""

    question: str
    reply: str
    sources: tuple[str, ...]
    confidence: float
    asked: int
    language: str = "en"
    asked_texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BuiltinCase:
    """A message that comes with the site, with the actions that are right."""

    key: str
    text: str
    language: str
    audience: Audience
    actions: tuple[Action, ...]


def decide(
    message: str, *, known: Known, situation: Situation, on_sentence: Callable[[Sentence], bool] | None = None
) -> Decision:
    """What the assistant does with a message, and why."""
    return Decision(Action.HAND_OFF, "unsupported", 0.0, summary=message[:200])


def bank_draft(questions: Sequence[str], *, known: Known) -> list[Drafted]:
    """Answers to what buyers asked, from the freelancer's sources, for the freelancer to judge."""
    return []


def builtin_cases(groups: Iterable[str], languages: Iterable[str]) -> list[BuiltinCase]:
    """What comes with the site to rehearse, for some groups of categories and languages."""
    return []
