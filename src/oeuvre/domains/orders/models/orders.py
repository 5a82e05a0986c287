"""Orders, what they are paid with, and what their two sides agree on meanwhile."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from oeuvre.domains.orders import states
from oeuvre.domains.orders.clock import DueClock
from oeuvre.domains.orders.pricing import Quote, Rates
from oeuvre.kit.models import BaseModel
from oeuvre.kit.money import Money

PERSON = "accounts.User"


class Order(BaseModel):
    """A bought gig, offer, edit or blend, with its life cycle.

    What it was made from is named by ids and stands here as it read on the day; a gig that changes changes no order.
    All that people write into an order is sealed with the order's own data key.
    """

    number = models.CharField(max_length=20, unique=True)
    source = models.CharField(max_length=8, choices=states.OrderSource)
    gig_id = models.UUIDField(null=True, blank=True)
    gig_version_id = models.UUIDField(null=True, blank=True)
    package = models.CharField(max_length=20, blank=True)
    brief_id = models.UUIDField(null=True, blank=True)
    offer_id = models.UUIDField(null=True, blank=True)
    edit_id = models.UUIDField(null=True, blank=True)
    generation_id = models.UUIDField(null=True, blank=True)
    conversation_id = models.UUIDField(null=True, blank=True)
    buyer = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    freelancer = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    scope = models.BinaryField(default=b"")
    """What is to be done, sealed."""
    category = models.CharField(max_length=60, blank=True)
    """Category, use case, skills and language by the catalogue's keys."""
    use_case = models.CharField(max_length=60, blank=True)
    skills = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    language = models.CharField(max_length=8, blank=True)
    rights = models.CharField(max_length=60, blank=True)
    """The licence by its key."""
    rights_terms = models.JSONField(default=list, blank=True)
    """The licence in plain words, a sentence or short paragraph each."""
    ai_policy = models.CharField(max_length=12, choices=states.AiUse)
    currency = models.CharField(max_length=3)
    commission_bp = models.PositiveIntegerField()
    """The site's terms on the day, in basis points; the lines hold what they came to."""
    buyer_fee_bp = models.PositiveIntegerField()
    tax_bp = models.PositiveIntegerField()
    revisions = models.PositiveSmallIntegerField(default=0)
    """Of each milestone."""
    requirements = models.JSONField(default=list, blank=True)
    """The freelancer's questions: ``[{key, kind, label, help, required, options, minimum, maximum}]``."""
    answers = models.BinaryField(default=b"")
    """The buyer's answers by key, as sealed JSON."""
    answered_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=24, choices=states.OrderState, default=states.OrderState.AWAITING_PAYMENT)
    ended_by = models.CharField(max_length=12, choices=states.EndedBy, blank=True)
    disputed_from = models.CharField(max_length=24, choices=states.OrderState, blank=True)
    """Where a dispute found it."""
    paid_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    """Of the current milestone; see ``clock``."""
    paused_at = models.DateTimeField(null=True, blank=True)
    pause = models.CharField(max_length=12, choices=states.Pause, blank=True)
    review_until = models.DateTimeField(null=True, blank=True)
    """When what was delivered is accepted by itself."""
    warned_before_at = models.DateTimeField(null=True, blank=True)
    """When mails said that the due date comes near, and that it has passed."""
    warned_late_at = models.DateTimeField(null=True, blank=True)
    rights_statement = models.JSONField(default=dict, blank=True)
    """The signed assignment of rights; verifies without this installation."""

    class Meta(BaseModel.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(buyer=F("freelancer")), name="nobody_orders_from_themselves"),
            models.CheckConstraint(
                condition=Q(pause="", paused_at=None) | (~Q(pause="") & Q(paused_at__isnull=False)),
                name="an_order_pauses_for_a_reason",
            ),
            models.UniqueConstraint(
                fields=["edit_id"],
                condition=Q(edit_id__isnull=False) & ~Q(status="cancelled"),
                name="one_order_per_edit",
            ),
            models.UniqueConstraint(
                fields=["offer_id"],
                condition=Q(offer_id__isnull=False) & ~Q(status="cancelled"),
                name="one_order_per_offer",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["buyer", "-created_at"]),
            models.Index(fields=["freelancer", "-created_at"]),
            models.Index(fields=["status", "due_at"]),
            models.Index(fields=["status", "review_until"]),
            models.Index(fields=["gig_id", "status"]),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def rates(self) -> Rates:
        """The terms that extras of this order are priced at, too."""
        return Rates(self.commission_bp, self.buyer_fee_bp, self.tax_bp)

    @property
    def clock(self) -> DueClock | None:
        """The due date of the current milestone; None before the work begins and after it ended."""
        return DueClock(self.due_at, self.paused_at) if self.due_at else None


