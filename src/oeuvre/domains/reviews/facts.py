"""What is counted about a freelancer, from orders, reviews and conversations."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, Q, Sum
from django.utils import timezone

from oeuvre.domains.conversations import selectors as conversations
from oeuvre.domains.orders import selectors as orders
from oeuvre.domains.reviews.levels.formula import LevelNumbers
from oeuvre.domains.reviews.models import Review
from oeuvre.domains.reviews.ratings import Mean, Prior, RatingSummary
from oeuvre.domains.reviews.states import Aspect, ReviewState, Side
from oeuvre.domains.search import selectors as search

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from oeuvre.domains.reviews.levels.rules import LevelRules

_STARS = range(1, 6)


def visible(*, freelancer_id: UUID | None = None, gig_id: UUID | None = None) -> QuerySet[Review]:
    """Reviews by buyers that count: of a freelancer, or of one gig."""
    rows = Review.objects.filter(side=Side.BUYER, status=ReviewState.VISIBLE)
    if freelancer_id is not None:
        rows = rows.filter(subject_id=freelancer_id)
    return rows if gig_id is None else rows.filter(gig_id=gig_id)


def prior() -> Prior:
    """The reviews that everybody starts with: the same in the order of a search and on a page."""
    terms = search.formula()
    return Prior(terms.quality_prior_mean, terms.quality_prior_reviews)


def summary(rows: QuerySet[Review]) -> RatingSummary:
    """What reviews come to, in one query."""
    found = rows.aggregate(
        **{f"{aspect}_sum": Sum(aspect) for aspect in Aspect.values},
        **{f"stars_{stars}": Count("pk", filter=Q(stars=stars)) for stars in _STARS},
    )
    one, two, three, four, five = (found[f"stars_{stars}"] for stars in _STARS)
    count = one + two + three + four + five
    means = {aspect: Mean(found[f"{aspect}_sum"] or 0, count) for aspect in Aspect}
    return RatingSummary(prior(), means, (one, two, three, four, five))


def numbers_of(freelancer_id: UUID, rules: LevelRules) -> LevelNumbers:
    """The numbers of today. Three domains are asked, one query or two each."""
    now = timezone.now()
    since = now - timedelta(days=rules.period_days)
    record = orders.track_record(freelancer_id=freelancer_id, since=since)
    rated = visible(freelancer_id=freelancer_id).filter(visible_at__gte=since)
    reviews = rated.aggregate(count=Count("pk"), total=Sum(Aspect.AS_ASKED))
    answers = conversations.answer_time(freelancer_id=freelancer_id, since=now - timedelta(days=rules.answer_days))
    return LevelNumbers(
        completed=record.completed,
        due=record.due,
        on_time=record.on_time,
        reviews=reviews["count"],
        as_asked_sum=reviews["total"] or 0,
        cancelled=record.cancelled,
        answered=answers.conversations,
        answer_minutes=int(answers.median.total_seconds() // 60) if answers.median is not None else 0,
        months=whole_months(record.first_completed_at, now),
    )


def whole_months(since: datetime | None, now: datetime) -> int:
    """Whole calendar months from one moment to another; 0 for none."""
    if since is None:
        return 0
    months = 12 * (now.year - since.year) + now.month - since.month
    before = (now.day, now.time()) < (since.day, since.time())
    return max(0, months - before)
