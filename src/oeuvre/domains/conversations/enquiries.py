"""Conversations that a buyer began: who asked when, who answered first, and who spoke last. Part of the selectors.

Times and ids only, no words: what a freelancer's figures are made from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Subquery

from oeuvre.domains.conversations.models import Block, Conversation, Message
from oeuvre.domains.conversations.states import Subject

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class EnquiryFacts:
    """A conversation in which the buyer wrote before the freelancer did."""

    conversation_id: UUID
    buyer_id: UUID
    subject_type: str
    subject_label: str
    """How the piece is called that it is about; empty where it is about nothing in particular."""
    asked_at: datetime
    answered_at: datetime | None
    """The first message after it that the freelancer wrote in person."""
    answered_last_at: datetime | None
    """The latest that they wrote in person."""
    assisted_at: datetime | None
    """The first message after it of their assistant."""
    last_at: datetime
    last_by_id: UUID
    """Who of the two spoke last, and when."""

    @property
    def last_by_buyer(self) -> bool:
        return self.last_by_id == self.buyer_id


def enquiries_of(*, freelancer_id: UUID, since: datetime) -> list[EnquiryFacts]:
    """Of conversations that were opened since a moment, oldest question first. One query.

    Not those about an order, which is bought already, nor those with people whom the freelancer blocked.
    """
    said = Message.objects.filter(conversation=OuterRef("pk"), author__isnull=False)
    by_buyer, by_freelancer = said.filter(author=OuterRef("buyer")), said.filter(author=freelancer_id)
    in_person = by_freelancer.filter(by_assistant=False)
    after = {"created_at__gt": OuterRef("asked")}
    blocked = Block.objects.filter(blocker_id=freelancer_id, blocked_id=OuterRef("buyer_id"))
    rows = (
        Conversation.objects.filter(freelancer_id=freelancer_id, created_at__gte=since)
        .exclude(subject_type=Subject.ORDER)
        .annotate(asked=_when(by_buyer, "created_at"))
        .annotate(
            answered=_when(in_person.filter(**after), "created_at"),
            answered_last=_when(in_person, "-created_at"),
            assisted=_when(by_freelancer.filter(by_assistant=True, **after), "created_at"),
            last=_when(said, "-created_at"),
            last_author=Subquery(said.order_by("-created_at", "-id").values("author")[:1]),
        )
        .filter(~Exists(by_freelancer.filter(created_at__lt=OuterRef("asked"))), ~Exists(blocked), asked__isnull=False)
        .order_by("asked", "pk")
    )
    found = rows.values_list(
        "pk", "buyer_id", "subject_type", "subject_label", "asked", "answered", "answered_last", "assisted", "last",
        "last_author",
    )  # fmt: skip
    return [EnquiryFacts(*values) for values in found]


def _when(messages: QuerySet[Message], order: str) -> Subquery:
    """When the first of these in an order was written."""
    return Subquery(messages.order_by(order).values("created_at")[:1])
