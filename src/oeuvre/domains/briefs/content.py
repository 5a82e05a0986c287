"""What briefs and offers say, as values: what forms give, services check and store, and others read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from oeuvre.domains.briefs.limits import LIMITS
from oeuvre.domains.briefs.states import AiWish
from oeuvre.domains.catalog.services import Criterion
from oeuvre.domains.catalog.states import AiPolicy
from oeuvre.kit.files.naming import printable
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable

AttributeValue = str | tuple[str, ...] | float | bool
"""An option's key, several of them, a number, or yes and no."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A question that the buyer answered, for freelancers to read."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class BriefContent:
    """All that a brief says. ``category`` and ``use_case`` are keys of the catalogue, ``languages`` BCP 47."""

    title: str = ""
    goal: str = ""
    """What the buyer wants to reach, in their own words."""
    deliverables: tuple[str, ...] = ()
    category: str = ""
    use_case: str = ""
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    criteria: tuple[Criterion, ...] = ()
    answers: tuple[Answered, ...] = ()
    languages: tuple[str, ...] = ()
    budget_low: Money | None = None
    budget_high: Money | None = None
    due: date | None = None
    ai_wish: AiWish = AiWish.ANY
    privacy_level: str = ""
    """The option's key of the attribute ``privacy_level``."""
    licence: str = ""
    """The option's key of the attribute ``licence``."""
    open_days: int = LIMITS.open_days


@dataclass(frozen=True, slots=True)
class OfferPart:
    """Something that is paid for: a milestone, or an extra that the buyer may add."""

    title: str
    price: Money
    days: int


@dataclass(frozen=True, slots=True)
class OfferContent:
    """All that an offer says. Its price and days are those of its milestones together."""

    title: str = ""
    message: str = ""
    """To the buyer."""
    scope: str = ""
    """What is included, and what is not."""
    milestones: tuple[OfferPart, ...] = ()
    extras: tuple[OfferPart, ...] = ()
    revisions: int = 0
    ai_policy: AiPolicy = AiPolicy.NONE
    rights: str = ""
    """The option's key of the attribute ``licence``."""
    criteria: tuple[Criterion, ...] = ()
    valid_days: int = LIMITS.valid_days

    @property
    def price(self) -> Money:
        """What the milestones cost together, without extras, fee and tax."""
        total = self.milestones[0].price
        for part in self.milestones[1:]:
            total += part.price
        return total

    @property
    def days(self) -> int:
        return sum(part.days for part in self.milestones)


def line(text: str) -> str:
    """One line without stray characters."""
    return " ".join(printable(text).split())


def block(text: str) -> str:
    """Paragraphs without stray characters."""
    return "\n".join(printable(row).rstrip() for row in text.splitlines()).strip()


def _lines(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found for text in texts if (found := line(text))))


def brief_clean(content: BriefContent) -> BriefContent:
    """The content without stray characters and empty entries."""
    return replace(
        content,
        title=line(content.title),
        goal=block(content.goal),
        deliverables=_lines(content.deliverables),
        attributes={key: value for key, value in content.attributes.items() if value not in ("", (), None)},
        criteria=_criteria(content.criteria),
        answers=tuple(Answered(line(one.question), block(one.answer)) for one in content.answers if one.answer.strip()),
        languages=_lines(content.languages),
    )


def offer_clean(content: OfferContent) -> OfferContent:
    """The content without stray characters and empty entries."""
    return replace(
        content,
        title=line(content.title),
        message=block(content.message),
        scope=block(content.scope),
        milestones=tuple(replace(part, title=line(part.title)) for part in content.milestones),
        extras=tuple(replace(part, title=line(part.title)) for part in content.extras),
        criteria=_criteria(content.criteria),
    )


def _criteria(criteria: Iterable[Criterion]) -> tuple[Criterion, ...]:
    return tuple(Criterion(str(one.kind), line(one.label), dict(one.spec)) for one in criteria)


# As they are stored


def brief_words_json(content: BriefContent) -> dict[str, Any]:
    """What of a brief is sealed: all that is in somebody's words."""
    return {
        "title": content.title,
        "goal": content.goal,
        "deliverables": list(content.deliverables),
        "criteria": [asdict(one) for one in content.criteria],
        "answers": [asdict(one) for one in content.answers],
    }


def offer_json(content: OfferContent) -> dict[str, Any]:
    """An offer as plain values: prices as ``{amount, currency}`` in minor units."""
    return asdict(content)


def offer_of(raw: Mapping[str, Any]) -> OfferContent:
    """The reverse of ``offer_json``."""
    return OfferContent(
        **{
            **raw,
            "milestones": tuple(_part(one) for one in raw["milestones"]),
            "extras": tuple(_part(one) for one in raw["extras"]),
            "ai_policy": AiPolicy(raw["ai_policy"]),
            "criteria": criteria_of(raw["criteria"]),
        }
    )


def criteria_of(raw: Iterable[Mapping[str, Any]]) -> tuple[Criterion, ...]:
    """Criteria from plain values."""
    return tuple(Criterion(**one) for one in raw)


def _part(raw: Mapping[str, Any]) -> OfferPart:
    return OfferPart(raw["title"], Money(**raw["price"]), raw["days"])