class Milestone(BaseModel):
    """A part of an order that is delivered, accepted and paid by itself. Every order has one to six."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="milestones")
    position = models.PositiveSmallIntegerField()
    """From 1."""
    title = models.CharField(max_length=200)
    days = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=12, choices=states.MilestoneState, default=states.MilestoneState.WAITING)
    revisions = models.PositiveSmallIntegerField(default=0)
    """Included, with those that were bought as extras."""
    revisions_used = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    """The first delivery that passed the checks."""
    on_time = models.BooleanField(null=True, blank=True)
    """Whether that was in time."""
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta(BaseModel.Meta):
        ordering: ClassVar = ["order", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "position"], name="milestones_are_numbered"),
            models.UniqueConstraint(
                fields=["order"], condition=Q(status="current"), name="one_current_milestone_per_order"
            ),
            models.CheckConstraint(condition=Q(position__gte=1, position__lte=6), name="one_to_six_milestones"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.position}"


class OrderLine(BaseModel):
    """What is paid for a milestone, or for an extra of one: who gets how much of it, and where the money is.

    What was given back is counted beside what was agreed, so that both can be read.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    milestone = models.ForeignKey(Milestone, on_delete=models.PROTECT, related_name="lines")
    change = models.OneToOneField("OrderChange", on_delete=models.PROTECT, null=True, blank=True, related_name="line")
    """The agreement that an extra came from; none for what was ordered at first."""
    position = models.PositiveSmallIntegerField()
    """In the order in which lines came about; money goes back from the last to the first."""
    title = models.CharField(max_length=200)
    currency = models.CharField(max_length=3)
    price = models.BigIntegerField()
    buyer_fee = models.BigIntegerField()
    tax = models.BigIntegerField()
    commission = models.BigIntegerField()
    returned_price = models.BigIntegerField(default=0)
    returned_fee = models.BigIntegerField(default=0)
    returned_tax = models.BigIntegerField(default=0)
    returned_commission = models.BigIntegerField(default=0)
    """The commission that the freelancer does not pay because the price was given back."""
    status = models.CharField(max_length=20, choices=states.LineState, default=states.LineState.AWAITING_PAYMENT)
    payment_id = models.UUIDField(null=True, blank=True, db_index=True)
    releases = models.PositiveSmallIntegerField(default=0)
    """How often it was released: a dispute while it clears takes it back into what is held."""
    released_at = models.DateTimeField(null=True, blank=True)
    clears_at = models.DateTimeField(null=True, blank=True)

    class Meta(BaseModel.Meta):
        ordering: ClassVar = ["order", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "position"], name="order_lines_are_numbered"),
            models.CheckConstraint(
                condition=Q(price__gt=0, buyer_fee__gte=0, tax__gte=0, commission__gte=0, commission__lte=F("price")),
                name="order_line_is_positive",
            ),
            models.CheckConstraint(
                condition=Q(
                    returned_price__gte=0,
                    returned_price__lte=F("price"),
                    returned_fee__gte=0,
                    returned_fee__lte=F("buyer_fee"),
                    returned_tax__gte=0,
                    returned_tax__lte=F("tax"),
                    returned_commission__gte=0,
                    returned_commission__lte=F("commission"),
                ),
                name="no_more_is_returned_than_was_agreed",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["status", "clears_at"])]

    def __str__(self) -> str:
        return f"{self.order_id} {self.position}: {self.agreed.price} {self.status}"

    def _quote(self, *names: str) -> Quote:
        return Quote(*(Money(getattr(self, name), self.currency) for name in names))

    @property
    def agreed(self) -> Quote:
        """As both sides saw it before they agreed."""
        return self._quote("price", "buyer_fee", "tax", "commission")

    @property
    def returned(self) -> Quote:
        return self._quote("returned_price", "returned_fee", "returned_tax", "returned_commission")

    @property
    def kept(self) -> Quote:
        """What is left of it."""
        return self.agreed - self.returned


