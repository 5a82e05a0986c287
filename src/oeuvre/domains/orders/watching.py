"""Who is told that an order came to its end: domains above register when the application starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oeuvre.domains.orders.models import Order

Watcher = Callable[["Order"], None]

_ended: list[Watcher] = []


def order_ended_register(watcher: Watcher) -> None:
    """Be told of every order that is completed or cancelled. Call it from ``AppConfig.ready``.

    ``watcher`` runs in the transaction that ends the order and under its lock: it takes no lock that somebody may hold
    while waiting for an order, and defers what takes long. An order that ends again, after a dispute, is told again.
    """
    if watcher not in _ended:
        _ended.append(watcher)


def order_ended_tell(order: Order) -> None:
    """Tell everybody who registered."""
    for watcher in _ended:
        watcher(order)
