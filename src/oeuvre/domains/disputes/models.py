"""Disputes, what was said and proposed in them, what was decided, and the evidence."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from oeuvre.domains.disputes import states
from oeuvre.domains.disputes.outcomes import Outcome
from oeuvre.kit.models import BaseModel
from oeuvre.kit.money import Money

PERSON = "accounts.User"
_OPEN = [str(state) for state in states.OPEN]


class Dispute(BaseModel):
    """An order that the two of it do not agree about. Its words and evidence are sealed with a key of its own."""

    number = models.CharField(max_length=20, unique=True)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="+")
    buyer = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    freelancer = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=12, choices=states.Side)
    """Who opened it."""
    reason = models.CharField(max_length=30)
    """A key of the published reasons."""
    rule = models.CharField(max_length=300)
    """The published sentence about silence, as it read on the day."""
    currency = models.CharField(max_length=3)
    held = models.BigIntegerField()
    """Minor units of the price that were held when it was opened: what shares are shares of."""
    default_kind = models.CharField(max_length=12, choices=states.OutcomeKind)
    """What silence leads to: fixed when it was opened, whatever becomes of the rules."""
    default_back = models.BigIntegerField(default=0)
    default_days = models.PositiveSmallIntegerField(null=True, blank=True)
    status = models.CharField(max_length=20, choices=states.DisputeState, default=states.DisputeState.AWAITING_ANSWER)
    due_at = models.DateTimeField(null=True, blank=True)
    """The deadline of the present state: for the answer, for an agreement, for an appeal. An operator's is a promise."""
    warned_at = models.DateTimeField(null=True, blank=True)
    """When a mail reminded of that deadline."""
    buyer_accepts = models.BooleanField(default=False)
    """Whether they accept what was decided, and appeal no more."""
    freelancer_accepts = models.BooleanField(default=False)
    appealed_by = models.CharField(max_length=12, choices=states.Side, blank=True)
    settled_by = models.CharField(max_length=12, choices=states.SettledBy, blank=True)
    settled_kind = models.CharField(max_length=12, choices=states.OutcomeKind, blank=True)
    settled_back = models.BigIntegerField(default=0)
    settled_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    purged_at = models.DateTimeField(null=True, blank=True)
    """When words and evidence were destroyed, with their key."""

    class Meta(BaseModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order"], condition=Q(status__in=_OPEN), name="one_open_dispute_per_order"),
            models.CheckConstraint(
                condition=Q(status__in=_OPEN, ended_at=None) | (~Q(status__in=_OPEN) & Q(ended_at__isnull=False)),
                name="a_dispute_is_open_or_ended",
            ),
            models.CheckConstraint(
                condition=(Q(status="settled") & ~Q(settled_by="") & ~Q(settled_kind=""))
                | (~Q(status="settled") & Q(settled_by="", settled_kind="")),
                name="a_settled_dispute_has_an_outcome",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["status", "due_at"]),
            models.Index(fields=["order", "-created_at"]),
            models.Index(fields=["buyer", "-created_at"]),
            models.Index(fields=["freelancer", "-created_at"]),
            models.Index(fields=["ended_at"], condition=Q(purged_at=None), name="disputes_to_purge"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def held_money(self) -> Money:
        return Money(self.held, self.currency)

    @property
    def settlement(self) -> Outcome | None:
        """What came of it; None while it is open, and where there was nothing to settle."""
        if not self.settled_kind:
            return None
        return Outcome(
            states.OutcomeKind(self.settled_kind), Money(self.settled_back, self.currency), self.settled_until
        )


class Words(BaseModel):
    """What one of the two wrote, sealed with the dispute's key."""

    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="words")
    kind = models.CharField(max_length=12, choices=states.WordsKind)
    side = models.CharField(max_length=12, choices=states.Side)
    author = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    sealed = models.BinaryField()

    class Meta(BaseModel.Meta):
        ordering: ClassVar = ["created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["dispute", "kind"], condition=~Q(kind="statement"), name="one_claim_answer_and_appeal"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.dispute_id}"


class OutcomeModel(BaseModel):
    """Columns of an outcome that is proposed or decided."""

    kind = models.CharField(max_length=12, choices=states.OutcomeKind)
    back = models.BigIntegerField(default=0)
    """Minor units of the price that go back to the buyer, before their part of fee and tax."""
    until = models.DateTimeField(null=True, blank=True)
    """Of a redelivery."""

    class Meta(BaseModel.Meta):
        abstract = True

    def outcome_in(self, currency: str) -> Outcome:
        return Outcome(states.OutcomeKind(self.kind), Money(self.back, currency), self.until)


class Proposal(OutcomeModel):
    """What one side would agree to. Each side has one open at a time."""

    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="proposals")
    side = models.CharField(max_length=12, choices=states.Side)
    proposer = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    note = models.BinaryField(default=b"")
    """Sealed."""
    status = models.CharField(max_length=12, choices=states.ProposalState, default=states.ProposalState.OPEN)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta(OutcomeModel.Meta):
        ordering: ClassVar = ["created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["dispute", "side"], condition=Q(status="open"), name="one_open_proposal_per_dispute_and_side"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["completion", "refund", "redelivery"], back__gte=0),
                name="a_proposal_can_be_carried_out",
            ),
        ]

    def __str__(self) -> str:
        return f"proposal of the {self.side} in {self.dispute_id} ({self.status})"


class Decision(OutcomeModel):
    """What an operator decided, with reasons. The second one is on appeal, and final."""

    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="decisions")
    number = models.PositiveSmallIntegerField()
    operator = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    reasons = models.BinaryField()
    """Sealed; both sides read them."""

    class Meta(OutcomeModel.Meta):
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dispute", "number"], name="decisions_are_numbered"),
            models.CheckConstraint(
                condition=Q(kind__in=["completion", "refund", "redelivery"], back__gte=0),
                name="a_decision_can_be_carried_out",
            ),
        ]

    def __str__(self) -> str:
        return f"decision {self.number} of {self.dispute_id}"


class EvidenceBundle(BaseModel):
    """Everything about the order as it stood at one moment: a ZIP file with a signed list of its parts, sealed."""

    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="bundles")
    number = models.PositiveSmallIntegerField()
    sha256 = models.CharField(max_length=64)
    """Of the ZIP file."""
    size = models.PositiveBigIntegerField()
    files = models.PositiveIntegerField()
    left_out = models.PositiveIntegerField(default=0)
    """Files that are named with their hash, but are too large together to be in it."""
    blob_key = models.CharField(max_length=120, blank=True)

    class Meta(BaseModel.Meta):
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dispute", "number"], name="evidence_bundles_are_numbered"),
        ]

    def __str__(self) -> str:
        return f"evidence {self.number} of {self.dispute_id}"
