"""Money never loses or makes a cent."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oeuvre.kit.money import CurrencyMismatchError, Money, round_minor

amounts = st.integers(-(10**12), 10**12)
weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any)


@given(amounts, weights)
def test_allocate__adds_up_to_the_whole_and_no_share_is_off_by_a_cent(amount: int, shares: list[int]) -> None:
    parts = Money(amount).allocate(shares)
    assert sum(part.amount for part in parts) == amount
    for part, weight in zip(parts, shares, strict=True):
        assert abs(part.amount - Decimal(amount) * weight / sum(shares)) < 1


@pytest.mark.parametrize(("value", "rounded"), [("0.5", 0), ("1.5", 2), ("2.5", 2), ("-0.5", 0), ("2.51", 3)])
def test_round_minor__rounds_halves_to_even(value: str, rounded: int) -> None:
    assert round_minor(Decimal(value)) == rounded


def test_add__refuses_two_currencies() -> None:
    with pytest.raises(CurrencyMismatchError):
        Money(1, "USD") + Money(1, "EUR")


@pytest.mark.parametrize("bad", [1.0, True, "1", None])
def test_money__takes_only_whole_minor_units(bad: object) -> None:
    with pytest.raises(TypeError):
        Money(bad)  # type: ignore[arg-type]  # the point of the test


def test_allocate__refuses_weights_that_cannot_be_shared_by() -> None:
    for bad in ([], [0, 0], [1, -1]):
        with pytest.raises(ValueError, match="Weights"):
            Money(10).allocate(bad)


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(1250), "$12.50"),
        (Money(-300, "EUR"), "-€3.00"),
        (Money(700, "CHF"), "CHF 7.00"),
        (Money(1200, "JPY"), "¥1,200"),
    ],
)
def test_str__shows_symbol_sign_and_exact_digits(money: Money, text: str) -> None:
    assert str(money) == text
