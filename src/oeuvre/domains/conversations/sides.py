"""A conversation has two sides. Columns come in pairs, one a side; this says which is whose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from django.db.models import Q

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.conversations.models import Conversation

Side = Literal["buyer", "freelancer"]
SIDES: tuple[Side, Side] = ("buyer", "freelancer")


def side_of(conversation: Conversation, person_id: UUID | None) -> Side:
    """The side of one of its two people."""
    return "buyer" if person_id == conversation.buyer_id else "freelancer"


def other_side(side: Side) -> Side:
    return "freelancer" if side == "buyer" else "buyer"


def is_of(person_id: UUID, prefix: str = "") -> Q:
    """Conversations of a person; ``prefix`` is the way to them (``conversation__``)."""
    return Q(**{f"{prefix}buyer_id": person_id}) | Q(**{f"{prefix}freelancer_id": person_id})


def unread_by(person_id: UUID) -> Q:
    """Messages that wait for a person."""
    return Q(conversation__buyer_id=person_id, buyer_read_at=None) | Q(
        conversation__freelancer_id=person_id, freelancer_read_at=None
    )
