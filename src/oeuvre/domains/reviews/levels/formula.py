"""From numbers to a level, and from a level to what is missing. Pure functions; whole numbers only, so nothing is rounded.

The highest level whose every criterion is met is the level. Nothing else counts: no person, no payment, no secret.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from oeuvre.domains.reviews.errors import WhatIfInvalidError
from oeuvre.domains.reviews.states import Measure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from oeuvre.domains.reviews.levels.rules import LevelRule, LevelRules

_MOST = 500
"""A calculator's largest number; more would be another life."""
_BEST = 5


@dataclass(frozen=True, slots=True)
class LevelNumbers:
    """All that a level is made from, as counted on one day."""

    completed: int = 0
    """Orders completed in the period."""
    due: int = 0
    """Of those, orders that had a date."""
    on_time: int = 0
    """Of those, orders of which every first delivery met its date."""
    reviews: int = 0
    """Visible reviews of the period by buyers."""
    as_asked_sum: int = 0
    """Their scores for *as asked for*, added up."""
    cancelled: int = 0
    """Orders of the period that ended because of the freelancer."""
    answered: int = 0
    """Enquiries that the next number is the median of."""
    answer_minutes: int = 0
    """Median time to the first answer; an enquiry that waits counts with the time that it waits."""
    months: int = 0
    """Whole months since the first completed order."""

    def as_dict(self) -> dict[str, int]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> LevelNumbers:
        """The reverse; numbers that an older version did not know are 0."""
        return cls(**{field.name: int(values.get(field.name, 0)) for field in fields(cls)})

    @property
    def ended(self) -> int:
        """Orders that cancellations are a share of."""
        return self.completed + self.cancelled


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Things that may happen next."""

    on_time: int = 0
    """Orders completed on time."""
    late: int = 0
    """Orders completed late."""
    cancelled: int = 0
    """Orders that end because of the freelancer."""
    scores: tuple[int, ...] = ()
    """Scores for *as asked for* of new reviews."""
    months: int = 0
    answer_minutes: int | None = None
    """Another median time to the first answer."""


def level_of(rules: LevelRules, numbers: LevelNumbers) -> LevelRule:
    """The highest level whose every criterion is met; each asks for at least what those below it ask for."""
    return next(rule for rule in reversed(rules.levels) if all(met for _measure, met in checks(rule, numbers)))


def what_if(numbers: LevelNumbers, change: WhatIf) -> LevelNumbers:
    """The numbers after ``change``, all else being equal: nothing that counts today runs out.

    Raises WhatIfInvalidError for numbers below 0 or above 500, and for scores other than 1 to 5.
    """
    for name in ("on_time", "late", "cancelled", "months"):
        if not 0 <= getattr(change, name) <= _MOST:
            raise WhatIfInvalidError(_("Enter a number from 0 to %(most)d.") % {"most": _MOST}, field=name)
    if len(change.scores) > _MOST or any(score not in range(1, _BEST + 1) for score in change.scores):
        raise WhatIfInvalidError(_("A score is a whole number from 1 to 5."), field="scores")
    if change.answer_minutes is not None and change.answer_minutes < 0:
        raise WhatIfInvalidError(_("A time is not below 0."), field="answer_minutes")
    orders = change.on_time + change.late
    return replace(
        numbers,
        completed=numbers.completed + orders,
        due=numbers.due + orders,
        on_time=numbers.on_time + change.on_time,
        reviews=numbers.reviews + len(change.scores),
        as_asked_sum=numbers.as_asked_sum + sum(change.scores),
        cancelled=numbers.cancelled + change.cancelled,
        answered=max(numbers.answered, 1) if change.answer_minutes is not None else numbers.answered,
        answer_minutes=numbers.answer_minutes if change.answer_minutes is None else change.answer_minutes,
        months=numbers.months + change.months,
    )


def after_next_order(rules: LevelRules, numbers: LevelNumbers) -> LevelRule:
    """The level with one more order that is completed on time, before anybody has reviewed it."""
    return level_of(rules, what_if(numbers, WhatIf(on_time=1)))


def after_cancelling(rules: LevelRules, numbers: LevelNumbers) -> LevelRule:
    """The level with one more order that ends because of the freelancer."""
    return level_of(rules, what_if(numbers, WhatIf(cancelled=1)))


def orders_to(rules: LevelRules, numbers: LevelNumbers, place: int) -> int | None:
    """Orders until the level in this place; more only helps, so the least number is found by halving."""

    def reaches(orders: int) -> bool:
        then = what_if(numbers, WhatIf(on_time=orders, scores=(_BEST,) * orders))
        return rules.rank(level_of(rules, then).key) >= place

    if not reaches(_MOST):
        return None
    low, high = 0, _MOST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    return high


def checks(rule: LevelRule, numbers: LevelNumbers) -> list[tuple[Measure, bool]]:
    """Which thresholds are met, by whole numbers."""
    found = [(Measure.COMPLETED, numbers.completed >= rule.completed)]
    if rule.on_time_percent:
        enough = numbers.due > 0 and 100 * numbers.on_time >= rule.on_time_percent * numbers.due
        found.append((Measure.ON_TIME, enough))
    if rule.as_asked or rule.reviews:
        good = 100 * numbers.as_asked_sum >= rule.as_asked_hundredths * numbers.reviews
        found.append((Measure.AS_ASKED, good and numbers.reviews >= max(rule.reviews, 1)))
    if rule.cancelled_percent < 100:
        few = 100 * numbers.cancelled <= rule.cancelled_percent * numbers.ended
        found.append((Measure.CANCELLED, few))
    if rule.asks_for_answers:
        found.append((Measure.ANSWER, numbers.answer_minutes <= 60 * rule.answer_hours))
    if rule.months:
        found.append((Measure.MONTHS, numbers.months >= rule.months))
    return found


def missing(measure: Measure, rule: LevelRule, numbers: LevelNumbers) -> int | None:
    """How many good things in a row meet the threshold: orders, orders on time, reviews with 5, months. None where none do.

    The least whole k that solves the criterion's inequality with k good things added to both of its sides.
    """
    if measure is Measure.COMPLETED:
        return max(0, rule.completed - numbers.completed)
    if measure is Measure.MONTHS:
        return max(0, rule.months - numbers.months)
    if measure is Measure.ON_TIME:
        share = rule.on_time_percent
        needed = _least(share * numbers.due - 100 * numbers.on_time, 100 - share)
        return None if needed is None else max(needed, 0 if numbers.due else 1)
    if measure is Measure.AS_ASKED:
        wanted = rule.as_asked_hundredths
        needed = _least(wanted * numbers.reviews - 100 * numbers.as_asked_sum, 100 * _BEST - wanted)
        return None if needed is None else max(needed, max(rule.reviews, 1) - numbers.reviews)
    if measure is Measure.CANCELLED:
        share = rule.cancelled_percent
        return _least(100 * numbers.cancelled - share * numbers.ended, share)
    return None


def _least(gap: int, gain: int) -> int | None:
    """How often ``gain`` closes ``gap``; None for never."""
    if gap <= 0:
        return 0
    return -(-gap // gain) if gain > 0 else None
