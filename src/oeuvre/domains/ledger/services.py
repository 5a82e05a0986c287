"""Moving money: the only code that does. Every movement is a posting that sums to zero per currency."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import TYPE_CHECKING

from django.db import transaction

from oeuvre.domains.audit import services as audit
from oeuvre.domains.ledger.entries import AccountKind, AccountRef, EntryDraft, PostingRef
from oeuvre.domains.ledger.errors import (
    AlreadyReversedError,
    IdempotencyKeyReusedError,
    InsufficientFundsError,
    InvalidEntryError,
    PostingNotFoundError,
    UnbalancedPostingError,
)
from oeuvre.domains.ledger.models import Account, Entry, Posting
from oeuvre.domains.ledger.selectors import posting_ref
from oeuvre.kit.locks import lock_names, lock_rows
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from oeuvre.kit.actor import Actor

__all__ = ["AccountKind", "AccountRef", "EntryDraft", "PostingRef", "posting_create", "posting_reverse"]


def posting_create(
    *,
    actor: Actor,
    code: str,
    idempotency_key: str,
    entries: Sequence[EntryDraft],
    reference_type: str,
    reference_id: UUID,
    memo: str = "",
) -> PostingRef:
    """Post the entries, at once or not at all; safe to repeat with the same key and content.

    ``code`` says what happened (``licence.sold``), ``reference_*`` to what. Joins the caller's transaction, so that
    the money moves together with the state that it belongs to.
    Raises UnbalancedPostingError, InvalidEntryError, InsufficientFundsError where a guarded account (buyer,
    freelancer clearing or payable, held) would go below zero, and IdempotencyKeyReusedError for a key used for something else.
    """
    _check(entries)
    fingerprint = _fingerprint(code, entries, reference_type, reference_id)
    with transaction.atomic():
        existing = _existing(idempotency_key, fingerprint)
        if existing is not None:
            return existing
        accounts = _lock_accounts(draft.account for draft in entries)
        _check_funds(accounts, entries)
        posting = Posting(
            code=code,
            idempotency_key=idempotency_key,
            fingerprint=fingerprint,
            reference_type=reference_type,
            reference_id=reference_id,
            memo=memo,
            actor_id=actor.user_id,
        )
        return _write(actor, posting, accounts, entries)


def posting_reverse(
    *,
    actor: Actor,
    idempotency_key: str,
    new_key: str,
    code: str,
    memo: str = "",
    shortfall: AccountRef | None = None,
) -> PostingRef:
    """Take back the posting made under ``idempotency_key`` by a new one with every sign turned; safe to repeat.

    Where a guarded account no longer has what must be taken back (a freelancer was paid out meanwhile), ``shortfall``
    bears the difference, and without it the reversal is refused.
    Raises PostingNotFoundError, AlreadyReversedError (under another key), InsufficientFundsError.
    """
    with transaction.atomic():
        lock_names([_key_lock(idempotency_key), _key_lock(new_key)])
        original = Posting.objects.filter(idempotency_key=idempotency_key).first()
        if original is None:
            raise PostingNotFoundError("There is no such posting to take back.", idempotency_key=idempotency_key)
        fingerprint = hashlib.sha256(f"reverse:{original.pk}:{code}".encode()).hexdigest()
        existing = _existing(new_key, fingerprint)
        if existing is not None:
            return existing
        if Posting.objects.filter(reverses=original).exists():
            raise AlreadyReversedError("This posting was taken back already.", posting_id=original.pk)
        drafts = [
            EntryDraft(entry.account.ref, Money(-entry.amount, entry.account.currency))
            for entry in original.entries.select_related("account")
        ]
        refs = {draft.account for draft in drafts} | ({shortfall} if shortfall else set())
        accounts = _lock_accounts(refs)
        if shortfall is not None:
            drafts = _cover(accounts, drafts, shortfall)
        _check_funds(accounts, drafts)
        posting = Posting(
            code=code,
            idempotency_key=new_key,
            fingerprint=fingerprint,
            reference_type=original.reference_type,
            reference_id=original.reference_id,
            memo=memo,
            actor_id=actor.user_id,
            reverses=original,
        )
        return _write(actor, posting, accounts, drafts)


def _key_lock(idempotency_key: str) -> str:
    return f"ledger.posting:{idempotency_key}"


def _existing(idempotency_key: str, fingerprint: str) -> PostingRef | None:
    """The posting already made under the key, if any; the key stays locked until the transaction ends."""
    lock_names([_key_lock(idempotency_key)])
    posting = Posting.objects.filter(idempotency_key=idempotency_key).first()
    if posting is None:
        return None
    if posting.fingerprint != fingerprint:
        raise IdempotencyKeyReusedError(
            "This key was used for another posting; use a new key for a new posting.", idempotency_key=idempotency_key
        )
    return posting_ref(posting)


def _fingerprint(code: str, entries: Iterable[EntryDraft], reference_type: str, reference_id: UUID) -> str:
    lines = sorted([str(draft.account), draft.amount.amount] for draft in entries)
    return hashlib.sha256(json.dumps([code, reference_type, str(reference_id), lines]).encode()).hexdigest()


def _check(entries: Sequence[EntryDraft]) -> None:
    totals: Counter[str] = Counter()
    for draft in entries:
        account = draft.account
        if not draft.amount:
            raise InvalidEntryError("An entry must move something; leave out entries of zero.", account=str(account))
        if draft.amount.currency != account.currency:
            raise InvalidEntryError(f"{draft.amount.currency} does not go into {account}.", account=str(account))
        if account.kind.is_owned != (account.owner_id is not None):
            raise InvalidEntryError(
                f"An account of the kind {account.kind} {'needs an' if account.kind.is_owned else 'has no'} owner.",
                account=str(account),
            )
        totals[account.currency] += draft.amount.amount
    off = {currency: total for currency, total in totals.items() if total}
    if off or len(entries) < 2:
        raise UnbalancedPostingError("The entries of a posting must be two or more and sum to zero.", off=off)


def _lock_accounts(refs: Iterable[AccountRef]) -> dict[AccountRef, Account]:
    """The accounts, opened where missing, locked in primary-key order until the transaction ends.

    Missing ones are inserted in sorted order first; whoever comes second waits there and then finds them, so that
    nobody waits for an account while holding one that the other still has to open.
    """
    wanted = sorted(set(refs), key=str)
    known = {account.ref: account for account in _find(wanted)}
    missing = [ref for ref in wanted if ref not in known]
    if missing:
        Account.objects.bulk_create(
            [Account(kind=ref.kind, owner_id=ref.owner_id, currency=ref.currency) for ref in missing],
            ignore_conflicts=True,
        )
        known = {account.ref: account for account in _find(wanted)}
    locked = lock_rows(Account.objects.filter(pk__in=[account.pk for account in known.values()]))
    return {account.ref: account for account in locked}


def _find(refs: Sequence[AccountRef]) -> list[Account]:
    owners = {ref.owner_id for ref in refs if ref.owner_id is not None}
    found = Account.objects.filter(kind__in={ref.kind for ref in refs}, currency__in={ref.currency for ref in refs})
    owned = found.filter(owner_id__in=owners)
    return [account for account in owned | found.filter(owner_id=None) if account.ref in refs]


def _changes(drafts: Iterable[EntryDraft]) -> Counter[AccountRef]:
    changes: Counter[AccountRef] = Counter()
    for draft in drafts:
        changes[draft.account] += draft.amount.amount
    return changes


def _check_funds(accounts: dict[AccountRef, Account], drafts: Iterable[EntryDraft]) -> None:
    for ref, change in _changes(drafts).items():
        balance = accounts[ref].balance
        if ref.kind.is_guarded and balance + change < 0:
            raise InsufficientFundsError(
                f"The account holds {Money(balance, ref.currency)}; {Money(-change, ref.currency)} cannot be taken.",
                account=str(ref),
                balance=balance,
                change=change,
            )


def _cover(
    accounts: dict[AccountRef, Account], drafts: Sequence[EntryDraft], shortfall: AccountRef
) -> list[EntryDraft]:
    """The drafts with what guarded accounts lack moved over to ``shortfall``."""
    changes = _changes(drafts)
    for ref, change in list(changes.items()):
        missing = -(accounts[ref].balance + change)
        if ref.kind.is_guarded and ref.currency == shortfall.currency and missing > 0:
            changes[ref] += missing
            changes[shortfall] -= missing
    return [EntryDraft(ref, Money(change, ref.currency)) for ref, change in changes.items() if change]


def _write(
    actor: Actor, posting: Posting, accounts: dict[AccountRef, Account], drafts: Sequence[EntryDraft]
) -> PostingRef:
    posting.save(force_insert=True)
    Entry.objects.bulk_create(
        [Entry(posting=posting, account=accounts[draft.account], amount=draft.amount.amount) for draft in drafts]
    )
    audit.record(actor=actor, code="posting.created", subject=posting, posting_code=posting.code)
    return posting_ref(posting)
