"""The guide for this installation: fed from the catalogue and its vectors, and what it says with prices and gigs of here.

Imported through ``briefs.selectors``.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.briefs.content import Answered, BriefContent
from oeuvre.domains.briefs.errors import GuideAnswerError, GuideUnavailableError, NeedInvalidError
from oeuvre.domains.briefs.guide.guide import Guidance, Guide, Proposal
from oeuvre.domains.briefs.guide.knowledge import Attribute, Knowledge, Leaf, Option, UseCase, phrases_read
from oeuvre.domains.briefs.guide.questions import UNSURE, Answer, Question
from oeuvre.domains.briefs.limits import LIMITS
from oeuvre.domains.briefs.models import GuideVector
from oeuvre.domains.briefs.states import AiWish
from oeuvre.domains.catalog import selectors as catalog
from oeuvre.domains.catalog.services import Criterion
from oeuvre.domains.demand.selectors import price_ranges
from oeuvre.domains.search import selectors as search
from oeuvre.kit.actor import Actor
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from oeuvre.domains.briefs.guide.draft import BriefDraft
    from oeuvre.domains.briefs.guide.ways import WayShown
    from oeuvre.domains.catalog.selectors import AttributeRule, LeafRules
    from oeuvre.domains.demand.selectors import PriceRange

KEPT_SECONDS = 60.0
"""An operator's change to the tree shows after a minute at most."""
SURE, LIKELY = 0.75, 0.4


@dataclass(frozen=True, slots=True)
class RangeShown:
    """What something costs and how long it takes."""

    low: Money
    median: Money | None
    high: Money
    days_low: int | None
    days_high: int | None
    count: int
    """Completed orders here, of the last twelve months."""
    is_typical: bool
    """Too few orders were completed here yet: this is the catalogue's typical range."""

    @property
    def note(self) -> str:
        """Where the figures come from, in words."""
        if self.is_typical:
            return _("Too few completed orders here yet: typical range from the catalogue.")
        return _("From %(count)d orders completed here in the last twelve months: the middle half of them.") % {
            "count": self.count
        }


@dataclass(frozen=True, slots=True)
class CaseShown:
    """A use case that may be meant."""

    key: str
    title: str
    question: str
    example: str
    ask: tuple[str, ...]
    way: str
    share: float


@dataclass(frozen=True, slots=True)
class ProposalShown:
    """A category that may be meant, with why, and what it costs."""

    category: str
    name: str
    group: str
    group_name: str
    summary: str
    share: float
    sureness: str
    """In words."""
    reasons: tuple[str, ...]
    cases: tuple[CaseShown, ...]
    price: RangeShown | None
    """Of the first use case, or of the category where that says more."""
    live_gigs: int


@dataclass(frozen=True, slots=True)
class GuideShown:
    """What the guide says now."""

    proposals: tuple[ProposalShown, ...]
    question: Question | None
    asked: int
    ways: tuple[WayShown, ...]
    """All eight; those that are ``likely`` come first."""
    draft: BriefContent
    ask: tuple[str, ...]
    """What to ask freelancers."""
    by_words_only: bool

    @property
    def notice(self) -> str:
        """What a page says where the proposals rest on less than usual; else empty."""
        if not self.by_words_only:
            return ""
        return _(
            "Texts cannot be compared by their meaning at the moment, so these proposals rest on your words alone. "
            "The questions count for more."
        )


