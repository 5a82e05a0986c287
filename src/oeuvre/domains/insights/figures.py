"""Insights from enquiries: topics, unanswered questions, what was lost, how quickly answers came, how far enquiries came.

Plain functions over values. Each result carries its evidence; what it claims is empty or None below it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from statistics import median_low
from typing import TYPE_CHECKING

from oeuvre.domains.insights.enquiries import RIPE, SLOW, outcome_of, reason_of, stage_of
from oeuvre.domains.insights.evidence import LEAST, Evidence
from oeuvre.domains.insights.states import Outcome, Reason, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime, timedelta
    from uuid import UUID

    from oeuvre.domains.insights.enquiries import Enquiry, Handled

GOING_ON = frozenset({Outcome.OFFERED, Outcome.OPEN})
WON = frozenset({Outcome.ORDERED, Outcome.COMPLETED})


@dataclass(frozen=True, slots=True)
class TopicRow:
    """What became of the enquiries about one thing."""

    key: str
    enquiries: int
    won: int
    going_on: int
    lost: int


@dataclass(frozen=True, slots=True)
class Topics:
    """Enquiries by what they are about; an enquiry about several things is counted in each."""

    evidence: Evidence
    rows: tuple[TopicRow, ...]
    """Those with enough enquiries of their own, the most asked first."""
    rest: int
    """Enquiries about other things only, each of which has too few."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Questions that the assistant handed off because nothing that it knows supports a reply."""

    evidence: Evidence
    questions: tuple[Handled, ...]
    """The newest, whose words are work to do and no claim."""
    by_aspect: tuple[tuple[str, int], ...]
    """Aspects with enough such questions, the most asked first."""


@dataclass(frozen=True, slots=True)
class Lost:
    evidence: Evidence
    reasons: tuple[tuple[Reason, int], ...]
    """The commonest first."""
    decided: int
    """Enquiries that came to an end: ordered or lost."""


@dataclass(frozen=True, slots=True)
class PersonTimes:
    """How long buyers waited for the freelancer in person. Who still waits counts with the time so far."""

    evidence: Evidence
    median: timedelta | None
    within_day: int | None
    """Of the cases, those within 24 hours."""


@dataclass(frozen=True, slots=True)
class AssistantTimes:
    """How long the assistant took for replies of its own, in seconds."""

    evidence: Evidence
    median: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class Funnel:
    evidence: Evidence
    stages: tuple[tuple[Stage, int], ...]
    weakest: tuple[Stage, int, int] | None
    """The stage up to the order that the smallest part of the stage before came to: it, how many came, of how many. Of enquiries that
    had ``RIPE`` to come on."""
    alone: int
    """Orders that came without an enquiry."""


def topics(enquiries: Sequence[Enquiry], of: Callable[[Enquiry], Iterable[str]], *, now: datetime) -> Topics:
    """Count outcomes by topic: ``of`` says what an enquiry is about."""
    told = [(one, frozenset(of(one))) for one in enquiries if one.is_for_us]
    told = [(one, about) for one, about in told if about]
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for one, about in told:
        outcome = outcome_of(one, now=now)
        group = "won" if outcome in WON else "going_on" if outcome in GOING_ON else "lost"
        for key in about:
            counted[key][group] += 1
    sizes = {key: counts.total() for key, counts in counted.items()}
    enough = sorted((key for key in sizes if sizes[key] >= LEAST), key=lambda key: (-sizes[key], key))
    rows = tuple(
        TopicRow(key, sizes[key], counted[key]["won"], counted[key]["going_on"], counted[key]["lost"]) for key in enough
    )
    return Topics(
        Evidence(max(sizes.values(), default=0)), rows, rest=sum(about.isdisjoint(enough) for _one, about in told)
    )


def by_aspect(enquiries: Sequence[Enquiry], *, now: datetime) -> Topics:
    """By what the assistant read in them."""
    return topics(enquiries, lambda one: one.aspects, now=now)


