"""Pictures as works: what is read out of them, what is refused and why, how copies are found."""

from __future__ import annotations

import io
import itertools
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from oeuvre.domains.portfolio import errors, selectors, services
from oeuvre.domains.portfolio.modalities.image import Pictures, bands_of
from oeuvre.domains.portfolio.models import DuplicateMatch, Work
from oeuvre.domains.portfolio.readers import file_read
from oeuvre.domains.portfolio.states import MatchKind, Modality, Rights, WorkState
from oeuvre.kit.files.errors import ActiveContentError
from tests.domains.portfolio_pictures import drawing, painting, picture, pictures_taken, saved  # noqa: F401  (a fixture)
from tests.domains.portfolio_texts import prose

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User

pytestmark = pytest.mark.usefixtures("pictures_taken")


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def work_again(work: Work) -> Work:
    return Work.objects.get(pk=work.pk)


def note(**texts: str) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    for key, value in texts.items():
        info.add_itxt(key, value)
    return info


@pytest.mark.parametrize(
    ("kind", "name", "options"),
    [
        ("PNG", "a.png", {}),
        ("JPEG", "a.jpg", {"quality": 92}),
        ("WEBP", "a.webp", {}),
        ("TIFF", "a.tif", {"compression": "tiff_lzw"}),
    ],
)
def test_file_read__takes_each_format_and_draws_a_small_copy(kind: str, name: str, options: dict[str, Any]) -> None:
    found = file_read(picture(1, kind, edge=700, **options), name)
    assert (found.modality, found.size, found.text) == (Modality.IMAGE, 700 * 700, "")
    assert (found.facts["width"], found.facts["height"], found.facts["transparent"]) == (700, 700, 0)
    small = opened(found.kept)
    assert (small.format, small.size) == ("WEBP", (512, 512))


def test_file_read__draws_a_drawing_with_what_it_asks_for() -> None:
    found = file_read(drawing(1), "a.svg")
    assert (found.facts["width"], found.facts["height"], found.facts["transparent"]) == (200, 120, 1)
    assert found.size == 1024 * round(1024 * 120 / 200)
    assert opened(found.small).size == (512, 307)


def test_file_read__leaves_nothing_of_the_camera_in_the_small_copy() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker of cameras"
    exif[0x0112] = 6  # turned by a quarter
    wide = painting(2, edge=600).crop((0, 0, 600, 300))
    found = file_read(saved(wide, "JPEG", exif=exif), "a.jpg")
    small = opened(found.small)
    assert small.size == (256, 512)
    assert b"Maker" not in found.small
    assert dict(small.getexif()) == {}


def test_file_read__knows_the_same_pixels_in_another_container() -> None:
    assert (
        file_read(picture(3), "a.png").content_sha256
        == file_read(picture(3, "WEBP", lossless=True), "a.webp").content_sha256
    )


def test_file_read__converts_what_is_meant_for_print() -> None:
    found = file_read(saved(painting(4).convert("CMYK"), "TIFF"), "a.tif")
    assert found.facts["mode"] == "CMYK"
    assert opened(found.small).mode == "RGB"


def test_file_read__reads_sixteen_bits() -> None:
    values = np.full((200, 200), 1000, dtype=np.uint16)
    values[40:160, 40:160] = 60000
    small = opened(file_read(saved(Image.fromarray(values)), "a.png").small).convert("L")
    assert small.getpixel((5, 5)) == pytest.approx(4, abs=3)
    assert small.getpixel((100, 100)) == pytest.approx(233, abs=3)


def test_file_read__says_why_a_picture_is_not_taken() -> None:
    many = saved(painting(5), "WEBP", save_all=True, append_images=[painting(6)])
    pages = saved(painting(5), "TIFF", save_all=True, append_images=[painting(6)])
    cases = [
        ("a.png", picture(1, edge=127), errors.PictureTooSmallError),
        ("a.png", saved(Image.new("RGB", (300, 300), "teal")), errors.PictureBlankError),
        ("a.png", saved(Image.new("RGBA", (300, 300), (9, 9, 9, 0))), errors.PictureBlankError),
        ("a.webp", many, errors.SeveralPicturesError),
        ("a.tif", pages, errors.SeveralPicturesError),
        ("a.png", picture(1)[: len(picture(1)) // 2], errors.PictureUnreadableError),
        ("a.png", saved(Image.new("1", (20000, 10000))), errors.PictureTooLargeError),
        ("a.jpg", picture(1), errors.TypeMismatchError),
        ("a.svg", drawing(1, size='viewBox="0 0 900 10"'), errors.PictureTooSmallError),
        ("a.svg", drawing(1)[:-20], errors.PictureUnreadableError),
    ]
    for name, data, expected in cases:
        with pytest.raises(expected) as caught:
            file_read(data, name)
        assert caught.value.message.count(" ") > 5


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<image href="/etc/passwd" width="9" height="9"/>',
        '<image href="file:///etc/passwd" width="9" height="9"/>',
        "<style>@import url(https://example.org/a.css)</style>",
        '<rect onclick="alert(1)" width="9" height="9"/>',
    ],
)
def test_file_read__refuses_drawings_that_do_more_than_draw(inside: str) -> None:
    with pytest.raises(ActiveContentError):
        file_read(drawing(1, inside=inside), "a.svg")


