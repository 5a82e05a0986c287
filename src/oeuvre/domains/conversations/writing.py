"""Writing into conversations. Imported through ``services``."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.accounts.selectors import freelancer_reachable
from oeuvre.domains.accounts.services import blobs_delete_later, blobs_sealing, vault_encrypt
from oeuvre.domains.audit import services as audit
from oeuvre.domains.conversations.attachments import (
    attachments_lock,
    attachments_save,
    attachments_seal,
    blob_keys,
    uploads_check,
)
from oeuvre.domains.conversations.errors import (
    BlockedError,
    ConversationNotFoundError,
    FreelancerNotFoundError,
    MessageIdTakenError,
    MessageInvalidError,
    OwnConversationError,
    RecipientGoneError,
)
from oeuvre.domains.conversations.limits import BODY_CHARACTERS
from oeuvre.domains.conversations.listening import message_tell
from oeuvre.domains.conversations.models import Block, Conversation, Message
from oeuvre.domains.conversations.opening import OWNER_TYPE, message_context
from oeuvre.domains.conversations.sides import SIDES, other_side, side_of
from oeuvre.domains.conversations.subjects import is_under_way
from oeuvre.domains.conversations.threads import Card, conversation_get, counterpart
from oeuvre.domains.conversations.waking import wake
from oeuvre.kit.errors import PermissionDeniedError
from oeuvre.kit.locks import lock_names
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from oeuvre.domains.conversations.attachments import Upload
    from oeuvre.domains.conversations.models import Attachment
    from oeuvre.domains.conversations.sides import Side
    from oeuvre.domains.conversations.threads import MessagePage
    from oeuvre.kit.actor import Actor

NOTICE_DELAY = 30
"""Seconds before a mail tells of a message: who is looking at the conversation gets none."""


def conversation_start(
    *,
    actor: Actor,
    freelancer_id: UUID,
    body: str,
    subject_type: str = "",
    subject_id: UUID | None = None,
    subject_label: str = "",
    message_id: UUID | None = None,
    files: Sequence[Upload] = (),
) -> Conversation:
    """Write to a freelancer, about a piece if one is named; goes on in the conversation that there is already.

    ``subject_label`` is shown in lists and kept in clear: it quotes nothing of a prompt or a text. Raises
    OwnConversationError, FreelancerNotFoundError, and what ``message_send`` raises.
    """
    buyer_id = actor.person_id
    if buyer_id == freelancer_id:
        raise OwnConversationError(_("This is you. Choose somebody else to write to."))
    if not freelancer_reachable(user_id=freelancer_id):
        raise FreelancerNotFoundError(_("This freelancer cannot be written to."))
    words = _checked(body, has_files=bool(files))
    _block_check(actor, buyer_id, freelancer_id)
    checked = uploads_check(files)
    with blobs_sealing(owner_id=buyer_id) as seal:
        attachments = attachments_seal(author_id=buyer_id, files=checked, seal=seal)
        with transaction.atomic():
            conversation = _opened(actor, buyer_id, freelancer_id, subject_type, subject_id, subject_label)
            _send(actor, conversation, words, message_id, attachments)
    return conversation


def conversation_open(
    *,
    actor: Actor,
    buyer_id: UUID,
    freelancer_id: UUID,
    subject_type: str = "",
    subject_id: UUID | None = None,
    subject_label: str = "",
) -> Conversation:
    """The conversation of two people about a piece, opened where there is none yet; nothing is written into it.

    For domains above, whose own rules say that these two belong together: an order, a brief with its offer. The actor is
    one of the two or the system. Raises ConversationNotFoundError for anybody else, OwnConversationError.
    """
    if not actor.is_system and actor.user_id not in (buyer_id, freelancer_id):
        raise ConversationNotFoundError(_("There is no such conversation here."))
    if buyer_id == freelancer_id:
        raise OwnConversationError(_("This is you. Choose somebody else to write to."))
    with transaction.atomic():
        return _opened(actor, buyer_id, freelancer_id, subject_type, subject_id, subject_label)


def message_send(
    *,
    actor: Actor,
    conversation_id: UUID,
    body: str,
    message_id: UUID | None = None,
    files: Sequence[Upload] = (),
) -> Message:
    """Write into a conversation, with or without files. A form's ``message_id`` makes sending it twice the same as once.

    Raises ConversationNotFoundError, MessageInvalidError, AttachmentsInvalidError, RecipientGoneError, BlockedError,
    MessageIdTakenError, and ScannerUnavailableError.
    """
    words = _checked(body, has_files=bool(files))
    conversation = conversation_get(actor=actor, conversation_id=conversation_id)
    _writable_check(actor, conversation)
    author_id = actor.person_id
    if sent := _sent(author_id, conversation, message_id):
        return sent
    checked = uploads_check(files)
    with blobs_sealing(owner_id=author_id) as seal:
        attachments = attachments_seal(author_id=author_id, files=checked, seal=seal)
        with transaction.atomic():
            return _send(actor, conversation, words, message_id, attachments)


def event_post(
    *,
    actor: Actor,
    conversation_id: UUID,
    card: Card,
    body: str = "",
    message_id: UUID | None = None,
    is_news: bool = True,
) -> Message:
    """Put a card into a conversation: an offer, a generation, something that happened to an order.

    For domains above, in the transaction that makes it true. The author is the actor where they are one of the two, else
    nobody. The card's label is one line in clear. Counts as unread and is told by mail like a message; no block stops
    it. A ``message_id`` of the caller's makes posting it twice the same as once. Who tells the two of it otherwise posts
    it with ``is_news=False``: it waits for nobody and no mail tells of it again. Raises ConversationNotFoundError,
    MessageIdTakenError, MessageInvalidError for ``body`` beyond the limit.
    """
    words = _checked(body, has_files=True)
    with transaction.atomic():
        conversation = Conversation.objects.filter(pk=conversation_id).first()
        if conversation is None:
            raise ConversationNotFoundError(_("There is no such conversation here."))
        is_own = actor.user_id in (conversation.buyer_id, conversation.freelancer_id)
        author_id = actor.user_id if is_own else None
        said = words if author_id else ""
        return _add(actor, conversation, author_id, said, message_id, card=card, is_news=is_news)


def reply_post(
    *,
    actor: Actor,
    conversation_id: UUID,
    body: str,
    message_id: UUID,
    still: Callable[[], bool],
    card: Card | None = None,
) -> Message | None:
    """What the freelancer's assistant writes in their name, marked as such; for the domain of assistants, as the system.

    ``still`` is asked under the conversation's lock, under which people write too: what it answers holds until the message
    is there, and with no nothing is written. The same ``message_id`` twice is the same message, without asking again.
    Raises PermissionDeniedError for anybody but the system, ConversationNotFoundError, MessageInvalidError,
    RecipientGoneError, BlockedError, MessageIdTakenError.
    """
    if not actor.is_system:
        raise PermissionDeniedError(_("Only the site posts what assistants write."))
    words = _checked(body, has_files=False)
    with transaction.atomic():
        rows = Conversation.objects.select_related("buyer", "freelancer").select_for_update(of=("self",))
        conversation = rows.filter(pk=conversation_id).first()
        if conversation is None:
            raise ConversationNotFoundError(_("There is no such conversation here."))
        if posted := _sent(conversation.freelancer_id, conversation, message_id):
            return posted
        if not still():
            return None
        _writable_check(conversation.freelancer.actor, conversation)
        author_id = conversation.freelancer_id
        return _add(actor, conversation, author_id, words, message_id, card=card, by_assistant=True)


def messages_read(*, actor: Actor, page: MessagePage) -> int:
    """The actor saw a page and thus all that came before its end; returns how many messages were new.

    What came after the page was made stays new. Raises ConversationNotFoundError for somebody else's page.
    """
    conversation = page.conversation
    if actor.user_id not in (conversation.buyer_id, conversation.freelancer_id):
        raise ConversationNotFoundError(_("There is no such conversation here."))
    if not any(message.is_new for message in page.messages):
        return 0
    column = f"{side_of(conversation, actor.user_id)}_read_at"
    with transaction.atomic():
        waiting = Message.objects.filter(conversation=conversation, created_at__lte=page.messages[-1].created_at)
        count = waiting.filter(**{column: None}).update(**{column: timezone.now()})
        if count:
            audit.record(actor=actor, code="conversation.read", subject=conversation, messages=count)
            wake(conversation.buyer_id, conversation.freelancer_id)
    return count


def _checked(body: str, *, has_files: bool) -> str:
    words = body.replace("\r\n", "\n").replace("\x00", "").strip()
    if not words and not has_files:
        raise MessageInvalidError(_("Write something first."), field="body")
    if len(words) > BODY_CHARACTERS:
        raise MessageInvalidError(
            _("A message has at most %(most)d characters; this one has %(found)d. Shorten it or send it in two parts.")
            % {"most": BODY_CHARACTERS, "found": len(words)},
            field="body",
        )
    return words


def _opened(
    actor: Actor, buyer_id: UUID, freelancer_id: UUID, subject_type: str, subject_id: UUID | None, subject_label: str
) -> Conversation:
    lock_names([f"conversation:{buyer_id}:{freelancer_id}:{subject_type}:{subject_id}"])
    conversation, created = Conversation.objects.get_or_create(
        buyer_id=buyer_id,
        freelancer_id=freelancer_id,
        subject_type=subject_type,
        subject_id=subject_id,
        defaults={"subject_label": subject_label[:200], "last_message_at": timezone.now()},
    )
    if created:
        audit.record(
            actor=actor,
            code="conversation.started",
            subject=conversation,
            subject_type=subject_type,
            subject_id=str(subject_id) if subject_id else None,
        )
    return conversation


def _writable_check(actor: Actor, conversation: Conversation) -> None:
    other = counterpart(actor=actor, conversation=conversation)
    if other.deleted_at or not other.is_active:
        raise RecipientGoneError(_("This person has no account any more; nobody would read your message."))
    if not is_under_way(conversation):
        _block_check(actor, conversation.buyer_id, conversation.freelancer_id)


def _block_check(actor: Actor, one_id: UUID, other_id: UUID) -> None:
    either = Q(blocker_id=one_id, blocked_id=other_id) | Q(blocker_id=other_id, blocked_id=one_id)
    blocks = list(Block.objects.filter(either))
    if any(block.blocker_id == actor.user_id for block in blocks):
        raise BlockedError(_("You blocked this person. Unblock them to write to each other again."), by_self=True)
    if blocks:
        raise BlockedError(
            _("This person takes no messages from you. Orders that you have together go on."), by_self=False
        )


def _sent(author_id: UUID, conversation: Conversation, message_id: UUID | None) -> Message | None:
    """The message that was sent under this id before. Raises MessageIdTakenError for somebody else's."""
    sent = Message.objects.filter(pk=message_id).first() if message_id else None
    if sent and (sent.author_id, sent.conversation_id) != (author_id, conversation.pk):
        raise MessageIdTakenError(_("This message could not be sent. Load the page again and send it once more."))
    return sent


