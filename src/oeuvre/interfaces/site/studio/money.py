"""Money in forms and in the split that people see while they type."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oeuvre.domains.creation.pricing import quote
from oeuvre.domains.creation.services.offers import MAX_PRICE
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from oeuvre.domains.creation.modalities.base import CreationModality
    from oeuvre.domains.creation.pricing import Quote


def minor_digits(currency: str) -> int:
    """Digits after the point: 2 for dollars, 0 for yen."""
    exponent = Money(1, currency).decimal.as_tuple().exponent
    return -int(exponent)


def to_money(amount: Decimal, currency: str) -> Money:
    """A typed amount in major units as Money; the field has seen to the number of digits."""
    return Money(int(amount.scaleb(minor_digits(currency))), currency)


class MoneyField(forms.DecimalField):
    """An amount in the installation's currency; cleans to Money, or None where it is left empty."""

    default_error_messages = {
        "invalid": gettext_lazy("Write an amount such as 12.50."),
        "max_decimal_places": gettext_lazy("Write at most %(max)s digits after the point."),
    }

    def __init__(self, **kwargs: Any) -> None:
        self.currency = settings.CURRENCY
        ceiling = Money(MAX_PRICE, self.currency).decimal
        digits = minor_digits(self.currency)
        super().__init__(
            max_digits=12, decimal_places=digits, max_value=ceiling, min_value=Money(1, self.currency).decimal, **kwargs
        )
        self.widget.attrs.setdefault("inputmode", "decimal")

    def clean(self, value: Any) -> Any:
        amount = super().clean(value)
        return None if amount is None else to_money(amount, self.currency)

    def prepare_value(self, value: Any) -> Any:
        return value.decimal if isinstance(value, Money) else value


@dataclass(frozen=True, slots=True)
class SplitPart:
    """One part of a price: ``start`` and ``width`` in percent of it, for the drawing."""

    key: str
    label: str
    amount: Money
    note: str
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Split:
    """A price taken apart for people: parts that sum to it, and what the buyer pays on top."""

    quote: Quote
    parts: tuple[SplitPart, ...]
    size: str
    """Of the piece that it is reckoned for: ``about 300 words``."""

    @property
    def share(self) -> float:
        """The freelancer's part of the price, 0 to 1."""
        return self.quote.freelancer.amount / self.quote.price.amount


def percentage(basis_points: int) -> str:
    """``1000`` as ``10 %``."""
    return f"{Decimal(basis_points) / 100:f} %"


def split_of(price: Money, *, modality: CreationModality, units: int) -> Split:
    """The split of a sale at this price, as the sale itself will compute it."""
    found = quote(price=price, units=units, rate=modality.rate)
    rows = [
        ("yours", _("Yours"), found.freelancer, _("what you earn")),
        ("platform", _("Platform"), found.commission, percentage(settings.COMMISSION_BP)),
        ("compute", _("Compute"), found.compute, modality.units_said(units) if units else _("none")),
    ]
    parts, start = [], 0.0
    for key, label, amount, note in rows:
        width = 100 * amount.amount / price.amount
        parts.append(SplitPart(key, label, amount, note, round(start, 3), round(width, 3)))
        start += width
    return Split(found, tuple(parts), str(modality.typical_said))
