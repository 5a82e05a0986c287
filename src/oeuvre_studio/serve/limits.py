"""How much an engine takes on, in all and from any one side."""

from __future__ import annotations

import dataclasses

from oeuvre_studio.errors import UsageError


@dataclasses.dataclass(frozen=True)
class EngineLimits:
    """Jobs at a time. A job is one text; a request for several choices is several jobs.

    What runs is bounded for the sake of memory, what waits for the sake of those who wait. The limits for one model
    and one tenant leave room for the others, whatever one of them asks; a tenant without a name has no limit of
    its own.

    Raises:
        UsageError: a limit below 1.
    """

    running: int = 64
    """Texts written at the same time."""
    waiting: int = 128
    """Texts that wait for a place."""
    model_running: int = 48
    """Of the running, those of one model."""
    model_waiting: int = 64
    """Of the waiting, those of one model."""
    tenant_running: int = 32
    """Of the running, those of one tenant."""
    tenant_waiting: int = 64
    """Of the waiting, those of one tenant."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            if getattr(self, field.name) < 1:
                raise UsageError(f"The limit {field.name} has to be at least 1.")
