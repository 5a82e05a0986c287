"""The money of orders as people read it. Part of the selectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from oeuvre.domains.ledger import selectors as ledger
from oeuvre.domains.orders.models import OrderLine, OrderRefund
from oeuvre.domains.orders.pricing import Quote, back_by_part, quote, sum_of
from oeuvre.domains.orders.states import LineState, RefundState
from oeuvre.kit.actor import Role
from oeuvre.kit.money import Money
from oeuvre.kit.pagination import Page, paginate

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from oeuvre.domains.orders.models import Order, OrderChange
    from oeuvre.kit.actor import Actor


@dataclass(frozen=True, slots=True)
class OrderMoney:
    """An order's money by where it is. ``agreed = held + earned + returned + taken``, for what was paid."""

    agreed: Quote
    """Everything that was ordered, extras included; before a payment also what is still to be paid."""
    held: Quote
    earned: Quote
    """Released to the freelancer, cleared or not."""
    returned: Quote
    """Given back to the buyer, or on its way."""
    taken: Quote
    """Taken back by the payer's bank."""
    clears_at: datetime | None
    """When the last of what is earned can be paid out; None where nothing is clearing."""
    refunds: tuple[OrderRefund, ...]


def money_of(order: Order) -> OrderMoney:
    """Prefetch ``lines`` and ``refunds`` for several orders."""
    lines = list(order.lines.all())
    moments = [line.clears_at for line in lines if line.status == LineState.RELEASED and line.clears_at]
    zero = Quote.zero(order.currency)

    def kept(*states: LineState) -> Quote:
        return sum((line.kept for line in lines if line.status in states), zero)

    return OrderMoney(
        agreed=sum((line.agreed for line in lines), zero),
        held=kept(LineState.HELD),
        earned=kept(LineState.RELEASED, LineState.CLEARED),
        returned=sum((line.returned for line in lines), zero),
        taken=kept(LineState.TAKEN_BACK),
        clears_at=max(moments, default=None),
        refunds=tuple(order.refunds.all()),
    )


def change_quote(change: OrderChange) -> Quote:
    """What an extra costs and who gets how much of it, at the order's own terms."""
    return quote(price=Money(change.price, change.order.currency), rates=change.order.rates)


@dataclass(frozen=True, slots=True)
class CancellationQuote:
    """What each side has after a cancellation, to the cent."""

    back: Quote
    """Goes back to the buyer: price, fee and tax; its commission is not charged."""
    kept: Quote
    """Stays: the freelancer's and the platform's parts of it."""


def cancellation_quote(order: Order, back: Money | None = None) -> CancellationQuote:
    """What giving ``back`` of the price that is held (all of it, unless said) means for both. Prefetch ``lines`` to ask
    several times.

    Raises ValueError for more than is held.
    """
    lines = sorted(order.lines.all(), key=lambda line: line.position, reverse=True)
    held = [line.kept for line in lines if line.status == LineState.HELD]
    wanted = sum_of((part.price for part in held), order.currency) if back is None else back
    zero = Quote.zero(order.currency)
    returned = sum(back_by_part(held, wanted), zero)
    return CancellationQuote(returned, sum(held, zero) - returned)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One line of a freelancer's orders: what was agreed and what it comes to."""

    at: datetime
    order_number: str
    title: str
    status: str
    price: Money
    commission: Money
    freelancer: Money
    clears_at: datetime | None


def statement(*, actor: Actor, page: int | str | None) -> Page[StatementLine]:
    """The paid lines of the actor's orders as a freelancer, newest first."""
    unpaid = [LineState.AWAITING_PAYMENT, LineState.UNPAID]
    rows = OrderLine.objects.filter(order__freelancer_id=actor.person_id).exclude(status__in=unpaid)
    got: Page[OrderLine] = paginate(rows.select_related("order").order_by("-created_at", "-position"), page=page)
    lines = [
        StatementLine(
            at=row.released_at or row.created_at,
            order_number=row.order.number,
            title=row.title,
            status=row.status,
            price=row.kept.price,
            commission=row.kept.commission,
            freelancer=row.kept.freelancer,
            clears_at=row.clears_at,
        )
        for row in got.items
    ]
    return Page(lines, got.number, got.pages, got.total)


@dataclass(frozen=True, slots=True)
class Sums:
    """What a freelancer's orders come to now."""

    held: Money
    """The freelancer's part of what is held: earned when it is accepted."""
    clearing: Money
    """As the ledger has it."""
    payable: Money
    """As the ledger has it, with what licences earned."""


def sums(*, actor: Actor, currency: str, running: Iterable[Order] | None = None) -> Sums:
    """The three numbers of a freelancer's dashboard. ``running``: their open orders with ``lines``, where those are at hand."""
    if running is None:
        lines = list(OrderLine.objects.filter(order__freelancer_id=actor.person_id, status=LineState.HELD))
    else:
        lines = [line for order in running for line in order.lines.all() if line.status == LineState.HELD]
    held = [line.kept.freelancer for line in lines if line.currency == currency]
    kinds = [ledger.AccountKind.FREELANCER_CLEARING, ledger.AccountKind.FREELANCER_PAYABLE]
    clearing, payable = ledger.balances(actor=actor, owner_id=actor.user_id, kinds=kinds, currency=currency)
    return Sums(sum_of(held, currency), clearing, payable)


def refunds_failed(*, actor: Actor) -> list[OrderRefund]:
    """Refunds that the provider would not make, the oldest first, with order and both people; for operators.

    Raises PermissionDeniedError for others.
    """
    actor.require(Role.OPERATOR)
    rows = OrderRefund.objects.filter(status=RefundState.FAILED).order_by("updated_at")
    return list(rows.select_related("order__buyer", "order__freelancer"))
