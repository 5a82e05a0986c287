"""What a conversation shows of the freelancer's assistant: who answers here, what is being written, a draft."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from oeuvre.domains.assistant import selectors
from oeuvre.interfaces.site.assistant.reply_forms import DraftForm

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.assistant.selectors import DraftText, LiveText, ThreadState
    from oeuvre.domains.conversations.models import Conversation
    from oeuvre.kit.actor import Actor


@dataclass(frozen=True, slots=True)
class Answering:
    """From one side. ``state`` is None where the freelancer has no assistant at work."""

    state: ThreadState | None
    live: LiveText | None
    draft: DraftText | None
    is_freelancer: bool
    freelancer: str
    """How the freelancer is called."""

    @property
    def key(self) -> str:
        """What a page says that it shows of ``state``, so that it is put in anew only when something changed."""
        return f"{self.state.is_with_assistant:d}{self.state.asked_by}{self.draft_id or ''}" if self.state else ""

    @property
    def draft_id(self) -> UUID | None:
        return self.draft.exchange_id if self.draft else None

    @property
    def draft_form(self) -> DraftForm:
        """The draft as it can be changed; its field has an id of its own beside the message's."""
        return DraftForm(initial={"body": self.draft.text if self.draft else ""}, auto_id="draft_%s")


def answering_in(*, actor: Actor, conversation: Conversation) -> Answering:
    """What is true of the assistant in a conversation at this moment."""
    state = selectors.thread_of(actor=actor, conversation=conversation)
    is_freelancer = actor.user_id == conversation.freelancer_id
    name = conversation.freelancer.public_name
    if state is None:
        return Answering(None, None, None, is_freelancer, name)
    draft = selectors.draft_of(actor=actor, conversation=conversation) if is_freelancer else None
    live = selectors.live_text(actor=actor, conversation=conversation) if state.is_writing else None
    return Answering(state, live, draft, is_freelancer, name)
