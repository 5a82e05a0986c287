"""What is handed over in an order, what it must be like, and what may be done with it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from oeuvre.domains.orders import states
from oeuvre.domains.orders.models.orders import Milestone, Order
from oeuvre.kit.models import BaseModel


class Criterion(BaseModel):
    """Something that a delivery must meet, ticked or written by the buyer before the freelancer agreed."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="criteria")
    milestone = models.ForeignKey(Milestone, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    """None for one that every delivery must meet."""
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=states.CriterionKind)
    label = models.CharField(max_length=300, blank=True)
    """In the buyer's words; empty for one that software checks and that explains itself."""
    spec = models.JSONField(default=dict, blank=True)
    """What is needed: see ``checks.SPECS``."""
    met = models.BooleanField(null=True, blank=True)
    """The buyer's word on one that they judge."""

    class Meta(BaseModel.Meta):
        ordering: ClassVar = ["order", "position"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["order", "position"], name="criteria_are_numbered")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.order_id}"


class SealedFile(BaseModel):
    """A file in the blob store, sealed with the order's data key."""

    name = models.CharField(max_length=160)
    media_type = models.CharField(max_length=100)
    """Told from the bytes."""
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    blob_key = models.CharField(max_length=120)

    class Meta(BaseModel.Meta):
        abstract = True
        ordering: ClassVar = ["created_at", "id"]

    def __str__(self) -> str:
        return self.name


class RequirementFile(SealedFile):
    """A file that the buyer answers a question with."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="requirement_files")
    question = models.CharField(max_length=40)
    """The question's key."""


class Delivery(BaseModel):
    """Files and a note that the freelancer hands over for one milestone."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="deliveries")
    milestone = models.ForeignKey(Milestone, on_delete=models.CASCADE, related_name="deliveries")
    number = models.PositiveSmallIntegerField()
    """From 1, within the order."""
    status = models.CharField(max_length=12, choices=states.DeliveryState, default=states.DeliveryState.DRAFT)
    note = models.BinaryField(default=b"")
    """Sealed."""
    ai_use = models.CharField(max_length=12, choices=states.AiUse, blank=True)
    """Declared by the freelancer; empty while the draft says nothing."""
    ai_note = models.BinaryField(default=b"")
    """Which tools, and for what; sealed."""
    findings = models.JSONField(default=list, blank=True)
    """What the last check found: see ``checks.Finding``."""
    checked_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    """When it was accepted or returned."""

    class Meta(BaseModel.Meta):
        ordering: ClassVar = ["order", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "number"], name="deliveries_are_numbered"),
            models.UniqueConstraint(
                fields=["order"], condition=Q(status="draft"), name="one_draft_of_a_delivery_per_order"
            ),
            models.UniqueConstraint(
                fields=["order"], condition=Q(status="submitted"), name="one_delivery_under_review_per_order"
            ),
        ]

    def __str__(self) -> str:
        return f"delivery {self.number} of {self.order_id} ({self.status})"


class DeliveryFile(SealedFile):
    """One delivered file as it came, and as it leaves: with content credentials."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="files")
    text_sha256 = models.CharField(max_length=64, blank=True)
    """Of its text without case, punctuation and layout; empty for what is no text."""
    words = models.PositiveIntegerField(null=True, blank=True)
    language = models.CharField(max_length=8, blank=True)
    """ISO 639-1, as software made it out; empty for what is no text, or too short."""
    seconds = models.FloatField(null=True, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    """Pixels."""
    credentials = models.CharField(max_length=12)
    """A value of ``ValidationState``: what its own credentials were worth when it came."""
    made_by_model = models.BooleanField(default=False)
    """Whether its own credentials say that a trained algorithm made it."""
    signed_sha256 = models.CharField(max_length=64, blank=True)
    signed_key = models.CharField(max_length=120, blank=True)
    """The file with credentials of the order's, sealed; empty while the delivery is a draft."""
    sidecar_key = models.CharField(max_length=120, blank=True)
    """Credentials that the format cannot carry inside."""

    class Meta(SealedFile.Meta):
        indexes: ClassVar = [
            models.Index(fields=["sha256"]),
            models.Index(fields=["text_sha256"]),
            models.Index(fields=["signed_sha256"]),
        ]


class Revision(BaseModel):
    """What the buyer wants changed in a delivery."""

    delivery = models.OneToOneField(Delivery, on_delete=models.CASCADE, related_name="revision")
    text = models.BinaryField()
    """Sealed."""

    def __str__(self) -> str:
        return f"revision of {self.delivery_id}"


class TrainingConsent(BaseModel):
    """The buyer's word on whether the freelancer may train on what the order delivered."""

    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="consent")
    status = models.CharField(max_length=12, choices=states.ConsentState, default=states.ConsentState.ASKED)
    decided_at = models.DateTimeField(null=True, blank=True)
    statement = models.JSONField(default=dict, blank=True)
    """The last decision, signed."""

    def __str__(self) -> str:
        return f"consent of {self.order_id} ({self.status})"
