"""Reviews of ended orders, answers to them, and what was reported of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import F, Q

from oeuvre.domains.reviews.states import Aspect, Part, ReportReason, ReportState, ReviewState, Side, WindowState
from oeuvre.kit.models import BaseModel

if TYPE_CHECKING:
    from uuid import UUID

PERSON = "accounts.User"


class ReviewWindow(BaseModel):
    """The time in which the two of an ended order may review each other. Its row is what both lock."""

    order = models.OneToOneField("orders.Order", on_delete=models.PROTECT, related_name="+")
    buyer = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    freelancer = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    gig_id = models.UUIDField(null=True, blank=True)
    category = models.CharField(max_length=60, blank=True)
    """The catalogue's key."""
    status = models.CharField(max_length=8, choices=WindowState, default=WindowState.OPEN)
    closes_at = models.DateTimeField()
    """When what is written becomes visible, whether both are in or not."""
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta(BaseModel.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status=WindowState.OPEN, closed_at=None)
                | Q(status=WindowState.CLOSED, closed_at__isnull=False),
                name="a_review_window_is_open_or_closed",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["closes_at"], condition=Q(status="open"), name="review_windows_to_close"),
            models.Index(fields=["buyer", "status"]),
            models.Index(fields=["freelancer", "status"]),
        ]

    def __str__(self) -> str:
        return f"reviews of {self.order_id} ({self.status})"

    def side_of(self, person_id: UUID | None) -> Side | None:
        """Which of the two this is; None for anybody else."""
        if person_id is None:
            return None
        return {self.buyer_id: Side.BUYER, self.freelancer_id: Side.FREELANCER}.get(person_id)

    def person_id_of(self, side: Side) -> UUID:
        return self.buyer_id if side is Side.BUYER else self.freelancer_id


class Review(BaseModel):
    """What one of the two says about the other.

    Until it is visible it is one sealed value: scores and words cannot be read, counted or sorted by, not even by mistake.
    """

    window = models.ForeignKey(ReviewWindow, on_delete=models.PROTECT, related_name="reviews")
    side = models.CharField(max_length=12, choices=Side)
    """Who wrote it."""
    author = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    subject = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    """Whom it is about."""
    gig_id = models.UUIDField(null=True, blank=True)
    category = models.CharField(max_length=60, blank=True)
    status = models.CharField(max_length=8, choices=ReviewState, default=ReviewState.WRITTEN)
    sealed = models.BinaryField(default=b"")
    """Scores and words with the author's own key, until it is visible."""
    as_asked = models.PositiveSmallIntegerField(null=True, blank=True)
    communication = models.PositiveSmallIntegerField(null=True, blank=True)
    on_time = models.PositiveSmallIntegerField(null=True, blank=True)
    stars = models.GeneratedField(
        expression=(F("as_asked") + F("communication") + F("on_time") + 1) / 3,
        output_field=models.PositiveSmallIntegerField(null=True),
        db_persist=True,
    )
    """The mean of the three, as a whole number: (sum + 1) ÷ 3 without its fraction. Of three whole numbers none is half."""
    text = models.TextField(blank=True)
    named = models.BooleanField(default=False)
    """Whether the author agreed that their name goes into the subject's signed reputation."""
    visible_at = models.DateTimeField(null=True, blank=True)
    decision = models.TextField(blank=True)
    """An operator's reasons for keeping or hiding it; everybody reads them."""
    decided_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    """When its words went with their author's account. Its scores stay: they are nobody's words."""

    class Meta(BaseModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["window", "side"], name="one_review_per_order_and_side"),
            models.CheckConstraint(condition=~Q(author=F("subject")), name="nobody_reviews_themselves"),
            models.CheckConstraint(
                condition=Q(
                    status=ReviewState.WRITTEN,
                    text="",
                    visible_at=None,
                    **dict.fromkeys(Aspect.values),
                )
                | (
                    ~Q(status=ReviewState.WRITTEN)
                    & Q(sealed=b"", visible_at__isnull=False)
                    & Q(**{f"{aspect}__gte": 1 for aspect in Aspect.values})
                    & Q(**{f"{aspect}__lte": 5 for aspect in Aspect.values})
                ),
                name="a_review_is_sealed_or_shown",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["subject", "side", "-visible_at"]),
            models.Index(fields=["gig_id", "-visible_at"]),
            models.Index(fields=["author", "-created_at"]),
        ]

    def __str__(self) -> str:
        return f"review of {self.subject_id} by the {self.side}"


class ReviewAnswer(BaseModel):
    """What the person whom a review is about says to it, once and for everybody to read."""

    review = models.OneToOneField(Review, on_delete=models.PROTECT, related_name="answer")
    author = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(blank=True)
    status = models.CharField(
        max_length=8,
        choices=[(state.value, state.label) for state in (ReviewState.VISIBLE, ReviewState.HIDDEN)],
        default=ReviewState.VISIBLE,
    )
    decision = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"answer to {self.review_id}"


class ReviewReport(BaseModel):
    """Somebody asks an operator to look at a review, or at the answer to one."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="reports")
    part = models.CharField(max_length=8, choices=Part)
    reporter = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=12, choices=ReportReason)
    note = models.BinaryField(default=b"")
    """For the operator alone; sealed with the reporter's key."""
    status = models.CharField(max_length=8, choices=ReportState, default=ReportState.OPEN)
    decided_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta(BaseModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["review", "part", "reporter"],
                condition=Q(status=ReportState.OPEN),
                name="one_open_report_per_review_and_person",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["status", "created_at"])]

    def __str__(self) -> str:
        return f"report of {self.review_id} ({self.status})"
