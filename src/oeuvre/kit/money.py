"""Money as integer minor units and an ISO 4217 currency; the one place where amounts are rounded."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

BASIS_POINTS = 10_000
"""Rates are integers in basis points: 1 000 is 10 %."""

_EXPONENTS = {"BRL": 2, "CHF": 2, "EUR": 2, "GBP": 2, "JPY": 0, "USD": 2}
_SYMBOLS = {"BRL": "R$", "EUR": "€", "GBP": "£", "JPY": "¥", "USD": "$"}


class CurrencyMismatchError(ValueError):
    """Two amounts of different currencies met in one calculation."""


def round_minor(value: Decimal) -> int:
    """Round a fractional amount of minor units to a whole one, halves to even (IEEE 754, "banker's")."""
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units (cents) of one currency. Never a float."""

    amount: int
    currency: str = "USD"

    def __post_init__(self) -> None:
        if isinstance(self.amount, bool) or not isinstance(self.amount, int):
            raise TypeError(f"Money takes whole minor units, not {self.amount!r}.")
        if self.currency not in _EXPONENTS:
            raise ValueError(f"Unknown currency {self.currency!r}; one of {', '.join(sorted(_EXPONENTS))}.")

    @classmethod
    def zero(cls, currency: str = "USD") -> Money:
        return cls(0, currency)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise CurrencyMismatchError(f"{self.currency} and {other.currency} do not mix.")
        return other.amount

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def __mul__(self, count: int) -> Money:
        return Money(self.amount * count, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def __bool__(self) -> bool:
        return self.amount != 0

    def percent(self, basis_points: int) -> Money:
        """The given share of the amount, rounded once: ``Money(999).percent(1000)`` is ``Money(100)``."""
        return Money(round_minor(Decimal(self.amount) * basis_points / BASIS_POINTS), self.currency)

    def allocate(self, weights: Sequence[int]) -> list[Money]:
        """Split without losing a cent, by largest remainder; earlier weights win ties.

        Raises ValueError for no weights, a negative one, or only zeros.
        """
        total = sum(weights)
        if total <= 0 or any(weight < 0 for weight in weights):
            raise ValueError("Weights must not be negative and at least one must be positive.")
        sign = -1 if self.amount < 0 else 1
        pot = abs(self.amount)
        shares = [pot * weight // total for weight in weights]
        by_remainder = sorted(range(len(weights)), key=lambda i: (-(pot * weights[i] % total), i))
        for index in by_remainder[: pot - sum(shares)]:
            shares[index] += 1
        return [Money(sign * share, self.currency) for share in shares]

    @property
    def decimal(self) -> Decimal:
        return Decimal(self.amount).scaleb(-_EXPONENTS[self.currency])

    def __str__(self) -> str:
        """``$12.50``, ``-€3.00``, ``CHF 7.00``."""
        digits = f"{abs(self.decimal):,.{_EXPONENTS[self.currency]}f}"
        symbol = _SYMBOLS.get(self.currency, f"{self.currency} ")
        return f"{'-' if self.amount < 0 else ''}{symbol}{digits}"
