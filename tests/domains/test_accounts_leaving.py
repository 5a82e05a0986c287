"""Taking everything away, and leaving."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from procrastinate.contrib.django.models import ProcrastinateJob

from oeuvre.domains.accounts import deletion, exports, selectors, services
from oeuvre.domains.accounts.errors import (
    DeletionBlockedError,
    ExportNotFoundError,
    ExportNotReadyError,
    KeyDestroyedError,
    PasswordWrongError,
    ProfileNotFoundError,
)
from oeuvre.domains.accounts.models import AccountExport, OutgoingMail, User
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.kit.actor import Actor
from tests.support.worker import run_tasks

pytestmark = pytest.mark.django_db
PASSWORD = "a long password"


@pytest.fixture(autouse=True)
def _only_our_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """What other domains register is their tests' business."""
    monkeypatch.setattr(exports, "_parts", {})
    monkeypatch.setattr(deletion, "_parts", {})


@pytest.fixture(autouse=True)
def _in_memory_mail(settings: object) -> None:
    settings.MAIL_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"  # type: ignore[attr-defined]


@pytest.fixture
def maren(freelancer: User) -> User:
    services.account_open(actor=freelancer.actor, freelancer=True, display_name="Maren Oduya")
    services.profile_update(actor=freelancer.actor, handle="maren-oduya", bio="I write notices.")
    freelancer.refresh_from_db()
    return freelancer


def _built(user: User) -> AccountExport:
    export = services.account_export_request(actor=user.actor)
    services.account_export_build(export_id=export.pk)
    export.refresh_from_db()
    return export


