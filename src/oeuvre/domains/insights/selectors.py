"""Reading insights: a freelancer's own, and nobody else's. They are part of the plans that open the assistant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from oeuvre.domains.assistant.engine.labels import label_of
from oeuvre.domains.billing import selectors as billing
from oeuvre.domains.billing.states import Feature
from oeuvre.domains.briefs import selectors as briefs
from oeuvre.domains.catalog import selectors as catalog
from oeuvre.domains.conversations import selectors as conversations
from oeuvre.domains.creation import earnings as creation
from oeuvre.domains.demand import selectors as demand
from oeuvre.domains.insights import figures, findings
from oeuvre.domains.insights.earned import Earned, EarnedRow, earned
from oeuvre.domains.insights.enquiries import enquiries_joined
from oeuvre.domains.insights.evidence import LEAST, Evidence
from oeuvre.domains.insights.figures import AssistantTimes, Funnel, Lost, PersonTimes, TopicRow, Topics, Unanswered
from oeuvre.domains.insights.findings import Finding, waited
from oeuvre.domains.insights.handled import handled_of, questions_of
from oeuvre.domains.insights.mailing import is_mail_wanted
from oeuvre.domains.insights.market import KINDS, Position, Trend, months_before, position, trend
from oeuvre.domains.insights.settling import settled_among
from oeuvre.domains.orders import selectors as orders
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from oeuvre.domains.demand.selectors import PriceRange
    from oeuvre.kit.actor import Actor

__all__ = [
    "LEAST",
    "PERIODS",
    "Earned",
    "EarnedRow",
    "EarningInsights",
    "EnquiryInsights",
    "Evidence",
    "Finding",
    "MarketInsights",
    "Position",
    "TopicRow",
    "Topics",
    "Trend",
    "earning_insights",
    "enquiry_insights",
    "is_mail_wanted",
    "label_of",
    "market_insights",
    "waited",
]

PERIODS = (28, 90, 365)
"""Days that insights can be asked for."""
DEFAULT_PERIOD = 90


@dataclass(frozen=True, slots=True)
class EnquiryInsights:
    """What a freelancer's enquiries say."""

    since: datetime
    days: int
    enquiries: int
    orders: int
    """All that were paid, with or without an enquiry."""
    pieces: Topics
    aspects: Topics
    """Without rows where no assistant read them."""
    unanswered: Unanswered
    questions: Mapping[UUID, str]
    """The words of the unanswered questions, by the id of what the assistant handled."""
    lost: Lost
    person: PersonTimes
    assistant: AssistantTimes
    funnel: Funnel
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class MarketInsights:
    """How a freelancer's gigs stand beside others, and how demand moves where they are."""

    positions: tuple[Position, ...]
    trends: tuple[Trend, ...]
    completed: Mapping[str, PriceRange]
    """What completed orders cost and took in each category, in packages of any size."""
    names: Mapping[str, str]
    """Of categories, by key."""
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class EarningInsights:
    """Which models and works a freelancer earns with."""

    since: datetime
    days: int
    earned: Earned
    findings: tuple[Finding, ...]


def enquiry_insights(
    *, actor: Actor, days: int = DEFAULT_PERIOD, now: datetime | None = None, with_words: bool = True
) -> EnquiryInsights:
    """Of enquiries that began within so many days before ``now``. Five queries, and where
    questions are unanswered one more, and those for their words.

    Raises FeatureNotSubscribedError.
    """
    billing.feature_require(user_id=actor.person_id, feature=Feature.ASSISTANT)
    now = now or timezone.now()
    since = now - timedelta(days=days)
    asked = conversations.enquiries_of(freelancer_id=actor.person_id, since=since)
    paid = [one for one in orders.orders_paid(freelancer_id=actor.person_id, since=since) if one.created_at < now]
    joined, alone = enquiries_joined(
        [one for one in asked if one.asked_at < now],
        handled=handled_of(freelancer_id=actor.person_id, since=since),
        offers=briefs.offers_sent(freelancer_id=actor.person_id, since=since),
        orders=paid,
    )
    aspects = figures.by_aspect(joined, now=now)
    settled = settled_among(person_id=actor.person_id, handled=(one for talk in joined for one in talk.handled))
    open_ = figures.unanswered(joined, settled=settled)
    lost = figures.lost(joined, now=now)
    person, assistant = figures.person_times(joined, now=now), figures.assistant_times(joined)
    funnel = figures.funnel(joined, alone=alone, now=now)
    return EnquiryInsights(
        since=since,
        days=days,
        enquiries=funnel.evidence.cases,
        orders=len(paid),
        pieces=figures.by_piece(joined, now=now),
        aspects=aspects,
        unanswered=open_,
        questions=questions_of(actor=actor, handled=open_.questions) if with_words else {},
        lost=lost,
        person=person,
        assistant=assistant,
        funnel=funnel,
        findings=(
            *findings.of_lost(lost),
            *findings.of_unanswered(open_, label_of),
            *findings.of_times(person, assistant),
            *findings.of_funnel(funnel),
            *findings.of_topics(aspects, label_of),
        ),
    )


def market_insights(*, actor: Actor, now: datetime | None = None) -> MarketInsights:
    """Of the freelancer's live gigs and their categories, now. Three queries, and three more once a minute.

    Raises FeatureNotSubscribedError.
    """
    billing.feature_require(user_id=actor.person_id, feature=Feature.ASSISTANT)
    today = (now or timezone.now()).date()
    gigs = [
        (gig, gig.category.key, gig.published)
        for gig in catalog.gigs_live(owner_id=actor.person_id)
        if gig.category is not None and gig.published is not None
    ]
    packages = [(gig, key, version, one) for gig, key, version in gigs for one in version.packages.all()]
    asked = [(key, str(one.key), one.currency) for _gig, key, _version, one in packages]
    others = catalog.comparables(owner_id=actor.person_id, asked=asked)
    positions = tuple(
        position(gig_id=gig.pk, gig=version.title, category=key, package=one, others=others[triple])
        for (gig, key, version, one), triple in zip(packages, asked, strict=True)
    )
    leaves = list(dict.fromkeys(key for _gig, key, _version in gigs))
    counts = demand.months_of(categories=leaves, kinds=KINDS, since=months_before(today)[0]) if leaves else []
    trends = tuple(trend(leaf, counts, today=today) for leaf in leaves)
    ranges = demand.price_ranges([(leaf, "") for leaf in leaves]) if leaves else {}
    names = catalog.category_names()
    return MarketInsights(
        positions=positions,
        trends=trends,
        completed={leaf: ranges[leaf, ""] for leaf in leaves},
        names=names,
        findings=(
            *findings.of_positions(positions),
            *findings.of_trends(trends, lambda key: names.get(key, key)),
        ),
    )


def earning_insights(*, actor: Actor, days: int = DEFAULT_PERIOD, now: datetime | None = None) -> EarningInsights:
    """Of sales within so many days. Three queries. Raises FeatureNotSubscribedError."""
    billing.feature_require(user_id=actor.person_id, feature=Feature.ASSISTANT)
    since = (now or timezone.now()) - timedelta(days=days)
    sold = creation.sold_since(actor=actor, currency=settings.CURRENCY, since=since)
    found = earned(sold, zero=Money.zero(settings.CURRENCY))
    return EarningInsights(since, days, found, tuple(findings.of_earned(found)))
