"""The one public answer to a review. Imported through ``services``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from oeuvre.domains.audit import services as audit
from oeuvre.domains.reviews import notices
from oeuvre.domains.reviews.common import review_shown, words
from oeuvre.domains.reviews.errors import AlreadyAnsweredError, NotYourReviewError, ReviewNotFoundError
from oeuvre.domains.reviews.limits import LIMITS
from oeuvre.domains.reviews.models import Review, ReviewAnswer
from oeuvre.domains.reviews.states import ReviewState
from oeuvre.kit.locks import lock_rows

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.kit.actor import Actor


def answer_write(*, actor: Actor, review_id: UUID, text: str) -> ReviewAnswer:
    """Answer a review of oneself, once. It stays as it is, like the review.

    Raises ReviewNotFoundError, NotYourReviewError, AlreadyAnsweredError, ReviewInvalidError.
    """
    text = words(text, most=LIMITS.answer, field="text")
    if review_shown(review_id).subject_id != actor.person_id:
        raise NotYourReviewError(_("Only the person whom a review is about answers it."))
    with transaction.atomic():
        review = lock_rows(Review.objects.filter(pk=review_id))[0]
        if review.status != ReviewState.VISIBLE:
            raise ReviewNotFoundError(_("This review was hidden; there is nothing to answer."), review_id=review_id)
        before = ReviewAnswer.objects.filter(review=review).first()
        if before is not None:
            raise AlreadyAnsweredError(_("You answered this review. An answer stays as it is."), answer=before)
        answer = ReviewAnswer.objects.create(review=review, author_id=actor.person_id, text=text)
        audit.record(actor=actor, code="review_answer.written", subject=answer, review=str(review.pk))
        notices.answer_written(review, answer)
    return answer