def test_account_export__holds_the_person_s_data_and_what_domains_added(maren: User, blob_folder: Path) -> None:
    def works(actor: Actor) -> Iterator[tuple[str, bytes | Iterator[bytes]]]:
        assert actor.user_id == maren.pk
        yield "one.txt", b"a notice"
        yield "two.txt", iter([b"in ", b"pieces"])

    services.export_register("works", works)
    export = _built(maren)
    content = services.account_export_content(actor=maren.actor, export_id=export.pk)
    assert export.size == len(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        account = json.loads(archive.read("account.json"))
        assert archive.read("works/one.txt") == b"a notice"
        assert archive.read("works/two.txt") == b"in pieces"
    assert account["email"] == maren.email
    assert account["profile"]["bio"] == "I write notices."
    assert "profile.updated" in {entry["code"] for entry in account["log"]}


def test_account_export__is_sealed_at_rest(maren: User, blob_folder: Path) -> None:
    _built(maren)
    stored = [path.read_bytes() for path in blob_folder.rglob("*") if path.is_file()]
    assert len(stored) == 1
    assert not stored[0].startswith(b"PK")
    assert maren.email.encode() not in stored[0]


def test_account_export_request__while_one_is_made_gives_that_one(maren: User) -> None:
    first = services.account_export_request(actor=maren.actor)
    assert services.account_export_request(actor=maren.actor) == first
    assert ProcrastinateJob.objects.filter(task_name="accounts.export_build").count() == 1


def test_account_export_build__twice_makes_one_file(maren: User, blob_folder: Path) -> None:
    export = _built(maren)
    services.account_export_build(export_id=export.pk)
    assert len([path for path in blob_folder.rglob("*") if path.is_file()]) == 1


def test_account_export_build__that_fails_lets_the_person_ask_again(maren: User, blob_folder: Path) -> None:
    def broken(actor: Actor) -> Iterator[tuple[str, bytes]]:
        yield "half.txt", b"half"
        raise RuntimeError("the disk is full")

    services.export_register("broken", broken)
    services.account_export_request(actor=maren.actor)
    with pytest.raises(RuntimeError, match="disk is full"):
        run_tasks()
    assert [export.status for export in selectors.exports(actor=maren.actor)] == ["failed"]
    assert not [path for path in blob_folder.rglob("*") if path.is_file()]
    services.account_export_request(actor=maren.actor)
    assert selectors.exports(actor=maren.actor).count() == 2


def test_account_export_content__is_for_its_person_once_it_is_ready(
    maren: User, buyer: User, operator: User, blob_folder: Path
) -> None:
    export = services.account_export_request(actor=maren.actor)
    with pytest.raises(ExportNotReadyError):
        services.account_export_content(actor=maren.actor, export_id=export.pk)
    services.account_export_build(export_id=export.pk)
    for stranger in (buyer.actor, operator.actor, Actor.anonymous()):
        with pytest.raises(ExportNotFoundError):
            services.account_export_content(actor=stranger, export_id=export.pk)


def test_account_export_expire__deletes_the_file(maren: User, blob_folder: Path) -> None:
    export = _built(maren)
    services.account_export_expire(export_id=export.pk)
    services.account_export_expire(export_id=export.pk)
    assert not [path for path in blob_folder.rglob("*") if path.is_file()]
    with pytest.raises(ExportNotReadyError):
        services.account_export_content(actor=maren.actor, export_id=export.pk)


def test_account_delete__wants_the_password(maren: User) -> None:
    with pytest.raises(PasswordWrongError):
        services.account_delete(actor=maren.actor, password="a wrong password")
    maren.refresh_from_db()
    assert maren.deleted_at is None


def test_account_delete__leaves_a_row_that_says_nothing_about_the_person(maren: User) -> None:
    EmailAddress.objects.create(user=maren, email=maren.email, verified=True, primary=True)
    address = maren.email
    services.account_delete(actor=maren.actor, password=PASSWORD)
    maren.refresh_from_db()
    assert maren.deleted_at is not None
    assert maren.roles == frozenset()
    assert not maren.has_usable_password()
    profile = maren.profile
    said = [maren.email, maren.display_name, profile.handle, profile.bio]
    assert not any("maren" in text.lower() or address in text for text in said)
    assert not EmailAddress.objects.exists()
    assert User.objects.get(pk=maren.pk).public_name == "Deleted account"
    with pytest.raises(ProfileNotFoundError):
        selectors.profile_public(handle="maren-oduya")


def test_account_delete__destroys_the_key(maren: User) -> None:
    sealed = services.vault_encrypt(owner_type="account", owner_id=maren.pk, data=b"a work", context="work:1")
    services.account_delete(actor=maren.actor, password=PASSWORD)
    with pytest.raises(KeyDestroyedError):
        services.vault_decrypt(owner_type="account", owner_id=maren.pk, data=sealed, context="work:1")


def test_account_delete__deletes_exports(
    maren: User, blob_folder: Path, django_capture_on_commit_callbacks: object
) -> None:
    _built(maren)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]  # a fixture that is a function
        services.account_delete(actor=maren.actor, password=PASSWORD)
    assert not AccountExport.objects.exists()
    assert not [path for path in blob_folder.rglob("*") if path.is_file()]


def test_account_delete__says_goodbye_to_the_old_address_and_keeps_no_copy(maren: User) -> None:
    address = maren.email
    services.account_delete(actor=maren.actor, password=PASSWORD)
    run_tasks()
    assert [(sent.to, sent.subject) for sent in mail.outbox] == [([address], "Your account is deleted")]
    assert OutgoingMail.objects.get().message == {}


def test_account_delete__lets_every_domain_erase_its_part(maren: User) -> None:
    erased: list[Actor] = []
    services.deletion_register("works", erased.append, lambda _actor: ["36 works are destroyed."])
    assert "36 works are destroyed." in services.deletion_effects(actor=maren.actor)
    assert erased == []
    services.account_delete(actor=maren.actor, password=PASSWORD)
    assert erased == [maren.actor]


def test_account_delete__is_undone_when_a_domain_has_something_to_settle(maren: User) -> None:
    def held(actor: Actor) -> None:
        raise DeletionBlockedError("Money is held for you. Take it out first.")

    services.deletion_register("money", held)
    with pytest.raises(DeletionBlockedError):
        services.account_delete(actor=maren.actor, password=PASSWORD)
    maren.refresh_from_db()
    assert maren.deleted_at is None
    assert maren.display_name == "Maren Oduya"
    assert not AuditRecord.objects.filter(code="account.deleted").exists()
