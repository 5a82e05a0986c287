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
    """The freelancer's own first message after it."""
    assisted_at: datetime | None
    """The same of their assistant's."""
    last_at: datetime
    last_by_buyer: bool
    """Whether the last that one of the two said is the buyer's."""


def enquiries_of(*, freelancer_id: UUID, since: datetime) -> list[EnquiryFacts]:
    """Of conversations that were opened since a moment, oldest question first. One query.

    Not those about an order, which is bought already, nor those with people whom the freelancer blocked.
    """
    said = Message.objects.filter(conversation=OuterRef("pk"), author__isnull=False)
    by_buyer, by_freelancer = said.filter(author=OuterRef("buyer")), said.filter(author=freelancer_id)
    blocked = Block.objects.filter(blocker_id=freelancer_id, blocked_id=OuterRef("buyer_id"))
    last = said.order_by("-created_at", "-id")
    rows = (
        Conversation.objects.filter(freelancer_id=freelancer_id, created_at__gte=since)
        .exclude(subject_type=Subject.ORDER)
        .annotate(asked=Subquery(by_buyer.order_by("created_at").values("created_at")[:1]))
        .annotate(
            answered=_first(by_freelancer.filter(by_assistant=False)),
            assisted=_first(by_freelancer.filter(by_assistant=True)),
            last=Subquery(last.values("created_at")[:1]),
            last_author=Subquery(last.values("author")[:1]),
        )
        .filter(~Exists(by_freelancer.filter(created_at__lt=OuterRef("asked"))), ~Exists(blocked), asked__isnull=False)
        .order_by("asked", "pk")
    )
    fields = ("pk", "buyer_id", "subject_type", "subject_label", "asked", "answered", "assisted", "last", "last_author")
    return [
        EnquiryFacts(pk, buyer, kind, label, asked, answered, assisted, last, last_by_buyer=author == buyer)
        for pk, buyer, kind, label, asked, answered, assisted, last, author in rows.values_list(*fields)
    ]


def _first(messages: QuerySet[Message]) -> Subquery:
    """When the first of these was written after the buyer had asked."""
    later = messages.filter(created_at__gt=OuterRef("asked")).order_by("created_at")
    return Subquery(later.values("created_at")[:1])
