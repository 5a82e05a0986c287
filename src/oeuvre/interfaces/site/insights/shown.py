"""Insights in words and addresses: what findings lead to, and rows for tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from oeuvre.domains.conversations.states import Subject
from oeuvre.domains.insights import selectors
from oeuvre.domains.insights.states import Direction, Step

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from oeuvre.domains.demand.selectors import PriceRange
    from oeuvre.domains.insights.selectors import EnquiryInsights, Finding, MarketInsights, TopicRow, Topics, Trend

_TONES = {Direction.RISING: "good", Direction.FALLING: "warn", Direction.STEADY: "neutral"}
_PAGES = {
    Step.MESSAGES: "conversations:inbox",
    Step.ASSISTANT: "assistant:overview",
    Step.COMPARE: "insights:market",
    Step.OFFERS: "studio_briefs:offers",
    Step.FOLLOW_UP: "conversations:templates",
    Step.BRIEFS: "studio_briefs:list",
    Step.NEW_GIG: "studio_gigs:new",
    Step.MODELS: "studio:models",
    Step.WORKS: "works:list",
}


@dataclass(frozen=True, slots=True)
class FindingShown:
    text: str
    label: str
    href: str
    about: str


@dataclass(frozen=True, slots=True)
class TopicShown:
    name: str
    row: TopicRow


@dataclass(frozen=True, slots=True)
class QuestionShown:
    """``text`` is empty where the words are gone, or went with their author."""

    text: str
    at: datetime
    topics: str
    conversation: str
    draft: str
    settle: str


@dataclass(frozen=True, slots=True)
class TrendShown:
    """A category's demand as people read it; ``rows`` is empty where too little is known."""

    trend: Trend
    name: str
    badge: str
    tone: str
    rows: tuple[tuple[str, str], ...]
    completed: PriceRange | None
    """None where too few orders were completed to say."""


def finding_rows(findings: Iterable[Finding]) -> list[FindingShown]:
    return [FindingShown(one.text, str(one.step.label), _href(one), one.about) for one in findings]


def _href(finding: Finding) -> str:
    if finding.step == Step.EDIT_GIG:
        return reverse("studio_gigs:gig", kwargs={"gig_id": finding.subject})
    if finding.step == Step.DRAFT_ANSWERS:
        return "#unanswered"
    return reverse(_PAGES[finding.step])


def topic_rows(topics: Topics) -> list[TopicShown]:
    return [TopicShown(_first_up(selectors.label_of(row.key)), row) for row in topics.rows]


def piece_rows(topics: Topics) -> list[TopicShown]:
    return [TopicShown(_piece(row.key), row) for row in topics.rows]


def _piece(key: str) -> str:
    kind, _separator, label = key.partition(":")
    return label or (str(Subject(kind).label) if kind else _("Nothing in particular"))


def question_rows(insights: EnquiryInsights) -> list[QuestionShown]:
    return [
        QuestionShown(
            insights.questions.get(one.id, ""),
            one.at,
            ", ".join(selectors.label_of(aspect) for aspect in one.aspects),
            reverse("conversations:thread", kwargs={"conversation_id": one.conversation_id}),
            f"{reverse('assistant:answer_new')}?exchange={one.id}",
            reverse("insights:settle", kwargs={"exchange_id": one.id}),
        )
        for one in insights.unanswered.questions
    ]


def trend_rows(insights: MarketInsights) -> list[TrendShown]:
    return [_trend(one, insights) for one in insights.trends]


def _trend(one: Trend, insights: MarketInsights) -> TrendShown:
    change = "" if one.change is None else f" {one.change:+d} %"
    badge = f"{one.direction.label}{change}" if one.direction else ""
    rows = (
        (_("Asked for, last 3 months"), _count(one.latest)),
        (_("Asked for, 3 months before"), _count(one.before)),
        (_("Gig views, last 3 months"), _count(one.views)),
        (_("Orders, last 3 months"), _count(one.hires)),
    )
    tone = _TONES[one.direction] if one.direction else ""
    completed = insights.completed[one.category]
    return TrendShown(
        one,
        insights.names.get(one.category, one.category),
        badge,
        tone,
        rows if one.evidence.is_enough else (),
        completed if completed.enough else None,
    )


def _count(count: int | None) -> str:
    return (
        str(count)
        if count is not None and count >= selectors.LEAST
        else _("under %(least)d") % {"least": selectors.LEAST}
    )


def _first_up(text: str) -> str:
    return text[:1].upper() + text[1:]
