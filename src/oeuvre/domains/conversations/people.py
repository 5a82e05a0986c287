"""What one person sets: mails, receipts, whom they block. Imported through ``services``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from oeuvre.domains.audit import services as audit
from oeuvre.domains.conversations.errors import PreferencesInvalidError
from oeuvre.domains.conversations.models import Block, MessagePreferences
from oeuvre.domains.conversations.states import Digest
from oeuvre.domains.conversations.threads import conversation_get, counterpart

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.kit.actor import Actor


def preferences_set(*, actor: Actor, digest: str, receipts: bool) -> MessagePreferences:
    """When to be told by mail, and whether others see what was read. Raises PreferencesInvalidError."""
    if digest not in Digest.values:
        raise PreferencesInvalidError(_("Choose at once, once a day, or never."), field="digest")
    with transaction.atomic():
        row, _created = MessagePreferences.objects.select_for_update().get_or_create(person_id=actor.person_id)
        row.digest, row.receipts = digest, receipts
        row.save(update_fields=["digest", "receipts", "updated_at"])
        audit.record(actor=actor, code="message_preferences.set", subject=row, digest=digest, receipts=receipts)
    return row


def person_block(*, actor: Actor, conversation_id: UUID) -> Block:
    """Take no more messages from the other one of a conversation, in any conversation; safe to repeat.

    What was written stays. What the two have under way goes on. Raises ConversationNotFoundError.
    """
    with transaction.atomic():
        conversation = conversation_get(actor=actor, conversation_id=conversation_id)
        other = counterpart(actor=actor, conversation=conversation)
        block, created = Block.objects.get_or_create(blocker_id=actor.person_id, blocked=other)
        if created:
            audit.record(actor=actor, code="person.blocked", subject=block)
    return block


def person_unblock(*, actor: Actor, person_id: UUID) -> bool:
    """Take messages from somebody again; returns whether they were blocked."""
    with transaction.atomic():
        block = Block.objects.select_for_update().filter(blocker_id=actor.person_id, blocked_id=person_id).first()
        if block is None:
            return False
        audit.record(actor=actor, code="person.unblocked", subject=block)
        block.delete()
    return True