def guide(
    *, actor: Actor, text: str, answers: Sequence[Answer] = (), category: str = "", use_case: str = ""
) -> GuideShown:
    """Propose categories and use cases for a need in plain words, with the next question and a draft of a brief.

    Nothing is kept: the caller brings the text and all answers each time. ``category`` and ``use_case`` are what the buyer
    chose for the draft, where they chose. Everybody may ask. Raises NeedInvalidError, GuideUnavailableError without a
    category on show, GuideAnswerError for an answer that its question does not have; one to a question that is gone is
    left out.
    """
    words = text.strip()
    if not words or len(words) > LIMITS.need:
        raise NeedInvalidError(
            _("Say in 1 to %(most)d characters what you want to reach.") % {"most": LIMITS.need}, field="text"
        )
    known = guide_now()
    given = _checked(known, answers)
    found = known.ask(
        words,
        vector=search.vector_of(text=words) if known.has_meaning else None,
        answers=given,
        category=category,
        use_case=use_case,
        today=timezone.now().date(),
    )
    return _shown(known, found, given)


def _checked(known: Guide, answers: Sequence[Answer]) -> list[Answer]:
    given: dict[str, Answer] = {}
    for answer in answers:
        question = known.interview.question(answer.question)
        if question is None:
            continue
        if question.label(answer.choice) is None:
            raise GuideAnswerError(_("Choose one of the answers that the question offers."), question=answer.question)
        given[answer.question] = answer
    return list(given.values())


# What is known


