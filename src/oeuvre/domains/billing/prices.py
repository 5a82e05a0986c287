"""The price list: the file that comes with the platform, and what the operator set since."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from oeuvre.domains.audit import services as audit
from oeuvre.domains.billing.errors import PriceError
from oeuvre.domains.billing.models import PriceListEntry
from oeuvre.domains.billing.states import Feature, Plan
from oeuvre.kit.actor import Role
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from oeuvre.kit.actor import Actor

PRICE_LIST = Path(__file__).with_name("price_list.toml")


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """What the file says of one plan."""

    plan: Plan
    amount: int
    trial_days: int
    features: frozenset[Feature]


@dataclass(frozen=True, slots=True)
class PlanOffer:
    """A plan as it is offered now."""

    plan: Plan
    price: Money
    """A month, before tax."""
    tax: Money
    trial_days: int
    features: frozenset[Feature]

    @property
    def total(self) -> Money:
        return self.price + self.tax


@cache
def plan_terms() -> dict[Plan, PlanTerms]:
    """The file, read once a process. Raises ValueError, naming the plan, for a list that is not complete and right."""
    rows = tomllib.loads(PRICE_LIST.read_text())["plans"]
    terms = {}
    for plan in Plan:
        try:
            row = rows[plan]
            features = frozenset(Feature(name) for name in row["features"])
            terms[plan] = PlanTerms(plan, int(row["amount"]), int(row["trial_days"]), features)
        except (KeyError, ValueError) as error:
            raise ValueError(f"price_list.toml: the plan {plan} is missing or wrong ({error}).") from error
    return terms


def tax_on(price: Money) -> Money:
    """The tax that is added to a price."""
    return price.percent(settings.TAX_BP)


def plan_price(plan: Plan) -> Money:
    """What a month of the plan costs now, before tax."""
    return _prices([plan])[plan]


def plan_offer(plan: Plan) -> PlanOffer:
    return _offer(plan, plan_price(plan))


def price_list() -> list[PlanOffer]:
    """Every plan as it is offered now, in the file's order."""
    prices = _prices(list(Plan))
    return [_offer(plan, prices[plan]) for plan in Plan]


def _offer(plan: Plan, price: Money) -> PlanOffer:
    terms = plan_terms()[plan]
    return PlanOffer(plan, price, tax_on(price), terms.trial_days, terms.features)


def _prices(plans: list[Plan]) -> dict[Plan, Money]:
    """What a month of each plan costs now: what the operator set last, else what the file says."""
    rows = PriceListEntry.objects.filter(plan__in=plans, currency=settings.CURRENCY)
    newest = dict(rows.order_by("plan", "-created_at").distinct("plan").values_list("plan", "amount"))
    return {plan: Money(newest.get(plan, plan_terms()[plan].amount), settings.CURRENCY) for plan in plans}


def price_set(*, actor: Actor, plan: Plan, amount: Money) -> PlanOffer:
    """Set what a month of the plan costs for periods that begin from now on; running periods keep theirs.

    Raises PermissionDeniedError for anybody but an operator, PriceError for an amount that cannot be a price.
    """
    actor.require(Role.OPERATOR)
    if amount.amount <= 0 or amount.currency != settings.CURRENCY:
        raise PriceError(f"A price must be more than zero and in {settings.CURRENCY}.", plan=plan)
    with transaction.atomic():
        entry = PriceListEntry.objects.create(
            plan=plan, amount=amount.amount, currency=amount.currency, actor_id=actor.person_id
        )
        audit.record(actor=actor, code="price.set", subject=entry, plan=plan, amount=amount.amount)
    return plan_offer(plan)
