"""Reviews as pages show them. Imported through ``selectors``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from oeuvre.domains.reviews.ratings import BEST, WORST, Scores
from oeuvre.domains.reviews.states import Aspect, ReviewState, Side

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.reviews.models import Review
    from oeuvre.kit.actor import Actor


@dataclass(frozen=True, slots=True)
class AnswerShown:
    """The answer to a review. ``text`` is None where it was hidden, or went with its author's account."""

    author: str
    text: str | None
    created_at: datetime
    is_hidden: bool
    decision: str
    """An operator's public reasons; empty where nobody reported it."""


@dataclass(frozen=True, slots=True)
class ReviewShown:
    """A review in its place. A hidden one has no scores and no words, but says that it was hidden, and why."""

    id: UUID
    side: Side
    author: str
    gig_id: UUID | None
    category: str
    visible_at: datetime
    scores: Scores | None
    stars: int | None
    text: str | None
    """None where it is hidden, or went with its author's account."""
    is_hidden: bool
    decision: str
    """An operator's public reasons for keeping or hiding it; empty where nobody reported it."""
    answer: AnswerShown | None
    may_answer: bool
    """Whether the reader is the one whom it is about, and has not answered."""
    may_report: bool

    @property
    def aspects(self) -> list[tuple[Aspect, int]]:
        """The scores with their names; none for a hidden one."""
        return [(aspect, self.scores[aspect]) for aspect in Aspect] if self.scores else []

    def json_ld(self) -> dict[str, Any] | None:
        """schema.org's Review; None for one without words."""
        if not self.text or self.stars is None:
            return None
        rating = {"@type": "Rating", "ratingValue": self.stars, "bestRating": BEST, "worstRating": WORST}
        return {
            "@type": "Review",
            "author": {"@type": "Person", "name": self.author},
            "datePublished": self.visible_at.date().isoformat(),
            "reviewBody": self.text,
            "reviewRating": rating,
        }


def review_shown(review: Review, actor: Actor) -> ReviewShown:
    """A row (with ``author`` and ``answer`` joined) as the actor sees it. Callers take no row that is not visible yet."""
    is_hidden = review.status == ReviewState.HIDDEN
    scores = Scores(*(getattr(review, aspect) for aspect in Aspect))
    answer = _answer(review)
    return ReviewShown(
        id=review.pk,
        side=Side(review.side),
        author=review.author.public_name,
        gig_id=review.gig_id,
        category=review.category,
        visible_at=review.visible_at or review.created_at,
        scores=None if is_hidden else scores,
        stars=None if is_hidden else scores.stars,
        text=None if is_hidden or review.erased_at else review.text,
        is_hidden=is_hidden,
        decision=review.decision,
        answer=answer,
        may_answer=answer is None and not is_hidden and actor.user_id == review.subject_id,
        may_report=not is_hidden and actor.user_id not in (None, review.author_id),
    )


def _answer(review: Review) -> AnswerShown | None:
    answer = getattr(review, "answer", None)
    if answer is None:
        return None
    is_hidden = answer.status == ReviewState.HIDDEN
    return AnswerShown(
        author=(review.subject if answer.author_id == review.subject_id else answer.author).public_name,
        text=None if is_hidden or answer.erased_at else answer.text,
        created_at=answer.created_at,
        is_hidden=is_hidden,
        decision=answer.decision,
    )
