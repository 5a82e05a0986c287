"""The split of a sale is exact, whatever the operator's terms."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from oeuvre.domains.creation.pricing import quote
from oeuvre.kit.money import Money

rates = st.integers(0, 10_000)


@given(st.integers(1, 10**7), st.integers(0, 2000), rates, rates, rates, st.integers(0, 10**6))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
def test_quote__adds_up_and_leaves_nobody_below_zero(
    settings: Any, price: int, units: int, commission: int, fee: int, tax: int, millicents: int
) -> None:
    settings.COMMISSION_BP, settings.BUYER_FEE_BP, settings.TAX_BP = commission, fee, tax
    split = quote(price=Money(price), units=units, rate=millicents)
    parts = (split.compute, split.commission, split.freelancer, split.buyer_fee, split.tax)
    assert all(part.amount >= 0 for part in parts)
    assert sum(part.amount for part in parts) == split.total.amount
    assert (split.compute + split.commission + split.freelancer) == split.price


@pytest.mark.parametrize(
    ("price", "units", "expected"),
    [
        # 9.00: fee 5 % = 0.45; 200 units at 2/1000 cent = 0.4 cent, rounds to 0; commission 10 % = 0.90
        (900, 200, {"buyer_fee": 45, "compute": 0, "commission": 90, "freelancer": 810, "total": 945}),
        # 750 units = 1.5 cent, half to even: 2
        (900, 750, {"buyer_fee": 45, "compute": 2, "commission": 90, "freelancer": 808, "total": 945}),
    ],
)
def test_quote__of_the_default_terms(settings: Any, price: int, units: int, expected: dict[str, int]) -> None:
    settings.COMMISSION_BP, settings.BUYER_FEE_BP, settings.TAX_BP = 1000, 500, 0
    split = quote(price=Money(price), units=units, rate=2)
    assert {name: getattr(split, name).amount for name in expected} == expected
