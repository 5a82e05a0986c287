"""What is in an assistant, opened for its freelancer: the bank, the cases, what it learns from. Part of the selectors."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Case, IntegerField, Q, Value, When
from django.utils.translation import gettext as _

from oeuvre.domains.assistant.common import own_assistant
from oeuvre.domains.assistant.content import SettingsContent
from oeuvre.domains.assistant.decisions import DecisionText, decision_read
from oeuvre.domains.assistant.derived import Derived, derived_by
from oeuvre.domains.assistant.errors import AnswerNotFoundError, CaseNotFoundError
from oeuvre.domains.assistant.knowledge import settings_open
from oeuvre.domains.assistant.models import Answer, Assistant, RehearsalCase, RehearsalRun
from oeuvre.domains.assistant.readiness import Obstacle, obstacles_of
from oeuvre.domains.assistant.sealing import Opener, answer_context, case_context, case_decision_context
from oeuvre.domains.assistant.sources import SourceLink
from oeuvre.domains.assistant.states import RUN_OPEN, AnswerState
from oeuvre.domains.conversations import selectors as conversations

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from uuid import UUID

    from oeuvre.domains.conversations.models import Conversation
    from oeuvre.kit.actor import Actor


def assistant_of(*, actor: Actor) -> Assistant | None:
    """The actor's own assistant, if they have set one up."""
    if actor.user_id is None:
        return None
    return Assistant.objects.filter(freelancer_id=actor.user_id).first()


def settings_of(*, actor: Actor) -> SettingsContent:
    """What the actor set; the defaults before they have."""
    assistant = assistant_of(actor=actor)
    return settings_open(assistant) if assistant else SettingsContent()


def go_live_check(*, actor: Actor) -> list[Obstacle]:
    """What is still in the way of going live, most pressing first. Raises AssistantNotFoundError."""
    assistant = own_assistant(actor)
    return obstacles_of(assistant, settings_open(assistant))


# The bank


@dataclass(frozen=True, slots=True)
class AnswerText:
    """An answer as its freelancer reads it."""

    id: UUID
    question: str
    reply: str
    language: str
    status: str
    origin: str
    confidence: float | None
    sources: tuple[SourceLink, ...]
    asked: int
    created_at: datetime
    is_withdrawn: bool
    """Made from a conversation to which not both people agree any more, so that it is not used."""


@dataclass(frozen=True, slots=True)
class Bank:
    rows: list[AnswerText]
    counts: Mapping[str, int]
    """By status, of all answers."""
    is_drafting: bool


def bank_of(*, actor: Actor, status: str = "", words: str = "") -> Bank:
    """The actor's answers: drafts first, surest first, then the newest; with ``status`` or ``words`` those that match.

    Raises AssistantNotFoundError.
    """
    assistant = own_assistant(actor)
    rank = Case(When(status=AnswerState.DRAFTED, then=Value(0)), default=Value(1), output_field=IntegerField())
    rows = list(Answer.objects.filter(assistant=assistant).order_by(rank, "-confidence", "-created_at", "pk"))
    shown = [row for row in rows if not status or row.status == status]
    texts = _answers(actor, shown)
    wanted = words.casefold().split()
    found = [text for text in texts if all(word in f"{text.question} {text.reply}".casefold() for word in wanted)]
    return Bank(found, Counter(row.status for row in rows), assistant.drafting_since is not None)


def answer_get(*, actor: Actor, answer_id: UUID) -> AnswerText:
    """One of the actor's answers. Raises AnswerNotFoundError."""
    row = Answer.objects.filter(pk=answer_id, assistant__freelancer_id=actor.person_id).first()
    if row is None:
        raise AnswerNotFoundError(_("There is no such answer in your bank."))
    return _answers(actor, [row])[0]


def _answers(actor: Actor, rows: list[Answer]) -> list[AnswerText]:
    opener = Opener(actor.person_id)
    agreed = _agreed(actor) if any(row.conversations for row in rows) else set()
    texts = []
    for row in rows:
        said = opener.value(row.sealed, answer_context(row))
        texts.append(
            AnswerText(
                id=row.pk,
                question=said["question"],
                reply=said["reply"],
                language=row.language,
                status=row.status,
                origin=row.origin,
                confidence=row.confidence,
                sources=tuple(SourceLink(**one) for one in said["links"]),
                asked=row.asked,
                created_at=row.created_at,
                is_withdrawn=not set(row.conversations) <= agreed,
            )
        )
    return texts


def _agreed(actor: Actor) -> set[UUID]:
    rows = conversations.learnable(actor=actor, freelancer_id=actor.person_id)
    return set(rows.values_list("pk", flat=True))


