"""Other words on a design that a buyer holds a licence of."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from oeuvre.domains.creation.states import WordingState
from oeuvre.kit.models import BaseModel


class LicenceWording(BaseModel):
    """A licensed design set in other words by its buyer: the same design, the same licence, files of its own."""

    licence = models.ForeignKey("creation.Licence", on_delete=models.CASCADE, related_name="wordings")
    texts = models.JSONField(default=dict)
    """What stands on it now, by the part of the design: ``{"headline": "Fresh bread"}``."""
    status = models.CharField(max_length=12, choices=WordingState, default=WordingState.QUEUED)
    failure = models.CharField(max_length=300, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta(BaseModel.Meta):
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return f"wording {self.pk} ({self.status})"
