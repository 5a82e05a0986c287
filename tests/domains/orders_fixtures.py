"""What the tests of orders share: where the money is, and a clock."""

from __future__ import annotations

import pytest

from oeuvre.domains.ledger import selectors as ledger
from oeuvre.domains.ledger.services import AccountKind, AccountRef
from oeuvre.domains.orders.models import Order
from oeuvre.kit.actor import Actor
from tests.support.clock import Clock

SYSTEM = Actor.system()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def balance(kind: AccountKind, owner_id: object = None) -> int:
    return ledger.balance(actor=SYSTEM, account=AccountRef(kind, owner_id, "USD")).amount  # type: ignore[arg-type]


def books(order: Order) -> dict[str, int]:
    """Where the money of the installation is, by kind; accounts that hold nothing are left out."""
    kinds = {
        "provider": balance(AccountKind.PROVIDER_CLEARING),
        "held": balance(AccountKind.HELD, order.pk),
        "clearing": balance(AccountKind.FREELANCER_CLEARING, order.freelancer_id),
        "payable": balance(AccountKind.FREELANCER_PAYABLE, order.freelancer_id),
        "revenue": balance(AccountKind.PLATFORM_REVENUE),
        "tax": balance(AccountKind.TAX),
        "outside": balance(AccountKind.PAID_OUTSIDE),
    }
    return {name: amount for name, amount in kinds.items() if amount}
