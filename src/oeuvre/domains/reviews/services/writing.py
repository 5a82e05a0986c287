"""A review is written, and becomes visible. Imported through ``services``.

Both sides lock the window's row, so that of two who write at once the second one finds the first one's. Until then a
review is sealed: neither side, nor an operator, learns whether the other one has written.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.accounts.errors import KeyDestroyedError
from oeuvre.domains.audit import services as audit
from oeuvre.domains.orders.states import OrderState
from oeuvre.domains.reviews import notices
from oeuvre.domains.reviews.common import seal, unseal, window_locked, words
from oeuvre.domains.reviews.errors import ReviewClosedError, ReviewNotFoundError, ReviewPausedError
from oeuvre.domains.reviews.limits import LIMITS
from oeuvre.domains.reviews.models import Review, ReviewWindow
from oeuvre.domains.reviews.ratings import Scores
from oeuvre.domains.reviews.states import REVIEW, WINDOW, ReviewState, Side, WindowState
from oeuvre.kit.actor import Actor
from oeuvre.kit.locks import lock_rows
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any
    from uuid import UUID

    from oeuvre.domains.orders.models import Order


def window_open(order: Order) -> ReviewWindow | None:
    """An order came to its end: the two may review each other, if any work was done. Runs in the caller's transaction.

    An order that ends again, after a dispute, gets its days again; what is visible stays so. None where no work began.
    """
    if order.ended_at is None or order.started_at is None:
        return None
    closes_at = order.ended_at + timedelta(days=settings.REVIEW_DAYS)
    window, created = ReviewWindow.objects.get_or_create(
        order_id=order.pk,
        defaults={
            "buyer_id": order.buyer_id,
            "freelancer_id": order.freelancer_id,
            "gig_id": order.gig_id,
            "category": order.category,
            "closes_at": closes_at,
        },
    )
    if created:
        audit.record(actor=Actor.system(), code="review_window.opened", subject=window)
    else:
        ReviewWindow.objects.filter(pk=window.pk, status=WindowState.OPEN).update(closes_at=closes_at)
    return window


def order_ended(order: Order) -> None:
    """What orders call when one comes to its end, in the transaction that ends it and under the order's lock."""
    window_open(order)
    standing_changed(order.freelancer_id, order.gig_id)


def review_write(*, actor: Actor, order_id: UUID, scores: Mapping[str, Any], text: str, named: bool = False) -> Review:
    """Review the other one of an ended order, or change what one wrote before it is visible.

    ``named`` lets the other one's signed reputation carry the author's name; see ``review_named_set``. When both are in,
    both become visible at once and stay as they are. Raises ReviewWindowNotFoundError, ReviewClosedError,
    ReviewPausedError, ReviewInvalidError.
    """
    given = Scores.checked(scores)
    text = words(text, least=LIMITS.least, most=LIMITS.text, field="text")
    with transaction.atomic():
        window, side = window_locked(actor, order_id)
        _require_open(window)
        review = _written(window, side)
        before = bool(review.sealed)
        review.sealed = seal(review.author_id, {**given.as_dict(), "text": text}, _context(review))
        review.named = named
        review.save()
        audit.record(actor=actor, code="review.edited" if before else "review.written", subject=review)
        if _both_in(window):
            _publish(window)
    review.refresh_from_db()
    return review


def review_named_set(*, actor: Actor, review_id: UUID, named: bool) -> Review:
    """Agree, or no longer agree, that one's name goes into the reviewed person's signed reputation.

    Statements that were signed before stay as they are. Raises ReviewNotFoundError for anybody else's review.
    """
    with transaction.atomic():
        rows = lock_rows(Review.objects.filter(pk=review_id, author_id=actor.person_id))
        if not rows:
            raise ReviewNotFoundError(_("There is no such review of yours."), review_id=review_id)
        review = rows[0]
        if review.named != named:
            review.named = named
            review.save(update_fields=["named", "updated_at"])
            audit.record(actor=actor, code="review.named" if named else "review.unnamed", subject=review)
    return review


def windows_close() -> int:
    """What the schedule does: show what was written in windows whose time is over; returns how many there were.

    A window whose order is in dispute waits for the dispute's end. Each is closed in a transaction of its own.
    """
    due = ReviewWindow.objects.filter(status=WindowState.OPEN, closes_at__lte=timezone.now())
    found = list(due.exclude(order__status=OrderState.DISPUTED).values_list("pk", flat=True))
    return sum(_close(window_id) for window_id in found)


def _close(window_id: UUID) -> bool:
    with transaction.atomic():
        rows = lock_rows(ReviewWindow.objects.filter(pk=window_id, status=WindowState.OPEN))
        if not rows or rows[0].closes_at > timezone.now():
            return False
        _publish(rows[0])
    return True


def _require_open(window: ReviewWindow) -> None:
    """Of a locked window. Its time is over when the clock says so, not when the schedule comes by."""
    if window.status != WindowState.OPEN:
        raise ReviewClosedError(_("The reviews of this order are visible. They stay as they are."), window=window)
    if window.order.status == OrderState.DISPUTED:
        raise ReviewPausedError(
            _("A dispute about this order is open. Review it when the dispute is over; what you wrote is kept."),
            window=window,
        )
    if window.closes_at <= timezone.now():
        raise ReviewClosedError(
            _("The %(days)d days for reviews of this order are over.") % {"days": settings.REVIEW_DAYS}, window=window
        )


def _written(window: ReviewWindow, side: Side) -> Review:
    """The side's own review, or a new one that is not saved yet."""
    found = window.reviews.filter(side=side).first()
    return found or Review(
        window=window,
        side=side,
        author_id=window.person_id_of(side),
        subject_id=window.person_id_of(side.other),
        gig_id=window.gig_id,
        category=window.category,
    )


def _both_in(window: ReviewWindow) -> bool:
    """Of a locked window: whether nobody is left to write."""
    return window.reviews.filter(status=ReviewState.WRITTEN).count() == len(Side)


def _context(review: Review) -> str:
    return f"review:{review.pk}"


def review_words(review: Review) -> dict[str, Any]:
    """Scores and text of a review that is sealed still, by key. Callers have checked who asks. Raises KeyDestroyedError."""
    found: dict[str, Any] = unseal(review.author_id, review.sealed, _context(review))
    return found


def _publish(window: ReviewWindow) -> None:
    """Everything that was written in a locked window becomes visible at once."""
    system, now = Actor.system(), timezone.now()
    shown = []
    for review in window.reviews.filter(status=ReviewState.WRITTEN).order_by("side"):
        try:
            found = review_words(review)
        except KeyDestroyedError:
            review.delete()  # it went with its author's key
            continue
        REVIEW.transition(review, ReviewState.VISIBLE, actor=system, sealed=b"", visible_at=now, **found)
        shown.append(review)
    WINDOW.transition(window, WindowState.CLOSED, actor=system, closed_at=now)
    if shown:
        notices.reviews_visible(window, shown)
        standing_changed(window.freelancer_id, window.gig_id)


def standing_changed(freelancer_id: UUID, gig_id: UUID | None) -> None:
    """Numbers of a freelancer changed: have them counted anew, outside of this transaction's locks."""
    defer("reviews.standing_refresh", freelancer_id=str(freelancer_id), gig_id=str(gig_id) if gig_id else "")
