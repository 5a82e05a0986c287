"""Where a buyer's message stands: what was said before, whose it is, what the two have running."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import formats, timezone
from django.utils.translation import override

from oeuvre.domains.assistant.engine.types import Audience, OrderFacts, Situation, Turn
from oeuvre.domains.assistant.knowledge import freelancer_actor
from oeuvre.domains.assistant.limits import LIMITS
from oeuvre.domains.conversations import selectors as conversations
from oeuvre.domains.orders import selectors as orders
from oeuvre.domains.orders.states import OPEN, DeliveryState, OrderState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from oeuvre.domains.assistant.content import SettingsContent
    from oeuvre.domains.assistant.knowledge import Known
    from oeuvre.domains.conversations.models import Conversation
    from oeuvre.domains.conversations.selectors import MessageText
    from oeuvre.domains.orders.models import Order

_RUNNING = OPEN - {OrderState.AWAITING_PAYMENT}
_ORDERS = 20
"""Orders of the two that are looked at, the latest first."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a buyer wrote, with where it stands."""

    words: str
    situation: Situation


def asked_in(*, known: Known, conversation_id: UUID, asked_ids: Sequence[UUID]) -> Asked:
    """The messages that wait for an answer, as one, and their situation. Raises ConversationNotFoundError."""
    actor = freelancer_actor(known.freelancer_id)
    page = conversations.conversation_messages(actor=actor, conversation_id=conversation_id)
    conversation = page.conversation
    waiting = [message for message in page.messages if message.id in set(asked_ids)]
    before = [message for message in page.messages if message.id not in set(asked_ids)]
    now = timezone.now()
    running = _orders(known.freelancer_id, conversation)
    return Asked(
        words="\n".join(message.body for message in waiting if message.body),
        situation=Situation(
            now=now,
            audience=audience_of(known.settings, running, now),
            turns=tuple(_turns(before))[-LIMITS.turns :],
            orders=tuple(order_facts(order, conversation.buyer.locale) for order in running),
            about=_about(known, conversation, running),
            files=tuple(file.name for message in waiting for file in message.files if file.name),
        ),
    )


def _turns(messages: Iterable[MessageText]) -> Iterable[Turn]:
    for message in messages:
        if message.body:
            who = "buyer" if not message.is_own else ("assistant" if message.by_assistant else "freelancer")
            yield Turn(who, message.body)


def _orders(freelancer_id: UUID, conversation: Conversation) -> list[Order]:
    """The orders of the two, the latest first."""
    rows = orders.orders_of(actor=freelancer_actor(freelancer_id), side=orders.Side.FREELANCER)
    return list(rows.filter(buyer_id=conversation.buyer_id)[:_ORDERS])


def audience_of(content: SettingsContent, found: Iterable[Order], now: datetime) -> Audience:
    """Whose message it is: anybody's while the freelancer is away, else by what the two have with each other."""
    if content.is_away(now):
        return Audience.AWAY
    rows = list(found)
    if any(order.status in _RUNNING for order in rows):
        return Audience.RUNNING_ORDER
    if any(order.paid_at is not None for order in rows):
        return Audience.KNOWN
    return Audience.NEW


def order_facts(order: Order, locale: str) -> OrderFacts:
    """What the buyer may be told of their own order, in their language."""
    page = f"{settings.SITE_URL}/orders/{order.pk}/"
    turn = orders.turn_of(order, now=timezone.now())
    with override(locale):
        by = formats.date_format(timezone.localtime(turn.by), "DATE_FORMAT") if turn.by else ""
        words = orders.sentences(orders.Side.BUYER)[turn.now] % {"by": by}
    is_delivered = any(row.status != DeliveryState.DRAFT for row in order.deliveries.all())
    waits = order.status == OrderState.AWAITING_REQUIREMENTS
    return OrderFacts(
        id=str(order.pk),
        number=order.number,
        title=order.title,
        status=order.status,
        status_words=words,
        due_at=order.due_at,
        missing=tuple(row["label"] for row in order.requirements if row.get("required", True)) if waits else (),
        invoice_url=f"{page}#money" if order.paid_at else "",
        files_url=f"{page}#deliveries" if is_delivered else "",
        page_url=page,
        is_finished=order.status in (OrderState.COMPLETED, OrderState.CANCELLED),
    )


def _about(known: Known, conversation: Conversation, found: Iterable[Order]) -> str:
    """The code of the gig that they talk about: the conversation's own, or that of the order it is about."""
    gig_id = conversation.subject_id if conversation.subject_type == "gig" else None
    if conversation.subject_type == "order":
        gig_id = next((order.gig_id for order in found if order.pk == conversation.subject_id), None)
    return next((code for code, pk in known.gigs.items() if pk == gig_id), "")
