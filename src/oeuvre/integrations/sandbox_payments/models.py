"""What the sandbox provider remembers: its own books, as a real provider keeps them on its side."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from oeuvre.kit.models import BaseModel
from oeuvre.kit.money import Money


class SandboxCharge(BaseModel):
    """One charge of play money. No card number is kept, only which case of behaviour it stands for."""

    idempotency_key = models.CharField(max_length=200, unique=True)
    case = models.CharField(max_length=24)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=24)
    """A value of ``billing.ports.ChargeStatus``."""
    failure_code = models.CharField(max_length=60, blank=True)
    failure_message = models.CharField(max_length=300, blank=True)
    wrong_codes = models.PositiveSmallIntegerField(default=0)
    refunded = models.BigIntegerField(default=0)
    """Minor units given back, in one refund or several."""
    disputed_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(refunded__gte=0, refunded__lte=models.F("amount")), name="sandbox_gives_no_more_back"
            )
        ]

    def __str__(self) -> str:
        return f"{self.case} {Money(self.amount, self.currency)} {self.status}"

    @property
    def reference(self) -> str:
        return f"sandbox_{self.pk.hex}"


class SandboxRefund(BaseModel):
    """One refund that was made, so that the same key is never paid out twice."""

    charge = models.ForeignKey(SandboxCharge, models.CASCADE, related_name="refunds")
    idempotency_key = models.CharField(max_length=200, unique=True)
    amount = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.amount} of {self.charge}"

    @property
    def reference(self) -> str:
        return f"sandbox_refund_{self.pk.hex}"
