"""From a price to who gets how much, and from a part of it to who gets how much back. Pure functions, exact to the cent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Quote:
    """What a buyer pays and where it goes, shown to both sides before they agree.

    Always ``total = price + buyer_fee + tax``, ``price = commission + freelancer`` and
    ``total = freelancer + platform + tax``.
    """

    price: Money
    buyer_fee: Money
    tax: Money
    commission: Money

    @property
    def total(self) -> Money:
        """What the buyer's card is charged."""
        return self.price + self.buyer_fee + self.tax

    @property
    def freelancer(self) -> Money:
        return self.price - self.commission

    @property
    def platform(self) -> Money:
        """Commission and buyer fee."""
        return self.commission + self.buyer_fee

    def __add__(self, other: Quote) -> Quote:
        return Quote(
            self.price + other.price,
            self.buyer_fee + other.buyer_fee,
            self.tax + other.tax,
            self.commission + other.commission,
        )

    def __sub__(self, other: Quote) -> Quote:
        return Quote(
            self.price - other.price,
            self.buyer_fee - other.buyer_fee,
            self.tax - other.tax,
            self.commission - other.commission,
        )

    def part(self, price: Money) -> Quote:
        """What belongs to ``price`` out of this price: fee, tax and commission in proportion, by largest remainder.

        The rest is ``quote - quote.part(price)``, so that nothing is lost between the two. Raises ValueError for a
        price below zero or above this one.
        """
        if not 0 <= price.amount <= self.price.amount:
            raise ValueError(f"{price} is not a part of {self.price}.")
        if price == self.price:
            return self
        weights = (price.amount, self.price.amount - price.amount)
        return Quote(price, *(amount.allocate(weights)[0] for amount in (self.buyer_fee, self.tax, self.commission)))

    def divided(self, prices: Sequence[Money]) -> tuple[Quote, ...]:
        """The quote divided among parts of its price; the parts sum to it exactly.

        Raises ValueError where the prices do not sum to this price.
        """
        if sum_of(prices, self.price.currency) != self.price:
            raise ValueError("The parts of a price must sum to it.")
        weights = [price.amount for price in prices]
        columns = [amount.allocate(weights) for amount in (self.buyer_fee, self.tax, self.commission)]
        return tuple(Quote(price, *row) for price, *row in zip(prices, *columns, strict=True))

    @classmethod
    def zero(cls, currency: str) -> Quote:
        nothing = Money.zero(currency)
        return cls(nothing, nothing, nothing, nothing)


@dataclass(frozen=True, slots=True)
class Rates:
    """The site's terms of trade, in basis points."""

    commission: int
    buyer_fee: int
    tax: int

    @classmethod
    def present(cls) -> Rates:
        """Settings OEUVRE_COMMISSION_BP, OEUVRE_BUYER_FEE_BP and OEUVRE_TAX_BP."""
        return cls(settings.COMMISSION_BP, settings.BUYER_FEE_BP, settings.TAX_BP)


def quote(*, price: Money, rates: Rates | None = None) -> Quote:
    """The split of one sale, at the site's present terms unless others are given.

    The commission comes out of the price; the buyer fee is added to it, and tax is due on price and fee.
    """
    rates = rates or Rates.present()
    fee = price.percent(rates.buyer_fee)
    return Quote(price, fee, (price + fee).percent(rates.tax), price.percent(rates.commission))


def sum_of(amounts: Iterable[Money], currency: str) -> Money:
    """The sum, zero for none."""
    return sum(amounts, Money.zero(currency))


def back_by_part(parts: Sequence[Quote], back: Money) -> list[Quote]:
    """What each part gives back so that together they give back ``back`` of their prices, the first ones first.

    Raises ValueError for more than there is.
    """
    left, found = back, []
    for part in parts:
        taken = Money(min(left.amount, part.price.amount), back.currency)
        found.append(part.part(taken))
        left -= taken
    if left:
        raise ValueError(f"There is {left} less than {back} to give back.")
    return found
