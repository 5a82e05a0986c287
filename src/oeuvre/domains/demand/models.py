"""What is asked for on this installation, without a word of who asked or in which words."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from oeuvre.domains.demand.states import DemandKind


class DemandEvent(models.Model):
    """One thing that somebody wanted, on a day.

    Neither a person nor a text, nor a time of day: two events of one person cannot be told to be theirs. The id is
    random, so not even the order of a day's events is kept.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=12, choices=DemandKind)
    day = models.DateField()
    category = models.CharField(max_length=60, blank=True)
    """The key of a leaf (or a group, where no leaf is known); empty where neither is."""
    use_case = models.CharField(max_length=60, blank=True)
    skills = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    language = models.CharField(max_length=8, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    amount = models.BigIntegerField(null=True)
    """Minor units: a budget, an offer, or what a completed order cost."""
    days = models.PositiveIntegerField(null=True)
    """Days wanted, offered, or that the work took."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount=None) | Q(amount__gte=0), name="demand_amount_not_negative"),
            models.CheckConstraint(condition=Q(amount=None) | ~Q(currency=""), name="demand_amount_has_currency"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["kind", "category", "day"]),
            models.Index(fields=["day"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.category} {self.day}"
