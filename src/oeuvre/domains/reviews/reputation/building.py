"""A freelancer's reputation as a document, from what everybody can read here."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

from oeuvre.domains.orders import selectors as orders
from oeuvre.domains.reviews import facts
from oeuvre.domains.reviews.levels.rules import level_rules
from oeuvre.domains.reviews.limits import LIMITS
from oeuvre.domains.reviews.models import FreelancerLevel
from oeuvre.domains.reviews.reputation import payload as document
from oeuvre.domains.reviews.states import Aspect, ReviewState

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import FreelancerProfile
    from oeuvre.domains.reviews.models import Review
    from oeuvre.domains.reviews.ratings import RatingSummary


def profile_address(handle: str) -> str:
    """The address of a profile here: what others make a reputation out to that is brought along."""
    return f"{settings.SITE_URL}/freelancers/{handle}/"


def reputation_of(profile: FreelancerProfile, recipient: str = "") -> document.Reputation | None:
    """What would be signed now, made out to ``recipient``; None before the first completed order or visible review."""
    record = orders.track_record(freelancer_id=profile.user_id, since=None)
    rated = facts.visible(freelancer_id=profile.user_id)
    ratings = facts.summary(rated)
    if record.first_completed_at is None and not ratings.count:
        return None
    now = document.issued_now(timezone.now())
    row = FreelancerLevel.objects.filter(freelancer_id=profile.user_id).first()
    rules = level_rules()
    return document.Reputation(
        type="org.oeuvre.reputation",
        version=1,
        id=str(uuid.uuid4()),
        issued_at=now,
        issuer=document.Issuer(name=settings.SITE_NAME, address=settings.SITE_URL),
        subject=document.Subject(
            name=profile.user.public_name, handle=profile.handle, address=profile_address(profile.handle)
        ),
        recipient=recipient,
        period=document.Period(first_day=(record.first_completed_at or now).date(), last_day=now.date()),
        level=rules.by_key(row.level).name if row else rules.levels[0].name,
        orders=document.Orders(
            completed=record.completed,
            due=record.due,
            on_time=record.on_time,
            cancelled_by_freelancer=record.cancelled,
        ),
        ratings=_ratings(ratings),
        reviews=_entries(rated.select_related("author", "answer").order_by("-visible_at")[: LIMITS.exported_reviews]),
    )


def _ratings(found: RatingSummary) -> document.Ratings:
    def numbers(total: int) -> document.AspectNumbers:
        return document.AspectNumbers(sum=total, mean_hundredths=document.mean_hundredths(total, found.count))

    return document.Ratings(
        count=found.count,
        stars=numbers(found.stars_sum),
        distribution=list(found.distribution),
        **{str(aspect): numbers(found.aspects[aspect].sum) for aspect in Aspect},
    )


def _entries(rows: Any) -> list[document.ReviewEntry]:
    return [_entry(review) for review in rows]


def _entry(review: Review) -> document.ReviewEntry:
    answer = getattr(review, "answer", None)
    is_named = review.named and review.author.deleted_at is None
    return document.ReviewEntry(
        day=review.visible_at.date(),  # type: ignore[union-attr]  # a visible one has its moment
        category=review.category,
        stars=review.stars,
        text=review.text,
        answer=answer.text if answer is not None and answer.status == ReviewState.VISIBLE else "",
        buyer=review.author.public_name if is_named else "",
        **{str(aspect): getattr(review, aspect) for aspect in Aspect},
    )
