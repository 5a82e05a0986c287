"""The double-entry ledger. Private: other domains go through ``ledger.services`` and ``ledger.selectors``.

PostgreSQL enforces what the Python code promises (migration 0002): postings and entries are append-only, every
posting balances per currency, entries join only a posting of their own transaction, and a balance is written by
the trigger on entries alone.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from oeuvre.domains.ledger.entries import OWNED, AccountKind, AccountRef

_OWNED = sorted(OWNED)


class Account(models.Model):
    """One owner's money of one kind and currency."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=24, choices=[(kind.value, kind.value) for kind in AccountKind])
    owner_id = models.UUIDField(null=True)
    """No foreign key: a held account's owner is an edit or an order, and accounts outlive people."""
    currency = models.CharField(max_length=3)
    balance = models.BigIntegerField(default=0)
    """Minor units; the sum of the account's entries, kept by a trigger. Python never writes it."""
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "owner_id", "currency"], name="one_account_per_owner", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=_OWNED, owner_id__isnull=False)
                | (~models.Q(kind__in=_OWNED) & models.Q(owner_id__isnull=True)),
                name="account_has_the_owner_it_needs",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind__in=_OWNED) | models.Q(balance__gte=0), name="account_is_not_overdrawn"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["owner_id"])]

    def __str__(self) -> str:
        return str(self.ref)

    @property
    def ref(self) -> AccountRef:
        return AccountRef(AccountKind(self.kind), self.owner_id, self.currency)


class Posting(models.Model):
    """A balanced set of entries: one thing that happened to money."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(max_length=60)
    """What happened, in the form ``<entity>.<past tense>``."""
    idempotency_key = models.CharField(max_length=200, unique=True)
    fingerprint = models.CharField(max_length=64)
    """SHA-256 of what was asked for, so that a key used again for something else is noticed."""
    reference_type = models.CharField(max_length=40)
    reference_id = models.UUIDField()
    memo = models.CharField(max_length=200, blank=True)
    actor_id = models.UUIDField(null=True)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")
    transaction_id = models.BigIntegerField(default=0, editable=False)
    """PostgreSQL's own transaction, set by a trigger: later transactions cannot add entries."""
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering: ClassVar = ["created_at", "id"]
        indexes: ClassVar = [models.Index(fields=["reference_type", "reference_id"])]

    def __str__(self) -> str:
        return f"{self.code} {self.idempotency_key}"


class Entry(models.Model):
    """One signed line of a posting, in its account's currency.

    The id grows within an account in the order in which balances changed, because the account's row is locked
    from before the insertion to the end of the transaction.
    """

    id = models.BigAutoField(primary_key=True)
    posting = models.ForeignKey(Posting, models.PROTECT, related_name="entries")
    account = models.ForeignKey(Account, models.PROTECT, related_name="entries", db_index=False)
    amount = models.BigIntegerField()
    """Minor units; positive is what the account's owner gains."""

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["account", "-id"])]
        constraints: ClassVar = [models.CheckConstraint(condition=~models.Q(amount=0), name="entry_moves_something")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.amount:+d}"
