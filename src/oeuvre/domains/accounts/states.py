"""Life cycles of what belongs to accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from oeuvre.kit.states import StateMachine

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import AccountExport


class ExportState(models.TextChoices):
    REQUESTED = "requested"
    READY = "ready"
    FAILED = "failed"
    EXPIRED = "expired"


EXPORT: StateMachine[AccountExport] = StateMachine(
    "account_export",
    {
        ExportState.REQUESTED: frozenset({ExportState.READY, ExportState.FAILED}),
        ExportState.READY: frozenset({ExportState.EXPIRED}),
        ExportState.FAILED: frozenset(),
        ExportState.EXPIRED: frozenset(),
    },
)