class _Kept:
    """This process's guide, made anew when the catalogue or its vectors changed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._guide: Guide | None = None
        self._state: tuple[str, int] = ("", 0)
        self._looks_again_at = float("-inf")

    def now(self) -> Guide:
        with self._lock:
            if self._guide is not None and time.monotonic() < self._looks_again_at:
                return self._guide
            knowledge = knowledge_now()
            if not knowledge.leaves:
                raise GuideUnavailableError(_("No category is on show here yet. Ask the people who run the site."))
            state = (knowledge.fingerprint, GuideVector.objects.count())
            if self._guide is None or state != self._state:
                self._guide, self._state = Guide(knowledge, _vectors()), state
            self._looks_again_at = time.monotonic() + KEPT_SECONDS
            return self._guide

    def forget(self) -> None:
        with self._lock:
            self._guide = None


_kept = _Kept()


def guide_now() -> Guide:
    """The guide for the catalogue as it is. Safe from any thread."""
    return _kept.now()


def guide_forget() -> None:
    """Look at the catalogue again at the next question."""
    _kept.forget()


def _vectors() -> dict[str, list[float]]:
    return dict(GuideVector.objects.values_list("sha256", "vector"))


def knowledge_now() -> Knowledge:
    """What the catalogue says now, with the shipped phrases; about ten queries."""
    rules = catalog.all_leaf_rules()
    cases: dict[object, list[UseCase]] = {}
    for row in catalog.use_cases(actor=Actor.anonymous()):
        case = UseCase(
            key=row.key,
            title=row.title,
            question=row.question,
            example=row.example,
            ask=tuple(row.ask),
            price=(row.price_low, row.price_high),
            days=(row.days_low, row.days_high),
            way=row.way,
            currency=row.currency,
        )
        cases.setdefault(row.category_id, []).append(case)
    phrases = phrases_read()
    leaves = tuple(_leaf(one, cases.get(one.category.pk, []), phrases) for one in rules)
    attributes = {key: _attribute(rule) for one in rules for key, rule in one.attributes.items()}
    return Knowledge(leaves, attributes)


def _leaf(one: LeafRules, cases: Sequence[UseCase], phrases: Mapping[str, tuple[str, ...]]) -> Leaf:
    row, group = one.category, one.category.parent
    return Leaf(
        key=row.key,
        name=row.name,
        group=group.key if group else "",
        group_name=group.name if group else "",
        kind=row.kind,
        summary=row.summary,
        aliases=tuple(row.aliases),
        attributes=tuple(one.attributes),
        use_cases=tuple(cases),
        needs=phrases.get(row.key, ()),
    )


def _attribute(rule: AttributeRule) -> Attribute:
    options = tuple(Option(key, label) for key, label in rule.options.items())
    return Attribute(rule.key, rule.label, str(rule.type), options, rule.unit)


# What is shown


def _shown(known: Guide, found: Guidance, answers: Sequence[Answer]) -> GuideShown:
    paid = price_ranges(pair for one in found.proposals for pair in _pairs(one))
    live = catalog.live_counts()
    return GuideShown(
        proposals=tuple(_proposal(one, live.get(one.leaf.key, 0), paid) for one in found.proposals),
        question=found.question,
        asked=found.asked,
        ways=found.ways,
        draft=replace(content_of(found.draft), answers=_answered(known, answers)),
        ask=found.draft.ask,
        by_words_only=found.by_words_only,
    )


def _answered(known: Guide, answers: Sequence[Answer]) -> tuple[Answered, ...]:
    """The answers as freelancers read them; what was not known is left out."""
    asked = [(known.interview.question(answer.question), answer.choice) for answer in answers]
    return tuple(
        Answered(question.text, question.label(choice) or "")
        for question, choice in asked
        if question is not None and choice != UNSURE
    )


def _proposal(one: Proposal, live_gigs: int, paid: Mapping[tuple[str, str], PriceRange]) -> ProposalShown:
    leaf = one.leaf
    cases = tuple(
        CaseShown(
            key=found.case.key,
            title=found.case.title,
            question=found.case.question,
            example=found.case.example,
            ask=found.case.ask,
            way=found.case.way,
            share=found.share,
        )
        for found in one.cases
    )
    return ProposalShown(
        category=leaf.key,
        name=leaf.name,
        group=leaf.group,
        group_name=leaf.group_name,
        summary=leaf.summary,
        share=one.share,
        sureness=_sureness(one.share),
        reasons=tuple(reason.sentence for reason in one.reasons),
        cases=cases,
        price=_range([paid[pair] for pair in _pairs(one)], one.cases[0].case if one.cases else None),
        live_gigs=live_gigs,
    )


def _sureness(share: float) -> str:
    if share >= SURE:
        return _("Very likely")
    return _("Likely") if share >= LIKELY else _("Possible")


def _pairs(one: Proposal) -> list[tuple[str, str]]:
    """What may say the price of a proposal: orders of its first use case, else of the whole category."""
    leaf = one.leaf.key
    return [(leaf, one.cases[0].case.key), (leaf, "")] if one.cases else [(leaf, "")]


def _range(paid: Sequence[PriceRange], case: UseCase | None) -> RangeShown | None:
    """The first range that rests on enough orders; where none does, the catalogue's."""
    for found in paid:
        if found.enough and found.low is not None and found.high is not None:
            return RangeShown(
                found.low, found.median, found.high, found.days_low, found.days_high, found.count, is_typical=False
            )
    if case is None:
        return None
    low, high = (Money(amount, case.currency) for amount in case.price)
    return RangeShown(low, None, high, *case.days, count=paid[-1].count, is_typical=True)


def content_of(draft: BriefDraft) -> BriefContent:
    """The draft as a brief's content. A budget in another currency than the installation's is left to the goal's words."""
    is_ours = draft.budget is not None and draft.currency in ("", settings.CURRENCY)
    budget = _money(draft.budget) if is_ours and draft.budget is not None else None
    return BriefContent(
        title=draft.title[: LIMITS.title],
        goal=draft.goal,
        deliverables=draft.deliverables,
        category=draft.category,
        use_case=draft.use_case,
        attributes=draft.attributes,
        criteria=tuple(Criterion(one.kind, one.label, dict(one.spec)) for one in draft.criteria),
        languages=draft.languages[: LIMITS.languages],
        budget_high=budget,
        due=draft.due,
        ai_wish=AiWish(draft.ai_policy),
        privacy_level=draft.privacy_level,
        licence=draft.licence,
    )


def _money(units: int) -> Money | None:
    """Whole units in the installation's currency; None for what no budget can be."""
    one = Money(1, settings.CURRENCY).decimal
    amount = int(units / one)
    return Money(amount, settings.CURRENCY) if 0 < amount <= LIMITS.budget else None
