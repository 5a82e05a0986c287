"""A level's criteria in words: what one has, what is needed, what would do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oeuvre.domains.reviews.levels.formula import LevelNumbers, checks, level_of, missing, orders_to
from oeuvre.domains.reviews.states import Measure

if TYPE_CHECKING:
    from oeuvre.domains.reviews.levels.rules import LevelRule, LevelRules


@dataclass(frozen=True, slots=True)
class Criterion:
    """One threshold of a level beside the number that must meet it, in words."""

    measure: Measure
    is_met: bool
    have: str
    need: str
    missing: str
    """What would meet it; empty where it is met."""


@dataclass(frozen=True, slots=True)
class LevelRow:
    """A level with all its criteria."""

    rule: LevelRule
    criteria: tuple[Criterion, ...]

    @property
    def is_met(self) -> bool:
        return all(criterion.is_met for criterion in self.criteria)

    @property
    def unmet(self) -> tuple[Criterion, ...]:
        return tuple(criterion for criterion in self.criteria if not criterion.is_met)


@dataclass(frozen=True, slots=True)
class LevelReport:
    """What numbers come to under the rules: all levels, lowest first, and the one that is reached."""

    numbers: LevelNumbers
    rows: tuple[LevelRow, ...]
    rule: LevelRule
    next: LevelRow | None
    orders_to_next: int | None
    """How many orders, completed on time and with the best score, lead to the next level; None where orders alone do not."""


def report(rules: LevelRules, numbers: LevelNumbers) -> LevelReport:
    """The level and everything that leads to it."""
    rows = tuple(LevelRow(rule, _criteria(rule, numbers)) for rule in rules.levels)
    reached = level_of(rules, numbers)
    place = rules.rank(reached.key) + 1
    following = rows[place] if place < len(rows) else None
    return LevelReport(numbers, rows, reached, following, orders_to(rules, numbers, place) if following else None)


def _criteria(rule: LevelRule, numbers: LevelNumbers) -> tuple[Criterion, ...]:
    return tuple(
        Criterion(
            measure,
            is_met,
            have_text(measure, numbers),
            need_text(measure, rule),
            "" if is_met else _missing_text(measure, rule, numbers),
        )
        for measure, is_met in checks(rule, numbers)
    )


def have_text(measure: Measure, numbers: LevelNumbers) -> str:
    """A number as people read it."""
    if measure is Measure.ON_TIME:
        if not numbers.due:
            return _("no order yet")
        share = _percent(numbers.on_time, numbers.due)
        return _("%(share)s %% (%(part)d of %(all)d)") % {
            "share": share,
            "part": numbers.on_time,
            "all": numbers.due,
        }
    if measure is Measure.AS_ASKED:
        if not numbers.reviews:
            return _("no review yet")
        return ngettext("%(mean)s of 5 (%(count)d review)", "%(mean)s of 5 (%(count)d reviews)", numbers.reviews) % {
            "mean": _mean(numbers.as_asked_sum, numbers.reviews),
            "count": numbers.reviews,
        }
    if measure is Measure.CANCELLED:
        if not numbers.ended:
            return _("none")
        share = _percent(numbers.cancelled, numbers.ended)
        return _("%(share)s %% (%(part)d of %(all)d)") % {
            "share": share,
            "part": numbers.cancelled,
            "all": numbers.ended,
        }
    if measure is Measure.ANSWER:
        return _time(numbers.answer_minutes) if numbers.answered else _("nobody has asked yet")
    return str(numbers.completed if measure is Measure.COMPLETED else numbers.months)


def need_text(measure: Measure, rule: LevelRule) -> str:
    """A threshold as people read it."""
    if measure is Measure.ON_TIME:
        return _("%(share)d %% or more") % {"share": rule.on_time_percent}
    if measure is Measure.AS_ASKED:
        return ngettext(
            "%(mean)s or more, of %(count)d review", "%(mean)s or more, of %(count)d reviews", max(rule.reviews, 1)
        ) % {"mean": f"{rule.as_asked:.2f}".rstrip("0").rstrip("."), "count": max(rule.reviews, 1)}
    if measure is Measure.CANCELLED:
        return _("%(share)d %% or less") % {"share": rule.cancelled_percent}
    if measure is Measure.ANSWER:
        return _("%(time)s or less") % {"time": _time(60 * rule.answer_hours)}
    wanted = rule.completed if measure is Measure.COMPLETED else rule.months
    return _("%(count)d or more") % {"count": wanted}


def _missing_text(measure: Measure, rule: LevelRule, numbers: LevelNumbers) -> str:
    more = missing(measure, rule, numbers)
    if measure is Measure.ANSWER:
        return _("Answer new enquiries within %(time)s.") % {"time": _time(60 * rule.answer_hours)}
    if more is None:
        return _("Only time helps: what counts against it runs out.")
    sentences = {
        Measure.COMPLETED: ngettext("%(count)d more completed order", "%(count)d more completed orders", more),
        Measure.ON_TIME: ngettext(
            "%(count)d more order on time", "%(count)d more orders on time, one after the other", more
        ),
        Measure.AS_ASKED: ngettext("%(count)d more review with 5 of 5", "%(count)d more reviews with 5 of 5", more),
        Measure.CANCELLED: ngettext(
            "%(count)d more completed order and no cancellation",
            "%(count)d more completed orders and no cancellation",
            more,
        ),
        Measure.MONTHS: ngettext("%(count)d more month", "%(count)d more months", more),
    }
    return sentences[measure] % {"count": more}


def _percent(part: int, whole: int) -> str:
    """Tenths of a percent, cut and not rounded: 89.96 % is not 90 % and must not read like it."""
    tenths = 1000 * part // whole
    return f"{tenths // 10}.{tenths % 10}" if tenths % 10 else str(tenths // 10)


def _mean(total: int, count: int) -> str:
    """Hundredths, cut for the same reason."""
    hundredths = 100 * total // count
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def _time(minutes: int) -> str:
    if minutes < 120:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    hours = -(-minutes // 60)
    return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