class OrderRefund(BaseModel):
    """A part of a payment that an order gives back. The money stays held until the provider has done it."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refunds")
    payment_id = models.UUIDField(db_index=True)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=12, choices=states.RefundState, default=states.RefundState.ASKED)
    attempt = models.PositiveSmallIntegerField(default=1)
    failure = models.CharField(max_length=300, blank=True)
    outside_note = models.CharField(max_length=300, blank=True)
    """How an operator paid it past the provider: what their books know the transfer by."""

    class Meta(BaseModel.Meta):
        constraints: ClassVar = [models.CheckConstraint(condition=Q(amount__gt=0), name="order_refund_is_positive")]
        indexes: ClassVar = [models.Index(fields=["status", "updated_at"])]

    def __str__(self) -> str:
        return f"{self.money} of {self.order_id} {self.status}"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def key(self) -> str:
        """What billing knows the refund by; another attempt is another refund."""
        return f"order_refund:{self.pk}:{self.attempt}"


class OrderChange(BaseModel):
    """What one side proposed to the other: an extra, more time, or to end the order."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=12, choices=states.ChangeKind)
    proposer = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=200, blank=True)
    """Of an extra."""
    note = models.BinaryField(default=b"")
    """Why, sealed."""
    price = models.BigIntegerField(default=0)
    """Minor units of an extra, before fee and tax."""
    days = models.PositiveSmallIntegerField(default=0)
    revisions = models.PositiveSmallIntegerField(default=0)
    back = models.BigIntegerField(null=True, blank=True)
    """Of a cancellation: minor units of the price that go back to the buyer. The rest is the freelancer's."""
    method_token = models.CharField(max_length=200, blank=True)
    """Of an extra that the buyer proposed: the card that pays it if the freelancer agrees."""
    status = models.CharField(max_length=20, choices=states.ChangeState, default=states.ChangeState.PROPOSED)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta(BaseModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order", "kind"],
                condition=Q(status__in=["proposed", "awaiting_payment"]),
                name="one_open_proposal_per_order_and_kind",
            ),
            models.CheckConstraint(condition=Q(price__gte=0) & (Q(back=None) | Q(back__gte=0)), name="change_is_valid"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.order_id} {self.status}"


class OrderQuestion(BaseModel):
    """What the freelancer must know to go on. The clock stands still until the buyer answers."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="questions")
    text = models.BinaryField()
    answer = models.BinaryField(default=b"")
    """Both sealed."""
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta(BaseModel.Meta):
        ordering: ClassVar = ["created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order"], condition=Q(answered_at=None), name="one_open_question_per_order")
        ]

    def __str__(self) -> str:
        return f"question of {self.order_id}"


class OrderDraft(BaseModel):
    """The generation that an edit or a blend begins from, handed over with all that made it."""

    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="draft")
    generation_id = models.UUIDField()
    version = models.CharField(max_length=80)
    """The model version's immutable name."""
    seed = models.BigIntegerField()
    prompt = models.BinaryField()
    """Sealed."""
    media_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    blob_key = models.CharField(max_length=120)
    """The piece as a file with its own credentials, sealed; they become an ingredient of what is delivered."""
    sidecar_key = models.CharField(max_length=120, blank=True)

    def __str__(self) -> str:
        return f"draft of {self.order_id}"
