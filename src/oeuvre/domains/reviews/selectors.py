"""Reading reviews: what everybody may see of them, one's own, and the operator's queues.

A review that is not visible yet is in none of these but ``order_reviews``, where its author sees their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.accounts.errors import KeyDestroyedError
from oeuvre.domains.orders.states import OrderState
from oeuvre.domains.reviews import facts
from oeuvre.domains.reviews.common import SHOWN, unseal, windows_of
from oeuvre.domains.reviews.errors import ReportNotFoundError, ReviewNotFoundError
from oeuvre.domains.reviews.levels.formula import LevelNumbers, WhatIf
from oeuvre.domains.reviews.levels.rules import LevelRule, LevelRules, level_rules
from oeuvre.domains.reviews.levels.wording import LevelReport
from oeuvre.domains.reviews.models import Review, ReviewReport, ReviewWindow
from oeuvre.domains.reviews.ratings import RatingSummary, Scores, question_of
from oeuvre.domains.reviews.services.moderation import report_context
from oeuvre.domains.reviews.services.writing import review_words
from oeuvre.domains.reviews.shown import AnswerShown, ReviewShown, review_shown
from oeuvre.domains.reviews.standings import (
    DemotionShown,
    Elsewhere,
    LevelPage,
    appeals_open,
    installations,
    level_of,
    level_page,
    level_public,
    level_what_if,
    own_fingerprint,
    reputation_preview,
    reputation_statement,
    reputations_elsewhere,
)
from oeuvre.domains.reviews.states import Aspect, Part, ReportState, ReviewState, Side, WindowState
from oeuvre.kit import parts
from oeuvre.kit.actor import Role
from oeuvre.kit.pagination import Page, paginate

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from oeuvre.kit.actor import Actor

__all__ = [
    "AnswerShown",
    "DemotionShown",
    "Elsewhere",
    "LevelNumbers",
    "LevelPage",
    "LevelReport",
    "LevelRule",
    "LevelRules",
    "OrderReviews",
    "OwnReview",
    "RatingSummary",
    "ReportShown",
    "ReviewShown",
    "Scores",
    "WhatIf",
    "appeals_open",
    "buyer_summary",
    "installations",
    "level_of",
    "level_page",
    "level_public",
    "level_rules",
    "level_what_if",
    "order_reviews",
    "own_fingerprint",
    "question_of",
    "report_get",
    "reports_hidden",
    "reports_open",
    "reputation_preview",
    "reputation_statement",
    "reputations_elsewhere",
    "review_get",
    "reviews_of_buyer",
    "reviews_of_freelancer",
    "reviews_of_gig",
    "windows_waiting",
]

PER_PAGE = 10


@dataclass(frozen=True, slots=True)
class OwnReview:
    """What one wrote and can change still."""

    id: UUID
    scores: Scores
    text: str
    named: bool


@dataclass(frozen=True, slots=True)
class OrderReviews:
    """Reviews of one order as one of its two sees them. Whether the other one has written is not in it."""

    window: ReviewWindow
    side: Side
    may_write: bool
    is_paused: bool
    """Whether a dispute is open, and writing waits for its end."""
    draft: OwnReview | None
    """One's own, while it is not visible."""
    visible: tuple[ReviewShown, ...]
    """One or both, once they are; the one about the reader first."""


@dataclass(frozen=True, slots=True)
class ReportShown:
    """A report as an operator sees it: the whole review, the note, and who reported it."""

    report: ReviewReport
    review: ReviewShown
    note: str
    hidden_words: str | None
    """What was hidden and can be shown again, in its author's words; None where it is visible. Operators only read it."""


def buyer_summary(*, buyer_id: UUID) -> RatingSummary:
    """What the visible reviews of a buyer by freelancers come to. One query."""
    return facts.summary(_of_buyer(buyer_id).filter(status=ReviewState.VISIBLE))


def reviews_of_gig(
    *, actor: Actor, gig_id: UUID, page: int | str | None = 1, stars: int | None = None
) -> Page[ReviewShown]:
    """Reviews of a gig, newest first, those with so many ``stars`` if given. Two queries."""
    rows = Review.objects.filter(gig_id=gig_id, side=Side.BUYER)
    return _page(actor, rows, page, stars)


def reviews_of_freelancer(
    *, actor: Actor, freelancer_id: UUID, page: int | str | None = 1, stars: int | None = None
) -> Page[ReviewShown]:
    """Reviews of a freelancer by buyers, newest first. Two queries."""
    rows = Review.objects.filter(subject_id=freelancer_id, side=Side.BUYER)
    return _page(actor, rows, page, stars)


def reviews_of_buyer(*, actor: Actor, buyer_id: UUID, page: int | str | None = 1) -> Page[ReviewShown]:
    """Reviews of a buyer by freelancers, newest first. Two queries."""
    return _page(actor, _of_buyer(buyer_id), page, None)


