"""What the assistant knows of enquiries: which messages it handled, and how. Without an assistant there is none of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oeuvre.domains.insights.enquiries import Handled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from uuid import UUID

    from oeuvre.kit.actor import Actor


def handled_of(*, freelancer_id: UUID, since: datetime) -> list[Handled]:
    """Messages that reached the assistant since a moment, oldest first. One query."""
    return []


def questions_of(*, actor: Actor, handled: Iterable[Handled]) -> Mapping[UUID, str]:
    """What buyers wrote in these, by id, as far as it can be read."""
    return {}


def aspect_name(key: str) -> str:
    """What people call an aspect."""
    return key.replace("_", " ")
