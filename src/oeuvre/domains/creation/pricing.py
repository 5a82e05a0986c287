"""From a price to who gets how much. Pure functions, exact to the cent."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings

from oeuvre.kit.money import Money, round_minor


@dataclass(frozen=True, slots=True)
class Quote:
    """What a buyer pays and where it goes: ``total = price + buyer_fee + tax`` and
    ``price = compute + commission + freelancer``, always."""

    price: Money
    buyer_fee: Money
    tax: Money
    compute: Money
    commission: Money

    @property
    def total(self) -> Money:
        return self.price + self.buyer_fee + self.tax

    @property
    def freelancer(self) -> Money:
        return self.price - self.compute - self.commission


def quote(*, price: Money, units: int, rate: int) -> Quote:
    """The split of one sale.

    Compute is ``units`` of what the piece is counted in at ``rate`` thousandths of a cent each (the operator's cost, which
    each modality knows), the commission is a share of the price; both come out of the price and together never exceed it. Fee and tax are added on top;
    tax is due on price and fee.
    """
    cost = round_minor(Decimal(units) * rate / 1000)
    compute = Money(min(cost, price.amount), price.currency)
    commission = Money(min(price.percent(settings.COMMISSION_BP).amount, price.amount - compute.amount), price.currency)
    fee = price.percent(settings.BUYER_FEE_BP)
    return Quote(price, fee, (price + fee).percent(settings.TAX_BP), compute, commission)
