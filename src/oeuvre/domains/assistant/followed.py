"""What an assistant did and does: exchanges, threads, drafts, live text, costs. Part of the selectors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.db.models.functions import TruncMonth

from oeuvre.domains.assistant.common import own_assistant, own_exchange
from oeuvre.domains.assistant.decisions import DecisionText, decision_read
from oeuvre.domains.assistant.models import Answer, Assistant, Correction, Exchange, Thread
from oeuvre.domains.assistant.sealing import Opener, decision_context, live_context
from oeuvre.domains.assistant.states import (
    AnswerState,
    AskedBy,
    AssistantState,
    ExchangeState,
    Holder,
)
from oeuvre.domains.conversations import selectors as conversations
from oeuvre.kit.counts import counts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from django.db.models import QuerySet

    from oeuvre.domains.conversations.models import Conversation
    from oeuvre.kit.actor import Actor


# What it did


@dataclass(frozen=True, slots=True)
class ExchangeText:
    """A message that was handled, for the freelancer."""

    id: UUID
    conversation_id: UUID
    other_name: str
    created_at: datetime
    status: str
    reason: str
    asked: str
    """The buyer's words; empty where they are gone, and for a routine task of the schedule."""
    decision: DecisionText | None
    message_id: UUID | None
    """Of the reply that was sent, if one was."""
    seconds: float | None
    tokens: int
    task_kind: str
    is_corrected: bool


def exchanges_of(*, actor: Actor, outcome: str = "", most: int = 200) -> list[ExchangeText]:
    """What the actor's assistant handled, the latest first, up to ``most``. Raises AssistantNotFoundError."""
    rows = Exchange.objects.filter(assistant=own_assistant(actor))
    rows = rows.filter(status=outcome) if outcome else rows
    return _exchanges(actor, list(_with_all(rows).order_by("-created_at", "pk")[:most]))


def exchange_get(*, actor: Actor, exchange_id: UUID) -> ExchangeText:
    """One of them; a message that the assistant sent has the same id. Raises ExchangeNotFoundError."""
    exchange = own_exchange(actor, exchange_id)
    return _exchanges(actor, list(_with_all(Exchange.objects.filter(pk=exchange.pk))))[0]


def _with_all(rows: QuerySet[Exchange]) -> QuerySet[Any]:
    corrected = Correction.objects.filter(exchange=OuterRef("pk"))
    return rows.select_related("conversation__buyer").annotate(is_corrected=Exists(corrected))


def _exchanges(actor: Actor, rows: Sequence[Any]) -> list[ExchangeText]:
    opener = Opener(actor.person_id)
    words = _words(actor, rows)
    found = []
    for row in rows:
        raw = opener.value(row.sealed_decision, decision_context(row))
        was_sent = row.status == ExchangeState.SENT or (row.status == ExchangeState.HANDED_OFF and raw)
        found.append(
            ExchangeText(
                id=row.pk,
                conversation_id=row.conversation_id,
                other_name=row.conversation.buyer.public_name,
                created_at=row.created_at,
                status=row.status,
                reason=row.reason,
                asked=words.get(row.pk, ""),
                decision=decision_read(raw) if raw else None,
                message_id=row.pk if was_sent else None,
                seconds=row.seconds,
                tokens=row.tokens,
                task_kind=row.task_kind,
                is_corrected=row.is_corrected,
            )
        )
    return found


def _words(actor: Actor, rows: Iterable[Exchange]) -> dict[UUID, str]:
    """What the buyers of some exchanges asked, where it can be read."""
    wanted = {row.pk: list(row.asked_ids) for row in rows}
    bodies = conversations.messages_named(actor=actor, ids=[pk for ids in wanted.values() for pk in ids])
    found = {pk: "\n".join(bodies[one] for one in ids if bodies.get(one)) for pk, ids in wanted.items()}
    return {pk: text for pk, text in found.items() if text}


def exchange_questions(*, actor: Actor, exchange_ids: Sequence[UUID]) -> dict[UUID, str]:
    """What the buyers asked in some of the actor's own exchanges; what is gone is left out."""
    rows = Exchange.objects.filter(pk__in=list(exchange_ids), assistant__freelancer_id=actor.person_id)
    return _words(actor, rows.only("pk", "asked_ids"))


@dataclass(frozen=True, slots=True)
class ExchangeFacts:
    """An exchange in figures and codes, without a word of anybody's."""

    id: UUID
    conversation_id: UUID
    created_at: datetime
    outcome: str
    action: str
    reason: str
    aspects: tuple[str, ...]
    seconds: float | None
    waited: float | None
    """Seconds from the buyer's message to the end."""
    language: str
    audience: str
    task_kind: str


def exchange_facts(*, freelancer_id: UUID, since: datetime) -> list[ExchangeFacts]:
    """What buyers wrote and what became of it, oldest first; without the tasks of the schedule. One query."""
    rows = Exchange.objects.filter(assistant__freelancer_id=freelancer_id, created_at__gte=since)
    return [
        ExchangeFacts(
            id=row.pk,
            conversation_id=row.conversation_id,
            created_at=row.created_at,
            outcome=row.status,
            action=row.action,
            reason=row.reason,
            aspects=tuple(row.aspects),
            seconds=row.seconds,
            waited=(row.ended_at - row.created_at).total_seconds() if row.ended_at else None,
            language=row.language,
            audience=row.audience,
            task_kind=row.task_kind,
        )
        for row in rows.exclude(asked_ids=[]).defer("sealed_decision", "sealed_live").order_by("created_at", "pk")
    ]