def test_bands__pairs_with_six_bits_apart_always_share_one() -> None:
    signature = bytes(range(8))
    for places in itertools.combinations(range(0, 64, 5), 6):
        changed = bytearray(signature)
        for place in places:
            changed[place // 8] ^= 1 << place % 8
        assert set(bands_of(signature)) & set(bands_of(bytes(changed)))
    spread = bytes(value ^ 1 for value in signature)
    assert not set(bands_of(signature)) & set(bands_of(spread))


def test_similarity__of_changed_copies_is_high_and_of_others_is_low() -> None:
    modality = Pictures()
    first = file_read(picture(7, edge=600), "a.png")
    copies = [
        file_read(saved(painting(7, edge=600).resize((300, 300)), "JPEG", quality=40), "a.jpg"),
        file_read(saved(painting(7, edge=600).convert("L")), "a.png"),
        file_read(saved(painting(7, edge=600).point(lambda value: min(255, value + 20))), "a.png"),
    ]
    for copy in copies:
        assert modality.similarity(first.signature, copy.signature) >= modality.threshold
    for seed in range(20, 30):
        other = file_read(picture(seed, edge=600), "a.png")
        assert modality.similarity(first.signature, other.signature) < modality.threshold


@pytest.mark.django_db
@pytest.mark.usefixtures("blob_folder")
class TestWorks:
    def test_work_add__keeps_the_file_and_the_small_copy(self, freelancer: User) -> None:
        data = picture(1)
        work = services.work_add(actor=freelancer.actor, filename="blue-kite.png", data=data)
        assert (work.modality, work.title, work.status) == (Modality.IMAGE, "blue kite", WorkState.ACCEPTED)
        assert work.size_said == "0.06 megapixels"
        assert services.work_content(actor=freelancer.actor, work_id=work.pk) == data
        assert opened(services.work_kept(actor=freelancer.actor, work_id=work.pk)).format == "WEBP"
        with pytest.raises(errors.AlreadyThereError, match="blue kite"):
            services.work_add(actor=freelancer.actor, filename="b.webp", data=picture(1, "WEBP", lossless=True))

    def test_work_add__a_copy_of_somebody_elses_picture_waits(self, freelancer: User, other_freelancer: User) -> None:
        first = services.work_add(actor=freelancer.actor, filename="a.png", data=picture(8, edge=600))
        copy = services.work_add(
            actor=other_freelancer.actor,
            filename="b.jpg",
            data=saved(painting(8, edge=600).resize((400, 400)), "JPEG", quality=60),
        )
        other = services.work_add(actor=other_freelancer.actor, filename="c.png", data=picture(9, edge=600))
        match = DuplicateMatch.objects.get()
        assert (copy.status, other.status) == (WorkState.IN_REVIEW, WorkState.ACCEPTED)
        assert (match.work, match.other, match.kind) == (copy, first, MatchKind.NEAR)

    @pytest.mark.parametrize(
        "texts",
        [
            {"XML:com.adobe.xmp": "<plus:DataMining>DMI-PROHIBITED-AIMLTRAINING</plus:DataMining>"},
            {"Keywords": "kite, noai"},
            {"XML:com.adobe.xmp": '<rdf:Description tdm:reservation="1"/>'},
        ],
    )
    def test_verdicts__a_note_against_training_keeps_a_picture_out(
        self, freelancer: User, texts: dict[str, str]
    ) -> None:
        data = saved(painting(1), pnginfo=note(**texts))
        work = services.work_add(actor=freelancer.actor, filename="a.png", data=data)
        (refusal,) = selectors.refusals(work)
        assert refusal.code == "reserved"
        assert refusal.lifted_by == Rights.OWN_RESERVED
        assert selectors.trainable_works(actor=freelancer.actor, owner_id=freelancer.pk, modality="image") == []
        services.work_rights_set(actor=freelancer.actor, work_id=work.pk, rights=refusal.lifted_by)
        assert selectors.trainable_works(actor=freelancer.actor, owner_id=freelancer.pk, modality="image") == [work]
        services.work_rights_set(actor=freelancer.actor, work_id=work.pk, rights=Rights.LICENSED, terms="CC BY 4.0")
        assert [one.code for one in selectors.refusals(work_again(work))] == ["reserved"]

    def test_works_add_many__takes_the_owners_word_for_a_whole_upload(self, freelancer: User) -> None:
        files = [(f"{seed}.png", saved(painting(seed), pnginfo=note(Keywords="noai"))) for seed in (1, 2)]
        listed = json.dumps({"works": [{"file": "2.png", "rights": "own"}]}).encode()
        result = services.works_add_many(
            actor=freelancer.actor, files=[*files, ("works.json", listed)], rights=Rights.OWN_RESERVED
        )
        assert [[one.code for one in selectors.refusals(work)] for work in result.added] == [[], ["reserved"]]

    def test_verdicts__a_title_about_ai_is_no_note_against_training(self, freelancer: User) -> None:
        data = saved(painting(1), pnginfo=note(Title="Noah and the aircraft"))
        work = services.work_add(actor=freelancer.actor, filename="a.png", data=data)
        assert selectors.refusals(work) == []

    def test_summary__counts_pictures_and_texts_apart(self, freelancer: User) -> None:
        services.work_add(actor=freelancer.actor, filename="a.png", data=picture(1))
        services.work_paste(actor=freelancer.actor, title="A", text=prose(1))
        bodies = {
            body.modality: body.works
            for body in selectors.portfolio_summary(actor=freelancer.actor, owner_id=freelancer.pk).bodies
        }
        assert bodies["image"] == 1
        assert bodies["text"] == 1
