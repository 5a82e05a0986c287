"""Who handles the outcome of a payment: a domain registers its purposes when the application starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oeuvre.domains.billing.errors import PaymentPurposeError

if TYPE_CHECKING:
    from oeuvre.domains.billing.models import Payment

Handler = Callable[["Payment"], None]


@dataclass(frozen=True, slots=True)
class Purpose:
    """What happens with a payment's outcome, in the transaction that records it."""

    succeeded: Handler
    charged_back: Handler
    failed: Handler | None
    refunded: Handler | None


_purposes: dict[str, Purpose] = {}


def payment_purpose_register(
    purpose: str,
    *,
    succeeded: Handler,
    charged_back: Handler,
    failed: Handler | None = None,
    refunded: Handler | None = None,
) -> None:
    """Say what payments of this purpose lead to. Call it from ``AppConfig.ready``.

    Each handler gets the payment, its row locked and its new status written, runs exactly once a status and in the
    same transaction, and posts to the ledger; what it raises undoes the recording, which is then tried again.
    ``failed`` also hears of payments that expired. A purpose without ``refunded`` cannot be refunded.
    """
    _purposes[purpose] = Purpose(succeeded, charged_back, failed, refunded)


def purpose_of(name: str) -> Purpose:
    """Raises PaymentPurposeError for a purpose that nobody registered."""
    try:
        return _purposes[name]
    except KeyError:
        raise PaymentPurposeError(f"Nobody handles payments for {name!r}.", purpose=name) from None
