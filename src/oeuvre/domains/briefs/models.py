"""Briefs, who is invited to answer them, offers, and the vectors of the guide."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from pgvector.django import HalfVectorField

from oeuvre.domains.briefs import states
from oeuvre.domains.briefs.ports import DIMENSIONS
from oeuvre.kit.models import BaseModel
from oeuvre.kit.money import Money

PERSON = "accounts.User"
KEY_LENGTH = 60
CURRENCY_LENGTH = 3


class Brief(BaseModel):
    """A buyer's structured request. Its words are sealed with the buyer's own key; what freelancers are matched by is not."""

    buyer = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=12, choices=states.BriefState, default=states.BriefState.DRAFT)
    revision = models.PositiveIntegerField(default=1)
    """Counts the savings; who saves says which one they saw, and an offer which one it answers."""
    sealed = models.BinaryField(default=b"")
    """JSON: ``content.brief_words_json``."""
    category = models.CharField(max_length=KEY_LENGTH, blank=True)
    """A leaf's key. No foreign key: a brief keeps what it said when the tree changes."""
    use_case = models.CharField(max_length=KEY_LENGTH, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    """``{key: option key | [option keys] | number | true or false}``."""
    languages = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    budget_low = models.PositiveBigIntegerField(null=True, blank=True)
    budget_high = models.PositiveBigIntegerField(null=True, blank=True)
    """Minor units of ``currency``."""
    currency = models.CharField(max_length=CURRENCY_LENGTH, blank=True)
    due = models.DateField(null=True, blank=True)
    ai_wish = models.CharField(max_length=12, choices=states.AiWish, default=states.AiWish.ANY)
    privacy_level = models.CharField(max_length=KEY_LENGTH, blank=True)
    licence = models.CharField(max_length=KEY_LENGTH, blank=True)
    open_days = models.PositiveSmallIntegerField()
    opened_at = models.DateTimeField(null=True, blank=True)
    """When it was first sent or published."""
    closes_at = models.DateTimeField(null=True, blank=True)

    class Meta(BaseModel.Meta):
        indexes: ClassVar = [
            models.Index(fields=["buyer", "status", "-created_at"]),
            models.Index(fields=["status", "category", "-opened_at"]),
            models.Index(fields=["closes_at"], condition=Q(status__in=["sent", "published"]), name="brief_closing"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(status__in=["sent", "published"])
                | (Q(opened_at__isnull=False, closes_at__isnull=False) & ~Q(category="")),
                name="an_open_brief_has_an_end_and_a_category",
            ),
            models.CheckConstraint(
                condition=Q(budget_low=None) | Q(budget_high=None) | Q(budget_low__lte=F("budget_high")),
                name="brief_budget_ascends",
            ),
            models.CheckConstraint(
                condition=Q(budget_low=None, budget_high=None) | ~Q(currency=""), name="brief_budget_has_currency"
            ),
        ]

    def __str__(self) -> str:
        return f"brief {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.status in states.OPEN_BRIEF

    def _money(self, amount: int | None) -> Money | None:
        return None if amount is None else Money(amount, self.currency)

    @property
    def budget_from(self) -> Money | None:
        return self._money(self.budget_low)

    @property
    def budget_to(self) -> Money | None:
        return self._money(self.budget_high)


class BriefFile(BaseModel):
    """A file beside a brief. Its bytes lie in the blob store, sealed like its name with the buyer's key."""

    brief = models.ForeignKey(Brief, on_delete=models.CASCADE, related_name="files")
    sealed_name = models.BinaryField()
    media_type = models.CharField(max_length=100)
    """Told from the bytes when it came."""
    size = models.PositiveBigIntegerField()
    """Bytes."""
    blob_key = models.CharField(max_length=200)

    class Meta(BaseModel.Meta):
        ordering: ClassVar = ["created_at", "pk"]

    def __str__(self) -> str:
        return f"brief file {self.pk}"


class Invitation(BaseModel):
    """A freelancer whom the buyer asked for an offer."""

    brief = models.ForeignKey(Brief, on_delete=models.CASCADE, related_name="invitations")
    freelancer = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    gig_id = models.UUIDField(null=True, blank=True)
    """The gig by which the buyer found them."""
    declined_at = models.DateTimeField(null=True, blank=True)
    """When the freelancer said that they will make none."""

    class Meta(BaseModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brief", "freelancer"], name="invited_once_per_brief"),
        ]
        indexes: ClassVar = [models.Index(fields=["freelancer", "-created_at"])]

    def __str__(self) -> str:
        return f"invitation {self.pk}"


class Offer(BaseModel):
    """A freelancer's priced answer to a brief, or to an enquiry in a conversation."""

    brief = models.ForeignKey(Brief, null=True, blank=True, on_delete=models.PROTECT, related_name="offers")
    brief_revision = models.PositiveIntegerField(null=True, blank=True)
    """What the brief said when the offer was sent."""
    conversation_id = models.UUIDField(null=True, blank=True)
    """Where the two talk about it; one on a brief gets its own when it is sent."""
    buyer = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    freelancer = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=12, choices=states.OfferState, default=states.OfferState.DRAFTED)
    sealed = models.BinaryField(default=b"")
    """JSON: ``content.offer_json``, with the freelancer's key."""
    amount = models.PositiveBigIntegerField()
    """The price of all milestones in minor units of ``currency``, without extras, fee and tax."""
    currency = models.CharField(max_length=CURRENCY_LENGTH)
    days = models.PositiveSmallIntegerField()
    sent_at = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    ordered_at = models.DateTimeField(null=True, blank=True)
    """When the order that was made from it was paid."""
    reason = models.CharField(max_length=20, blank=True)
    """Why it was declined by nobody's decision: ``another`` was ordered, the brief was ``withdrawn`` or ``expired``."""

    class Meta(BaseModel.Meta):
        indexes: ClassVar = [
            models.Index(fields=["freelancer", "status", "-created_at"]),
            models.Index(fields=["buyer", "status", "-created_at"]),
            models.Index(fields=["valid_until"], condition=Q(status="sent"), name="offer_expiring"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(brief__isnull=False) | Q(conversation_id__isnull=False), name="an_offer_answers_something"
            ),
            models.CheckConstraint(condition=~Q(buyer=F("freelancer")), name="nobody_offers_themselves"),
            models.CheckConstraint(condition=Q(amount__gt=0, days__gte=1), name="an_offer_costs_and_takes_time"),
            models.CheckConstraint(
                condition=Q(status__in=["drafted", "withdrawn"])
                | Q(sent_at__isnull=False, valid_until__isnull=False, conversation_id__isnull=False),
                name="a_sent_offer_has_an_end_and_a_conversation",
            ),
            models.CheckConstraint(
                condition=Q(ordered_at__isnull=True) | Q(status="accepted"), name="only_an_accepted_offer_is_ordered"
            ),
            models.UniqueConstraint(
                fields=["brief", "freelancer"],
                condition=Q(status__in=["drafted", "sent", "accepted"]),
                name="one_open_offer_per_freelancer_and_brief",
            ),
            models.UniqueConstraint(
                fields=["conversation_id", "freelancer"],
                condition=Q(brief__isnull=True, status__in=["drafted", "sent", "accepted"], ordered_at__isnull=True),
                name="one_open_custom_offer_per_conversation",
            ),
            models.UniqueConstraint(
                fields=["brief"], condition=Q(status="accepted"), name="one_accepted_offer_per_brief"
            ),
        ]

    def __str__(self) -> str:
        return f"offer {self.pk}"

    @property
    def price(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def is_custom(self) -> bool:
        """Whether it was made in a conversation and answers no brief."""
        return self.brief_id is None


class GuideVector(models.Model):
    """What a text of the catalogue, or a phrase, means. Made anew at any time by the task ``briefs.guide_refresh``."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    """Of the text."""
    vector = HalfVectorField(dimensions=DIMENSIONS)

    def __str__(self) -> str:
        return self.sha256[:12]
