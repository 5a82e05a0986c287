"""Reading the ledger. People see their own accounts, operators and the system all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import BigIntegerField, Count, F, Sum
from django.db.models.functions import Cast, Coalesce

from oeuvre.domains.ledger.entries import PERSONAL, AccountKind, AccountRef, EntryDraft, PostingRef
from oeuvre.domains.ledger.errors import AccountNotFoundError
from oeuvre.domains.ledger.models import Account, Entry, Posting
from oeuvre.kit.money import Money
from oeuvre.kit.pagination import Page, paginate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from oeuvre.kit.actor import Actor

__all__ = [
    "AccountKind",
    "AccountRef",
    "KindTotal",
    "LedgerCheck",
    "PostingRef",
    "StatementLine",
    "accounts",
    "balance",
    "balances",
    "entries_total",
    "ledger_check",
    "posting_ref",
    "postings_for",
    "statement",
]

STATEMENT_LINES = 50


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One entry as its account's owner reads it: what came or went, and what the account then held."""

    entry_id: int
    posting_id: UUID
    at: datetime
    code: str
    memo: str
    reference_type: str
    reference_id: UUID
    amount: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class KindTotal:
    """The sum of all balances of one kind and currency."""

    currency: str
    kind: AccountKind
    total: Money
    accounts: int


@dataclass(frozen=True, slots=True)
class LedgerCheck:
    """Whether the books are right, recomputed from the entries."""

    totals: tuple[KindTotal, ...]
    unbalanced: tuple[UUID, ...]
    """Postings that do not sum to zero, or have fewer than two entries."""
    drifted: tuple[str, ...]
    """Accounts whose balance is not the sum of their entries."""
    overdrawn: tuple[str, ...]
    """Accounts below zero that must not be."""

    @property
    def ok(self) -> bool:
        sums: dict[str, int] = {}
        for line in self.totals:
            sums[line.currency] = sums.get(line.currency, 0) + line.total.amount
        return not (self.unbalanced or self.drifted or self.overdrawn or any(sums.values()))


def _require_own(actor: Actor, account: AccountRef) -> None:
    own = account.kind in PERSONAL and actor.user_id is not None and account.owner_id == actor.user_id
    if not (own or actor.is_operator or actor.is_system):
        raise AccountNotFoundError("There is no such account of yours.")


def _row(account: AccountRef) -> Account | None:
    return Account.objects.filter(kind=account.kind, owner_id=account.owner_id, currency=account.currency).first()


def accounts(*, actor: Actor) -> list[tuple[AccountRef, Money]]:
    """Every account that the actor may see, with its balance, by kind."""
    rows = Account.objects.order_by("kind", "currency", "created_at")
    if not (actor.is_operator or actor.is_system):
        rows = rows.filter(owner_id=actor.user_id, kind__in=PERSONAL) if actor.user_id else rows.none()
    return [(row.ref, Money(row.balance, row.currency)) for row in rows]


def balance(*, actor: Actor, account: AccountRef) -> Money:
    """What the account holds; zero where nothing was ever posted. Raises AccountNotFoundError for somebody else's."""
    _require_own(actor, account)
    row = _row(account)
    return Money(row.balance if row else 0, account.currency)


def balances(*, actor: Actor, owner_id: UUID | None, kinds: Sequence[AccountKind], currency: str) -> list[Money]:
    """What an owner's accounts of these kinds hold, in their order, in one query. Raises what ``balance`` raises."""
    for kind in kinds:
        _require_own(actor, AccountRef(kind, owner_id, currency))
    rows = Account.objects.filter(kind__in=kinds, owner_id=owner_id, currency=currency)
    held = dict(rows.values_list("kind", "balance"))
    return [Money(held.get(kind, 0), currency) for kind in kinds]


def entries_total(*, actor: Actor, account: AccountRef, reference_type: str) -> Money:
    """What postings about one type of thing changed in the account. Raises AccountNotFoundError like ``balance``."""
    _require_own(actor, account)
    entries = Entry.objects.filter(
        account__kind=account.kind,
        account__owner_id=account.owner_id,
        account__currency=account.currency,
        posting__reference_type=reference_type,
    )
    return Money(int(entries.aggregate(total=Sum("amount"))["total"] or 0), account.currency)


def statement(*, actor: Actor, account: AccountRef, page: int | str | None) -> Page[StatementLine]:
    """The account's entries, newest first, with the running balance. Raises AccountNotFoundError like ``balance``."""
    _require_own(actor, account)
    row = _row(account)
    if row is None:
        return Page([], 1, 1, 0)
    entries = Entry.objects.filter(account=row).select_related("posting").order_by("-id")
    got: Page[Entry] = paginate(entries, page=page, per_page=STATEMENT_LINES)
    running = 0
    if got.items:
        upto = Entry.objects.filter(account=row, id__lte=got.items[0].pk)
        running = int(upto.aggregate(total=Sum("amount"))["total"])
    lines = []
    for entry in got.items:
        lines.append(_line(entry, Money(running, row.currency)))
        running -= entry.amount
    return Page(lines, got.number, got.pages, got.total)


def _line(entry: Entry, running: Money) -> StatementLine:
    posting = entry.posting
    return StatementLine(
        entry_id=entry.pk,
        posting_id=posting.pk,
        at=posting.created_at,
        code=posting.code,
        memo=posting.memo,
        reference_type=posting.reference_type,
        reference_id=posting.reference_id,
        amount=Money(entry.amount, running.currency),
        balance=running,
    )


def posting_ref(posting: Posting) -> PostingRef:
    """The posting as a plain value."""
    return PostingRef(
        id=posting.pk,
        code=posting.code,
        idempotency_key=posting.idempotency_key,
        reference_type=posting.reference_type,
        reference_id=posting.reference_id,
        memo=posting.memo,
        created_at=posting.created_at,
        entries=tuple(
            EntryDraft(entry.account.ref, Money(entry.amount, entry.account.currency))
            for entry in posting.entries.select_related("account")
        ),
        reverses_id=posting.reverses_id,
    )


def postings_for(*, reference_type: str, reference_id: UUID) -> list[PostingRef]:
    """What was posted about one thing, oldest first. Callers check that the actor may see the thing."""
    found = Posting.objects.filter(reference_type=reference_type, reference_id=reference_id)
    return [posting_ref(posting) for posting in found]


def ledger_check() -> LedgerCheck:
    """Recompute everything from the entries. Reads the whole ledger: for the operator's page and the tests."""
    by_kind: dict[tuple[str, str], list[int]] = {}
    drifted, overdrawn = [], []
    computed = Coalesce(Cast(Sum("entries__amount"), BigIntegerField()), 0)
    for row in Account.objects.annotate(computed=computed):
        by_kind.setdefault((row.currency, row.kind), []).append(row.balance)
        if row.computed != row.balance:
            drifted.append(str(row))
        if row.ref.kind.is_guarded and row.balance < 0:
            overdrawn.append(str(row))
    off = (
        Entry.objects.values("posting_id", currency=F("account__currency"))
        .annotate(total=Sum("amount"))
        .exclude(total=0)
        .values_list("posting_id", flat=True)
    )
    lonely = Posting.objects.alias(lines=Count("entries")).filter(lines__lt=2)
    return LedgerCheck(
        totals=tuple(
            KindTotal(currency, AccountKind(kind), Money(sum(balances), currency), len(balances))
            for (currency, kind), balances in sorted(by_kind.items())
        ),
        unbalanced=tuple({*off, *lonely.values_list("pk", flat=True)}),
        drifted=tuple(drifted),
        overdrawn=tuple(overdrawn),
    )
