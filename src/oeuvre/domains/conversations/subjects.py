"""What domains above say about what two people have under way. Imported through ``services``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oeuvre.domains.conversations.models import Conversation

IsUnderWay = Callable[["Conversation"], bool]

_under_way: dict[str, IsUnderWay] = {}


def under_way_register(name: str, is_under_way: IsUnderWay) -> None:
    """Say when people who blocked each other must still be able to write: while an order of theirs is under way.

    ``is_under_way`` is asked with the conversation, whatever it is about: an order that began in an enquiry goes on there.
    ``name`` is the domain's. Call it from ``AppConfig.ready``.
    """
    _under_way[name] = is_under_way


def is_under_way(conversation: Conversation) -> bool:
    """Whether the two have something running here that a block does not interrupt."""
    return any(ask(conversation) for ask in _under_way.values())
