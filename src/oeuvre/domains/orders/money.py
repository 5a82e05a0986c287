"""What orders post. Each posting follows a change of a line, a refund or a payment, in the same transaction.

``held`` is the order's own account, so that no order spends another's money: it always holds what its held lines keep
and what its refunds under way will give back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from oeuvre.domains.ledger import services as ledger
from oeuvre.domains.ledger.services import AccountKind, AccountRef, EntryDraft
from oeuvre.kit.actor import Actor

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.billing.models import Payment
    from oeuvre.domains.orders.models import Order, OrderLine, OrderRefund
    from oeuvre.kit.money import Money

REFERENCE = "order"


def _account(kind: AccountKind, owner_id: UUID | None, currency: str) -> AccountRef:
    return AccountRef(kind, owner_id, currency)


def _post(order: Order, code: str, key: str, *moves: tuple[AccountKind, UUID | None, Money]) -> None:
    """One posting about the order; entries of zero (no tax, say) are left out."""
    ledger.posting_create(
        actor=Actor.system(),
        code=code,
        idempotency_key=key,
        entries=[
            EntryDraft(_account(kind, owner_id, order.currency), amount) for kind, owner_id, amount in moves if amount
        ],
        reference_type=REFERENCE,
        reference_id=order.pk,
        memo=order.number,
    )


def post_paid(order: Order, payment: Payment) -> None:
    """All that was paid is held."""
    _post(
        order,
        "order.paid",
        f"order_payment:{payment.pk}",
        (AccountKind.PROVIDER_CLEARING, None, -payment.money),
        (AccountKind.HELD, order.pk, payment.money),
    )


def _release_key(line: OrderLine) -> str:
    return f"order_line:{line.pk}:released:{line.releases}"


def post_released(order: Order, line: OrderLine) -> None:
    """What a line keeps is divided; the freelancer's part waits in clearing. ``line.releases`` counts this one."""
    kept = line.kept
    _post(
        order,
        "order.released",
        _release_key(line),
        (AccountKind.HELD, order.pk, -kept.total),
        (AccountKind.FREELANCER_CLEARING, order.freelancer_id, kept.freelancer),
        (AccountKind.PLATFORM_REVENUE, None, kept.platform),
        (AccountKind.TAX, None, kept.tax),
    )


def post_reopened(order: Order, line: OrderLine) -> None:
    """A release is taken back into what is held."""
    ledger.posting_reverse(
        actor=Actor.system(),
        idempotency_key=_release_key(line),
        new_key=f"{_release_key(line)}:reopened",
        code="order.reopened",
        memo=order.number,
        shortfall=_account(AccountKind.PLATFORM_REVENUE, None, order.currency),
    )


def _clear_key(line: OrderLine) -> str:
    return f"order_line:{line.pk}:cleared"


def post_cleared(order: Order, line: OrderLine) -> None:
    """The clearing time is over: the freelancer can be paid out. Posts nothing where the commission is all of it."""
    if not line.kept.freelancer:
        return
    _post(
        order,
        "order.cleared",
        _clear_key(line),
        (AccountKind.FREELANCER_CLEARING, order.freelancer_id, -line.kept.freelancer),
        (AccountKind.FREELANCER_PAYABLE, order.freelancer_id, line.kept.freelancer),
    )


def post_uncleared(order: Order, line: OrderLine) -> None:
    """Take clearing back. What was paid out meanwhile the platform bears: the freelancer does not owe it."""
    if not line.kept.freelancer:
        return
    ledger.posting_reverse(
        actor=Actor.system(),
        idempotency_key=_clear_key(line),
        new_key=f"{_clear_key(line)}:taken_back",
        code="order.uncleared",
        memo=order.number,
        shortfall=_account(AccountKind.PLATFORM_REVENUE, None, order.currency),
    )


def post_refunded(order: Order, refund: OrderRefund) -> None:
    """The provider gave a part back."""
    _post(
        order,
        "order.refunded",
        f"order_refund:{refund.pk}",
        (AccountKind.HELD, order.pk, -refund.money),
        (AccountKind.PROVIDER_CLEARING, None, refund.money),
    )


def post_paid_outside(order: Order, refund: OrderRefund) -> None:
    """The platform paid a part back by hand. The provider gave nothing, so what it owes us stays as it is."""
    _post(
        order,
        "order.refunded_outside",
        f"order_refund:{refund.pk}",
        (AccountKind.HELD, order.pk, -refund.money),
        (AccountKind.PAID_OUTSIDE, None, refund.money),
    )


def post_taken_back(order: Order, payment: Payment, outside: Money) -> None:
    """The payer's bank took what was left of a payment; by now all of it is held again, but what was paid ``outside``.

    That the buyer has twice; the platform bears it, and may ask them for it.
    """
    _post(
        order,
        "order.charged_back",
        f"order_payment:{payment.pk}:charged_back",
        (AccountKind.HELD, order.pk, outside - payment.kept_money),
        (AccountKind.PLATFORM_REVENUE, None, -outside),
        (AccountKind.PROVIDER_CLEARING, None, payment.kept_money),
    )
