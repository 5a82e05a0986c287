"""Random histories of a marketplace, against a model of the books that knows nothing of postings.

``OEUVRE_HISTORIES`` sets how many are tried; the money bar is 10,000.
"""

from __future__ import annotations

import itertools
import os
import uuid
from collections import Counter
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from oeuvre.domains.ledger import errors, selectors, services
from oeuvre.domains.ledger.services import AccountKind, AccountRef, EntryDraft
from oeuvre.kit.actor import Actor
from oeuvre.kit.money import Money

SYSTEM = Actor.system()
CURRENCIES = ("USD", "EUR")
FREELANCERS = [uuid.UUID(int=number) for number in (1, 2)]
BUYER = uuid.UUID(int=3)
HISTORIES = int(os.environ.get("OEUVRE_HISTORIES", "30"))

amounts = st.integers(1, 50_000)
currencies = st.sampled_from(CURRENCIES)
freelancers = st.sampled_from(FREELANCERS)


class Books(RuleBasedStateMachine):
    """Each rule tells the ledger what happened, and does the sum itself in ``self.model``: account → minor units."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.model: Counter[AccountRef] = Counter()
        self.sales: list[tuple[str, dict[AccountRef, int]]] = []
        self.edits: list[tuple[str, AccountRef, int]] = []
        self.calls: list[dict[str, Any]] = []
        self.number = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def key(self) -> str:
        self.number += 1
        return f"history:{self.number}"

    def post(self, moves: dict[AccountRef, int]) -> str:
        key = self.key()
        call: dict[str, Any] = {
            "actor": SYSTEM,
            "code": "history.step",
            "idempotency_key": key,
            "entries": [EntryDraft(ref, Money(amount, ref.currency)) for ref, amount in moves.items() if amount],
            "reference_type": "history",
            "reference_id": uuid.UUID(int=self.number),
        }
        services.posting_create(**call)
        self.calls.append(call)
        for ref, amount in moves.items():
            self.model[ref] += amount
        return key

    @staticmethod
    def platform(kind: AccountKind, currency: str) -> AccountRef:
        return AccountRef(kind, None, currency)

    def split(self, total: int, currency: str, owner: uuid.UUID) -> dict[AccountRef, int]:
        """What a sale of ``total`` posts, with a commission of a tenth, 5 % tax and 1 % for computing."""
        price = Money(total, currency)
        tax, compute, commission = price.percent(500), price.percent(100), price.percent(1000)
        return {
            self.platform(AccountKind.PROVIDER_CLEARING, currency): -total,
            self.platform(AccountKind.TAX, currency): tax.amount,
            self.platform(AccountKind.COMPUTE_COST, currency): compute.amount,
            self.platform(AccountKind.PLATFORM_REVENUE, currency): commission.amount,
            AccountRef(AccountKind.FREELANCER_PAYABLE, owner, currency): (price - tax - compute - commission).amount,
        }

    @rule(total=amounts, currency=currencies, owner=freelancers)
    def sale(self, total: int, currency: str, owner: uuid.UUID) -> None:
        moves = self.split(total, currency, owner)
        self.sales.append((self.post(moves), moves))

    @rule(price=amounts, currency=currencies)
    def plan(self, price: int, currency: str) -> None:
        clearing = self.platform(AccountKind.PROVIDER_CLEARING, currency)
        self.post({clearing: -price, self.platform(AccountKind.PLATFORM_REVENUE, currency): price})

    @rule(price=amounts, currency=currencies)
    def edit_held(self, price: int, currency: str) -> None:
        held = AccountRef(AccountKind.HELD, uuid.UUID(int=1000 + self.number), currency)
        key = self.post({self.platform(AccountKind.PROVIDER_CLEARING, currency): -price, held: price})
        self.edits.append((key, held, price))

    @precondition(lambda self: self.edits)
    @rule(data=st.data(), owner=freelancers)
    def edit_released(self, data: st.DataObject, owner: uuid.UUID) -> None:
        _, held, price = self.edits.pop(data.draw(st.integers(0, len(self.edits) - 1)))
        commission = Money(price, held.currency).percent(1000).amount
        payable = AccountRef(AccountKind.FREELANCER_PAYABLE, owner, held.currency)
        revenue = self.platform(AccountKind.PLATFORM_REVENUE, held.currency)
        self.post({held: -price, payable: price - commission, revenue: commission})

    @precondition(lambda self: self.edits)
    @rule(data=st.data())
    def edit_refunded(self, data: st.DataObject) -> None:
        key, held, price = self.edits.pop(data.draw(st.integers(0, len(self.edits) - 1)))
        services.posting_reverse(actor=SYSTEM, idempotency_key=key, new_key=self.key(), code="history.refunded")
        self.model[held] -= price
        self.model[self.platform(AccountKind.PROVIDER_CLEARING, held.currency)] += price

    @precondition(lambda self: self.sales)
    @rule(data=st.data())
    def charge_back(self, data: st.DataObject) -> None:
        """What the freelancer still has is taken back; the platform bears the rest."""
        key, moves = self.sales.pop(data.draw(st.integers(0, len(self.sales) - 1)))
        currency = next(iter(moves)).currency
        revenue = self.platform(AccountKind.PLATFORM_REVENUE, currency)
        services.posting_reverse(
            actor=SYSTEM, idempotency_key=key, new_key=self.key(), code="history.charged_back", shortfall=revenue
        )
        for ref, amount in moves.items():
            taken = min(amount, self.model[ref]) if ref.kind.is_guarded else amount
            self.model[ref] -= taken
            self.model[revenue] -= amount - taken

    @rule(share=st.floats(0.01, 1.5), currency=currencies, owner=freelancers)
    def payout(self, share: float, currency: str, owner: uuid.UUID) -> None:
        payable = AccountRef(AccountKind.FREELANCER_PAYABLE, owner, currency)
        amount = max(1, int(self.model[payable] * share))
        moves = {payable: -amount, self.platform(AccountKind.PROVIDER_CLEARING, currency): amount}
        if amount <= self.model[payable]:
            self.post(moves)
        else:
            with pytest.raises(errors.InsufficientFundsError):
                self.post(moves)

    @rule(amount=amounts, currency=currencies)
    def credit(self, amount: int, currency: str) -> None:
        purse = AccountRef(AccountKind.BUYER, BUYER, currency)
        self.post({self.platform(AccountKind.PLATFORM_REVENUE, currency): -amount, purse: amount})

    @precondition(lambda self: self.calls)
    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        """A retry of anything that was done changes nothing."""
        services.posting_create(**data.draw(st.sampled_from(self.calls)))

    @invariant()
    def every_balance_is_the_models(self) -> None:
        balances = {ref: money.amount for ref, money in selectors.accounts(actor=SYSTEM)}
        assert balances == {ref: self.model[ref] for ref in balances}
        assert {ref for ref, amount in self.model.items() if amount} <= set(balances)

    @invariant()
    def the_books_are_right(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        assert selectors.ledger_check().ok
        assert all(amount >= 0 for ref, amount in self.model.items() if ref.kind.is_guarded)

    @invariant()
    def statements_add_up(self) -> None:
        for owner in FREELANCERS:
            account = AccountRef(AccountKind.FREELANCER_PAYABLE, owner, "USD")
            lines = selectors.statement(actor=SYSTEM, account=account, page=1).items
            assert not lines or lines[0].balance.amount == self.model[account]
            for newer, older in itertools.pairwise(lines):
                assert newer.balance - newer.amount == older.balance


@pytest.mark.django_db
def test_ledger__is_right_after_any_history() -> None:
    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
