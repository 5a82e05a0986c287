"""Models that draw: what can be asked for, what is shown before payment, and what a buyer gets after it."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image, ImageChops, ImageStat

from oeuvre.domains.creation import errors, opening, services
from oeuvre.domains.creation.modalities.image import Pictures
from oeuvre.domains.creation.models import LicenceFile
from oeuvre.domains.creation.ports import Credentials
from oeuvre.domains.creation.states import GenerationState
from oeuvre.domains.creation.watermark import EDGE, marked_copy
from oeuvre.domains.portfolio import services as portfolio
from oeuvre.domains.portfolio.ports import PictureSketcher
from oeuvre.kit.ports import port
from oeuvre.kit.provenance import ValidationState
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.domains.creation_pictures import WISH, drawing_model, drawn_piece, pictures_sold, pictures_taken  # noqa: F401
from tests.domains.portfolio_pictures import painting, picture, saved
from tests.support.factories import CARD, vetted_freelancer
from tests.support.fake_studio import FakePictureSketches
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.creation.models import CreationModel
    from tests.support.fake_studio import FakeStudio, FakeTrainer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pictures_sold")]


@pytest.fixture
def drawing(pictures_sold: None) -> CreationModel:  # noqa: F811  (the fixture of that name)
    return drawing_model(vetted_freelancer())


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def bought(piece: Any, buyer: User) -> Any:
    licence = services.licence_buy(actor=buyer.actor, generation_id=piece.pk, use="commercial", method_token=CARD)
    run_tasks()
    licence.refresh_from_db()
    return licence


def test_options_clean__keeps_what_the_mode_takes() -> None:
    modality = Pictures()
    assert modality.options_clean({"headline": "  Fresh\n bread ", "colours": "Navy, #FFB703,"}) == {
        "mode": "design",
        "size": "1080x1080",
        "headline": "Fresh bread",
        "colours": ["navy", "#ffb703"],
    }
    assert modality.options_clean({"mode": "tile", "size": "512x512", "headline": "Left out"}) == {
        "mode": "tile",
        "size": "512x512",
    }


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "needs a headline"),
        ({"headline": "A" * 91}, "90 fit"),
        ({"headline": "A", "mode": "photo"}, "design, variation"),
        ({"headline": "A", "size": "9000x10"}, "1080x1350"),
        ({"headline": "A", "size": "large"}, "1080x1350"),
        ({"headline": "A", "colours": "navy; DROP"}, "with commas"),
        ({"headline": "A", "colours": "a, b"}, "with commas"),
        ({"headline": "A", "max_tokens": 9}, "no option max_tokens"),
        ({"mode": "tile", "size": "a4"}, "Only designs"),
        ({"headline": "A", "works": ["no hash"]}, "no such work"),
    ],
)
def test_options_clean__says_what_is_wrong(options: dict[str, Any], words: str) -> None:
    with pytest.raises(errors.PromptInvalidError, match=words):
        Pictures().options_clean(options)


def test_units__are_megapixels_begun() -> None:
    modality = Pictures()
    assert modality.units_expected({"size": "300x250"}) == 1
    assert modality.units_expected({"size": "1080x1920"}) == 3
    assert modality.units_expected({"size": "a5"}) == 5


def test_marked_copy__is_small_and_marked_in_every_part() -> None:
    plain = Image.new("RGB", (1600, 1200), "#808080")
    marked = opened(marked_copy(saved(plain), words="Preview")).convert("L")
    assert marked.size == (EDGE, 384)
    part = 64
    for left in range(0, 512, part):
        for top in range(0, 384, part):
            extremes = ImageStat.Stat(marked.crop((left, top, left + part, top + part))).extrema[0]
            assert extremes[1] - extremes[0] > 60


def test_marked_copy__shows_what_the_picture_is() -> None:
    clean = painting(3, edge=900)
    marked = opened(marked_copy(saved(clean), words="Preview")).convert("RGB")
    assert marked.size == (EDGE, EDGE)
    apart = ImageStat.Stat(ImageChops.difference(marked, clean.resize((EDGE, EDGE)))).mean
    assert 5 < sum(apart) / 3 < 60


def test_generation__is_kept_sealed_with_a_marked_copy(drawing: CreationModel, buyer: User, studio: FakeStudio) -> None:
    piece = drawn_piece(drawing, buyer)
    assert (piece.status, piece.size, piece.units) == (GenerationState.READY, 1080 * 1080, 2)
    assert (piece.facts["width"], piece.facts["height"]) == (1080, 1080)
    assert [(asked["format"], asked["also"]) for asked in studio.options] == [("png", "svg,pdf,overlay")]
    assert all(asked["headline"] == "Fresh bread" for asked in studio.options)
    assert sum(row["share"] for row in piece.credit) == pytest.approx(1)
    preview = opening.preview_content(actor=buyer.actor, generation_id=piece.pk)
    assert preview.mime == "image/webp"
    assert opened(preview.data).size == (EDGE, EDGE)
    with pytest.raises(errors.NotPaidError):
        opening.shown_content(actor=buyer.actor, generation_id=piece.pk)
    with pytest.raises(errors.NotPaidError):
        opening.clean_content(actor=buyer.actor, generation_id=piece.pk)
    own = opening.shown_content(actor=drawing.owner.actor, generation_id=piece.pk)
    assert opened(own.data).size == (1080, 1080)


def test_generation__the_same_seed_gives_the_same_bytes(drawing: CreationModel, buyer: User) -> None:
    one = drawn_piece(drawing, buyer)
    again = services.generation_request(
        actor=drawing.owner.actor, model_id=drawing.pk, prompt=one.prompt, options=WISH, seed=one.seed
    )
    assert services.generation_write(generation_id=again.pk).sha256 == one.sha256


def test_generation__stops_when_the_model_is_switched_off(
    drawing: CreationModel, buyer: User, studio: FakeStudio
) -> None:
    def switch_off(_number: int) -> None:
        services.model_disable(actor=drawing.owner.actor, model_id=drawing.pk)

    studio.on_piece = switch_off
    piece = drawn_piece(drawing, buyer)
    assert piece.status == GenerationState.STOPPED
    assert piece.content_key == ""


def test_generation__refused_topics_are_looked_for_in_the_words_on_the_design(
    drawing: CreationModel, buyer: User
) -> None:
    services.model_update(actor=drawing.owner.actor, model_id=drawing.pk, refused_topics=["gambling"])
    with pytest.raises(errors.TopicRefusedError, match="does not draw “gambling”"):
        drawn_piece(drawing, buyer, headline="The best gambling in town")


@pytest.mark.parametrize(
    ("options", "forms"),
    [({}, {"png", "svg", "pdf", "webp"}), ({"mode": "tile", "size": "512x512"}, {"png", "webp"})],
)
def test_licence__hands_out_every_form_with_credentials(
    drawing: CreationModel, buyer: User, options: dict[str, str], forms: set[str]
) -> None:
    piece = drawn_piece(drawing, buyer, **options)
    licence = bought(piece, buyer)
    files = LicenceFile.objects.filter(licence=licence)
    assert {file.format for file in files} == forms
    mimes = {fmt.suffix: fmt.mime for fmt in Pictures.formats}
    for form in forms:
        _file, data, sidecar = opening.licence_file(actor=buyer.actor, licence_id=licence.pk, fmt=form)
        report = port("credentials", Credentials).read(data, mimes[form], sidecar)
        assert report.state == ValidationState.TRUSTED
        assert (sidecar, report.licence) == (None, licence.number)
        changed = bytearray(data)
        changed[len(data) // 2] ^= 1
        assert not port("credentials", Credentials).read(bytes(changed), mimes[form]).is_intact
    png = opening.licence_file(actor=buyer.actor, licence_id=licence.pk, fmt="png")[1]
    webp = opening.licence_file(actor=buyer.actor, licence_id=licence.pk, fmt="webp")[1]
    assert ImageChops.difference(opened(png).convert("RGB"), opened(webp).convert("RGB")).getbbox() is None
    assert opened(opening.shown_content(actor=buyer.actor, generation_id=piece.pk).data).size == opened(png).size


def test_training__gets_the_files_as_they_came(drawing: CreationModel) -> None:
    assert drawing.current_version is not None
    learned = {row["sha256"] for row in drawing.current_version.manifest["works"]}
    assert learned == {hashlib.sha256(picture(seed)).hexdigest() for seed in range(6)}


def test_training__others_pictures_are_what_a_version_must_not_repeat(
    drawing: CreationModel, trainer: FakeTrainer
) -> None:
    other = vetted_freelancer("second@example.org", "second", "Sol Rake")
    theirs = [
        portfolio.work_add(actor=other.actor, filename=f"{seed}.png", data=picture(seed)) for seed in range(40, 46)
    ]
    sketches = port("picture_sketches", PictureSketcher)
    assert isinstance(sketches, FakePictureSketches)
    sketches.failures = [errors.StudioUnavailableError("The studio does not answer.")]
    run = services.training_start(actor=drawing.owner.actor, model_id=drawing.pk)
    services.training_execute(run_id=run.pk)
    assert len(trainer.others) == len(theirs) - 1
    assert {found.work_id for found in trainer.others} < {str(work.pk) for work in theirs}
    assert all(len(found.sketch) == 520 for found in trainer.others)
