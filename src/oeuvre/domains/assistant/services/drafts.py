"""What the assistant wrote for the freelancer's eyes, and what they say instead of it. Imported through ``services``."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.assistant.checking import answer_checked
from oeuvre.domains.assistant.common import own_assistant_locked, own_exchange, pages_wake, thread_locked
from oeuvre.domains.assistant.decisions import decision_read
from oeuvre.domains.assistant.engine.types import TaskCall, TaskKind
from oeuvre.domains.assistant.errors import DraftGoneError, NothingToCorrectError
from oeuvre.domains.assistant.knowledge import known_by
from oeuvre.domains.assistant.models import Correction, Exchange
from oeuvre.domains.assistant.sealing import Opener, correction_context, decision_context, seal
from oeuvre.domains.assistant.services.bank import answer_write
from oeuvre.domains.assistant.services.routine import offer_locks, offer_make
from oeuvre.domains.assistant.states import EXCHANGE, AnswerOrigin, ExchangeState
from oeuvre.domains.audit import services as audit
from oeuvre.domains.conversations import services as conversations
from oeuvre.kit.locks import lock_rows

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.assistant.decisions import DecisionText
    from oeuvre.kit.actor import Actor


def draft_send(*, actor: Actor, exchange_id: UUID, body: str = "") -> Exchange:
    """Send a draft as one's own message, as it is or with other words; an offer that it announces is made with it.

    The assistant goes on answering in the conversation. Repeated, it sends nothing more. Raises ExchangeNotFoundError,
    DraftGoneError, OfferOutsideLimitsError, and what ``conversations.message_send`` raises.
    """
    exchange = own_exchange(actor, exchange_id)
    decision = decision_of(exchange)
    if exchange.status == ExchangeState.SENT:
        return exchange
    if decision is None or exchange.status != ExchangeState.DRAFTED:
        raise _gone()
    known = known_by(exchange.assistant)
    task = TaskCall(TaskKind(decision.task_kind), decision.task_arguments) if decision.task_kind else None
    with transaction.atomic():
        offer_locks(known=known, conversation_id=exchange.conversation_id, task=task)
        conversations.message_send(
            actor=actor,
            conversation_id=exchange.conversation_id,
            body=body.strip() or decision.text,
            message_id=exchange.pk,
        )
        thread_locked(exchange.assistant, exchange.conversation_id)
        if not lock_rows(Exchange.objects.filter(pk=exchange.pk, status=ExchangeState.DRAFTED)):
            raise _gone()
        offer_make(known=known, conversation_id=exchange.conversation_id, task=task)
        return EXCHANGE.transition(exchange, ExchangeState.SENT, actor=actor, ended_at=timezone.now())


def draft_discard(*, actor: Actor, exchange_id: UUID) -> Exchange:
    """Throw a draft away. Repeated, it changes nothing. Raises ExchangeNotFoundError, DraftGoneError for one that was sent."""
    exchange = own_exchange(actor, exchange_id)
    with transaction.atomic():
        thread_locked(exchange.assistant, exchange.conversation_id)
        exchange = lock_rows(Exchange.objects.filter(pk=exchange.pk).select_related("conversation"))[0]
        if exchange.status == ExchangeState.STOPPED:
            return exchange
        if exchange.status != ExchangeState.DRAFTED:
            raise _gone()
        EXCHANGE.transition(exchange, ExchangeState.STOPPED, actor=actor, reason="discarded", ended_at=timezone.now())
        pages_wake(exchange.conversation)
    return exchange


def reply_correct(*, actor: Actor, exchange_id: UUID, reply: str, question: str = "") -> Correction:
    """Say something else than the assistant did, as one's own message. With a ``question``, in the freelancer's own words,
    the reply becomes an accepted answer to it as well.

    Raises ExchangeNotFoundError, NothingToCorrectError, AnswerInvalidError, and what ``conversations.message_send`` raises.
    """
    exchange = own_exchange(actor, exchange_id)
    if exchange.status not in (ExchangeState.SENT, ExchangeState.HANDED_OFF):
        raise NothingToCorrectError(_("The assistant said nothing here that could be corrected."))
    question, reply = answer_checked(question or "-", reply)
    with transaction.atomic():
        correction = Correction(pk=uuid.uuid4(), exchange=exchange)
        conversations.message_send(
            actor=actor, conversation_id=exchange.conversation_id, body=reply, message_id=correction.pk
        )
        if question != "-":
            correction.answer = answer_write(
                actor=actor,
                assistant=own_assistant_locked(actor),
                question=question,
                reply=reply,
                language=exchange.language,
                origin=AnswerOrigin.CORRECTION,
            )
        correction.sealed = seal(exchange.assistant.freelancer_id, reply, correction_context(correction))
        correction.save(force_insert=True)
        audit.record(actor=actor, code="exchange.corrected", subject=exchange, is_kept=correction.answer_id is not None)
    return correction


def decision_of(exchange: Exchange) -> DecisionText | None:
    """What was decided, opened; None where nothing was."""
    raw = Opener(exchange.assistant.freelancer_id).value(exchange.sealed_decision, decision_context(exchange))
    return decision_read(raw) if raw else None


def _gone() -> DraftGoneError:
    return DraftGoneError(_("This draft was sent, discarded, or overtaken by a newer message."))
