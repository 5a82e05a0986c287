"""What a posting is made of, as plain values. Imported by other domains through ``ledger.services``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from oeuvre.kit.money import Money


class AccountKind(StrEnum):
    """Whose money an account counts. Positive is always what that owner gains."""

    BUYER = "buyer"
    """A buyer's credit with the platform; ``owner_id`` is the person."""
    FREELANCER_CLEARING = "freelancer_clearing"
    """What a freelancer earned and cannot be paid out yet, because it may still be taken back; ``owner_id`` is the
    person."""
    FREELANCER_PAYABLE = "freelancer_payable"
    """What the platform owes a freelancer; ``owner_id`` is the person."""
    HELD = "held"
    """Held payments; ``owner_id`` is the edit or order that the money waits for, so that none can spend another's."""
    PLATFORM_REVENUE = "platform_revenue"
    """Commissions, buyer fees and plans, less losses; no owner."""
    TAX = "tax"
    """Collected for the tax office; no owner."""
    COMPUTE_COST = "compute_cost"
    """What sales contributed to the cost of computing; no owner."""
    PROVIDER_CLEARING = "provider_clearing"
    """The payment provider: negative by what it took in and has not yet paid out to the platform; no owner."""
    PAID_OUTSIDE = "paid_outside"
    """What the platform paid by hand, past the provider: a refund by bank transfer; no owner. It is not the provider's,
    which still owes us what it would not give back."""

    @property
    def is_owned(self) -> bool:
        return self in OWNED

    @property
    def is_guarded(self) -> bool:
        """Whether the balance must not go below zero: nobody spends what they do not have."""
        return self in OWNED


PERSONAL = frozenset({AccountKind.BUYER, AccountKind.FREELANCER_CLEARING, AccountKind.FREELANCER_PAYABLE})
"""Kinds whose owner is a person, who may read the account."""
OWNED = PERSONAL | {AccountKind.HELD}


@dataclass(frozen=True, slots=True)
class AccountRef:
    """An account by what identifies it. It is opened by its first entry."""

    kind: AccountKind
    owner_id: UUID | None
    currency: str

    def __str__(self) -> str:
        return ":".join([self.kind, str(self.owner_id or "platform"), self.currency])


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """One signed line of a posting: what the account's owner gains, or loses where negative."""

    account: AccountRef
    amount: Money


@dataclass(frozen=True, slots=True)
class PostingRef:
    """A posting that was made."""

    id: UUID
    code: str
    idempotency_key: str
    reference_type: str
    reference_id: UUID
    memo: str
    created_at: datetime
    entries: tuple[EntryDraft, ...]
    reverses_id: UUID | None = None
    """The earlier posting that this one takes back."""
