"""What domains above say about the pieces that people talk about. Imported through ``services``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from oeuvre.domains.conversations.models import Conversation

IsUnderWay = Callable[[UUID], bool]

_under_way: dict[str, IsUnderWay] = {}


def subject_under_way_register(subject_type: str, is_under_way: IsUnderWay) -> None:
    """Say when people who blocked each other must still be able to write: while an order of theirs is under way.

    ``is_under_way`` is asked with the id of the piece. Call it from ``AppConfig.ready``.
    """
    _under_way[subject_type] = is_under_way


def is_under_way(conversation: Conversation) -> bool:
    """Whether the two have something running here that a block does not interrupt."""
    ask = _under_way.get(conversation.subject_type)
    return ask is not None and conversation.subject_id is not None and ask(conversation.subject_id)
