"""The double-entry ledger."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from oeuvre.domains.accounts.models import User
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.ledger import errors, selectors, services
from oeuvre.domains.ledger.entries import OWNED
from oeuvre.domains.ledger.models import Account, Entry, Posting
from oeuvre.domains.ledger.services import AccountKind, AccountRef, EntryDraft, PostingRef
from oeuvre.kit.actor import Actor
from oeuvre.kit.money import Money

pytestmark = pytest.mark.django_db

SYSTEM = Actor.system()
SALE = uuid.UUID("00000000-0000-4000-8000-00000000000a")
CLEARING = AccountRef(AccountKind.PROVIDER_CLEARING, None, "USD")
REVENUE = AccountRef(AccountKind.PLATFORM_REVENUE, None, "USD")


def payable(user: User, currency: str = "USD") -> AccountRef:
    return AccountRef(AccountKind.FREELANCER_PAYABLE, user.pk, currency)


def draft(account: AccountRef, amount: int) -> EntryDraft:
    return EntryDraft(account, Money(amount, account.currency))


def post(*entries: EntryDraft, key: str = "", **changes: Any) -> PostingRef:
    arguments: dict[str, Any] = {
        "actor": SYSTEM,
        "code": "licence.sold",
        "idempotency_key": key or str(uuid.uuid4()),
        "entries": entries,
        "reference_type": "licence",
        "reference_id": SALE,
    }
    return services.posting_create(**arguments | changes)


def sale(user: User, amount: int = 900, commission: int = 100, key: str = "") -> PostingRef:
    return post(
        draft(CLEARING, -amount - commission), draft(payable(user), amount), draft(REVENUE, commission), key=key
    )


def balance(account: AccountRef) -> int:
    return selectors.balance(actor=SYSTEM, account=account).amount


def test_posting_create__moves_every_amount_and_is_audited(freelancer: User) -> None:
    posting = sale(freelancer)
    assert [entry.amount.amount for entry in posting.entries] == [-1000, 900, 100]
    assert (balance(CLEARING), balance(payable(freelancer)), balance(REVENUE)) == (-1000, 900, 100)
    assert AuditRecord.objects.get(code="posting.created").object_id == str(posting.id)
    assert selectors.ledger_check().ok


def test_posting_create__counts_an_account_named_twice_once_per_entry(freelancer: User) -> None:
    post(draft(CLEARING, -50), draft(payable(freelancer), -20), draft(payable(freelancer), 70))
    assert balance(payable(freelancer)) == 50


def test_posting_create__repeated_with_the_same_key_changes_nothing(freelancer: User) -> None:
    first = sale(freelancer, key="sale:1")
    again = sale(freelancer, key="sale:1")
    assert again == first
    assert balance(payable(freelancer)) == 900


def test_posting_create__refuses_a_key_that_was_used_for_something_else(freelancer: User) -> None:
    sale(freelancer, key="sale:1")
    with pytest.raises(errors.IdempotencyKeyReusedError):
        sale(freelancer, amount=901, key="sale:1")


@pytest.mark.parametrize("amounts", [(), (1,), (1, 1), (-3, 2)])
def test_posting_create__refuses_what_does_not_balance(amounts: tuple[int, ...]) -> None:
    with pytest.raises(errors.UnbalancedPostingError):
        post(*(draft(REVENUE, amount) for amount in amounts))
    assert not Posting.objects.exists()


def test_posting_create__balances_each_currency_by_itself(freelancer: User) -> None:
    euros = AccountRef(AccountKind.PROVIDER_CLEARING, None, "EUR")
    with pytest.raises(errors.UnbalancedPostingError):
        post(draft(euros, -900), draft(payable(freelancer), 900))
    post(draft(euros, -9), draft(payable(freelancer, "EUR"), 9), draft(CLEARING, -5), draft(payable(freelancer), 5))
    assert (balance(payable(freelancer, "EUR")), balance(payable(freelancer))) == (9, 5)


def test_posting_create__refuses_zero_other_currencies_and_missing_owners(freelancer: User) -> None:
    bad = [
        draft(REVENUE, 0),
        EntryDraft(REVENUE, Money(1, "EUR")),
        draft(AccountRef(AccountKind.BUYER, None, "USD"), 1),
        draft(AccountRef(AccountKind.TAX, freelancer.pk, "USD"), 1),
    ]
    for entry in bad:
        with pytest.raises(errors.InvalidEntryError):
            post(entry, draft(CLEARING, -1))


@pytest.mark.parametrize("kind", sorted(OWNED))
def test_posting_create__does_not_take_what_is_not_there(kind: AccountKind, freelancer: User) -> None:
    purse = AccountRef(kind, freelancer.pk, "USD")
    post(draft(CLEARING, -100), draft(purse, 100))
    with pytest.raises(errors.InsufficientFundsError):
        post(draft(purse, -101), draft(CLEARING, 101))
    assert balance(purse) == 100
    post(draft(purse, -100), draft(CLEARING, 100))
    assert balance(purse) == 0


def test_posting_reverse__turns_every_sign_and_is_safe_to_repeat(freelancer: User) -> None:
    first = sale(freelancer, key="sale:1")
    for _ in range(2):
        back = services.posting_reverse(
            actor=SYSTEM, idempotency_key="sale:1", new_key="sale:1:refunded", code="licence.refunded"
        )
    assert back.reverses_id == first.id
    assert [balance(account) for account in (CLEARING, payable(freelancer), REVENUE)] == [0, 0, 0]
    with pytest.raises(errors.AlreadyReversedError):
        services.posting_reverse(actor=SYSTEM, idempotency_key="sale:1", new_key="other", code="licence.refunded")
    with pytest.raises(errors.PostingNotFoundError):
        services.posting_reverse(actor=SYSTEM, idempotency_key="sale:2", new_key="x", code="licence.refunded")


def test_posting_reverse__lets_the_named_account_bear_what_is_gone(freelancer: User) -> None:
    sale(freelancer, key="sale:1")
    post(draft(payable(freelancer), -700), draft(CLEARING, 700), code="payout.sent")
    with pytest.raises(errors.InsufficientFundsError):
        services.posting_reverse(actor=SYSTEM, idempotency_key="sale:1", new_key="back", code="licence.charged_back")
    services.posting_reverse(
        actor=SYSTEM, idempotency_key="sale:1", new_key="back", code="licence.charged_back", shortfall=REVENUE
    )
    assert (balance(payable(freelancer)), balance(REVENUE), balance(CLEARING)) == (0, -700, 700)
    assert selectors.ledger_check().ok


def test_balance__is_of_the_own_accounts_and_of_all_for_an_operator(
    freelancer: User, other_freelancer: User, operator: User
) -> None:
    sale(freelancer)
    assert selectors.balance(actor=freelancer.actor, account=payable(freelancer)) == Money(900)
    assert selectors.balance(actor=operator.actor, account=REVENUE) == Money(100)
    held_under_own_id = AccountRef(AccountKind.HELD, freelancer.pk, "USD")
    for account in (payable(other_freelancer), REVENUE, held_under_own_id):
        with pytest.raises(errors.AccountNotFoundError):
            selectors.balance(actor=freelancer.actor, account=account)
        with pytest.raises(errors.AccountNotFoundError):
            selectors.statement(actor=freelancer.actor, account=account, page=1)
    with pytest.raises(errors.AccountNotFoundError):
        selectors.balance(actor=Actor.anonymous(), account=payable(freelancer))


def test_accounts__lists_what_the_actor_may_see(freelancer: User, operator: User) -> None:
    sale(freelancer)
    assert selectors.accounts(actor=freelancer.actor) == [(payable(freelancer), Money(900))]
    assert len(selectors.accounts(actor=operator.actor)) == 3
    assert selectors.accounts(actor=Actor.anonymous()) == []


def test_statement__runs_back_from_the_balance_across_pages(freelancer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "STATEMENT_LINES", 2)
    for amount in (100, 200, 300):
        sale(freelancer, amount=amount)
    first = selectors.statement(actor=freelancer.actor, account=payable(freelancer), page=1)
    second = selectors.statement(actor=freelancer.actor, account=payable(freelancer), page=2)
    lines = [(line.amount.amount, line.balance.amount) for line in [*first.items, *second.items]]
    assert lines == [(300, 600), (200, 300), (100, 100)]
    assert (first.pages, first.total, first.items[0].code) == (2, 3, "licence.sold")


def test_statement__of_an_account_without_entries_is_an_empty_page(freelancer: User) -> None:
    assert selectors.statement(actor=freelancer.actor, account=payable(freelancer), page=3).items == []


def test_postings_for__gives_what_was_posted_about_one_thing(freelancer: User) -> None:
    first = sale(freelancer)
    post(draft(CLEARING, -5), draft(REVENUE, 5), reference_id=uuid.uuid4())
    assert selectors.postings_for(reference_type="licence", reference_id=SALE) == [first]


class TestPostgreSQL:
    """What holds even when Python is by-passed."""

    def test_entry__can_be_neither_changed_nor_deleted(self, freelancer: User) -> None:
        sale(freelancer)
        for rows in (Entry.objects.all(), Posting.objects.all()):
            with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
                rows._raw_delete(rows.db)
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            Entry.objects.update(amount=1)
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            Posting.objects.update(memo="changed")

    def test_posting__must_balance_by_the_end_of_the_transaction(self, freelancer: User) -> None:
        sale(freelancer)
        accounts = list(Account.objects.all())

        def forge(amounts: list[int]) -> None:
            posting = Posting.objects.create(
                code="forged", idempotency_key="forged", reference_type="licence", reference_id=SALE
            )
            for amount, account in zip(amounts, accounts, strict=False):
                Entry.objects.create(posting=posting, account=account, amount=amount)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

        with pytest.raises(IntegrityError, match="does not balance"), transaction.atomic():
            forge([5, -4])
        with pytest.raises(IntegrityError, match="fewer than two"), transaction.atomic():
            forge([])

    def test_account__changes_by_entries_only_and_is_never_overdrawn(self, freelancer: User) -> None:
        sale(freelancer)
        with pytest.raises(IntegrityError, match="by entries only"), transaction.atomic():
            Account.objects.update(balance=1_000_000)
        with pytest.raises(IntegrityError, match="opens at zero"), transaction.atomic():
            Account.objects.create(kind=AccountKind.BUYER, owner_id=freelancer.pk, currency="USD", balance=1)
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            Account.objects.all()._raw_delete(Account.objects.db)
        purse = Account.objects.get(kind=AccountKind.FREELANCER_PAYABLE)
        posting = Posting.objects.create(code="x", idempotency_key="x", reference_type="licence", reference_id=SALE)
        with pytest.raises(IntegrityError, match="account_is_not_overdrawn"), transaction.atomic():
            Entry.objects.create(posting=posting, account=purse, amount=-901)
        with pytest.raises(IntegrityError, match="entry_moves_something"), transaction.atomic():
            Entry.objects.create(posting=posting, account=purse, amount=0)
        transaction.set_rollback(True)

    @pytest.mark.django_db(transaction=True)
    def test_entry__cannot_join_a_posting_of_an_earlier_transaction(self, freelancer: User) -> None:
        posting = sale(freelancer)
        accounts = list(Account.objects.order_by("kind"))
        with pytest.raises(IntegrityError, match="is closed"), transaction.atomic():
            Entry.objects.bulk_create(
                Entry(posting_id=posting.id, account=account, amount=amount)
                for account, amount in zip(accounts, (7, -7), strict=False)
            )
