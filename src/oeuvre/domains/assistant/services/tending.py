"""What happens by the clock: lost work is taken up, buyers are reminded, thanked, and live assistants looked after.

Imported through ``services``.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from oeuvre.domains.assistant import thinking
from oeuvre.domains.assistant.common import SYSTEM, thread_locked
from oeuvre.domains.assistant.engine.types import TaskKind
from oeuvre.domains.assistant.knowledge import freelancer_actor, known_by, settings_open
from oeuvre.domains.assistant.limits import LIMITS
from oeuvre.domains.assistant.models import Assistant, Exchange
from oeuvre.domains.assistant.services.rerunning import assistant_changed
from oeuvre.domains.assistant.services.setup import assistant_halt
from oeuvre.domains.assistant.states import UNDER_WAY, AssistantState, ExchangeState, Holder, PauseReason
from oeuvre.domains.assistant.wording import reminder_words, thanks_words
from oeuvre.domains.billing import selectors as billing
from oeuvre.domains.billing.states import Feature
from oeuvre.domains.conversations import services as conversations
from oeuvre.domains.conversations.errors import BlockedError, RecipientGoneError
from oeuvre.domains.orders import selectors as order_selectors
from oeuvre.domains.orders import services as orders
from oeuvre.domains.orders.states import OrderState
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.orders.models import Order

_QUIET = 20
"""Seconds after which an exchange that still waits is started again: its job was lost, or ended without starting it."""
_ANSWERS_AFTER = timedelta(days=1)
"""After its payment, until a buyer is reminded of questions of the freelancer's."""
_REVIEW_BEFORE = timedelta(days=1)
"""Before a delivery is accepted by itself."""

_read: set[UUID] = set()
"""Assistants whose sources this process has read."""


def exchanges_tend() -> int:
    """Start what waits and nobody works on; returns how many."""
    now = timezone.now()
    lost = Q(status=ExchangeState.QUEUED, created_at__lt=now - timedelta(seconds=_QUIET)) | Q(
        status=ExchangeState.WORKING, worked_at__lt=now - timedelta(seconds=LIMITS.lease)
    )
    rows = list(Exchange.objects.filter(lost, status__in=UNDER_WAY).values_list("pk", flat=True)[:200])
    for pk in rows:
        defer("assistant.reply", exchange_id=str(pk))
    return len(rows)


def assistants_tend() -> int:
    """Pause live assistants that no plan includes any more, and have those tried again whose gigs, profile or consents
    changed; returns how many that was.
    """
    found = 0
    for assistant in Assistant.objects.filter(status=AssistantState.LIVE):
        if not billing.has_feature(user_id=assistant.freelancer_id, feature=Feature.ASSISTANT):
            found += assistant_halt(assistant=assistant, reason=PauseReason.PLAN)
        else:
            found += _look_at(assistant)
    return found


def assistant_prepare(*, assistant_id: UUID) -> None:
    """A live assistant's sources are read by the worker before the first buyer writes."""
    for assistant in Assistant.objects.filter(pk=assistant_id, status=AssistantState.LIVE):
        thinking.prepare(known=known_by(assistant))


def assistants_prepare() -> int:
    """Read the sources of live assistants that this process has not read yet: a worker that has just begun knows none.

    Returns how many.
    """
    live = Assistant.objects.filter(status=AssistantState.LIVE).values_list("pk", flat=True)
    new = set(live) - _read
    for pk in new:
        assistant_prepare(assistant_id=pk)
    _read.update(new)
    return len(new)


def _look_at(assistant: Assistant) -> bool:
    known = known_by(assistant)
    thinking.prepare(known=known)
    if not assistant.passed_fingerprint or assistant.passed_fingerprint == known.fingerprint:
        return False
    with transaction.atomic():
        assistant_changed(actor=SYSTEM, assistant=assistant)
    return True


def reminders_send() -> int:
    """Remind buyers of what waits for them in their orders, once an occasion; returns how many were reminded."""
    sent = 0
    for assistant in Assistant.objects.filter(status=AssistantState.LIVE):
        if _may(assistant, TaskKind.REMIND):
            mine = freelancer_actor(assistant.freelancer_id)
            for order in order_selectors.orders_of(actor=mine, side=order_selectors.Side.FREELANCER).filter(_due()):
                occasion = "answers" if order.status == OrderState.AWAITING_REQUIREMENTS else "review"
                url = f"{settings.SITE_URL}/orders/{order.pk}/"
                body = reminder_words(order, occasion, url)
                sent += _say(assistant, order, TaskKind.REMIND, f"{occasion}:{order.review_until}", body)
    return sent


def _due() -> Q:
    """Orders in which it is the buyer's turn, and has been for some time, or not for long any more."""
    now = timezone.now()
    answers = Q(status=OrderState.AWAITING_REQUIREMENTS, paid_at__lt=now - _ANSWERS_AFTER)
    return answers | Q(status=OrderState.DELIVERED, review_until__gt=now, review_until__lt=now + _REVIEW_BEFORE)


def order_ended(order: Order) -> None:
    """An order is over, under its lock: thank for it, if it was completed and nobody disputed it."""
    if order.status == OrderState.COMPLETED and not order.disputed_from:
        live = Assistant.objects.filter(freelancer_id=order.freelancer_id, status=AssistantState.LIVE)
        if live.exists():
            defer("assistant.thank", order_id=str(order.pk))


def thanks_send(*, order_id: UUID) -> bool:
    """Thank for a completed order and ask for a review, once; returns whether that was said."""
    order = order_selectors.order_get(actor=SYSTEM, order_id=order_id)
    assistant = Assistant.objects.filter(freelancer_id=order.freelancer_id, status=AssistantState.LIVE).first()
    if assistant is None or order.status != OrderState.COMPLETED or not _may(assistant, TaskKind.THANK):
        return False
    body = thanks_words(order, f"{settings.SITE_URL}/orders/{order.pk}/review/")
    return _say(assistant, order, TaskKind.THANK, "thanks", body)


def _may(assistant: Assistant, kind: TaskKind) -> bool:
    has_plan = billing.has_feature(user_id=assistant.freelancer_id, feature=Feature.ASSISTANT)
    return has_plan and kind in settings_open(assistant).tasks


def _say(assistant: Assistant, order: Order, kind: TaskKind, occasion: str, body: str) -> bool:
    """Say it in the order's conversation, unless it was said before or the freelancer answers there themselves."""
    pk = uuid.uuid5(order.pk, f"assistant:{kind}:{occasion}")
    if Exchange.objects.filter(pk=pk).exists():
        return False
    talk = orders.order_talk_open(actor=freelancer_actor(assistant.freelancer_id), order_id=order.pk)

    def still() -> bool:
        return thread_locked(assistant, talk).holder == Holder.ASSISTANT

    with transaction.atomic():
        try:
            message = conversations.reply_post(
                actor=SYSTEM, conversation_id=talk, body=body, message_id=pk, still=still
            )
        except (BlockedError, RecipientGoneError):
            return False
        if message is None:
            return False
        Exchange.objects.create(
            pk=pk,
            assistant=assistant,
            conversation_id=talk,
            status=ExchangeState.SENT,
            action="task",
            reason="schedule",
            task_kind=kind.value,
            ended_at=timezone.now(),
        )
    return True
