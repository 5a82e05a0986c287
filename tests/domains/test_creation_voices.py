"""Models that speak: what can be asked for, what is heard before payment, and what a buyer gets after it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from oeuvre.domains.creation import errors, opening, selectors, services
from oeuvre.domains.creation.modalities.image import Pictures
from oeuvre.domains.creation.modalities.voice import Voices
from oeuvre.domains.creation.models import CreationModel, Generation, LicenceFile
from oeuvre.domains.creation.ports import Credentials
from oeuvre.domains.creation.states import GenerationState
from oeuvre.domains.creation.verification import verify_file
from oeuvre.kit.files import sounds
from oeuvre.kit.money import Money
from oeuvre.kit.ports import port
from oeuvre.kit.provenance import ValidationState
from tests.domains.voice_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.domains.voice_fixtures import on_sale
from tests.support.factories import CARD
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User
    from tests.support.fake_studio import FakeStudio, FakeTrainer

pytestmark = pytest.mark.django_db
TEXT = "Good morning. The ferry to the islands leaves at seven, and the coffee on board is better than you think."


@pytest.fixture
def speaking(voice_model: CreationModel) -> CreationModel:
    return on_sale(voice_model)


def spoken(model: CreationModel, buyer: User, **options: Any) -> Generation:
    generation = services.generation_request(actor=buyer.actor, model_id=model.pk, prompt=TEXT, options=options)
    return services.generation_write(generation_id=generation.pk)


def test_options_clean__keeps_pace_and_language() -> None:
    voice = Voices()
    assert voice.usual_options() == {"speed": 1.0, "language": ""}
    assert voice.options_clean({"speed": 1.15, "language": "pt-br"}) == {"speed": 1.15, "language": "pt-br"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"speed": 3}, "0.5 to 2 times"),
        ({"speed": True}, "0.5 to 2 times"),
        ({"speed": "fast"}, "0.5 to 2 times"),
        ({"language": "tlh"}, "en-us, en-gb, pt-br, fr, es"),
        ({"max_tokens": 9}, "no option max_tokens"),
    ],
)
def test_options_clean__says_what_is_wrong(options: dict[str, Any], words: str) -> None:
    with pytest.raises(errors.PromptInvalidError, match=words):
        Voices().options_clean(options)


def test_units__are_seconds_and_fewer_where_it_speaks_faster() -> None:
    voice = Voices()
    assert voice.units_expected(voice.usual_options()) == 30
    assert voice.units_expected({"speed": 2.0}) == 15


def test_licence__costs_the_price_for_each_begun_minute(speaking: CreationModel, buyer: User) -> None:
    price = Money(1_200)
    lengths = (1, 60, 61, 120, 121)
    assert [Voices().price_for(price, seconds).amount for seconds in lengths] == [1_200, 1_200, 2_400, 2_400, 3_600]
    piece = spoken(speaking, buyer)
    Generation.objects.filter(pk=piece.pk).update(units=61)
    piece.refresh_from_db()
    (quoted,) = [found for offer, found in selectors.quotes(generation=piece) if offer.use.code == "commercial"]
    licence = services.licence_buy(actor=buyer.actor, generation_id=piece.pk, use="commercial", method_token=CARD)
    assert (licence.price, licence.total) == (2_400, quoted.total.amount)
    assert licence.price == licence.compute + licence.commission + licence.freelancer_share
    assert Pictures().price_for(price, 61) == price


def test_training__gets_the_recordings_as_they_came(speaking: CreationModel, trainer: FakeTrainer) -> None:
    assert speaking.current_version is not None
    learned = {row["sha256"] for row in speaking.current_version.manifest["works"]}
    assert learned == set(speaking.owner.works.values_list("sha256", flat=True))
    assert len(trainer.consents) == 1


def test_generation__is_kept_sealed_with_a_short_copy(speaking: CreationModel, buyer: User, studio: FakeStudio) -> None:
    piece = spoken(speaking, buyer, speed=1.15)
    assert (piece.status, piece.mime) == (GenerationState.READY, "audio/wav")
    assert piece.size == pytest.approx(0.25 * len(TEXT.split()) / 1.15, abs=0.01)
    assert piece.units == 5
    (asked,) = studio.options
    assert asked == {"speed": 1.15, "format": "wav", "preview": True}
    preview = opening.preview_content(actor=buyer.actor, generation_id=piece.pk)
    assert preview.mime == "audio/mpeg"
    assert sounds.sound_inspect(preview.data, "audio/mpeg", longest=9).seconds < 9
    with pytest.raises(errors.NotPaidError):
        opening.clean_content(actor=buyer.actor, generation_id=piece.pk)
    own = opening.shown_content(actor=speaking.owner.actor, generation_id=piece.pk)
    assert sounds.sound_inspect(own.data, "audio/wav", longest=60).seconds == pytest.approx(piece.size, abs=0.05)


def test_generation__names_the_language_only_where_one_was_chosen(
    speaking: CreationModel, buyer: User, studio: FakeStudio
) -> None:
    spoken(speaking, buyer, language="fr")
    spoken(speaking, buyer)
    assert [asked.get("language") for asked in studio.options] == ["fr", None]


def test_generation__fails_without_a_preview(
    speaking: CreationModel, buyer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.support.scripted_files.encoded", lambda *_arguments: b"")
    assert spoken(speaking, buyer).status == GenerationState.FAILED


def test_generation__stops_when_the_model_is_switched_off(
    speaking: CreationModel, buyer: User, studio: FakeStudio
) -> None:
    def switch_off(_number: int) -> None:
        services.model_disable(actor=speaking.owner.actor, model_id=speaking.pk)

    studio.on_piece = switch_off
    piece = spoken(speaking, buyer)
    assert (piece.status, piece.content_key) == (GenerationState.STOPPED, "")


def test_licence__hands_out_three_forms_with_credentials_inside(speaking: CreationModel, buyer: User) -> None:
    piece = spoken(speaking, buyer)
    licence = services.licence_buy(actor=buyer.actor, generation_id=piece.pk, use="commercial", method_token=CARD)
    run_tasks()
    licence.refresh_from_db()
    assert {file.format for file in LicenceFile.objects.filter(licence=licence)} == {"wav", "mp3", "flac"}
    credentials = port("credentials", Credentials)
    for fmt in Voices.formats:
        file, data, sidecar = opening.licence_file(actor=buyer.actor, licence_id=licence.pk, fmt=fmt.suffix)
        assert sidecar is None
        report = credentials.read(data, fmt.mime)
        assert (report.state, report.licence) == (ValidationState.TRUSTED, licence.number)
        heard = sounds.sound_inspect(data, fmt.mime, longest=60)
        assert heard.seconds == pytest.approx(piece.size, abs=0.15)
        found = verify_file(data=data, mime=fmt.mime)
        assert found.licence is not None
        assert found.licence.number == licence.number
        assert file.sha256 == hashlib.sha256(data).hexdigest()
        changed = bytearray(data)
        changed[len(data) // 2] ^= 1
        assert not credentials.read(bytes(changed), fmt.mime).is_intact


def test_licence__keeps_every_sample_in_lossless_forms(speaking: CreationModel, buyer: User) -> None:
    piece = spoken(speaking, buyer)
    licence = services.licence_buy(actor=buyer.actor, generation_id=piece.pk, use="commercial", method_token=CARD)
    run_tasks()
    clean = opening.clean_content(actor=speaking.owner.actor, generation_id=piece.pk)
    wanted = sounds.sound_inspect(clean.data, "audio/wav", longest=60).content_sha256
    for form, mime in (("wav", "audio/wav"), ("flac", "audio/flac")):
        data = opening.licence_file(actor=buyer.actor, licence_id=licence.pk, fmt=form)[1]
        assert sounds.sound_inspect(data, mime, longest=60).content_sha256 == wanted
