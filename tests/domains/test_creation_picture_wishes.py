"""What a buyer may bring and choose for a picture, and who sees what of it."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.accounts.models import AccountExport
from oeuvre.domains.creation import errors, opening, services
from oeuvre.domains.creation.modalities.base import Brought
from oeuvre.domains.creation.models import Generation
from oeuvre.domains.creation.services.generations import files_of
from oeuvre.domains.creation.states import GenerationState
from oeuvre.domains.creation.works_shown import EDGE, work_thumbnail, works_shown
from oeuvre.domains.portfolio import services as portfolio
from oeuvre.domains.portfolio.models import Work
from oeuvre.domains.portfolio.states import Rights
from oeuvre.kit.files.errors import ActiveContentError, FileRefusedError
from oeuvre.kit.ports import port
from oeuvre.kit.storage import BlobStore
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.domains.creation_pictures import drawing_model, drawn_piece, pictures_sold, pictures_taken  # noqa: F401
from tests.domains.portfolio_pictures import drawing as svg
from tests.domains.portfolio_pictures import picture
from tests.support.factories import CARD, vetted_freelancer
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.creation.models import CreationModel
    from tests.support.fake_studio import FakeStudio

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pictures_sold")]

GUIDED = {"mode": "guide", "size": "512x512"}


@pytest.fixture
def drawing(pictures_sold: None) -> CreationModel:  # noqa: F811  (the fixture of that name)
    return drawing_model(vetted_freelancer())


def asked(model: CreationModel, buyer: User, sketch: bytes | None, name: str = "sketch.png", **options: Any) -> Any:
    files = {} if sketch is None else {"guide": Brought(name, sketch)}
    return services.generation_request(
        actor=buyer.actor, model_id=model.pk, prompt="My shop", options={**GUIDED, **options}, files=files
    )


def kept_blobs(keys: list[str]) -> list[str]:
    store = port("storage", BlobStore)
    found = []
    for key in keys:
        try:
            store.get(key)
        except KeyError:
            continue
        found.append(key)
    return found


def test_guide__is_kept_sealed_as_a_copy_drawn_anew(drawing: CreationModel, buyer: User, studio: FakeStudio) -> None:
    noted = picture(70, "JPEG", edge=1500, comment=b"taken at home")
    piece = asked(drawing, buyer, noted, "photo.jpg")
    assert not piece.prompt.startswith("\xff")
    sealed = port("storage", BlobStore).get(piece.beside["guide"])
    assert b"WEBP" not in sealed
    assert b"JFIF" not in sealed
    services.generation_write(generation_id=piece.pk)
    (sent,) = studio.options
    assert Image.open(io.BytesIO(sent["guide"])).size == (1024, 1024)
    assert b"taken at home" not in sent["guide"]
    assert sent["guide"] == opening.brought_content(actor=buyer.actor, generation_id=piece.pk, name="guide").data


def test_guide__may_be_a_drawing_that_only_draws(drawing: CreationModel, buyer: User) -> None:
    piece = asked(drawing, buyer, svg(3), "shop.svg")
    assert Image.open(io.BytesIO(files_of(piece)["guide"])).format == "WEBP"
    with pytest.raises(ActiveContentError) as refused:
        asked(drawing, buyer, svg(3, inside="<script>alert(1)</script>"), "shop.svg")
    assert refused.value.context["field"] == "guide"


@pytest.mark.parametrize(
    ("name", "data"),
    [("sketch.png", b"\x89PNG\r\n\x1a\n broken"), ("sketch.txt", b"only words"), ("sketch.png", b""), ("s.png", b"MZ")],
)
def test_guide__refuses_what_is_no_picture_and_keeps_nothing(
    drawing: CreationModel, buyer: User, name: str, data: bytes
) -> None:
    with pytest.raises(FileRefusedError):
        asked(drawing, buyer, data, name)
    assert not Generation.objects.exists()


def test_guide__is_asked_for_where_it_is_redrawn_and_nowhere_else(drawing: CreationModel, buyer: User) -> None:
    with pytest.raises(errors.PromptInvalidError, match="Bring the sketch"):
        asked(drawing, buyer, None)
    with pytest.raises(errors.PromptInvalidError, match="only used to be redrawn"):
        asked(drawing, buyer, picture(70), mode="tile")


def test_guide__is_for_its_buyer_and_the_freelancer(drawing: CreationModel, buyer: User) -> None:
    piece = asked(drawing, buyer, picture(70))
    stranger = vetted_freelancer("second@example.org", "second", "Sol Rake")
    for who in (buyer, drawing.owner):
        assert opening.brought_content(actor=who.actor, generation_id=piece.pk, name="guide").mime == "image/webp"
    with pytest.raises(errors.GenerationNotFoundError):
        opening.brought_content(actor=stranger.actor, generation_id=piece.pk, name="guide")
    with pytest.raises(errors.GenerationNotFoundError):
        opening.brought_content(actor=buyer.actor, generation_id=piece.pk, name="overlay")
    services.model_disable(actor=drawing.owner.actor, model_id=drawing.pk)
    with pytest.raises(errors.GenerationClosedError):
        opening.brought_content(actor=buyer.actor, generation_id=piece.pk, name="guide")


def test_guide__that_the_studio_refuses_goes_at_once(drawing: CreationModel, buyer: User, studio: FakeStudio) -> None:
    piece = asked(drawing, buyer, picture(70))
    keys = list(piece.beside.values())
    studio.failures = [errors.StudioRefusedError("This sketch is not fit for everybody.", reason="unfit")]
    piece = services.generation_write(generation_id=piece.pk)
    assert (piece.status, piece.failure) == (GenerationState.FAILED, "This sketch is not fit for everybody.")
    run_tasks()
    assert (piece.beside, kept_blobs(keys)) == ({}, [])


def test_guide__stays_with_a_bought_piece_and_goes_with_the_others(
    drawing: CreationModel, buyer: User, studio: FakeStudio
) -> None:
    bought, left = (services.generation_write(generation_id=asked(drawing, buyer, picture(n)).pk) for n in (70, 71))
    services.licence_buy(actor=buyer.actor, generation_id=bought.pk, use="personal", method_token=CARD)
    run_tasks()
    accounts.account_export_request(actor=buyer.actor)
    run_tasks()
    content: Any = accounts.account_export_content(
        actor=buyer.actor, export_id=AccountExport.objects.get(user=buyer).pk
    )
    archive = zipfile.ZipFile(io.BytesIO(content if isinstance(content, bytes) else content[1]))
    assert {name for name in archive.namelist() if "guide" in name} == {
        f"creation/pieces/{piece.pk}/guide.webp" for piece in (bought, left)
    }
    keys = list(left.beside.values())
    accounts.account_delete(actor=buyer.actor, password="a long password")
    run_tasks()
    for piece in (bought, left):
        piece.refresh_from_db()
    assert (left.beside, kept_blobs(keys)) == ({}, [])
    assert kept_blobs([bought.beside["guide"]])


def test_another_like_it__takes_the_sketch_along(drawing: CreationModel, buyer: User, studio: FakeStudio) -> None:
    before = asked(drawing, buyer, picture(70))
    again = {name: Brought(f"{name}.webp", data) for name, data in files_of(before).items()}
    after = services.generation_request(
        actor=buyer.actor, model_id=drawing.pk, prompt=before.prompt, options=before.options, files=again
    )
    assert Image.open(io.BytesIO(files_of(after)["guide"])).size == Image.open(io.BytesIO(again["guide"].data)).size


# Works to lean on


def test_works__are_hidden_until_the_freelancer_shows_them(drawing: CreationModel, buyer: User) -> None:
    work = Work.objects.filter(owner=drawing.owner).earliest("created_at")
    assert works_shown(model=drawing) == []
    with pytest.raises(errors.GenerationNotFoundError):
        work_thumbnail(model=drawing, work_id=work.pk)
    with pytest.raises(errors.PromptInvalidError, match="not shown"):
        drawn_piece(drawing, buyer, works=[work.sha256])  # type: ignore[arg-type]


def test_works__are_shown_small_and_marked(drawing: CreationModel) -> None:
    model = services.model_update(actor=drawing.owner.actor, model_id=drawing.pk, shows_works=True)
    shown = works_shown(model=model)
    assert [work.title for work in shown] == [f"Work {number}" for number in range(6)]
    small = Image.open(io.BytesIO(work_thumbnail(model=model, work_id=shown[0].work_id)))
    assert max(small.size) <= EDGE == 256
    clean = portfolio.work_kept(actor=drawing.owner.actor, work_id=shown[0].work_id)
    plain = Image.open(io.BytesIO(clean)).convert("RGB").resize(small.size)
    assert small.convert("RGB").tobytes() != plain.tobytes()


def test_works__of_clients_licensed_ones_and_removed_ones_are_never_shown(drawing: CreationModel) -> None:
    model = services.model_update(actor=drawing.owner.actor, model_id=drawing.pk, shows_works=True)
    works = list(Work.objects.filter(owner=drawing.owner).order_by("created_at"))
    Work.objects.filter(pk=works[0].pk).update(rights=Rights.CLIENT_CONSENTED, evidence="Mail of 3 May")
    Work.objects.filter(pk=works[1].pk).update(rights=Rights.LICENSED, terms="CC BY")
    portfolio.work_remove(actor=drawing.owner.actor, work_id=works[2].pk)
    late = portfolio.work_add(actor=drawing.owner.actor, filename="late.png", data=picture(99), title="Late")
    assert [work.title for work in works_shown(model=model)] == ["Work 3", "Work 4", "Work 5"]
    for hidden in (*works[:3], late):
        with pytest.raises(errors.GenerationNotFoundError):
            work_thumbnail(model=model, work_id=hidden.pk)


def test_works__chosen_are_what_the_studio_is_asked_with(
    drawing: CreationModel, buyer: User, studio: FakeStudio
) -> None:
    services.model_update(actor=drawing.owner.actor, model_id=drawing.pk, shows_works=True)
    drawing.refresh_from_db()
    chosen = [work.sha256 for work in works_shown(model=drawing)[1:3]]
    piece = drawn_piece(drawing, buyer, works=chosen)  # type: ignore[arg-type]
    assert (piece.options["works"], studio.options[-1]["works"]) == (chosen, chosen)
    with pytest.raises(errors.PromptInvalidError, match="not shown"):
        drawn_piece(drawing, buyer, works=["0" * 64])  # type: ignore[arg-type]
    with pytest.raises(errors.PromptInvalidError, match="up to 5"):
        drawn_piece(drawing, buyer, works=[f"{number:064x}" for number in range(6)])  # type: ignore[arg-type]


# Whose pixels


def test_design__is_made_with_one_request(drawing: CreationModel, buyer: User, studio: FakeStudio) -> None:
    before = studio.calls["make"]
    piece = drawn_piece(drawing, buyer)
    assert studio.calls["make"] - before == 2, "the first found that the version is not held"
    assert studio.options[-1]["also"] == "svg,pdf,overlay"
    assert set(piece.beside) == {"overlay", "design"}
    drawn_piece(drawing, buyer)
    assert studio.calls["make"] - before == 3


def test_overlay__is_for_the_freelancer_alone(drawing: CreationModel, buyer: User) -> None:
    piece = drawn_piece(drawing, buyer)
    shown = opening.overlay_content(actor=drawing.owner.actor, generation_id=piece.pk)
    assert Image.open(io.BytesIO(shown.data)).format == "WEBP"
    with pytest.raises(errors.GenerationNotFoundError):
        opening.overlay_content(actor=buyer.actor, generation_id=piece.pk)