def by_piece(enquiries: Sequence[Enquiry], *, now: datetime) -> Topics:
    """By the piece that they are about: a gig by its title, a model's generation, nothing in particular."""
    return topics(enquiries, lambda one: [_piece(one)], now=now)


def _piece(enquiry: Enquiry) -> str:
    """Type and label, joined so that two kinds of piece of one name stay apart."""
    return f"{enquiry.facts.subject_type}:{enquiry.facts.subject_label}"


def unanswered(enquiries: Sequence[Enquiry], *, settled: frozenset[UUID] = frozenset(), most: int = 20) -> Unanswered:
    """Without those that the freelancer has settled."""
    asked = [one for enquiry in enquiries for one in enquiry.handled if one.unsupported]
    found = [one for one in asked if one.id not in settled]
    found.sort(key=lambda one: one.at, reverse=True)
    counted = Counter(aspect for one in found for aspect in set(one.aspects))
    common = [(aspect, count) for aspect, count in counted.most_common() if count >= LEAST]
    return Unanswered(Evidence(len(found)), tuple(found[:most]), tuple(common))


def lost(enquiries: Sequence[Enquiry], *, now: datetime) -> Lost:
    outcomes = [(one, outcome_of(one, now=now)) for one in enquiries]
    gone = [one for one, outcome in outcomes if outcome == Outcome.LOST]
    evidence = Evidence(len(gone))
    reasons = Counter(reason_of(one) for one in gone).most_common() if evidence.is_enough else []
    decided = sum(outcome in WON or outcome == Outcome.LOST for _one, outcome in outcomes)
    return Lost(evidence, tuple(reasons), decided)


def person_times(enquiries: Sequence[Enquiry], *, now: datetime) -> PersonTimes:
    """Of enquiries that the freelancer answered, or that nobody did, or that were handed off to them."""
    waits = [
        (one.facts.answered_at or now) - one.facts.asked_at
        for one in enquiries
        if one.is_for_us and (one.facts.answered_at is not None or one.assisted_at is None or one.waits_for_person)
    ]
    evidence = Evidence(len(waits))
    if not evidence.is_enough:
        return PersonTimes(evidence, None, None)
    return PersonTimes(evidence, median_low(waits), sum(wait <= SLOW for wait in waits))


def assistant_times(enquiries: Sequence[Enquiry]) -> AssistantTimes:
    """The 95th percentile is the smallest time within which 95 % of the replies came."""
    sent = [
        one.seconds
        for enquiry in enquiries
        if enquiry.facts.assisted_at is not None
        for one in enquiry.handled
        if one.answered and one.seconds is not None
    ]
    times = sorted(sent)
    evidence = Evidence(len(times))
    if not evidence.is_enough:
        return AssistantTimes(evidence, None, None)
    return AssistantTimes(evidence, median_low(times), times[-(-len(times) * 95 // 100) - 1])


def funnel(enquiries: Sequence[Enquiry], *, alone: int, now: datetime) -> Funnel:
    came = [(stage_of(one), one.facts.asked_at <= now - RIPE) for one in enquiries if one.is_for_us]
    evidence = Evidence(len(came))
    if not evidence.is_enough:
        return Funnel(evidence, (), None, alone)
    stages = _counted([stage for stage, _is_ripe in came])
    ripe = _counted([stage for stage, is_ripe in came if is_ripe])
    steps = [(stage, count, before) for (_, before), (stage, count) in pairwise(ripe)]
    claimed = [step for step in steps if step[2] >= LEAST and step[1] < step[2] and step[0] != Stage.COMPLETED]
    weakest = min(claimed, key=lambda step: step[1] / step[2], default=None)
    return Funnel(evidence, tuple(stages), weakest, alone)


def _counted(came: Sequence[Stage]) -> list[tuple[Stage, int]]:
    """How many came so far or further."""
    order = list(Stage)
    return [(stage, sum(order.index(one) >= order.index(stage) for one in came)) for stage in order]
