"""Files on the pages of conversations: sent by a form, saved and never shown as pages, and taken away all together."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from oeuvre.domains.conversations import services
from oeuvre.domains.conversations.models import Message
from oeuvre.domains.conversations.services import Card, Upload
from oeuvre.kit.actor import Actor
from tests.domains.conversation_talk import note, picture, say, start

if TYPE_CHECKING:
    from django.test import Client

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.conversations.models import Conversation

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("blob_folder"),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]


@pytest.fixture
def talk(buyer: User, freelancer: User) -> Conversation:
    return start(buyer, freelancer)


def address(talk: Conversation, name: str = "thread", *more: Any) -> str:
    return reverse(f"conversations:{name}", args=[talk.pk, *more])


def post(client: Client, talk: Conversation, body: str, *files: Upload, **extra: Any) -> Any:
    from uuid import uuid4

    sent = [SimpleUploadedFile(file.name, file.data, content_type="image/png") for file in files]
    return client.post(address(talk), {"body": body, "message_id": uuid4(), "attachments": sent}, **extra)


def test_thread__takes_files_and_shows_them_to_both(
    client: Client, buyer: User, freelancer: User, talk: Conversation
) -> None:
    client.force_login(buyer)
    assert post(client, talk, "Two of them.", picture(), note()).status_code == 302
    client.force_login(freelancer)
    html = client.get(address(talk)).text
    for part in ("landing.png", "note.txt", "PNG picture", "Plain text", "/small/"):
        assert part in html
    (first, second) = Message.objects.latest("created_at").attachments.order_by("position")
    assert address(talk, "small", first.pk) in html
    assert address(talk, "small", second.pk) not in html


def test_thread__takes_files_without_words(client: Client, buyer: User, talk: Conversation) -> None:
    client.force_login(buyer)
    assert post(client, talk, "", note()).status_code == 302
    assert "Write something first" in post(client, talk, "").text


@pytest.mark.parametrize("htmx", [True, False])
def test_thread__says_which_file_is_wrong_and_keeps_the_words(
    htmx: bool, client: Client, buyer: User, talk: Conversation
) -> None:
    client.force_login(buyer)
    headers = {"HX-Request": "true"} if htmx else {}
    answer = post(client, talk, "My words", note(), Upload("run.exe", b"MZ" + bytes(99)), headers=headers)
    assert "run.exe: A file like this (.exe) runs as a program" in answer.text
    assert "Nothing was sent." in answer.text
    assert "My words</textarea>" in answer.text
    assert answer.headers.get("HX-Retarget") == ("#message-form" if htmx else None)
    assert Message.objects.count() == 1


def test_new__takes_files(client: Client, buyer: User, freelancer: User) -> None:
    from oeuvre.domains.accounts.services import account_role_add
    from oeuvre.kit.actor import Role

    account_role_add(actor=freelancer.actor, role=Role.FREELANCER)
    freelancer.refresh_from_db()
    client.force_login(buyer)
    page = reverse("conversations:new", args=[freelancer.profile.handle])
    file = SimpleUploadedFile("note.txt", b"words")
    assert 'enctype="multipart/form-data"' in client.get(page).text
    client.post(page, {"body": "", "message_id": "", "attachments": [file]})
    client.post(
        page, {"body": "", "message_id": str(freelancer.pk), "attachments": [SimpleUploadedFile("n.txt", b"w")]}
    )
    assert Message.objects.get().attachments.count() == 1


def test_thread__offers_no_files_where_messages_carry_none(
    client: Client, buyer: User, talk: Conversation, settings: Any
) -> None:
    settings.ATTACHMENT_FILES = 0
    client.force_login(buyer)
    assert "Add files" not in client.get(address(talk)).text
    assert post(client, talk, "Words", note()).status_code == 302
    assert Message.objects.latest("created_at").attachments.count() == 0


HOSTILE_NAMES = ["note.txt", 'a"; filename="evil.html.txt', "naïve 世界.txt", "x\r\nSet-Cookie: a=b.txt"]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_file__is_saved_and_never_shown(name: str, client: Client, buyer: User, talk: Conversation) -> None:
    file = say(buyer, talk, "Here.", Upload(name, b"<b>words</b>")).attachments.get()
    client.force_login(buyer)
    answer = client.get(address(talk, "file", file.pk))
    assert answer.content == b"<b>words</b>"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename")
    assert "evil.html;" not in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Type"] == "text/plain"
    assert "no-store" in answer.headers["Cache-Control"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers


def test_file__of_a_drawing_is_saved_too(client: Client, buyer: User, talk: Conversation) -> None:
    drawing = Upload("logo.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>')
    file = say(buyer, talk, "Here.", drawing).attachments.get()
    client.force_login(buyer)
    assert client.get(address(talk, "file", file.pk)).headers["Content-Disposition"].startswith("attachment")
    assert client.get(address(talk, "small", file.pk)).status_code == 404


def test_small__is_a_copy_that_was_drawn_here(
    client: Client, freelancer: User, buyer: User, talk: Conversation
) -> None:
    file = say(buyer, talk, "Here.", picture()).attachments.get()
    client.force_login(freelancer)
    answer = client.get(address(talk, "small", file.pk))
    assert (answer.headers["Content-Type"], answer.headers["Content-Disposition"]) == ("image/webp", "inline")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.content[8:12] == b"WEBP"


def test_file__of_others_is_not_there(
    client: Client, buyer: User, other_freelancer: User, operator: User, talk: Conversation
) -> None:
    file = say(buyer, talk, "Here.", picture()).attachments.get()
    elsewhere = start(buyer, other_freelancer)
    for name in ("file", "small"):
        assert client.get(address(talk, name, file.pk)).status_code == 302
        for person in (other_freelancer, operator):
            client.force_login(person)
            assert client.get(address(talk, name, file.pk)).status_code == 404
            assert client.get(address(elsewhere, name, file.pk)).status_code == 404
        client.force_login(buyer)
        assert client.get(address(elsewhere, name, file.pk)).status_code == 404
        client.logout()


def exported(client: Client, talk: Conversation) -> zipfile.ZipFile:
    answer: Any = client.get(address(talk, "export"))
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="conversation-')
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer)))
    assert archive.testzip() is None
    return archive


def test_export__holds_everything_for_either_side(
    client: Client, buyer: User, freelancer: User, talk: Conversation
) -> None:
    say(buyer, talk, "<script>alert(1)</script> & so on", picture(), note("a name.txt", "one"))
    say(freelancer, talk, "Gladly.", note("a name.txt", "two"))
    card = Card("order_event", talk.pk, "Order accepted")
    services.event_post(actor=Actor.system(), conversation_id=talk.pk, card=card)
    for person in (buyer, freelancer):
        client.force_login(person)
        archive = exported(client, talk)
        found = json.loads(archive.read("conversation.json"))
        assert [row["body"] for row in found["messages"]][1:] == ["<script>alert(1)</script> & so on", "Gladly.", ""]
        assert [row["is_own"] for row in found["messages"]][:3] == [person == buyer, person == buyer, person != buyer]
        assert found["messages"][3]["card"]["label"] == "Order accepted"
        paths = [file["path"] for row in found["messages"] for file in row["files"]]
        assert sorted(archive.namelist()) == sorted(["conversation.json", "conversation.html", *paths])
        assert [archive.read(path) for path in paths] == [picture().data, b"one", b"two"]
        page = archive.read("conversation.html").decode()
        assert "<script>" not in page
        assert "&lt;script&gt;alert(1)" in page
        assert f'href="{paths[2].replace(" ", "%20")}"' in page
        assert page.index("so on") < page.index("Gladly.") < page.index("</html>")


def test_export__says_what_went_with_an_account(
    client: Client, buyer: User, freelancer: User, talk: Conversation
) -> None:
    say(freelancer, talk, "Gladly.", note())
    services.messages_erase(actor=freelancer.actor)
    client.force_login(buyer)
    archive = exported(client, talk)
    assert archive.namelist() == ["conversation.json", "conversation.html"]
    assert json.loads(archive.read("conversation.json"))["messages"][1]["body"] is None
    assert "removed with their author" in archive.read("conversation.html").decode()


def test_export__of_others_is_not_there(
    client: Client, other_freelancer: User, operator: User, talk: Conversation
) -> None:
    for person in (other_freelancer, operator):
        client.force_login(person)
        assert client.get(address(talk, "export")).status_code == 404
