"""Demand: what is counted, what is never written down, and what prices are learnt from it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.demand import selectors, services
from oeuvre.domains.demand.errors import DemandInvalidError
from oeuvre.domains.demand.models import DemandEvent
from oeuvre.domains.demand.states import DemandKind
from oeuvre.kit.money import Money
from tests.support.clock import Clock

if TYPE_CHECKING:
    from typing import Any

    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch, datetime(2027, 6, 1, 23, 59, tzinfo=UTC))


def complete(*amounts: int, days: int | None = None, **parts: Any) -> None:
    for amount in amounts:
        services.demand_record(
            kind=DemandKind.COMPLETED, amount=Money(amount), days=days, **{"category": "logos", **parts}
        )


def test_demand_record__keeps_the_day_and_the_keys(clock: Clock) -> None:
    services.demand_record(
        kind="brief",
        category="logos",
        use_case="a-mark-for-a-bakery",
        skills=["lettering", "branding", "lettering"],
        language="pt",
        amount=Money(12_000, "EUR"),
        days=9,
    )
    event = DemandEvent.objects.get()
    assert (event.kind, event.day, event.category) == (DemandKind.BRIEF, date(2027, 6, 1), "logos")
    assert (event.use_case, event.skills, event.language) == ("a-mark-for-a-bakery", ["branding", "lettering"], "pt")
    assert (event.currency, event.amount, event.days) == ("EUR", 12_000, 9)


def test_demand_record__names_nobody_and_leaves_no_trace_elsewhere() -> None:
    services.demand_record(kind=DemandKind.SEARCH, category="logos")
    kept = {field.name for field in DemandEvent._meta.get_fields()}
    assert kept == {"id", "kind", "day", "category", "use_case", "skills", "language", "currency", "amount", "days"}
    assert not AuditRecord.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "wish"},
        {"kind": "search", "category": "a logo for my bakery"},
        {"kind": "search", "use_case": "x" * 61},
        {"kind": "search", "skills": ["draw me a horse"]},
        {"kind": "offer", "amount": Money(-1)},
        {"kind": "offer", "days": -1},
    ],
)
def test_demand_record__refuses_texts_and_what_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(DemandInvalidError):
        services.demand_record(**wrong)
    assert not DemandEvent.objects.exists()


def test_price_range__is_the_quartiles_of_completed_orders(clock: Clock) -> None:
    complete(1_000, 2_000, 3_000, 4_000, days=4)
    complete(9_999, days=9)
    found = selectors.price_range(category="logos")
    assert (found.low, found.median, found.high) == (Money(2_000), Money(3_000), Money(4_000))
    assert (found.days_low, found.days_high) == (4, 4)
    assert (found.count, found.enough) == (5, True)


def test_price_range__rounds_prices_to_minor_units_and_days_outwards(clock: Clock) -> None:
    for amount, days in ((100, 3), (101, 4), (102, 5), (103, 9), (104, 9), (106, 12)):
        complete(amount, days=days)
    found = selectors.price_range(category="logos")
    assert (found.low, found.median, found.high) == (Money(101), Money(102), Money(104))  # 101.25, 102.5, 103.75
    assert (found.days_low, found.days_high) == (4, 9)  # 4.25, 9


def test_price_range__says_nothing_of_fewer_than_five(clock: Clock) -> None:
    complete(1_000, 2_000, 3_000, 4_000)
    found = selectors.price_range(category="logos")
    assert (found.low, found.median, found.high, found.days_low, found.enough) == (None, None, None, None, False)
    assert found.count == 4


def test_price_range__leaves_out_other_kinds_leaves_currencies_and_years(clock: Clock) -> None:
    complete(*[1_000] * 5)
    complete(*[90_000] * 5, category="speeches")
    services.demand_record(kind=DemandKind.OFFER, category="logos", amount=Money(90_000))
    services.demand_record(kind=DemandKind.COMPLETED, category="logos", amount=Money(90_000, "EUR"))
    DemandEvent.objects.create(
        kind=DemandKind.COMPLETED, category="logos", day=date(2026, 6, 1), currency="USD", amount=90_000
    )
    found = selectors.price_range(category="logos")
    assert (found.count, found.high) == (5, Money(1_000))
    assert selectors.price_range(category="logos", currency="EUR").count == 1


def test_price_range__of_a_use_case_is_its_own(clock: Clock) -> None:
    complete(*[1_000] * 5, use_case="a-mark")
    complete(*[3_000] * 5, use_case="a-sign")
    assert selectors.price_range(category="logos", use_case="a-mark").median == Money(1_000)
    assert selectors.price_range(category="logos").count == 10


def test_price_ranges__are_those_of_each_asked_in_one_query(
    clock: Clock, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    complete(*[1_000] * 5, use_case="a-mark")
    complete(*[3_000] * 4, use_case="a-sign")
    asked = [("logos", "a-mark"), ("logos", "a-sign"), ("logos", ""), ("speeches", ""), ("logos", "")]
    with django_assert_num_queries(1):
        found = selectors.price_ranges(asked)
    assert {pair: (one.count, one.enough) for pair, one in found.items()} == {
        ("logos", "a-mark"): (5, True),
        ("logos", "a-sign"): (4, False),
        ("logos", ""): (9, True),
        ("speeches", ""): (0, False),
    }
    assert found["logos", ""] == selectors.price_range(category="logos")
    assert selectors.price_ranges([]) == {}


def test_price_ranges__are_kept_until_another_order_is_completed(
    clock: Clock, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    complete(*[1_000] * 4)
    assert not selectors.price_range(category="logos").enough
    services.demand_record(kind="view", category="logos")
    with django_assert_num_queries(0):
        selectors.price_range(category="logos")
    complete(1_000)
    assert selectors.price_range(category="logos").enough
