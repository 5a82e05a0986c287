"""Files beside a brief: looked at, sealed, opened for those who may read it, and gone with its words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.core import mail

from oeuvre.domains.accounts.models import User
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.briefs import errors, selectors, services
from oeuvre.domains.briefs.limits import LIMITS
from oeuvre.domains.briefs.models import Brief, BriefFile
from oeuvre.domains.briefs.services import account
from oeuvre.domains.briefs.states import BriefState
from oeuvre.domains.conversations.services import Upload
from oeuvre.domains.orders.models import Order
from oeuvre.kit.actor import Actor
from tests.support.briefs import draft_brief, open_brief, sent_offer
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_folder")]
DOORS = Upload("doors.txt", b"Forty doors, and door nine is red.")


def add(buyer: User, brief: Brief, *files: Upload) -> BriefFile:
    services.brief_files_add(actor=buyer.actor, brief_id=brief.pk, files=files or [DOORS])
    found = BriefFile.objects.filter(brief=brief).last()
    assert found is not None
    return found


def may_open(person: Actor, file: BriefFile) -> bool:
    try:
        found = selectors.brief_file(actor=person, brief_id=file.brief_id, file_id=file.pk)
    except errors.BriefFileNotFoundError:
        return False
    assert (found.name, found.data) == (DOORS.name, DOORS.data)
    return True


def test_brief_files_add__seals_name_and_bytes_and_lists_them_on_the_brief(
    buyer: User, freelancer: User, blob_folder: Path
) -> None:
    brief = open_brief(buyer)
    file = add(buyer, brief)
    lying = [path.read_bytes() for path in blob_folder.rglob("*") if path.is_file()]
    assert lying
    assert not any(b"door nine" in data for data in lying)
    assert b"doors" not in bytes(file.sealed_name)
    for person in (buyer, freelancer):
        shown = selectors.brief_get(actor=person.actor, brief_id=brief.pk)
        assert [(one.id, one.name, one.size) for one in shown.files] == [(file.pk, "doors.txt", len(DOORS.data))]
    assert AuditRecord.objects.get(code="brief.file_added").data["file"] == str(file.pk)


def test_brief_file__is_for_those_who_may_read_the_brief_and_then_for_who_got_the_order(
    buyer: User, freelancer: User, other_freelancer: User
) -> None:
    brief = draft_brief(buyer)
    file = add(buyer, brief)
    assert may_open(buyer.actor, file)
    assert not may_open(freelancer.actor, file)  # a draft is the buyer's alone
    services.brief_publish(actor=buyer.actor, brief_id=brief.pk)
    stranger = User.objects.create_user("stranger@example.org", "a long password")
    assert may_open(freelancer.actor, file)
    assert not may_open(stranger.actor, file)
    assert not may_open(Actor.anonymous(), file)
    with pytest.raises(errors.BriefFileNotFoundError):  # not by the address of another brief
        selectors.brief_file(actor=buyer.actor, brief_id=open_brief(buyer).pk, file_id=file.pk)
    taken, _left = sent_offer(freelancer, brief), sent_offer(other_freelancer, brief)
    services.offer_accept(actor=buyer.actor, offer_id=taken.pk)
    services.offer_ordered(offer_id=taken.pk)
    brief.refresh_from_db()
    assert brief.status == BriefState.CLOSED
    assert may_open(freelancer.actor, file)
    assert may_open(buyer.actor, file)
    assert not may_open(other_freelancer.actor, file)
    assert selectors.brief_get(actor=other_freelancer.actor, brief_id=brief.pk).files == ()


def test_brief_files_add__to_an_open_brief_is_a_change_that_waiting_freelancers_hear_of_once(
    buyer: User, freelancer: User
) -> None:
    brief = open_brief(buyer)
    offer = sent_offer(freelancer, brief)
    run_tasks()
    mail.outbox.clear()
    add(buyer, brief, DOORS, Upload("map.txt", b"Left of the fish."))
    run_tasks()
    assert [message.to for message in mail.outbox] == [[freelancer.email]]
    assert selectors.offer_get(actor=buyer.actor, offer_id=offer.pk).before_change
    brief.refresh_from_db()
    assert brief.revision == 2


def test_brief_files_add__takes_all_or_none_and_names_each_that_is_refused(buyer: User, blob_folder: Path) -> None:
    brief = draft_brief(buyer)
    with pytest.raises(errors.BriefContentError, match=r"run\.exe: .*Nothing was added") as refused:
        add(buyer, brief, DOORS, Upload("run.exe", b"MZ\x90\x00"))
    assert refused.value.field == "files"
    stranger = User.objects.create_user("stranger@example.org", "a long password")
    with pytest.raises(errors.BriefNotFoundError):
        add(stranger, brief)
    with pytest.raises(errors.BriefContentError, match="Choose a file first"):
        services.brief_files_add(actor=buyer.actor, brief_id=brief.pk, files=[])
    assert not BriefFile.objects.exists()
    assert not [path for path in blob_folder.rglob("*") if path.is_file()]


def test_brief_files_add__has_room_for_so_many_and_so_much(
    buyer: User, settings: Settings, monkeypatch: pytest.MonkeyPatch, blob_folder: Path
) -> None:
    brief = draft_brief(buyer)
    monkeypatch.setattr("oeuvre.domains.briefs.services.files.LIMITS", replace(LIMITS, files=2))
    with pytest.raises(errors.BriefContentError, match="at most 2 files"):
        add(buyer, brief, DOORS, DOORS, DOORS)
    add(buyer, brief, DOORS, DOORS)
    with pytest.raises(errors.BriefContentError, match="at most 2 files"):
        add(buyer, brief)
    other = draft_brief(buyer)
    settings.ATTACHMENTS_DAY_BYTES = 3 * len(DOORS.data) - 1
    with pytest.raises(errors.BriefContentError, match="in 24 hours"):
        add(buyer, other)
    settings.ATTACHMENTS_BYTES = len(DOORS.data) - 1
    with pytest.raises(errors.BriefContentError, match="of a brief together"):
        add(buyer, other)
    settings.ATTACHMENT_FILES = 0
    with pytest.raises(errors.BriefContentError, match="no files on this site"):
        add(buyer, other)
    assert len([path for path in blob_folder.rglob("*") if path.is_file()]) == 2  # what was refused left nothing


def test_brief_file_remove__deletes_the_bytes_and_is_the_buyers_while_the_brief_can_be_changed(
    buyer: User, freelancer: User, blob_folder: Path
) -> None:
    brief = open_brief(buyer)
    file, kept = add(buyer, brief), add(buyer, brief)
    with pytest.raises(errors.BriefNotFoundError):
        services.brief_file_remove(actor=freelancer.actor, brief_id=brief.pk, file_id=file.pk)
    services.brief_file_remove(actor=buyer.actor, brief_id=brief.pk, file_id=file.pk)
    run_tasks()
    assert not may_open(buyer.actor, file)
    assert len([path for path in blob_folder.rglob("*") if path.is_file()]) == 1
    with pytest.raises(errors.BriefFileNotFoundError):
        services.brief_file_remove(actor=buyer.actor, brief_id=brief.pk, file_id=file.pk)
    offer = sent_offer(freelancer, brief)
    services.offer_accept(actor=buyer.actor, offer_id=offer.pk)
    with pytest.raises(errors.BriefTakenError):
        services.brief_file_remove(actor=buyer.actor, brief_id=brief.pk, file_id=kept.pk)
    services.offer_ordered(offer_id=offer.pk)
    with pytest.raises(errors.BriefNotOpenError):
        add(buyer, brief)
    assert not Order.objects.exists()


def test_brief_withdraw__of_a_draft_erases_its_files(buyer: User, blob_folder: Path) -> None:
    brief = draft_brief(buyer)
    add(buyer, brief)
    services.brief_withdraw(actor=buyer.actor, brief_id=brief.pk)
    run_tasks()
    assert not BriefFile.objects.exists()
    assert not [path for path in blob_folder.rglob("*") if path.is_file()]


def test_account__takes_files_along_and_erases_them(buyer: User, blob_folder: Path) -> None:
    brief = open_brief(buyer)
    file = add(buyer, brief)
    assert dict(account.account_files(buyer.actor))[f"files/{file.pk}-doors.txt"] == DOORS.data
    account.account_erase(buyer.actor)
    run_tasks()
    assert not BriefFile.objects.exists()
    assert not [path for path in blob_folder.rglob("*") if path.is_file()]
