"""The conversation of an order: the one that its offer was talked about in, else one of its own, opened when it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from oeuvre.domains.conversations import services as conversations
from oeuvre.domains.orders.common import locked, party
from oeuvre.domains.orders.models import Order
from oeuvre.domains.orders.states import OPEN, PUBLIC_TITLES, OrderState

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.conversations.models import Conversation
    from oeuvre.kit.actor import Actor

SUBJECT = "order"
"""What a conversation about an order says that it is about."""

_BLOCKS_YIELD = OPEN - {OrderState.AWAITING_PAYMENT}


def order_talk_open(*, actor: Actor, order_id: UUID) -> UUID:
    """The order's conversation, by its id; opened where there is none yet. Nothing is written into it.

    For both sides. Raises OrderNotFoundError, NotYourPartError.
    """
    order, _side = party(actor=actor, order_id=order_id)
    if order.conversation_id is not None:
        return order.conversation_id
    with transaction.atomic():
        order = locked(order.pk)
        if order.conversation_id is None:
            talk = conversations.conversation_open(
                actor=actor,
                buyer_id=order.buyer_id,
                freelancer_id=order.freelancer_id,
                subject_type=SUBJECT,
                subject_id=order.pk,
                subject_label=talk_label(order),
            )
            order.conversation_id = talk.pk
            order.save(update_fields=["conversation_id"])  # nothing that an open page would have to load again
    found: UUID = order.conversation_id
    return found


def talk_label(order: Order) -> str:
    """How lists of conversations name the order: labels there are in clear and quote nobody."""
    if order.source in PUBLIC_TITLES:
        return f"{order.title} ({order.number})"
    return _("Order %(number)s") % {"number": order.number}


def is_under_way(conversation: Conversation) -> bool:
    """Whether a paid order of the two goes on here, so that no block may keep them from talking about it."""
    here = Q(conversation_id=conversation.pk)
    if conversation.subject_type == SUBJECT:
        here |= Q(pk=conversation.subject_id)
    return Order.objects.filter(here, status__in=_BLOCKS_YIELD).exists()
