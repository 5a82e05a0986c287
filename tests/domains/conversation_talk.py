"""Short words for what the tests of conversations do over and over."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from PIL import Image

from oeuvre.domains.conversations import selectors, services
from oeuvre.domains.conversations.services import Upload
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.conversations.models import Conversation, Message

BODY = "Could you make the second stanza shorter?"


def start(buyer: User, freelancer: User, body: str = BODY, **options: Any) -> Conversation:
    return services.conversation_start(actor=buyer.actor, freelancer_id=freelancer.pk, body=body, **options)


def say(person: User, conversation: Conversation, body: str = "Gladly.", *files: Upload) -> Message:
    return services.message_send(actor=person.actor, conversation_id=conversation.pk, body=body, files=files)


def page_of(person: User, conversation: Conversation) -> selectors.MessagePage:
    return selectors.conversation_messages(actor=person.actor, conversation_id=conversation.pk)


def read(person: User, conversation: Conversation) -> int:
    return services.messages_read(actor=person.actor, page=page_of(person, conversation))


def bodies(person: User, conversation: Conversation) -> list[str | None]:
    return [message.body for message in page_of(person, conversation).messages]


def picture(name: str = "landing.png") -> Upload:
    target = io.BytesIO()
    Image.new("RGB", (600, 300), (0, 120, 120)).save(target, "PNG")
    return Upload(name, target.getvalue())


def note(name: str = "note.txt", words: str = "the cormorant keeps its own ledger") -> Upload:
    return Upload(name, words.encode())


def run_due() -> None:
    """Everything that is due within five minutes, mails about messages among it."""
    run_tasks(until=timezone.now() + timedelta(minutes=5))
