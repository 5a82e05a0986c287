"""A buyer's message is answered, drafted, or handed to the freelancer. What the worker does.

Nothing is locked while the engine thinks. Before anything is sent, the conversation, its thread and the exchange are locked in
this order, and all of it must be as it was: no newer message, nobody who took over, nobody else at work on it. The message,
its outcome and the mail are one transaction, and the message has the exchange's id.

Imported through ``services``.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from oeuvre.domains.assistant import notices, thinking
from oeuvre.domains.assistant.common import SYSTEM, pages_wake, thread_locked, thread_to_human
from oeuvre.domains.assistant.decisions import decision_json
from oeuvre.domains.assistant.engine.types import Action, Decision, Policy, Sentence
from oeuvre.domains.assistant.errors import ConsentWithdrawnError, OfferOutsideLimitsError
from oeuvre.domains.assistant.knowledge import Known, known_by, require_agreed
from oeuvre.domains.assistant.limits import LIMITS
from oeuvre.domains.assistant.models import Exchange
from oeuvre.domains.assistant.sealing import decision_context, live_context, seal
from oeuvre.domains.assistant.services.rerunning import assistant_changed
from oeuvre.domains.assistant.services.routine import card_of, offer_locks, offer_make
from oeuvre.domains.assistant.situation import Asked, asked_in
from oeuvre.domains.assistant.states import EXCHANGE, AskedBy, AssistantState, ExchangeState, Holder
from oeuvre.domains.assistant.wording import hand_off_words
from oeuvre.domains.billing import selectors as billing
from oeuvre.domains.billing.states import Feature
from oeuvre.domains.conversations import services as conversations
from oeuvre.domains.conversations.errors import BlockedError, MessageInvalidError, RecipientGoneError
from oeuvre.kit.locks import lock_names, lock_rows
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.assistant.models import Assistant

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Work:
    """An exchange that this worker works on, with the number that says so."""

    exchange: Exchange
    attempt: int
    began: float

    @property
    def assistant(self) -> Assistant:
        return self.exchange.assistant


def reply_execute(*, exchange_id: UUID) -> ExchangeState | None:
    """Answer what waits; returns what became of it, or None where there was nothing to do for this worker.

    Safe to repeat: what was sent is over, and what somebody else works on is left to them until they give no sign any more.
    """
    work = _claim(exchange_id)
    if work is None:
        return None
    try:
        outcome = _answer(work) or _close(work, ExchangeState.STOPPED, "overtaken")
    except Exception:
        logger.exception("An assistant could not answer exchange %s.", exchange_id)
        outcome = _close(work, ExchangeState.FAILED, "failed")
    _next_start(work.assistant)
    return outcome


# Beginning


def _claim(exchange_id: UUID) -> Work | None:
    """Take the exchange, if it waits and the assistant has no other at work; what cannot be answered at all is skipped."""
    now = timezone.now()
    found = Exchange.objects.filter(pk=exchange_id).values_list("assistant_id", flat=True).first()
    if found is None:
        return None
    with transaction.atomic():
        lock_names([f"assistant.work:{found}"])
        rows = Exchange.objects.filter(pk=exchange_id, status__in=[ExchangeState.QUEUED, ExchangeState.WORKING])
        locked = lock_rows(rows.select_related("assistant", "conversation__buyer", "conversation__freelancer"))
        if not locked or _is_held(locked[0], now):
            return None
        exchange = locked[0]
        if reason := _skipped(exchange):
            over = {"reason": reason, "ended_at": now, "sealed_live": b""}
            EXCHANGE.transition(exchange, ExchangeState.SKIPPED, actor=SYSTEM, **over)
            return None
        at_work = Exchange.objects.filter(
            assistant_id=found, status=ExchangeState.WORKING, worked_at__gt=now - _lease()
        ).exclude(pk=exchange.pk)
        if at_work.exists():
            return None  # whoever ends that one starts this one
        changes = {"attempt": exchange.attempt + 1, "worked_at": now}
        if exchange.status == ExchangeState.QUEUED:
            EXCHANGE.transition(exchange, ExchangeState.WORKING, actor=SYSTEM, **changes)
        else:
            _update(exchange, **changes)  # its worker was killed
    return Work(exchange, exchange.attempt, time.monotonic())


def _lease() -> timedelta:
    return timedelta(seconds=LIMITS.lease)


def _is_held(exchange: Exchange, now: Any) -> bool:
    """Whether somebody works on it who gave a sign not long ago."""
    return (
        exchange.status == ExchangeState.WORKING
        and exchange.worked_at is not None
        and exchange.worked_at > now - _lease()
    )


def _skipped(exchange: Exchange) -> str:
    """Why nothing is to be said to it at all; empty where something may be."""
    assistant, now = exchange.assistant, timezone.now()
    if assistant.status != AssistantState.LIVE:
        return "not_live"
    if not billing.has_feature(user_id=assistant.freelancer_id, feature=Feature.ASSISTANT):
        return "plan"
    if exchange.created_at < now - timedelta(seconds=LIMITS.patience):
        return "late"
    lately = Exchange.objects.filter(assistant=assistant, worked_at__gt=now - timedelta(hours=1))
    if lately.exclude(pk=exchange.pk).count() >= settings.ASSISTANT_PER_HOUR:
        return "limit"
    return ""


def _next_start(assistant: Assistant) -> None:
    """Start what waited for this one."""
    waiting = Exchange.objects.filter(assistant=assistant, status=ExchangeState.QUEUED).order_by("created_at", "pk")
    pk = waiting.values_list("pk", flat=True).first()
    if pk is not None:
        defer("assistant.reply", exchange_id=str(pk))


# Thinking


def _answer(work: Work) -> ExchangeState | None:
    known = known_by(work.assistant)
    _look_at_changes(work.assistant, known)
    exchange = work.exchange
    asked = asked_in(known=known, conversation_id=exchange.conversation_id, asked_ids=exchange.asked_ids)
    _update(exchange, audience=asked.situation.audience.value)
    policy = known.settings.policy_for(asked.situation.audience, asked.situation.now)
    if policy is Policy.OFF:
        return _close(work, ExchangeState.SKIPPED, "policy_off")
    live = _Live(work, is_shown=policy is Policy.ANSWER)
    decision = thinking.decide(asked.words, known=known, situation=asked.situation, on_sentence=live.add)
    if decision.action is not Action.HAND_OFF and not decision.text.strip():
        decision = replace(decision, action=Action.HAND_OFF, reason="nothing_to_say")
    is_draft = policy is Policy.DRAFT
    try:
        return _end(work, known, asked, decision, is_draft=is_draft)
    except (BlockedError, RecipientGoneError):
        return _close(work, ExchangeState.STOPPED, "no_longer_writable")
    except (MessageInvalidError, OfferOutsideLimitsError, ConsentWithdrawnError) as error:
        return _end(work, known, asked, _instead(decision, error.code), is_draft=is_draft)


def _look_at_changes(assistant: Assistant, known: Known) -> None:
    """A gig, the profile or a consent changed since the cases that must pass were tried: have them tried again."""
    if assistant.passed_fingerprint and assistant.passed_fingerprint != known.fingerprint:
        with transaction.atomic():
            assistant_changed(actor=SYSTEM, assistant=assistant)


def _instead(decision: Decision, reason: str) -> Decision:
    """What could not be carried out is left to the freelancer, without a word of what was to be said."""
    return replace(decision, action=Action.HAND_OFF, reason=reason, sentences=(), task=None)


class _Live:
    """What is being written, for the pages of the two, as far as it was checked."""

    def __init__(self, work: Work, *, is_shown: bool) -> None:
        self._work = work
        self._is_shown = is_shown
        self._sentences: list[str] = []

    def add(self, sentence: Sentence) -> bool:
        """Show a sentence; returns whether anybody still wants the rest."""
        self._sentences = [*self._sentences, sentence.text][-LIMITS.live_sentences :]
        exchange = self._work.exchange
        changes: dict[str, Any] = {"worked_at": timezone.now()}
        if self._is_shown:
            text = " ".join(self._sentences)
            changes["sealed_live"] = seal(self._work.assistant.freelancer_id, text, live_context(exchange))
        mine = Exchange.objects.filter(pk=exchange.pk, status=ExchangeState.WORKING, attempt=self._work.attempt)
        with transaction.atomic():
            is_mine = bool(mine.filter(assistant__status=AssistantState.LIVE).update(**changes))
            if is_mine and self._is_shown:
                pages_wake(exchange.conversation)
        return is_mine


# Ending


def _end(work: Work, known: Known, asked: Asked, decision: Decision, *, is_draft: bool) -> ExchangeState | None:
    """Say it, or keep it as a draft, or hand it to the freelancer; None where somebody came first.

    Raises BlockedError, RecipientGoneError, MessageInvalidError, OfferOutsideLimitsError, ConsentWithdrawnError; then
    nothing was said.
    """
    exchange, is_hand_off = work.exchange, decision.action is Action.HAND_OFF

    def still() -> bool:
        require_agreed(known=known, sources=decision.sources)
        return still_mine(work)

    language = decision.language if decision.language in ("en", "pt") else exchange.conversation.buyer.locale
    with transaction.atomic():
        if is_draft:
            if not still():
                return None
        else:
            offer_locks(known=known, conversation_id=exchange.conversation_id, task=decision.task)
            message = conversations.reply_post(
                actor=SYSTEM,
                conversation_id=exchange.conversation_id,
                body=decision.text.strip() or hand_off_words(language),
                message_id=exchange.pk,
                still=still,
                card=card_of(known=known, task=decision.task),
            )
            if message is None:
                return None
            offer_make(known=known, conversation_id=exchange.conversation_id, task=decision.task)
        if is_hand_off:
            outcome = ExchangeState.HANDED_OFF
            thread = thread_locked(work.assistant, exchange.conversation_id)
            thread_to_human(actor=SYSTEM, thread=thread, asked_by=AskedBy.ASSISTANT)
            notices.handed_off(conversation=exchange.conversation, aspects=decision.aspects)
        else:
            outcome = ExchangeState.DRAFTED if is_draft else ExchangeState.SENT
        EXCHANGE.transition(exchange, outcome, actor=SYSTEM, **_facts(work, known, asked, decision))
        pages_wake(exchange.conversation)
    return outcome


def still_mine(work: Work) -> bool:
    """Whether the reply may still be sent: the thread is the assistant's and nobody stopped or took over the exchange.

    Locks both until the transaction ends, so that nobody can after this has said yes.
    """
    thread = thread_locked(work.assistant, work.exchange.conversation_id)
    mine = Exchange.objects.filter(pk=work.exchange.pk, status=ExchangeState.WORKING, attempt=work.attempt)
    return thread.holder == Holder.ASSISTANT and bool(lock_rows(mine)) and _is_live(work.assistant)


def _is_live(assistant: Assistant) -> bool:
    return type(assistant).objects.filter(pk=assistant.pk, status=AssistantState.LIVE).exists()


def _facts(work: Work, known: Known, asked: Asked, decision: Decision) -> dict[str, Any]:
    """What is kept of a decision: figures and codes in clear, words sealed."""
    raw = decision_json(decision, known.knowledge, asked.situation.orders)
    return {
        "action": decision.action.value,
        "reason": decision.reason,
        "aspects": list(decision.aspects),
        "language": decision.language,
        "confidence": decision.confidence,
        "task_kind": decision.task.kind.value if decision.task else "",
        "tokens": decision.tokens,
        "seconds": round(time.monotonic() - work.began, 3),
        "ended_at": timezone.now(),
        "sealed_decision": seal(known.freelancer_id, raw, decision_context(work.exchange)),
        "sealed_live": b"",
    }


def _close(work: Work, outcome: ExchangeState, reason: str) -> ExchangeState | None:
    """End it without a word; the message waits for the freelancer, as any other."""
    with transaction.atomic():
        rows = lock_rows(
            Exchange.objects.filter(pk=work.exchange.pk, status=ExchangeState.WORKING, attempt=work.attempt)
        )
        if not rows:
            return None
        EXCHANGE.transition(
            work.exchange,
            outcome,
            actor=SYSTEM,
            reason=reason,
            ended_at=timezone.now(),
            seconds=round(time.monotonic() - work.began, 3),
            sealed_live=b"",
        )
        pages_wake(work.exchange.conversation)
    return outcome


def _update(exchange: Exchange, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(exchange, name, value)
    exchange.save(update_fields=[*changes, "updated_at"])
