"""What the assistant's pages share: who may open them, and replies with numbered sources."""

from __future__ import annotations

from dataclasses import dataclass
from functools import update_wrapper
from typing import TYPE_CHECKING, Concatenate, ParamSpec, cast

from django.shortcuts import redirect

from oeuvre.domains.assistant import selectors
from oeuvre.domains.assistant.engine.types import Action
from oeuvre.interfaces.site.assistant.wording import action_words, confidence_words, tone_of
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from oeuvre.domains.assistant.models import Assistant
    from oeuvre.domains.assistant.selectors import DecisionText, SourceLink

P = ParamSpec("P")


class AssistantRequest(StudioRequest):
    """A request of a freelancer who has an assistant."""

    assistant: Assistant


def assistant_page(
    view: Callable[Concatenate[AssistantRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Lets freelancers in who have an assistant; others see first what it is."""

    def wrapper(request: StudioRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        found = selectors.assistant_of(actor=request.actor)
        if found is None:
            return redirect("assistant:overview")
        known = cast("AssistantRequest", request)
        known.assistant = found
        return view(known, *args, **kwargs)

    return freelancer_page(update_wrapper(wrapper, view))


@dataclass(frozen=True, slots=True)
class Note:
    """A source with its number on the page."""

    number: int
    source: SourceLink


@dataclass(frozen=True, slots=True)
class Shown:
    """A decision as it is read: what was done, the reply sentence by sentence with the numbers of its sources."""

    action: str
    action_words: str
    sentences: list[tuple[str, list[Note]]]
    notes: list[Note]
    summary: str
    confidence: str
    tone: str
    language: str


def shown(decision: DecisionText | None, *, done: bool = True) -> Shown | None:
    """Sources are numbered in the order in which they are cited first. How sure a hand-off was supports nothing that was said."""
    if decision is None:
        return None
    notes: dict[str, Note] = {}
    for sentence in decision.sentences:
        for source in sentence.sources:
            notes.setdefault(source.id, Note(len(notes) + 1, source))
    support = None if decision.action == Action.HAND_OFF else decision.confidence
    return Shown(
        action=decision.action,
        action_words=action_words(decision.action, decision.task_kind, done=done),
        sentences=[
            (sentence.text, [notes[source.id] for source in sentence.sources]) for sentence in decision.sentences
        ],
        notes=list(notes.values()),
        summary=decision.summary,
        confidence=confidence_words(support),
        tone=tone_of(support),
        language=decision.language,
    )
