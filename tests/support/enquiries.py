"""Enquiries at any time of the past, with what an assistant made of them; for tests that count them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from oeuvre.domains.accounts.models import User
from oeuvre.domains.assistant.models import Assistant, Exchange
from oeuvre.domains.billing import services as billing
from oeuvre.domains.billing.states import Plan
from oeuvre.domains.conversations import services as conversations
from oeuvre.domains.conversations.models import Conversation, Message
from tests.support.factories import CARD, freelancer_with_profile

if TYPE_CHECKING:
    from datetime import datetime

ASKED = "May I print it on shirts?"


def freelancer_with_insights(email: str = "ada@example.org", handle: str = "ada", name: str = "Ada Fell") -> User:
    """Somebody on the assistant's plan."""
    user = freelancer_with_profile(email, handle, name)
    billing.subscription_start(actor=user.actor, plan=Plan.ASSISTANT, method_token=CARD)
    return user


def asker(name: str) -> User:
    return User.objects.create_user(f"{name}@example.org", "a long password")


def enquiry(
    freelancer: User,
    buyer: User,
    *,
    at: datetime | None = None,
    answered: timedelta | None = None,
    body: str = ASKED,
    **subject: Any,
) -> Conversation:
    """A buyer who asked at a moment, 30 days ago unless given, and was answered in person after a time, or never."""
    at = at or timezone.now() - timedelta(days=30)
    talk = conversations.conversation_start(actor=buyer.actor, freelancer_id=freelancer.pk, body=body)
    Conversation.objects.filter(pk=talk.pk).update(created_at=at, last_message_at=at, **subject)
    Message.objects.filter(conversation=talk).update(created_at=at)
    if answered is not None:
        reply(freelancer, talk, at + answered)
    return talk


def reply(author: User, talk: Conversation, at: datetime, *, by_assistant: bool = False) -> Message:
    """Something that one of the two, or the freelancer's assistant, wrote at a moment."""
    message = conversations.message_send(actor=author.actor, conversation_id=talk.pk, body="Gladly.")
    Message.objects.filter(pk=message.pk).update(created_at=at, by_assistant=by_assistant)
    return message


def exchange(
    talk: Conversation, *aspects: str, status: str = "sent", reason: str = "sources", seconds: float = 2.0
) -> Exchange:
    """What the assistant made of the question, with its message in the conversation."""
    assistant, _made = Assistant.objects.get_or_create(freelancer=talk.freelancer)
    question = Message.objects.filter(conversation=talk, author=talk.buyer).earliest("created_at")
    made = Exchange.objects.create(
        assistant=assistant, conversation=talk, asked_ids=[question.pk], status=status, action="compose",
        reason=reason, aspects=list(aspects), seconds=seconds,
    )  # fmt: skip
    ended = question.created_at + timedelta(seconds=seconds)
    Exchange.objects.filter(pk=made.pk).update(created_at=question.created_at, ended_at=ended)
    if status in {"sent", "handed_off"}:
        reply(talk.freelancer, talk, ended, by_assistant=True)
    return made
