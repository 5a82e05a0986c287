"""A freelancer lets their assistant learn from a conversation, or not any more. Imported through ``services``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from oeuvre.domains.assistant.common import own_assistant_locked
from oeuvre.domains.assistant.derived import Derived, derived_from
from oeuvre.domains.assistant.services.rerunning import assistant_changed
from oeuvre.domains.conversations import services as conversations

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.kit.actor import Actor


def learning_set(*, actor: Actor, conversation_id: UUID, agree: bool) -> Derived:
    """Agree that one's assistant learns from a conversation, once the buyer agrees too; or take that back, at once.

    Returns what was made from it: without both people's consent none of that is used any more. Raises
    AssistantNotFoundError, ConversationNotFoundError.
    """
    with transaction.atomic():
        if agree:
            conversations.learning_agree(actor=actor, conversation_id=conversation_id)
        else:
            conversations.learning_end(actor=actor, conversation_id=conversation_id)
        assistant_changed(actor=actor, assistant=own_assistant_locked(actor))
    return derived_from(actor=actor, conversation_id=conversation_id)