def _send(
    actor: Actor,
    conversation: Conversation,
    words: str,
    message_id: UUID | None,
    attachments: Sequence[Attachment],
) -> Message:
    """A person's message. Looks once more: much may have changed while its files were looked at."""
    _writable_check(actor, conversation)
    return _add(actor, conversation, actor.person_id, words, message_id, attachments=attachments)


def _add(
    actor: Actor,
    conversation: Conversation,
    author_id: UUID | None,
    words: str,
    message_id: UUID | None,
    *,
    attachments: Sequence[Attachment] = (),
    card: Card | None = None,
    is_news: bool = True,
    by_assistant: bool = False,
) -> Message:
    """Write the message, under the conversation's lock. Runs in the caller's transaction."""
    if attachments:
        attachments_lock(attachments[0].author_id)
    locked = Conversation.objects.select_for_update(of=("self",)).get(pk=conversation.pk)
    if author_id and (sent := _sent(author_id, conversation, message_id)):
        blobs_delete_later(keys=blob_keys(attachments))
        return sent
    pk = message_id or uuid.uuid4()
    if author_id is None and (posted := Message.objects.filter(pk=pk, conversation=conversation).first()):
        return posted
    message = Message(pk=pk, conversation=conversation, author_id=author_id, by_assistant=by_assistant)
    if words and author_id:
        message.sealed = vault_encrypt(
            owner_type=OWNER_TYPE, owner_id=author_id, data=words.encode(), context=message_context(pk)
        )
    if card:
        message.card_kind, message.card_id, message.card_label = card.kind, card.id, card.label[:200]
    for side in SIDES:
        if not is_news or (author_id and side == side_of(conversation, author_id)):
            setattr(message, f"{side}_read_at", timezone.now())
    message.save(force_insert=True)
    attachments_save(message=message, attachments=attachments)
    locked.last_message_at = conversation.last_message_at = message.created_at
    locked.save(update_fields=["last_message_at", "updated_at"])
    audit.record(actor=actor, code="message.sent", subject=message, conversation=str(conversation.pk))
    wake(conversation.buyer_id, conversation.freelancer_id)
    if is_news:
        defer("conversations.message_notify", schedule_in={"seconds": NOTICE_DELAY}, message_id=str(message.pk))
    if author_id and card is None and not by_assistant:
        message_tell(message, conversation)
    return message


def readers_of(message: Message, conversation: Conversation) -> list[Side]:
    """The sides for which a message is news."""
    if message.author_id is None:
        return list(SIDES)
    return [other_side(side_of(conversation, message.author_id))]