# What it learns from


@dataclass(frozen=True, slots=True)
class LearningRow:
    """A conversation, who of the two agrees since when, and what was made from it."""

    conversation_id: UUID
    other_name: str
    subject_label: str
    last_message_at: datetime
    own_consent: datetime | None
    other_consent: datetime | None
    derived: tuple[SourceLink, ...]

    @property
    def is_learnable(self) -> bool:
        return bool(self.own_consent and self.other_consent)


def learning_list(*, actor: Actor) -> list[LearningRow]:
    """Every conversation of the actor as a freelancer, the latest first."""
    rows = list(conversations.learning_of(actor=actor))
    derived = derived_by(freelancer_id=actor.person_id, conversation_ids=[row.pk for row in rows])
    return [_learning(row, derived[row.pk]) for row in rows]


def _learning(row: Conversation, derived: Derived) -> LearningRow:
    consents: dict[str, datetime | None] = {side: getattr(row, f"{side}_consent") for side in ("buyer", "freelancer")}
    return LearningRow(
        conversation_id=row.pk,
        other_name=row.buyer.public_name,
        subject_label=row.subject_label,
        last_message_at=row.last_message_at,
        own_consent=consents["freelancer"],
        other_consent=consents["buyer"],
        derived=derived.all,
    )


# Rehearsals


@dataclass(frozen=True, slots=True)
class RehearsalState:
    """How the last rehearsal is doing."""

    run_id: UUID
    status: str
    is_whole: bool
    done: int
    total: int
    failing: int
    started_at: datetime | None
    finished_at: datetime | None
    is_current: bool
    """Whether nothing changed since every case that must pass passed."""

    @property
    def is_open(self) -> bool:
        return self.status in RUN_OPEN


@dataclass(frozen=True, slots=True)
class CaseText:
    """A rehearsed message and what the assistant would have said."""

    id: UUID
    text: str
    origin: str
    language: str
    audience: str
    must_pass: bool
    mark: str
    is_passing: bool | None
    expected: tuple[str, ...]
    """Actions that a built-in case takes for right."""
    decision: DecisionText | None


def rehearsal_state(*, actor: Actor) -> RehearsalState | None:
    """The run that is under way, else the last that tried every case; None before the first.

    Raises AssistantNotFoundError.
    """
    assistant = own_assistant(actor)
    is_open = Case(When(status__in=RUN_OPEN, then=Value(0)), default=Value(1), output_field=IntegerField())
    told = RehearsalRun.objects.filter(Q(status__in=RUN_OPEN) | Q(is_whole=True), assistant=assistant)
    run = told.order_by(is_open, "-created_at").first()
    if run is None:
        return None
    return RehearsalState(
        run_id=run.pk,
        status=run.status,
        is_whole=run.is_whole,
        done=run.done,
        total=run.total,
        failing=run.failing,
        started_at=run.started_at,
        finished_at=run.finished_at,
        is_current=bool(assistant.passed_fingerprint),
    )


def cases_of(*, actor: Actor) -> list[CaseText]:
    """The actor's cases, except those from conversations to which not both agree any more: those that must pass and fail
    first, then those that must pass, then those that nobody has judged. Raises AssistantNotFoundError.
    """
    assistant = own_assistant(actor)
    failing = Q(must_pass=True, is_passing=False)
    rank = Case(
        When(failing, then=Value(0)),
        When(must_pass=True, then=Value(1)),
        When(mark="", then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    rows = RehearsalCase.objects.filter(assistant=assistant, conversations__contained_by=list(_agreed(actor)))
    return _cases(actor, rows.order_by(rank, "created_at", "pk"))


def case_get(*, actor: Actor, case_id: UUID) -> CaseText:
    """One of them. Raises CaseNotFoundError."""
    rows = RehearsalCase.objects.filter(pk=case_id, assistant__freelancer_id=actor.person_id)
    found = _cases(actor, rows)
    if not found:
        raise CaseNotFoundError(_("There is no such case of yours."))
    return found[0]


def _cases(actor: Actor, rows: Iterable[RehearsalCase]) -> list[CaseText]:
    opener = Opener(actor.person_id)
    found = []
    for row in rows:
        raw = opener.value(row.sealed_decision, case_decision_context(row))
        found.append(
            CaseText(
                id=row.pk,
                text=opener.value(row.sealed, case_context(row)),
                origin=row.origin,
                language=row.language,
                audience=row.audience,
                must_pass=row.must_pass,
                mark=row.mark,
                is_passing=row.is_passing,
                expected=tuple(row.expected),
                decision=decision_read(raw) if raw else None,
            )
        )
    return found
