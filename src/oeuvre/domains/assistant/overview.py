"""An assistant at a glance. Part of the selectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone

from oeuvre.domains.assistant.followed import Costs, Waiting, costs_of, waiting_of
from oeuvre.domains.assistant.knowledge import settings_open
from oeuvre.domains.assistant.readiness import Obstacle, obstacles_of
from oeuvre.domains.assistant.shown import assistant_of

if TYPE_CHECKING:
    from oeuvre.domains.assistant.content import SettingsContent
    from oeuvre.domains.assistant.models import Assistant
    from oeuvre.kit.actor import Actor


@dataclass(frozen=True, slots=True)
class Overview:
    """What the first page of an assistant shows."""

    assistant: Assistant
    settings: SettingsContent
    obstacles: list[Obstacle]
    waiting: Waiting
    costs: Costs | None
    """Of this month; None while there are none."""


def overview_of(*, actor: Actor) -> Overview | None:
    """The actor's assistant, if they have set one up; seven queries."""
    assistant = assistant_of(actor=actor)
    if assistant is None:
        return None
    content = settings_open(assistant)
    now = timezone.now()
    months = (row for row in costs_of(actor=actor) if (row.month.year, row.month.month) == (now.year, now.month))
    return Overview(assistant, content, obstacles_of(assistant, content), waiting_of(actor=actor), next(months, None))
