"""How long a freelancer takes to answer those who write to them first. Part of the selectors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from statistics import median_low
from typing import TYPE_CHECKING

from django.db.models import DateTimeField, Exists, OuterRef, Subquery
from django.utils import timezone

from oeuvre.domains.conversations.models import Block, Conversation, Message

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class AnswerTime:
    """A count that says how much the median means."""

    conversations: int
    median: timedelta | None
    """From the first message of somebody who wrote first to the freelancer's first one after it; None without any."""


def answer_time(*, freelancer_id: UUID, since: datetime) -> AnswerTime:
    """Of conversations that others began since a moment. One that waits counts with the time that it has waited, so that
    not answering does not look quick; those with people whom the freelancer blocked do not count. What an assistant wrote
    is no answer of theirs: a conversation that it alone answered counts neither for nor against them. One query.
    """
    now = timezone.now()
    blocked = Block.objects.filter(blocker_id=freelancer_id, blocked_id=OuterRef("buyer_id"))
    own = Message.objects.filter(author_id=freelancer_id, by_assistant=False)
    assistants = Message.objects.filter(author_id=freelancer_id, by_assistant=True, conversation=OuterRef("pk"))
    rows = (
        Conversation.objects.filter(freelancer_id=freelancer_id, created_at__gte=since)
        .annotate(asked=_first(Message.objects.filter(author_id=OuterRef("buyer_id"))))
        .annotate(
            opened=_first(own),
            answered=_first(own.filter(created_at__gt=OuterRef("asked"))),
        )
        .filter(~Exists(blocked), asked__isnull=False)
        .exclude(Exists(assistants), answered=None)
        .values_list("asked", "opened", "answered")
    )
    times = [(answered or now) - asked for asked, opened, answered in rows if opened is None or opened > asked]
    return AnswerTime(len(times), median_low(times) if times else None)


def _first(messages: QuerySet[Message]) -> Subquery:
    """When the first of these was written in the conversation of the row around."""
    rows = messages.filter(conversation=OuterRef("pk")).order_by("created_at")
    return Subquery(rows.values("created_at")[:1], output_field=DateTimeField())
