"""Adding works, describing them, setting rights, removing them; who may read what."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from oeuvre.domains.accounts import errors as account_errors
from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.audit.models import AuditRecord
from oeuvre.domains.portfolio import blobs, errors, selectors, services
from oeuvre.domains.portfolio.limits import LIMITS
from oeuvre.domains.portfolio.models import Work, WorkBand
from oeuvre.domains.portfolio.states import Modality, Rights, WorkState
from oeuvre.domains.portfolio.tasks import blobs_delete
from oeuvre.kit.actor import Actor
from oeuvre.kit.errors import PermissionDeniedError
from oeuvre.kit.ports import port
from oeuvre.kit.storage import BlobStore
from tests.domains.portfolio_texts import prose

if TYPE_CHECKING:
    from pathlib import Path

    from oeuvre.domains.accounts.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_folder")]


def stored_bytes(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


def test_work_add__keeps_file_and_text_and_accepts_an_original(freelancer: User) -> None:
    text = prose(1)
    data = f"# The tide table\n\n{text}\n".encode()
    work = services.work_add(
        actor=freelancer.actor,
        filename="02-tide_table.md",
        data=data,
        keywords=["tides", "tides", " harbour "],
        year=2021,
    )
    work.refresh_from_db()
    assert (work.title, work.media_type, work.status) == ("The tide table", "text/markdown", WorkState.ACCEPTED)
    assert (work.keywords, work.year, work.file_size) == (["tides", "harbour"], 2021, len(data))
    assert work.size == len(text.split()) + 3
    assert services.work_kept(actor=freelancer.actor, work_id=work.pk).decode() == data.decode().strip()
    assert services.work_content(actor=freelancer.actor, work_id=work.pk) == data
    codes = AuditRecord.objects.filter(object_id=str(work.pk)).values_list("code", flat=True)
    assert set(codes) == {"work.added", "work.accepted"}


def test_work_add__encrypts_before_anything_reaches_the_storage(freelancer: User, blob_folder: Path) -> None:
    text = prose(2)
    services.work_add(actor=freelancer.actor, filename="a.txt", data=text.encode())
    sealed = stored_bytes(blob_folder)
    assert len(sealed) == 2
    words = {word.encode() for word in text.split() if len(word) > 5}
    assert words
    assert not [word for word in words for blob in sealed if word in blob]


def test_work_add__binds_each_blob_to_its_work_and_part(freelancer: User) -> None:
    one = services.work_add(actor=freelancer.actor, filename="a.txt", data=prose(3).encode())
    two = services.work_add(actor=freelancer.actor, filename="b.txt", data=prose(4).encode())
    for wrong in (two.kept_key, one.file_key):
        Work.objects.filter(pk=one.pk).update(kept_key=wrong)
        with pytest.raises(account_errors.CiphertextError):
            services.work_kept(actor=freelancer.actor, work_id=one.pk)


def test_work_add__leaves_no_blob_behind_when_the_row_fails(freelancer: User, blob_folder: Path) -> None:
    services.work_add(actor=freelancer.actor, filename="a.txt", data=prose(5).encode())
    before = sorted(stored_bytes(blob_folder))
    with pytest.raises(errors.AlreadyThereError):
        services.work_add(actor=freelancer.actor, filename="b.txt", data=prose(5).upper().encode())
    assert sorted(stored_bytes(blob_folder)) == before
    assert Work.objects.count() == 1


def test_work_add__refuses_the_same_text_in_another_layout_and_names_the_first(freelancer: User) -> None:
    services.work_add(actor=freelancer.actor, filename="a.txt", data=prose(6).encode(), title="Harbour lights")
    again = prose(6).replace(" ", "\r\n  ").replace(".", " !").encode()
    with pytest.raises(errors.AlreadyThereError, match="Harbour lights") as caught:
        services.work_add(actor=freelancer.actor, filename="b.md", data=again)
    assert caught.value.code == "already_there"


def test_work_add__takes_a_removed_text_again(freelancer: User) -> None:
    work = services.work_add(actor=freelancer.actor, filename="a.txt", data=prose(7).encode())
    services.work_remove(actor=freelancer.actor, work_id=work.pk)
    again = services.work_add(actor=freelancer.actor, filename="a.txt", data=prose(7).encode())
    assert again.status == WorkState.ACCEPTED


def test_work_add__is_for_freelancers_only(buyer: User) -> None:
    for actor in (buyer.actor, Actor.anonymous(), Actor.system()):
        with pytest.raises(PermissionDeniedError):
            services.work_add(actor=actor, filename="a.txt", data=prose(8).encode())


def test_work_add__says_when_there_is_no_room(freelancer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    services.work_add(actor=freelancer.actor, filename="a.txt", data=prose(9).encode())
    object.__setattr__(LIMITS, "works", 1)
    try:
        with pytest.raises(errors.TooManyWorksError):
            services.work_add(actor=freelancer.actor, filename="b.txt", data=prose(10).encode())
    finally:
        object.__setattr__(LIMITS, "works", 5000)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "x" * 201),
        ("kind", "x" * 41),
        ("keywords", ["word"] * 21),
        ("keywords", [7]),
        ("year", 999),
        ("year", "soon"),
        ("language", "English, mostly"),
        ("rights", "stolen"),
        ("evidence", "x" * 2001),
    ],
)
def test_work_add__names_the_detail_that_does_not_do(freelancer: User, field: str, value: object) -> None:
    details = {field: value}
    with pytest.raises(errors.WorkInvalidError) as caught:
        services.work_add(actor=freelancer.actor, filename="a.txt", data=prose(11).encode(), **details)  # type: ignore[arg-type]  # wrong on purpose
    assert caught.value.context["field"] == field
    assert not Work.objects.exists()


def test_work_add__cleans_names_of_control_and_direction_characters(freelancer: User) -> None:
    work = services.work_add(
        actor=freelancer.actor, filename="cod\x00\u202etxt.md", data=prose(12).encode(), title="A\u202eB\nC\x00"
    )
    assert work.title == "A B C"
    assert "\x00" not in work.filename
    assert "\u202e" not in work.filename


def test_work_paste__adds_a_text_under_the_given_title(freelancer: User) -> None:
    work = services.work_paste(actor=freelancer.actor, title="A ballad", text=prose(13), kind="lyric")
    assert (work.title, work.kind, work.status) == ("A ballad", "lyric", WorkState.ACCEPTED)
    with pytest.raises(errors.FileEmptyError):
        services.work_paste(actor=freelancer.actor, title="Nothing", text="  \n ")
    with pytest.raises(errors.FileRefusedError):
        services.work_paste(actor=freelancer.actor, title="Broken", text="half a pair \ud800 " + prose(14))


def test_work_update__changes_only_what_is_given(freelancer: User) -> None:
    work = services.work_paste(actor=freelancer.actor, title="Old", text=prose(15), kind="speech", year=2001)
    services.work_update(actor=freelancer.actor, work_id=work.pk, title="New", keywords=["b", "a"])
    work.refresh_from_db()
    assert (work.title, work.kind, work.year, work.keywords) == ("New", "speech", 2001, ["b", "a"])
    services.work_update(actor=freelancer.actor, work_id=work.pk, kind="", title=" ")
    work.refresh_from_db()
    assert (work.title, work.kind) == ("New", "")
    assert AuditRecord.objects.filter(code="work.updated").count() == 2


def test_work_rights_set__wants_the_ground_and_records_digests_not_text(freelancer: User) -> None:
    work = services.work_paste(actor=freelancer.actor, title="T", text=prose(16))
    with pytest.raises(errors.EvidenceMissingError):
        services.work_rights_set(actor=freelancer.actor, work_id=work.pk, rights=Rights.CLIENT_CONSENTED, evidence=" ")
    with pytest.raises(errors.TermsMissingError):
        services.work_rights_set(actor=freelancer.actor, work_id=work.pk, rights=Rights.LICENSED)
    services.work_rights_set(
        actor=freelancer.actor, work_id=work.pk, rights=Rights.CLIENT_CONSENTED, evidence="Mail of Ms Quill, 3 May"
    )
    work.refresh_from_db()
    assert (work.rights, work.evidence) == (Rights.CLIENT_CONSENTED, "Mail of Ms Quill, 3 May")
    record = AuditRecord.objects.get(code="work.rights_set")
    assert (record.data["from"], record.data["to"]) == ("own", "client_consented")
    assert len(record.data["evidence_sha256"]) == 64
    assert "Quill" not in str(record.data)


def test_work_remove__deletes_content_and_fingerprint_and_keeps_the_hash(freelancer: User, blob_folder: Path) -> None:
    work = services.work_paste(actor=freelancer.actor, title="T", text=prose(17))
    keys = [work.file_key, work.kept_key]
    services.work_remove(actor=freelancer.actor, work_id=work.pk)
    blobs_delete(keys=keys)
    blobs_delete(keys=keys)
    assert stored_bytes(blob_folder) == []
    assert not WorkBand.objects.exists()
    work.refresh_from_db()
    assert (work.status, work.file_key, work.signature) == (WorkState.REMOVED, "", None)
    assert len(work.sha256) == 64
    with pytest.raises(errors.WorkNotFoundError):
        services.work_kept(actor=freelancer.actor, work_id=work.pk)
    assert not selectors.works_of(actor=freelancer.actor, owner_id=freelancer.pk).exists()


def test_work_remove__defers_the_deletion_with_the_removal(freelancer: User) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    work = services.work_paste(actor=freelancer.actor, title="T", text=prose(18))
    keys = {work.file_key, work.kept_key}
    services.work_remove(actor=freelancer.actor, work_id=work.pk)
    job = ProcrastinateJob.objects.get(task_name="portfolio.blobs_delete")
    assert set(job.args["keys"]) == keys


def test_works__of_another_freelancer_can_be_neither_read_nor_changed_nor_listed(
    freelancer: User, other_freelancer: User, operator: User, buyer: User
) -> None:
    work = services.work_paste(actor=freelancer.actor, title="T", text=prose(19))
    for actor in (other_freelancer.actor, operator.actor, buyer.actor, Actor.anonymous()):
        for attempt in (
            lambda actor=actor: services.work_kept(actor=actor, work_id=work.pk),
            lambda actor=actor: services.work_content(actor=actor, work_id=work.pk),
            lambda actor=actor: services.work_update(actor=actor, work_id=work.pk, title="Mine"),
            lambda actor=actor: services.work_rights_set(actor=actor, work_id=work.pk, rights=Rights.OWN),
            lambda actor=actor: services.work_remove(actor=actor, work_id=work.pk),
            lambda actor=actor: selectors.work_get(actor=actor, work_id=work.pk),
            lambda actor=actor: services.works_destroy(actor=actor, owner_id=freelancer.pk),
            lambda actor=actor: services.works_export(actor=actor, owner_id=freelancer.pk),
        ):
            with pytest.raises(errors.WorkNotFoundError):
                attempt()
        assert not selectors.works_of(actor=actor, owner_id=freelancer.pk).exists()
        assert selectors.trainable_works(actor=actor, owner_id=freelancer.pk, modality=Modality.TEXT) == []
    assert services.work_kept(actor=Actor.system(), work_id=work.pk)
    with pytest.raises(errors.WorkNotFoundError):
        services.work_kept(actor=freelancer.actor, work_id=uuid.uuid4())


def test_works__cannot_be_read_once_the_data_key_is_destroyed(freelancer: User) -> None:
    work = services.work_paste(actor=freelancer.actor, title="T", text=prose(20))
    accounts.vault_destroy(actor=freelancer.actor, owner_type="account", owner_id=freelancer.pk)
    with pytest.raises(account_errors.KeyDestroyedError):
        services.work_kept(actor=freelancer.actor, work_id=work.pk)


def test_sealing__deletes_what_it_wrote_when_interrupted(freelancer: User, blob_folder: Path) -> None:
    def interrupted() -> None:
        with blobs.sealing(freelancer.pk) as seal:
            seal(b"half a work", "work:1")
            assert stored_bytes(blob_folder)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert stored_bytes(blob_folder) == []


def test_blob_store__gives_back_bytes_and_knows_no_paths(blob_folder: Path) -> None:
    store = port("storage", BlobStore)
    key = store.put(b"sealed")
    assert store.get(key) == b"sealed"
    assert oct((blob_folder / key).stat().st_mode & 0o777) == "0o600"
    store.delete(key)
    store.delete(key)
    for wrong in (key, "../keys/master.key", "/etc/passwd", ""):
        with pytest.raises(KeyError):
            store.get(wrong)
        store.delete(wrong)
