"""Files of messages: what is taken, how it lies, who gets it, and what is left when their author goes."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from oeuvre.domains.accounts.services import account_delete, vault_destroy
from oeuvre.domains.conversations import leaving, selectors, services
from oeuvre.domains.conversations.errors import (
    AttachmentNotFoundError,
    AttachmentsInvalidError,
    ConversationNotFoundError,
    MessageInvalidError,
)
from oeuvre.domains.conversations.models import Attachment, Conversation, Message
from oeuvre.domains.conversations.services import Upload
from oeuvre.kit.actor import Actor
from oeuvre.kit.files.errors import ScannerUnavailableError
from tests.domains.conversation_talk import note, page_of, picture, read, say, start
from tests.support.worker import run_tasks

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_folder")]


class Silent:
    """A scanner that does not answer."""

    def scan(self, data: bytes) -> str:
        raise ScannerUnavailableError("The scanner for files does not answer.")


@pytest.fixture
def talk(buyer: Any, freelancer: Any) -> Conversation:
    return start(buyer, freelancer)


def blobs(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


def content(person: Any, talk: Conversation, file: Attachment, **options: Any) -> selectors.FileContent:
    return selectors.attachment_content(actor=person.actor, conversation_id=talk.pk, attachment_id=file.pk, **options)


def test_message_send__carries_several_files_in_their_order(buyer: Any, freelancer: Any, talk: Conversation) -> None:
    say(buyer, talk, "Two of them.", picture(), note())
    (_first, message) = page_of(freelancer, talk).messages
    assert [(file.name, file.media_type, file.has_small) for file in message.files] == [
        ("landing.png", "image/png", True),
        ("note.txt", "text/plain", False),
    ]
    assert (message.files[0].width, message.files[0].height, message.files[1].label) == (600, 300, "plain text")


def test_message_send__needs_words_or_files(buyer: Any, talk: Conversation) -> None:
    assert say(buyer, talk, "", note()).attachments.count() == 1
    with pytest.raises(MessageInvalidError):
        say(buyer, talk, " ")


def test_files__lie_sealed_with_their_names(buyer: Any, talk: Conversation, blob_folder: Path) -> None:
    say(buyer, talk, "Here.", note("cormorant.txt"), picture())
    kept = blobs(blob_folder)
    assert len(kept) == 3
    assert not [data for data in kept if b"cormorant" in data or b"PNG" in data or b"WEBP" in data]
    assert not [row for row in Attachment.objects.all() if b"cormorant" in bytes(row.sealed_name)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE args::text LIKE '%%cormorant%%'")
        assert cursor.fetchone() == (0,)


def test_attachment_content__is_for_the_two_people_alone(
    buyer: Any, freelancer: Any, other_freelancer: Any, operator: Any, talk: Conversation
) -> None:
    file = say(buyer, talk, "Here.", picture()).attachments.get()
    for person in (buyer, freelancer):
        assert content(person, talk, file).data == picture().data
        small = content(person, talk, file, small=True)
        assert (small.media_type, small.data[8:12]) == ("image/webp", b"WEBP")
    strangers = [other_freelancer.actor, operator.actor, Actor.anonymous(), Actor.system()]
    for actor in strangers:
        with pytest.raises(AttachmentNotFoundError):
            selectors.attachment_content(actor=actor, conversation_id=talk.pk, attachment_id=file.pk)


def test_attachment_content__is_not_found_under_another_conversation(
    buyer: Any, freelancer: Any, other_freelancer: Any, talk: Conversation
) -> None:
    file = say(buyer, talk, "Here.", note()).attachments.get()
    elsewhere = start(buyer, other_freelancer)
    with pytest.raises(AttachmentNotFoundError):
        content(buyer, elsewhere, file)
    with pytest.raises(AttachmentNotFoundError):
        content(buyer, talk, file, small=True)


HOSTILE = [
    (Upload("setup.exe", b"MZ" + bytes(100)), "file_is_program"),
    (Upload("photo.png", b"MZ" + bytes(100)), "file_is_program"),
    (Upload("page.html", b"<!doctype html><script>alert(1)</script>"), "active_content"),
    (Upload("logo.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'), "active_content"),
    (Upload("photo.png", b"%PDF-1.4 "), "type_mismatch"),
    (Upload("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99)), "type_refused"),
    (Upload("cut.zip", b"PK\x03\x04" + bytes(20)), "archive_unreadable"),
    (Upload("empty.txt", b""), "file_empty"),
]


@pytest.mark.parametrize(("file", "code"), HOSTILE, ids=[f"{row[1]}-{row[0].name}" for row in HOSTILE])
def test_message_send__refuses_hostile_files_and_keeps_nothing(
    file: Upload, code: str, buyer: Any, talk: Conversation, blob_folder: Path
) -> None:
    with pytest.raises(AttachmentsInvalidError) as caught:
        say(buyer, talk, "Here.", note(), file)
    assert caught.value.context["refused"] == [(file.name, code)]
    assert caught.value.message.startswith(f"{file.name}: ")
    assert Message.objects.count() == 1
    assert blobs(blob_folder) == []


def test_message_send__names_every_file_that_is_wrong(buyer: Any, talk: Conversation) -> None:
    with pytest.raises(AttachmentsInvalidError) as caught:
        say(buyer, talk, "Here.", HOSTILE[0][0], note(), HOSTILE[2][0])
    assert [name for name, _code in caught.value.context["refused"]] == ["setup.exe", "page.html"]


@pytest.mark.parametrize(
    ("limit", "value", "complaint"),
    [
        ("ATTACHMENT_FILES", 1, "at most 1 files"),
        ("ATTACHMENT_FILES", 0, "no files on this site"),
        ("ATTACHMENT_BYTES", 30, "larger than"),
        ("ATTACHMENTS_BYTES", 60, "together"),
        ("ATTACHMENTS_DAY_BYTES", 60, "in 24 hours"),
    ],
)
def test_message_send__keeps_the_operators_limits(
    limit: str, value: int, complaint: str, buyer: Any, talk: Conversation, settings: Any, blob_folder: Path
) -> None:
    setattr(settings, limit, value)
    with pytest.raises(AttachmentsInvalidError, match=complaint):
        say(buyer, talk, "Here.", note("a.txt"), note("b.txt"))
    assert blobs(blob_folder) == []
    assert not Attachment.objects.exists()


def test_message_send__counts_what_was_attached_in_24_hours(
    buyer: Any, freelancer: Any, talk: Conversation, settings: Any
) -> None:
    settings.ATTACHMENTS_DAY_BYTES = 60
    say(buyer, talk, "One.", note())
    with pytest.raises(AttachmentsInvalidError, match="in 24 hours"):
        say(buyer, talk, "Two.", note())
    assert say(freelancer, talk, "Mine.", note()).attachments.count() == 1


def test_message_send__takes_no_file_that_could_not_be_scanned(buyer: Any, talk: Conversation, settings: Any) -> None:
    settings.PORTS = {**settings.PORTS, "scanner": ("tests.domains.test_conversation_files.Silent", {})}
    with pytest.raises(ScannerUnavailableError):
        say(buyer, talk, "Here.", note())
    assert say(buyer, talk, "Without.").pk


def test_message_send__twice_with_one_id_leaves_one_message_and_its_files(
    buyer: Any, talk: Conversation, blob_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    form: dict[str, Any] = {"conversation_id": talk.pk, "body": "Here.", "message_id": uuid.uuid4(), "files": [note()]}
    services.message_send(actor=buyer.actor, **form)
    services.message_send(actor=buyer.actor, **form)
    # The second of two that came at once finds the first only after its own files were put away.
    monkeypatch.setattr("oeuvre.domains.conversations.writing._sent", _late_finder())
    services.message_send(actor=buyer.actor, **form)
    assert (Message.objects.count(), Attachment.objects.count()) == (2, 1)
    run_tasks()
    assert len(blobs(blob_folder)) == 1


def _late_finder() -> Any:
    from oeuvre.domains.conversations import writing

    found, asked = writing._sent, []

    def late(*arguments: Any) -> Message | None:
        asked.append(arguments)
        return found(*arguments) if len(asked) > 1 else None

    return late


def test_conversation_start__with_a_refused_file_starts_nothing(buyer: Any, freelancer: Any, blob_folder: Path) -> None:
    with pytest.raises(AttachmentsInvalidError):
        start(buyer, freelancer, files=[HOSTILE[0][0]])
    assert not Conversation.objects.exists()
    assert start(buyer, freelancer, "", files=[note()]).messages.get().attachments.count() == 1


def test_account_export__holds_the_persons_own_files(buyer: Any, freelancer: Any, talk: Conversation) -> None:
    say(buyer, talk, "Here.", note())
    say(freelancer, talk, "Mine.", picture())
    (name, data), (path, file) = leaving.export(buyer.actor)
    assert name == "messages.json"
    assert json.loads(data)["conversations"][0]["messages"][1]["files"] == [path]
    assert path.endswith("-note.txt")
    assert file == note().data


def test_account_delete__takes_the_files_along(
    buyer: Any, freelancer: Any, talk: Conversation, blob_folder: Path
) -> None:
    mine = say(buyer, talk, "Here.", picture()).attachments.get()
    theirs = say(freelancer, talk, "Mine.", note()).attachments.get()
    account_delete(actor=buyer.actor, password="a long password")
    run_tasks()
    assert len(blobs(blob_folder)) == 1
    assert [file.name for message in page_of(freelancer, talk).messages for file in message.files] == [None, "note.txt"]
    with pytest.raises(AttachmentNotFoundError):
        content(freelancer, talk, mine)
    assert content(freelancer, talk, theirs).data == note().data


def test_files__of_a_destroyed_key_are_shown_as_gone(buyer: Any, freelancer: Any, talk: Conversation) -> None:
    file = say(buyer, talk, "Here.", picture()).attachments.get()
    vault_destroy(actor=Actor.system(), owner_type="account", owner_id=buyer.pk)
    assert page_of(freelancer, talk).messages[1].files[0].name is None
    with pytest.raises(AttachmentNotFoundError):
        content(freelancer, talk, file)


def test_conversation_history__is_whole_and_in_order_for_either_side(
    buyer: Any, freelancer: Any, other_freelancer: Any, talk: Conversation
) -> None:
    for number in range(3):
        say(freelancer, talk, str(number), *([note()] if number else []))
    read(buyer, talk)
    for person in (buyer, freelancer):
        history = list(selectors.conversation_history(actor=person.actor, conversation_id=talk.pk))
        assert [message.body for message in history][1:] == ["0", "1", "2"]
        assert [len(message.files) for message in history] == [0, 0, 1, 1]
    for actor in (other_freelancer.actor, Actor.anonymous()):
        with pytest.raises(ConversationNotFoundError):
            services.conversation_take(actor=actor, conversation_id=talk.pk)
