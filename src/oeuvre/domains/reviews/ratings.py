"""From scores to what is shown of them. Pure functions; every number can be recomputed from those beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from oeuvre.domains.reviews.errors import ReviewInvalidError
from oeuvre.domains.reviews.states import Aspect, Side

if TYPE_CHECKING:
    from collections.abc import Mapping

WORST, BEST = 1, 5
SCORES = range(WORST, BEST + 1)
_QUESTIONS = {
    (Side.BUYER, Aspect.AS_ASKED): lambda: _("Was the work what you agreed on?"),
    (Side.BUYER, Aspect.COMMUNICATION): lambda: _("Could you talk to each other well?"),
    (Side.BUYER, Aspect.ON_TIME): lambda: _("Was it there in time?"),
    (Side.FREELANCER, Aspect.AS_ASKED): lambda: _("Was what they wanted what they had said?"),
    (Side.FREELANCER, Aspect.COMMUNICATION): lambda: _("Could you talk to each other well?"),
    (Side.FREELANCER, Aspect.ON_TIME): lambda: _("Did they answer in time?"),
}


def question_of(side: Side, aspect: Aspect) -> str:
    """What the form asks the one who writes."""
    return _QUESTIONS[side, aspect]()


@dataclass(frozen=True, slots=True)
class Scores:
    """One review's three scores."""

    as_asked: int
    communication: int
    on_time: int

    @classmethod
    def checked(cls, values: Mapping[str, Any]) -> Scores:
        """From anything with the three keys. Raises ReviewInvalidError, naming the first that is no whole number from 1 to 5."""
        for aspect in Aspect:
            value = values.get(aspect)
            if isinstance(value, bool) or not isinstance(value, int) or value not in SCORES:
                raise ReviewInvalidError(
                    _("Give %(aspect)s 1 to 5.") % {"aspect": aspect.label}, field=str(aspect), value=value
                )
        return cls(*(values[aspect] for aspect in Aspect))

    def __getitem__(self, aspect: Aspect) -> int:
        return int(getattr(self, aspect))

    def as_dict(self) -> dict[str, int]:
        return {str(aspect): self[aspect] for aspect in Aspect}

    @property
    def stars(self) -> int:
        """The mean as a whole number. The mean of three whole numbers is never half, so nothing is decided by rounding."""
        return (self.as_asked + self.communication + self.on_time + 1) // 3


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean with what it is made from."""

    sum: int = 0
    count: int = 0

    @property
    def value(self) -> float | None:
        """None without a score."""
        return self.sum / self.count if self.count else None

    @property
    def hundredths(self) -> int | None:
        """Rounded to hundredths, halves up; for documents that hold whole numbers only."""
        return (200 * self.sum + self.count) // (2 * self.count) if self.count else None


@dataclass(frozen=True, slots=True)
class Prior:
    """The reviews that everybody starts with, so that one review does not count as much as a hundred."""

    mean: float
    reviews: int


@dataclass(frozen=True, slots=True)
class RatingSummary:
    """What all visible reviews of somebody, or of a gig, come to. Hidden ones and those not visible yet are not in it."""

    prior: Prior
    aspects: dict[Aspect, Mean] = field(default_factory=lambda: {aspect: Mean() for aspect in Aspect})
    distribution: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    """Reviews with 1, 2, 3, 4 and 5 stars."""

    @property
    def count(self) -> int:
        return sum(self.distribution)

    @property
    def stars_sum(self) -> int:
        return sum(stars * count for stars, count in zip(SCORES, self.distribution, strict=True))

    @property
    def stars(self) -> Mean:
        return Mean(self.stars_sum, self.count)

    @property
    def bayesian(self) -> float:
        """What the order of a search uses: prior mean times prior reviews and the stars, divided by prior and all reviews."""
        return (self.prior.mean * self.prior.reviews + self.stars_sum) / (self.prior.reviews + self.count)

    @property
    def formula(self) -> str:
        """The same with its numbers: ``(4.0 * 5 + 47) / (5 + 10) = 4.47``."""
        prior = self.prior
        return (
            f"({prior.mean:.1f} * {prior.reviews} + {self.stars_sum}) / ({prior.reviews} + {self.count})"
            f" = {self.bayesian:.2f}"
        )

    @property
    def bars(self) -> list[tuple[int, int, int]]:
        """For a chart, best first: stars, reviews, and their share in whole percent."""
        rows = list(zip(SCORES, self.distribution, strict=True))
        return [(stars, count, round(100 * count / self.count) if self.count else 0) for stars, count in rows[::-1]]

    def json_ld(self) -> dict[str, Any] | None:
        """schema.org's AggregateRating, with the plain mean and never the Bayesian one; None without a review."""
        if self.stars.value is None:
            return None
        return {
            "@type": "AggregateRating",
            "ratingValue": f"{self.stars.value:.2f}",
            "bestRating": BEST,
            "worstRating": WORST,
            "ratingCount": self.count,
            "reviewCount": self.count,
        }