@dataclass(frozen=True, slots=True)
class Costs:
    """What a month took. ``seconds`` are of work, ``tokens`` of the chat model."""

    month: datetime
    exchanges: int
    sent: int
    drafted: int
    handed_off: int
    tokens: int
    seconds: float


def costs_of(*, actor: Actor) -> list[Costs]:
    """Month by month, the latest first."""
    rows = (
        Exchange.objects.filter(assistant__freelancer_id=actor.person_id)
        .annotate(month=TruncMonth("created_at"))
        .values("month")
        .annotate(
            exchanges=Count("pk"),
            sent=Count("pk", filter=Q(status=ExchangeState.SENT)),
            drafted=Count("pk", filter=Q(status=ExchangeState.DRAFTED)),
            handed_off=Count("pk", filter=Q(status=ExchangeState.HANDED_OFF)),
            spent=Sum("tokens"),
            worked=Sum("seconds"),
        )
        .order_by("-month")
    )
    return [
        Costs(
            month=row["month"],
            exchanges=row["exchanges"],
            sent=row["sent"],
            drafted=row["drafted"],
            handed_off=row["handed_off"],
            tokens=row["spent"] or 0,
            seconds=row["worked"] or 0.0,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for the freelancer, and what their bank holds."""

    handed_off: int
    """Conversations that the assistant handed over, or a buyer asked for them in, and they have not written since."""
    drafts: int
    answers: int
    """Drafted ones in the bank."""
    accepted: int
    """Answers in use."""
    asked: int
    """Conversations that the other one agreed to learning from, and they did not."""


def waiting_of(*, actor: Actor) -> Waiting:
    """Nothing, before there is an assistant. One query."""
    mine = {"assistant__freelancer_id": actor.person_id}
    threads = Thread.objects.filter(**mine, holder=Holder.HUMAN, answered_at=None)
    found = counts(
        threads.exclude(asked_by=AskedBy.FREELANCER),
        Exchange.objects.filter(**mine, status=ExchangeState.DRAFTED),
        Answer.objects.filter(**mine, status=AnswerState.DRAFTED),
        Answer.objects.filter(**mine, status=AnswerState.ACCEPTED),
        conversations.learning_of(actor=actor).filter(buyer_consent__isnull=False, freelancer_consent=None),
    )
    return Waiting(*found)


# One conversation


@dataclass(frozen=True, slots=True)
class ThreadState:
    """Who answers in a conversation where an assistant is live; for both of its people."""

    freelancer_id: UUID
    is_with_assistant: bool
    since: datetime | None
    """None where nobody has written since it is live."""
    asked_by: str
    is_writing: bool

    @property
    def human_asked(self) -> bool:
        """Whether the buyer asked for the freelancer in person."""
        return self.asked_by == AskedBy.BUYER


def is_live(*, freelancer_id: UUID) -> bool:
    """Whether the freelancer's assistant may answer who writes to them now: everybody may know that beforehand."""
    return Assistant.objects.filter(freelancer_id=freelancer_id, status=AssistantState.LIVE).exists()


def thread_of(*, actor: Actor, conversation: Conversation) -> ThreadState | None:
    """None where no live assistant answers, and for anybody but the two."""
    if actor.user_id is None or actor.user_id not in (conversation.buyer_id, conversation.freelancer_id):
        return None
    writing = Exchange.objects.filter(conversation=conversation, status=ExchangeState.WORKING)
    live = Assistant.objects.filter(freelancer_id=conversation.freelancer_id, status=AssistantState.LIVE)
    thread = Thread.objects.filter(conversation=conversation)
    row = live.annotate(
        is_writing=Exists(writing),
        holder=thread.values("holder")[:1],
        held_since=thread.values("since")[:1],
        wanted_by=thread.values("asked_by")[:1],
    ).first()
    if row is None:
        return None
    return ThreadState(
        freelancer_id=conversation.freelancer_id,
        is_with_assistant=row.holder != Holder.HUMAN,
        since=row.held_since,
        asked_by=row.wanted_by or "",
        is_writing=row.is_writing,
    )


@dataclass(frozen=True, slots=True)
class DraftText:
    """A reply that waits for the freelancer's word."""

    exchange_id: UUID
    text: str
    decision: DecisionText


@dataclass(frozen=True, slots=True)
class LiveText:
    """What the assistant is writing now, as far as it was checked."""

    exchange_id: UUID
    text: str


def draft_of(*, actor: Actor, conversation: Conversation) -> DraftText | None:
    """For the freelancer; nobody else sees a draft."""
    if actor.user_id is None or actor.user_id != conversation.freelancer_id:
        return None
    row = Exchange.objects.filter(conversation=conversation, status=ExchangeState.DRAFTED).first()
    if row is None:
        return None
    decision = decision_read(Opener(conversation.freelancer_id).value(row.sealed_decision, decision_context(row)))
    return DraftText(row.pk, decision.text, decision)


def live_text(*, actor: Actor, conversation: Conversation) -> LiveText | None:
    """For both of the two, while it writes."""
    if actor.user_id is None or actor.user_id not in (conversation.buyer_id, conversation.freelancer_id):
        return None
    row = Exchange.objects.filter(conversation=conversation, status=ExchangeState.WORKING).first()
    if row is None:
        return None
    return LiveText(row.pk, Opener(conversation.freelancer_id).value(row.sealed_live, live_context(row)) or "")
