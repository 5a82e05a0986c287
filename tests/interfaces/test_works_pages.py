"""The works' pages and the operator's queue of duplicates."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL.PngImagePlugin import PngInfo

from oeuvre.domains.portfolio import services
from oeuvre.domains.portfolio.models import DuplicateMatch, Work
from oeuvre.domains.portfolio.states import Rights, WorkState
from tests.domains.portfolio_pictures import painting, picture, pictures_taken, saved  # noqa: F401  (a fixture)
from tests.domains.portfolio_texts import prose

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from oeuvre.domains.accounts.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_folder")]


@pytest.fixture
def page(freelancer: User) -> Client:
    client = Client()
    client.force_login(freelancer)
    return client


def file(name: str, data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def paste(user: User, seed: int, **details: Any) -> Work:
    return services.work_paste(actor=user.actor, title=f"Piece {seed}", text=prose(seed), **details)


def test_works_list__explains_itself_to_somebody_without_works(page: Client) -> None:
    answer = page.get(reverse("works:list"))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "encrypted with a key of your own" in text
    assert 'type="file"' in text
    assert "multiple" in text
    assert reverse("works:export") not in text


def test_works_upload__adds_files_and_says_of_each_other_why_not(page: Client, freelancer: User) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("in-zip.txt", prose(2))
        archive.writestr("../up.txt", prose(3))
    files = [file("a.txt", prose(1).encode()), file("w.zip", buffer.getvalue()), file("empty.txt", b"")]
    answer = page.post(reverse("works:upload"), {"works": files, "rights": "own"}, follow=True)
    text = answer.content.decode()
    assert {work.filename for work in Work.objects.filter(owner=freelancer)} == {"a.txt", "in-zip.txt"}
    assert "2 works added." in text
    assert "2 files were not added" in text
    assert 'data-code="file_empty"' in text
    assert 'data-code="archive_unsafe_name"' in text
    assert "not added" not in page.get(reverse("works:list")).content.decode()


def test_works_upload__without_a_file_says_what_to_do(page: Client) -> None:
    answer = page.post(reverse("works:upload"), {"rights": "own"})
    assert answer.status_code == 422
    assert "Choose one or more files" in answer.content.decode()


def test_works_upload__too_much_at_once_is_refused_before_it_is_read(
    page: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oeuvre.interfaces.site.works.forms.UPLOAD_TOTAL", 100)
    answer = page.post(reverse("works:upload"), {"works": [file("a.txt", prose(1).encode())], "rights": "own"})
    assert answer.status_code == 422
    assert "Upload them in parts" in answer.content.decode()
    assert not Work.objects.exists()


@pytest.mark.usefixtures("one_minute")
def test_works_upload__is_limited_in_rate(page: Client) -> None:
    for _ in range(60):
        page.post(reverse("works:upload"), {"rights": "own"})
    assert page.post(reverse("works:upload"), {"rights": "own"}).status_code == 429


def test_work_paste__adds_and_keeps_what_was_typed_on_an_error(page: Client) -> None:
    details = {
        "title": "A ballad",
        "text": prose(1),
        "rights": "own",
        "kind": "lyric",
        "keywords": "sea, rope ,",
        "year": "",
    }
    answer = page.post(reverse("works:paste"), details, follow=True)
    assert "“A ballad” added." in answer.content.decode()
    assert Work.objects.get().keywords == ["sea", "rope"]
    again = page.post(reverse("works:paste"), details)
    assert again.status_code == 422
    assert "You have this text already" in again.content.decode()
    assert "A ballad" in again.content.decode()


def test_works_list__shows_each_verdict_with_what_to_do(
    page: Client, freelancer: User, other_freelancer: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    paste(other_freelancer, 5)
    paste(freelancer, 4)
    paste(freelancer, 5)
    paste(freelancer, 6, rights=Rights.NOT_FOR_TRAINING)
    for seed in range(10, 30):
        paste(freelancer, seed, rights=Rights.LICENSED)
    with django_assert_max_num_queries(12):
        text = page.get(reverse("works:list")).content.decode()
    assert "1 of 23 works, 120 words ready to train." in " ".join(text.split())
    for code in ("in_review", "not_for_training", "terms_missing"):
        assert f'data-code="{code}"' in text
    assert "Bo Lind" not in text
    ready = page.get(reverse("works:list"), {"verdict": "ready"}).content.decode()
    assert "Piece 4" in ready
    assert "Piece 6" not in ready
    found = page.get(reverse("works:list"), {"q": "piece 6", "verdict": "kept_out"}).content.decode()
    assert "Piece 6" in found
    assert "Piece 10" not in found


def test_work_rights__are_changed_within_the_line_and_on_a_page(page: Client, freelancer: User) -> None:
    work = paste(freelancer, 7, rights=Rights.LICENSED)
    address = reverse("works:rights", args=[work.pk])
    inline = {"HX-Request": "true"}
    assert "<html" not in page.get(address, headers=inline).content.decode()
    refused = page.post(address, {"rights": "licensed", "terms": ""}, headers=inline)
    assert "Name the licence" in refused.content.decode()
    assert refused["HX-Retarget"] == f"#work-{work.pk}-rights"
    saved = page.post(address, {"rights": "licensed", "terms": "CC BY 4.0"}, headers=inline).content.decode()
    assert "Ready to train" in saved
    assert 'id="works-summary" hx-swap-oob="true"' in saved
    assert page.post(address, {"rights": "client_consented"}).status_code == 422
    answer = page.post(address, {"rights": "not_for_training"})
    assert answer.status_code == 302
    work.refresh_from_db()
    assert work.rights == Rights.NOT_FOR_TRAINING
    assert "Not for training" in page.get(reverse("works:row", args=[work.pk])).content.decode()


def test_work_detail__shows_text_and_history_and_saves_details(page: Client, freelancer: User) -> None:
    work = paste(freelancer, 8)
    address = reverse("works:detail", args=[work.pk])
    text = page.get(address).content.decode()
    assert prose(8)[:60] in text
    assert "Work added" in text
    details = {"title": "Another", "kind": "speech", "keywords": "a", "year": "2001", "language": "en"}
    page.post(address, details)
    page.post(address, {**details, "year": "", "kind": ""})
    work.refresh_from_db()
    assert (work.title, work.kind, work.year, work.language) == ("Another", "", None, "en")
    wrong = page.post(address, {**details, "year": "3"})
    assert wrong.status_code == 422
    assert "The year must be" in wrong.content.decode()


def test_work_file__comes_back_as_a_download_only(page: Client, freelancer: User) -> None:
    data = b"<html><body>" + prose(9).encode() + b"<script>alert(1)</script></body></html>"
    work = services.work_add(actor=freelancer.actor, filename="page.html", data=data)
    answer = page.get(reverse("works:file", args=[work.pk]))
    assert answer.content == data
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer["Cache-Control"]
    shown = page.get(reverse("works:detail", args=[work.pk])).content.decode()
    assert "alert(1)" not in shown


def test_work_remove__takes_it_off_the_list(page: Client, freelancer: User) -> None:
    work = paste(freelancer, 10)
    answer = page.post(reverse("works:remove", args=[work.pk]), follow=True)
    assert "“Piece 10” removed" in answer.content.decode()
    work.refresh_from_db()
    assert work.status == WorkState.REMOVED
    assert page.get(reverse("works:detail", args=[work.pk])).status_code == 404


def test_works_export__streams_a_zip_of_everything(page: Client, freelancer: User) -> None:
    paste(freelancer, 11)
    answer = page.get(reverse("works:export"))
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as archive:
        assert archive.namelist() == ["0001-pasted.txt", "works.json"]


ADDRESSES = ("detail", "row", "rights", "file", "remove")


@pytest.mark.parametrize("name", ADDRESSES)
def test_works_pages__know_nothing_of_somebody_elses_works(page: Client, other_freelancer: User, name: str) -> None:
    work = paste(other_freelancer, 12)
    address = reverse(f"works:{name}", args=[work.pk])
    answer = page.post(address) if name == "remove" else page.get(address)
    assert answer.status_code == 404
    if name in ("detail", "rights"):
        assert page.post(address, {"title": "x", "rights": "own"}).status_code == 404
    work.refresh_from_db()
    assert work.status == WorkState.ACCEPTED


@pytest.mark.parametrize("name", ["list", "paste", "export", "upload"])
def test_works_pages__are_for_freelancers(client: Client, buyer: User, operator: User, name: str) -> None:
    address = reverse(f"works:{name}")
    ask = client.post if name == "upload" else client.get
    assert ask(address).status_code == 302
    for person in (buyer, operator):
        client.force_login(person)
        assert ask(address).status_code == 403


def test_duplicates__are_compared_and_decided(
    client: Client, freelancer: User, other_freelancer: User, operator: User
) -> None:
    paste(freelancer, 13)
    work = paste(other_freelancer, 13)
    match = DuplicateMatch.objects.get()
    client.force_login(operator)
    listed = client.get(reverse("duplicates:list")).content.decode()
    assert "Piece 13" in listed
    assert "all of it" in listed
    address = reverse("duplicates:match", args=[match.pk])
    shown = client.get(address).content.decode()
    assert " ".join(prose(13).lower().replace(".", "").split()[:20]) in shown
    refused = client.post(address, {"decision": "copy", "note": ""})
    assert refused.status_code == 422
    assert "Give the reason" in refused.content.decode()
    client.post(address, {"decision": "copy", "note": "Printed in 2019."})
    work.refresh_from_db()
    assert work.status == WorkState.REFUSED
    assert "Printed in 2019." in client.get(address).content.decode()
    assert "No duplicates to decide" in client.get(reverse("duplicates:list")).content.decode()
    client.force_login(other_freelancer)
    assert "Printed in 2019." in client.get(reverse("works:list")).content.decode()


def test_duplicates__are_for_operators(client: Client, freelancer: User, other_freelancer: User, buyer: User) -> None:
    paste(freelancer, 14)
    paste(other_freelancer, 14)
    addresses = [reverse("duplicates:list"), reverse("duplicates:match", args=[DuplicateMatch.objects.get().pk])]
    for address in addresses:
        assert client.get(address).status_code == 302
    for person in (freelancer, buyer):
        client.force_login(person)
        for address in addresses:
            assert client.get(address).status_code == 403
            assert client.post(address).status_code in (403, 405)


@pytest.mark.usefixtures("pictures_taken")
class TestPictures:
    def test_works_list__of_pictures_is_a_gallery(self, page: Client, freelancer: User) -> None:
        work = services.work_add(actor=freelancer.actor, filename="blue-kite.png", data=picture(1))
        text = page.get(reverse("works:list")).content.decode()
        assert "works-gallery" in text
        assert f'src="{reverse("works:shown", args=[work.pk])}"' in text
        paste(freelancer, 1)
        mixed = page.get(reverse("works:list")).content.decode()
        assert "works-gallery" not in mixed
        assert 'name="modality"' in mixed
        assert "works-gallery" in page.get(reverse("works:list"), {"modality": "image"}).content.decode()

    def test_works_upload__takes_pictures(self, page: Client, freelancer: User) -> None:
        files = [file("a.png", picture(1)), file("b.png", picture(2, edge=100))]
        answer = page.post(reverse("works:upload"), {"works": files, "rights": "own"}, follow=True)
        text = answer.content.decode()
        assert [work.filename for work in Work.objects.filter(owner=freelancer)] == ["a.png"]
        assert 'data-code="picture_too_small"' in text
        assert "0.06 megapixels ready to train" in text

    def test_work_rights__a_note_of_ones_own_is_answered_with_one_press(self, page: Client, freelancer: User) -> None:
        noted = PngInfo()
        noted.add_itxt("Keywords", "noai")
        works = [
            services.work_add(actor=freelancer.actor, filename=f"{seed}.png", data=saved(painting(seed), pnginfo=noted))
            for seed in (1, 2)
        ]
        listed = page.get(reverse("works:list")).content.decode()
        assert listed.count("This note is mine") == len(works)
        pressed = dict(re.findall(r'type="hidden" name="(rights|place)" value="(\w+)"', listed))
        inline = page.post(reverse("works:rights", args=[works[0].pk]), pressed, headers={"HX-Request": "true"})
        assert "work-card" in inline.text
        assert "This note is mine" not in inline.text
        assert "1 of 2 works" in inline.text
        address = reverse("works:detail", args=[works[1].pk])
        assert 'value="own_reserved"' in page.get(address).text
        plain = page.post(reverse("works:rights", args=[works[1].pk]), {"rights": "own_reserved"}, follow=True)
        assert "Ready to train" in plain.text

    def test_work_rights__of_a_text_offer_no_note(self, page: Client, freelancer: User) -> None:
        addresses = [reverse("works:rights", args=[paste(freelancer, 1).pk]), reverse("works:paste")]
        for address in addresses:
            assert "own_reserved" not in page.get(address).text
        assert page.post(addresses[0], {"rights": "own_reserved"}).status_code == 422

    def test_work_page__shows_the_picture_and_its_size(self, page: Client, freelancer: User) -> None:
        work = services.work_add(actor=freelancer.actor, filename="blue-kite.png", data=picture(1))
        text = page.get(reverse("works:detail", args=[work.pk])).content.decode()
        assert f'src="{reverse("works:shown", args=[work.pk])}"' in text
        assert "the file has 240 by 240 pixels" in text

    def test_work_shown__is_a_small_copy_for_its_owner_alone(
        self, page: Client, freelancer: User, other_freelancer: User
    ) -> None:
        work = services.work_add(actor=freelancer.actor, filename="a.png", data=picture(1))
        answer = page.get(reverse("works:shown", args=[work.pk]))
        assert answer.headers["Content-Type"] == "image/webp"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"].startswith("private")
        assert answer.content[8:12] == b"WEBP"
        page.force_login(other_freelancer)
        assert page.get(reverse("works:shown", args=[work.pk])).status_code == 404

    def test_duplicates__pictures_are_compared_side_by_side(
        self, page: Client, freelancer: User, other_freelancer: User, operator: User
    ) -> None:
        first = services.work_add(actor=freelancer.actor, filename="a.png", data=picture(1))
        copy = services.work_add(actor=other_freelancer.actor, filename="b.png", data=picture(1))
        match = DuplicateMatch.objects.get()
        page.force_login(operator)
        text = page.get(reverse("duplicates:match", args=[match.pk])).content.decode()
        assert "Both show exactly the same picture." in text
        for work in (first, copy):
            url = reverse("duplicates:shown", args=[match.pk, work.pk])
            assert url in text
            assert page.get(url).content[8:12] == b"WEBP"
        third = services.work_add(actor=freelancer.actor, filename="c.png", data=picture(2))
        assert page.get(reverse("duplicates:shown", args=[match.pk, third.pk])).status_code == 404
        services.duplicate_resolve(actor=operator.actor, match_id=match.pk, decision="not_a_copy")
        assert page.get(reverse("duplicates:shown", args=[match.pk, first.pk])).status_code == 404

    def test_duplicates__texts_are_never_shown_whole(
        self, page: Client, freelancer: User, other_freelancer: User, operator: User
    ) -> None:
        first = paste(freelancer, 1)
        paste(other_freelancer, 1)
        page.force_login(operator)
        match = DuplicateMatch.objects.get()
        assert page.get(reverse("duplicates:shown", args=[match.pk, first.pk])).status_code == 404
