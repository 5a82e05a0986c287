"""What other installations say of people here. Kept apart: nothing of it enters a number of this one."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from oeuvre.domains.reviews.models.reviews import PERSON
from oeuvre.domains.reviews.states import InstallationState
from oeuvre.kit.models import BaseModel


class Installation(BaseModel):
    """Another installation, by the key that it signs with, and what the operator thinks of it."""

    fingerprint = models.CharField(max_length=64, unique=True)
    """SHA-256 of its public key, lower-case hex."""
    name = models.CharField(max_length=120)
    """As its statements say, until an operator writes another."""
    address = models.CharField(max_length=200)
    status = models.CharField(max_length=8, choices=InstallationState, default=InstallationState.WAITING)
    reasons = models.CharField(max_length=1000, blank=True)
    """Why it is known or refused."""

    def __str__(self) -> str:
        return f"{self.name} ({self.fingerprint[:12]})"


class ImportedReputation(BaseModel):
    """A statement that a freelancer brought along: shown while its installation is known, and only beside local numbers."""

    freelancer = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT, related_name="imports")
    statement = models.JSONField()
    """As it came, so that it can be verified again. Up to 4 MB: lists of what was brought along do without it."""
    issued_at = models.DateTimeField()
    issuer_name = models.CharField(max_length=200)
    """What the statement said of its issuer when it was verified, and its counts: what profiles show of it."""
    issuer_address = models.CharField(max_length=200)
    completed = models.PositiveBigIntegerField()
    """Orders."""
    rating_count = models.PositiveBigIntegerField()

    class Meta(BaseModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["freelancer", "installation"], name="one_imported_reputation_per_installation"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.freelancer_id} at {self.installation_id}"
