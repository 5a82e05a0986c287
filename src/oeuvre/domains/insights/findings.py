"""What insights come to in a sentence, and what to do about it. The page and the weekly mail say the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from oeuvre.domains.insights.evidence import LEAST
from oeuvre.domains.insights.states import Direction, Place, Reason, Stage, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from uuid import UUID

    from django_stubs_ext import StrOrPromise

    from oeuvre.domains.insights.earned import Earned, EarnedRow
    from oeuvre.domains.insights.figures import AssistantTimes, Funnel, Lost, PersonTimes, Topics, Unanswered
    from oeuvre.domains.insights.market import Position, Trend

LONG_WAIT = timedelta(hours=12)
"""A median wait beyond this is worth a word."""


@dataclass(frozen=True, slots=True)
class Finding:
    """``about`` names the insight that it is of; ``subject`` is the gig that the step is about, where it is about one."""

    about: str
    text: str
    step: Step
    subject: UUID | None = None


_REASONS: dict[Reason, tuple[StrOrPromise, Step]] = {
    Reason.DECLINED: (
        gettext_lazy("%(count)d of %(lost)d lost enquiries asked for work that you do not take on."),
        Step.ASSISTANT,
    ),
    Reason.HANDED_OFF: (
        gettext_lazy("%(count)d of %(lost)d lost enquiries were handed off to you, and you did not write."),
        Step.MESSAGES,
    ),
    Reason.NEVER_ANSWERED: (
        gettext_lazy("%(count)d of %(lost)d lost enquiries never got an answer."),
        Step.ASSISTANT,
    ),
    Reason.SLOW: (
        gettext_lazy("%(count)d of %(lost)d lost enquiries waited more than 24 hours for the first answer."),
        Step.ASSISTANT,
    ),
    Reason.OFFER_NOT_TAKEN: (
        gettext_lazy("%(count)d of %(lost)d lost enquiries got an offer that was declined or ran out."),
        Step.OFFERS,
    ),
    Reason.LAST_WORD: (
        gettext_lazy("%(count)d of %(lost)d lost enquiries ended with a message by the buyer that nobody answered."),
        Step.MESSAGES,
    ),
    Reason.PRICE: (
        gettext_lazy("%(count)d of %(lost)d lost enquiries asked about the price and then fell silent."),
        Step.COMPARE,
    ),
    Reason.TIME: (
        gettext_lazy("%(count)d of %(lost)d lost enquiries asked about the delivery time and then fell silent."),
        Step.COMPARE,
    ),
    Reason.SILENCE: (
        gettext_lazy("%(count)d of %(lost)d lost enquiries fell silent after your answer."),
        Step.FOLLOW_UP,
    ),
}

_STAGES: dict[Stage, tuple[StrOrPromise, Step]] = {
    Stage.ANSWERED: (gettext_lazy("%(count)d of %(before)d enquiries got an answer."), Step.ASSISTANT),
    Stage.OFFERED: (
        gettext_lazy("%(count)d of %(before)d answered enquiries went on to an offer or an order."),
        Step.MESSAGES,
    ),
    Stage.ORDERED: (gettext_lazy("%(count)d of %(before)d enquiries with an offer became orders."), Step.COMPARE),
}

_MORE = gettext_lazy(
    "“%(gig)s”, %(package)s: %(own)s is more than the middle half of %(count)d freelancers ask, %(low)s to %(high)s."
)
_LESS = gettext_lazy(
    "“%(gig)s”, %(package)s: %(own)s is less than the middle half of %(count)d freelancers ask, %(low)s to %(high)s."
)
_LONGER = gettext_lazy(
    "“%(gig)s”, %(package)s: %(own)d days is longer than the middle half of %(count)d freelancers take, up to %(high)s days."
)
_NEWLY = gettext_lazy(
    "%(category)s was asked for %(latest)d times in the last three months, and hardly in the three before."
)
_NO_MORE = gettext_lazy(
    "%(category)s was hardly asked for in the last three months, and %(before)d times in the three before."
)
_OFTENER = gettext_lazy(
    "%(category)s was asked for %(change)d %% more often in the last three months than in the three before: "
    "%(latest)d times against %(before)d."
)
_SELDOMER = gettext_lazy(
    "%(category)s was asked for %(change)d %% less often in the last three months than in the three before."
)


def waited(time: timedelta) -> str:
    """A time in one unit, rounded down: ``40 minutes``, ``3 hours``, ``2 days``."""
    minutes = int(time.total_seconds() // 60)
    if minutes < 120:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    if minutes < 48 * 60:
        return ngettext("%(count)d hour", "%(count)d hours", minutes // 60) % {"count": minutes // 60}
    return ngettext("%(count)d day", "%(count)d days", minutes // 1440) % {"count": minutes // 1440}


def of_lost(lost: Lost) -> list[Finding]:
    """The commonest reason, where enough were lost for it."""
    if not lost.reasons or lost.reasons[0][1] < LEAST:
        return []
    reason, count = lost.reasons[0]
    text, step = _REASONS[reason]
    return [Finding("lost", str(text) % {"count": count, "lost": lost.evidence.cases}, step)]


def of_unanswered(found: Unanswered, name: Callable[[str], str]) -> list[Finding]:
    if not found.evidence.is_enough:
        return []
    if found.by_aspect:
        aspect, count = found.by_aspect[0]
        text = _("%(count)d questions about %(topic)s could not be answered from what your assistant knows.")
        return [Finding("unanswered", text % {"count": count, "topic": name(aspect)}, Step.DRAFT_ANSWERS)]
    text = _("%(count)d questions could not be answered from what your assistant knows.")
    return [Finding("unanswered", text % {"count": found.evidence.cases}, Step.DRAFT_ANSWERS)]


def of_topics(found: Topics, name: Callable[[str], str]) -> list[Finding]:
    """The topic of which most were lost, where that is half of those that came to an end, or more."""
    rows = [row for row in found.rows if row.lost >= LEAST and row.lost >= row.won]
    if not rows:
        return []
    row = max(rows, key=lambda row: row.lost)
    text = _("Of enquiries about %(topic)s, %(lost)d came to nothing and %(won)d to an order.")
    return [Finding("topics", text % {"topic": name(row.key), "lost": row.lost, "won": row.won}, Step.DRAFT_ANSWERS)]


def of_times(person: PersonTimes, assistant: AssistantTimes) -> list[Finding]:
    if person.median is None or person.median <= LONG_WAIT:
        return []
    text = _("Half of %(count)d buyers waited %(time)s or longer to hear from you in person.")
    step = Step.MESSAGES if assistant.evidence.is_enough else Step.ASSISTANT
    return [Finding("times", text % {"count": person.evidence.cases, "time": waited(person.median)}, step)]


def of_funnel(funnel: Funnel) -> list[Finding]:
    """The stage at which most go, where fewer than half get past it."""
    if funnel.weakest is None:
        return []
    stage, count, before = funnel.weakest
    if 2 * count >= before:
        return []
    text, step = _STAGES[stage]
    return [Finding("funnel", str(text) % {"count": count, "before": before}, step)]


def of_positions(positions: Iterable[Position]) -> list[Finding]:
    """Prices on either side of the middle half, and times that are longer than it."""
    found = []
    for one in positions:
        said = {"gig": one.gig, "package": one.package, "count": one.evidence.cases}
        if one.others.prices is not None and one.price_place in (Place.BELOW, Place.ABOVE):
            low, _median, high = one.others.prices
            text = _MORE if one.price_place == Place.ABOVE else _LESS
            values = said | {"own": one.price, "low": low, "high": high}
            found.append(Finding("positions", str(text) % values, Step.EDIT_GIG, one.gig_id))
        if one.others.days is not None and one.days_place == Place.ABOVE:
            values = said | {"own": one.days, "high": f"{one.others.days[2]:g}"}
            found.append(Finding("positions", str(_LONGER) % values, Step.EDIT_GIG, one.gig_id))
    return found


def of_trends(trends: Sequence[Trend], name: Callable[[str], str]) -> list[Finding]:
    found = []
    for one in trends:
        if one.direction not in (Direction.RISING, Direction.FALLING):
            continue
        rises = one.direction == Direction.RISING
        said = {"category": name(one.category), "latest": one.latest, "before": one.before}
        told = (_NEWLY, _NO_MORE) if one.change is None else (_OFTENER, _SELDOMER)
        values = said | {"change": abs(one.change or 0)}
        found.append(Finding("trends", str(told[not rises]) % values, Step.BRIEFS if rises else Step.NEW_GIG))
    return found


def of_earned(earned: Earned) -> list[Finding]:
    found = []
    if earned.models:
        text = _("“%(name)s” brought in the most: %(amount)s from %(count)d sales.")
        found.append(Finding("earned", text % _said(earned.models[0]), Step.MODELS))
    if earned.works:
        text = _("“%(name)s” has the largest estimated credit: %(amount)s of %(count)d sales.")
        found.append(Finding("earned", text % _said(earned.works[0]), Step.WORKS))
    return found


def _said(row: EarnedRow) -> dict[str, object]:
    return {"name": row.name, "amount": row.amount, "count": row.sales}
