"""Who hears of what people write to each other: domains above register. Imported through ``services``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oeuvre.domains.conversations.models import Conversation, Message

Listener = Callable[["Message", "Conversation"], None]

_listeners: dict[str, Listener] = {}


def message_listener_register(name: str, listener: Listener) -> None:
    """Hear every message that one of two people writes to the other. Call it from ``AppConfig.ready``.

    ``listener`` runs in the message's transaction and under its conversation's lock, so it takes no lock that somebody may
    hold while waiting for a conversation, and defers what takes long. It hears neither cards nor what an assistant wrote.
    ``name`` is the domain's.
    """
    _listeners[name] = listener


def message_tell(message: Message, conversation: Conversation) -> None:
    """Tell everybody who registered."""
    for listener in _listeners.values():
        listener(message, conversation)
