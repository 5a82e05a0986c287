"""What two people agree on before there is an order, as plain values: the snapshot that the order keeps."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _

from oeuvre.domains.orders.checks import criterion_clean
from oeuvre.domains.orders.common import block, line
from oeuvre.domains.orders.errors import OrderInvalidError
from oeuvre.domains.orders.limits import LIMITS
from oeuvre.domains.orders.pricing import Quote, quote, sum_of
from oeuvre.domains.orders.states import AiUse, CriterionKind, OrderSource

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.kit.money import Money

QUESTION_KINDS = ("text", "choice", "file", "number")


@dataclass(frozen=True, slots=True)
class Part:
    """Something that is paid for: a milestone, or an extra of the first one."""

    title: str
    price: Money
    days: int = 0


@dataclass(frozen=True, slots=True)
class CriterionTerms:
    """What a delivery must meet; ``milestone`` counts from 1, 0 means every one."""

    kind: CriterionKind
    spec: dict[str, Any] = field(default_factory=dict)
    label: str = ""
    milestone: int = 0


@dataclass(frozen=True, slots=True)
class Origin:
    """The things that an order came from, by their ids."""

    gig_id: UUID | None = None
    gig_version_id: UUID | None = None
    package: str = ""
    brief_id: UUID | None = None
    offer_id: UUID | None = None
    edit_id: UUID | None = None
    generation_id: UUID | None = None
    conversation_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """What an order is about, by the catalogue's keys: what demand is counted by."""

    category: str = ""
    use_case: str = ""
    skills: tuple[str, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """All that both sides agree on.

    ``milestones`` are one to six, each with its own price and days; ``extras`` come on top of the first. Prices are
    before fee and tax. ``requirements`` are the freelancer's questions as a gig keeps them.
    """

    source: OrderSource
    freelancer_id: UUID
    title: str
    milestones: tuple[Part, ...]
    extras: tuple[Part, ...] = ()
    scope: str = ""
    revisions: int = 0
    ai_policy: AiUse = AiUse.NONE
    rights: str = ""
    rights_terms: tuple[str, ...] = ()
    requirements: tuple[dict[str, Any], ...] = ()
    criteria: tuple[CriterionTerms, ...] = ()
    origin: Origin = field(default_factory=Origin)
    subject: Subject = field(default_factory=Subject)

    @property
    def currency(self) -> str:
        return self.milestones[0].price.currency

    @property
    def parts(self) -> tuple[Part, ...]:
        """Everything that is paid for, in the order of the lines: milestones, then extras."""
        return self.milestones + self.extras

    @property
    def quote(self) -> Quote:
        """Who pays and gets how much, at the site's present terms."""
        return quote(price=sum_of((part.price for part in self.parts), self.currency))

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """The same for each part; they sum to ``quote``."""
        return self.quote.divided([part.price for part in self.parts])


def terms_clean(terms: OrderTerms) -> OrderTerms:
    """The terms without stray characters. Raises OrderInvalidError, naming the field, for what cannot be an order."""
    if not 1 <= len(terms.milestones) <= LIMITS.milestones:
        raise _invalid("milestones", _("An order has one to %(most)d milestones.") % {"most": LIMITS.milestones})
    if not 0 <= terms.revisions <= LIMITS.revisions:
        raise _invalid("revisions", _("An order includes 0 to %(most)d revisions.") % {"most": LIMITS.revisions})
    if len(terms.criteria) > LIMITS.criteria:
        raise _invalid("criteria", _("An order has at most %(most)d criteria.") % {"most": LIMITS.criteria})
    if len(terms.requirements) > LIMITS.questions or any(
        question.get("kind") not in QUESTION_KINDS or not question.get("key") for question in terms.requirements
    ):
        raise _invalid("requirements", _("These questions cannot be asked in an order."))
    return replace(
        terms,
        title=line(terms.title, most=200, field="title"),
        scope=block(terms.scope, most=LIMITS.scope, field="scope", required=False),
        milestones=tuple(_part(part, least_days=1) for part in terms.milestones),
        extras=tuple(_part(part, least_days=0) for part in terms.extras),
        criteria=tuple(_criterion(one, len(terms.milestones)) for one in terms.criteria),
    )


def _part(part: Part, *, least_days: int) -> Part:
    if part.price.currency != settings.CURRENCY:
        raise _invalid("price", _("Prices here are in %(currency)s.") % {"currency": settings.CURRENCY})
    if not 0 < part.price.amount <= LIMITS.price:
        raise _invalid("price", _("A price is more than nothing and at most 1,000,000."))
    if not least_days <= part.days <= LIMITS.days:
        raise _invalid("days", _("A time is %(least)d to %(most)d days.") % {"least": least_days, "most": LIMITS.days})
    return replace(part, title=line(part.title, most=200, field="title"))


def _criterion(one: CriterionTerms, milestones: int) -> CriterionTerms:
    if not 0 <= one.milestone <= milestones:
        raise _invalid("criteria", _("A criterion belongs to a milestone that there is, or to all."))
    label, spec = criterion_clean(kind=one.kind, label=one.label, spec=one.spec)
    return replace(one, kind=CriterionKind(one.kind), label=label, spec=spec)


def _invalid(field_name: str, message: str) -> OrderInvalidError:
    return OrderInvalidError(message, field=field_name)