def order_reviews(*, actor: Actor, order_id: UUID) -> OrderReviews | None:
    """What one of the two sees of the reviews of their order; None before its end. One query."""
    windows = windows_of(actor).select_related("order").filter(order_id=order_id)
    window = parts.with_parts(windows, parts.Part("reviews", one=("author", "subject", "answer"))).first()
    side = window.side_of(actor.user_id) if window else None
    if window is None or side is None:
        return None
    rows = list(window.reviews.all())
    is_paused = window.order.status == OrderState.DISPUTED
    is_open = window.status == WindowState.OPEN and window.closes_at > timezone.now()
    own = next((row for row in rows if row.side == side and row.status == ReviewState.WRITTEN), None)
    shown = [row for row in rows if row.status != ReviewState.WRITTEN]
    shown.sort(key=lambda row: row.side == side)
    return OrderReviews(
        window=window,
        side=side,
        may_write=is_open and not is_paused,
        is_paused=is_paused,
        draft=_own(own) if own else None,
        visible=tuple(review_shown(row, actor) for row in shown),
    )


def windows_waiting(*, actor: Actor) -> QuerySet[ReviewWindow]:
    """Ended orders that the actor can review and has not, those that close first before the others."""
    if actor.user_id is None:
        return ReviewWindow.objects.none()
    mine = Review.objects.filter(window=OuterRef("pk"), author_id=actor.user_id)
    rows = windows_of(actor).filter(status=WindowState.OPEN, closes_at__gt=timezone.now())
    rows = rows.exclude(order__status=OrderState.DISPUTED)
    return rows.filter(~Exists(mine)).select_related("order", "buyer", "freelancer").order_by("closes_at")


def review_get(*, actor: Actor, review_id: UUID) -> ReviewShown:
    """A review that everybody can see. Raises ReviewNotFoundError, also for one that is not visible yet. One query."""
    rows = Review.objects.filter(status__in=[str(state) for state in SHOWN])
    row = rows.select_related("author", "subject", "answer").filter(pk=review_id).first()
    if row is None:
        raise ReviewNotFoundError(_("There is no such review here."), review_id=review_id)
    return review_shown(row, actor)


def reports_open(*, actor: Actor) -> QuerySet[ReviewReport]:
    """The operator's queue, oldest first. Operators only."""
    actor.require(Role.OPERATOR)
    rows = ReviewReport.objects.filter(status=ReportState.OPEN)
    return rows.select_related("review", "reporter").order_by("created_at")


def reports_hidden(*, actor: Actor, most: int = 50) -> list[ReviewReport]:
    """Of each review or answer that is hidden the report that led to it, the latest first. Operators only. One query."""
    actor.require(Role.OPERATOR)
    rows = ReviewReport.objects.filter(
        Q(part=Part.REVIEW, review__status=ReviewState.HIDDEN)
        | Q(part=Part.ANSWER, review__answer__status=ReviewState.HIDDEN),
        status=ReportState.HIDDEN,
    )
    newest = rows.order_by("review_id", "part", "-decided_at").distinct("review_id", "part").values("pk")
    shown = ReviewReport.objects.filter(pk__in=newest).select_related("review__author", "review__subject")
    return list(shown.order_by("-decided_at")[:most])


def report_get(*, actor: Actor, report_id: UUID) -> ReportShown:
    """A report with all that it is about. Raises PermissionDeniedError, ReportNotFoundError."""
    actor.require(Role.OPERATOR)
    rows = ReviewReport.objects.select_related(
        "reporter", "review__author", "review__subject", "review__answer", "review__window__order"
    )
    report = rows.filter(pk=report_id).first()
    if report is None:
        raise ReportNotFoundError(_("There is no such report."), report_id=report_id)
    return ReportShown(report, review_shown(report.review, actor), _note(report), _hidden_words(report))


def _hidden_words(report: ReviewReport) -> str | None:
    part = report.review if report.part == Part.REVIEW else getattr(report.review, "answer", None)
    return str(part.text) if part is not None and part.status == ReviewState.HIDDEN else None


def _of_buyer(buyer_id: UUID) -> QuerySet[Review]:
    return Review.objects.filter(subject_id=buyer_id, side=Side.FREELANCER)


def _page(actor: Actor, rows: QuerySet[Review], page: int | str | None, stars: int | None) -> Page[ReviewShown]:
    shown = rows.filter(status__in=[str(state) for state in SHOWN])
    if stars is not None:
        shown = shown.filter(stars=stars, status=ReviewState.VISIBLE)
    ordered = shown.select_related("author", "subject", "answer").order_by(F("visible_at").desc(), "pk")
    found: Page[Review] = paginate(ordered, page=page, per_page=PER_PAGE)
    return Page([review_shown(row, actor) for row in found.items], found.number, found.pages, found.total)


def _own(review: Review) -> OwnReview | None:
    try:
        found = review_words(review)
    except KeyDestroyedError:
        return None
    return OwnReview(review.pk, Scores(*(found[aspect] for aspect in Aspect)), found["text"], review.named)


def _note(report: ReviewReport) -> str:
    if not report.note:
        return ""
    try:
        return str(unseal(report.reporter_id, report.note, report_context(report)))
    except KeyDestroyedError:
        return ""
