"""Levels of freelancers, with the numbers of every day on which one changed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from oeuvre.domains.reviews.models.reviews import PERSON
from oeuvre.domains.reviews.states import OPEN_DEMOTION, DemotionState, LevelEvent
from oeuvre.kit.models import BaseModel


class FreelancerLevel(BaseModel):
    """Where a freelancer stands. Without a row it is the lowest level."""

    freelancer = models.OneToOneField(PERSON, on_delete=models.CASCADE, related_name="+")
    level = models.CharField(max_length=20)
    since = models.DateTimeField()
    kept_until = models.DateTimeField(null=True, blank=True)
    """After an appeal that was granted: until then no lower level is announced."""

    def __str__(self) -> str:
        return f"{self.freelancer_id}: {self.level}"


class LevelChange(BaseModel):
    """One thing that happened to a level. Never changed."""

    freelancer = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    event = models.CharField(max_length=12, choices=LevelEvent)
    from_level = models.CharField(max_length=20)
    to_level = models.CharField(max_length=20)
    numbers = models.JSONField()
    """``levels.formula.LevelNumbers`` of that day."""

    class Meta(BaseModel.Meta):
        indexes: ClassVar = [models.Index(fields=["freelancer", "-created_at"])]

    def __str__(self) -> str:
        return f"{self.freelancer_id}: {self.event} {self.to_level}"


class Demotion(BaseModel):
    """A lower level that was announced: with its day, its numbers, and what would prevent it."""

    freelancer = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    from_level = models.CharField(max_length=20)
    to_level = models.CharField(max_length=20)
    status = models.CharField(max_length=12, choices=DemotionState, default=DemotionState.ANNOUNCED)
    numbers = models.JSONField()
    effective_at = models.DateTimeField()
    """The earliest moment; it must still be true then."""
    appeal = models.BinaryField(default=b"")
    """The freelancer's words, sealed with their key."""
    appealed_at = models.DateTimeField(null=True, blank=True)
    answer = models.BinaryField(default=b"")
    """The operator's reasons, sealed with the same key."""
    answered_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta(BaseModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["freelancer"],
                condition=Q(status__in=[str(state) for state in OPEN_DEMOTION]),
                name="one_announced_demotion_per_freelancer",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["status", "effective_at"])]

    def __str__(self) -> str:
        return f"{self.freelancer_id}: {self.from_level} to {self.to_level} ({self.status})"
