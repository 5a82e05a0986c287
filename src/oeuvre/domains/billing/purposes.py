"""Who handles the outcome of a payment: a domain registers its purposes when the application starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oeuvre.domains.billing.errors import PaymentPurposeError

if TYPE_CHECKING:
    from oeuvre.domains.billing.models import Payment, Refund

Handler = Callable[["Payment"], None]
RefundHandler = Callable[["Payment", "Refund"], None]


@dataclass(frozen=True, slots=True)
class Purpose:
    """What happens with a payment's outcome, in the transaction that records it."""

    succeeded: Handler
    charged_back: Handler
    failed: Handler | None
    refunded: RefundHandler | None
    refund_failed: RefundHandler | None
    in_parts: bool


_purposes: dict[str, Purpose] = {}


def payment_purpose_register(
    purpose: str,
    *,
    succeeded: Handler,
    charged_back: Handler,
    failed: Handler | None = None,
    refunded: RefundHandler | None = None,
    refund_failed: RefundHandler | None = None,
    in_parts: bool = False,
) -> None:
    """Say what payments of this purpose lead to. Call it from ``AppConfig.ready``.

    Each handler gets the payment, its row locked and its new status written, runs exactly once a status and in the
    same transaction, and posts to the ledger; what it raises undoes the recording, which is then tried again.
    ``failed`` also hears of payments that expired. ``charged_back`` finds in ``payment.kept_money`` what was taken.

    ``refunded`` hears of each refund with its amount (``refund.money``); a purpose without it cannot be refunded.
    ``refund_failed`` hears of those that the provider would not do. A purpose that knows how to give back ``in_parts``
    decides itself what is given back: its refunds come from the system, and an operator is sent to its own pages.
    """
    _purposes[purpose] = Purpose(succeeded, charged_back, failed, refunded, refund_failed, in_parts)


def purpose_of(name: str) -> Purpose:
    """Raises PaymentPurposeError for a purpose that nobody registered."""
    try:
        return _purposes[name]
    except KeyError:
        raise PaymentPurposeError(f"Nobody handles payments for {name!r}.", purpose=name) from None
