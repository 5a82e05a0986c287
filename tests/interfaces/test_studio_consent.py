"""The pages of consent to a voice: the freelancer's, and the operator's desk."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from oeuvre.domains.creation.models_voice import VoiceConsent
from oeuvre.domains.creation.ports import VoiceCheck
from oeuvre.domains.creation.states import ConsentState
from oeuvre.domains.portfolio import services as portfolio
from oeuvre.interfaces.site.market.plates import model_url
from tests.domains.voice_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.domains.voice_fixtures import published, recordings
from tests.support.sounds import recording
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.creation.models import CreationModel
    from tests.support.fake_voice import FakeVoiceChecker

pytestmark = pytest.mark.django_db
READING = recording(900, 2.5)


@pytest.fixture
def studio_client(voice_model: CreationModel) -> Client:
    client = Client()
    client.force_login(voice_model.owner)
    return client


def _page(client: Client, model: CreationModel) -> str:
    answer = client.get(reverse("studio:consent", args=[model.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def _shown(client: Client, model: CreationModel) -> VoiceConsent:
    client.post(reverse("studio:consent_begin", args=[model.pk]), {"language": "en-us"})
    return VoiceConsent.objects.get(model=model, status=ConsentState.SHOWN)


def _send(client: Client, consent: VoiceConsent, data: bytes = READING) -> Response:
    file = SimpleUploadedFile("reading.wav", data, "audio/wav")
    return client.post(reverse("studio:consent_send", args=[consent.pk]), {"reading": file}, follow=True)


def test_consent__goes_from_phrase_to_consent(studio_client: Client, voice_model: CreationModel) -> None:
    page = _page(studio_client, voice_model)
    assert "Read a phrase aloud" in page
    assert "I am Vera Tide" in page
    consent = _shown(studio_client, voice_model)
    page = _page(studio_client, voice_model)
    assert consent.phrase in page
    assert "data-record" in page
    page = _send(studio_client, consent).content.decode()
    assert consent.phrase not in page
    assert reverse("studio:consent_progress", args=[consent.pk]) in page
    run_tasks()
    answer = studio_client.get(reverse("studio:consent_progress", args=[consent.pk]))
    assert answer.headers["HX-Refresh"] == "true"
    page = _page(studio_client, voice_model)
    assert "Consent holds" in page
    assert "0.86" in page
    heard = studio_client.get(reverse("studio:consent_recording", args=[consent.pk]), headers={"Range": "bytes=0-3"})
    assert (heard.status_code, heard.content) == (206, b"RIFF")


def test_consent__hides_a_phrase_that_was_not_read_in_time(studio_client: Client, voice_model: CreationModel) -> None:
    consent = _shown(studio_client, voice_model)
    VoiceConsent.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    page = _page(studio_client, voice_model)
    assert f'id="phrase">{consent.phrase}' not in page
    assert "not read in time" in page
    assert "Ask for a new one" in _send(studio_client, consent).content.decode()


@pytest.mark.parametrize("data", [b"", b"no sound at all"])
def test_consent__says_what_is_wrong_with_a_file(
    studio_client: Client, voice_model: CreationModel, data: bytes
) -> None:
    page = _send(studio_client, _shown(studio_client, voice_model), data).content.decode()
    assert "Send a WAV, FLAC or MP3 file" in page or "The recording is empty" in page


def test_consent__brings_a_failed_reading_before_an_operator(
    studio_client: Client, voice_model: CreationModel, checker: FakeVoiceChecker, operator: User
) -> None:
    checker.answer = VoiceCheck(passed=False, scores={"likeness_b_lowest": 0.61}, reasons=("Another voice.",))
    consent = _shown(studio_client, voice_model)
    _send(studio_client, consent)
    run_tasks()
    assert "Another voice." in _page(studio_client, voice_model)
    studio_client.post(reverse("studio:consent_review", args=[consent.pk]))
    assert "An operator listens" in _page(studio_client, voice_model)
    desk = Client()
    desk.force_login(operator)
    assert "Vera Tide" in desk.get(reverse("voices_desk:list")).content.decode()
    address = reverse("voices_desk:reading", args=[consent.pk])
    page = desk.get(address).content.decode()
    assert consent.phrase in page
    assert "0.61" in page
    assert desk.get(reverse("voices_desk:recording", args=[consent.pk])).content == READING
    assert desk.get(reverse("voices_desk:compared", args=[consent.pk, 1])).headers["Content-Type"] == "audio/mpeg"
    assert desk.post(address, {"accept": "yes", "reason": ""}).status_code == 422
    assert desk.post(address, {"accept": "yes", "reason": "The same voice with a cold."}).status_code == 302
    assert "Consent holds" in _page(studio_client, voice_model)
    assert "with a cold" in desk.get(address).content.decode()
    assert desk.get(reverse("voices_desk:recording", args=[consent.pk])).status_code == 404


def test_consent__is_taken_back_on_its_page(studio_client: Client, voice_model: CreationModel) -> None:
    consent = _shown(studio_client, voice_model)
    _send(studio_client, consent)
    run_tasks()
    studio_client.post(reverse("studio:consent_withdraw", args=[consent.pk]))
    assert "You took your consent back" in _page(studio_client, voice_model)


def test_head__leads_to_consent_where_a_model_needs_it(studio_client: Client, voice_model: CreationModel) -> None:
    page = studio_client.get(reverse("studio:model", args=[voice_model.pk])).content.decode()
    assert reverse("studio:consent", args=[voice_model.pk]) in page


SOURCE = "a blend of two stock voices of Kokoro-82M"


def test_consent__a_declaration_goes_from_the_page_over_the_desk_to_buyers(
    studio_client: Client, voice_model: CreationModel, operator: User
) -> None:
    assert "Or declare that it is nobody" in _page(studio_client, voice_model)
    address = reverse("studio:consent_declare", args=[voice_model.pk])
    short = studio_client.post(address, {"source": "stock", "agreed": "on"})
    assert short.status_code == 422
    assert studio_client.post(address, {"source": SOURCE}).status_code == 422
    assert not VoiceConsent.objects.exists()
    page = studio_client.post(address, {"source": SOURCE, "agreed": "on"}, follow=True).content.decode()
    assert "An operator listens" in page
    consent = VoiceConsent.objects.get()

    desk = Client()
    desk.force_login(operator)
    assert "declaration" in desk.get(reverse("voices_desk:list")).content.decode()
    page = desk.get(reverse("voices_desk:reading", args=[consent.pk])).content.decode()
    assert SOURCE in page
    assert "Is it nobody&#x27;s voice?" in page
    assert "The phrase" not in page
    assert desk.get(reverse("voices_desk:compared", args=[consent.pk, 1])).status_code == 200
    assert desk.get(reverse("voices_desk:recording", args=[consent.pk])).status_code == 404
    desk.post(reverse("voices_desk:reading", args=[consent.pk]), {"accept": "yes", "reason": "Stock voices."})
    assert "The declaration holds" in _page(studio_client, voice_model)

    recordings(voice_model.owner, count=1, first=2)
    page = _page(studio_client, voice_model)
    assert "1 recording came after the declaration" in page
    assert "Declare" in page
    portfolio.work_remove(actor=voice_model.owner.actor, work_id=voice_model.owner.works.latest("created_at").pk)
    model = published(voice_model)
    public = Client().get(model_url(model)).content.decode()
    assert f"Synthetic voice of no living person, made from: {SOURCE}." in public


def test_consent__a_declaration_is_taken_back_while_it_waits(studio_client: Client, voice_model: CreationModel) -> None:
    address = reverse("studio:consent_declare", args=[voice_model.pk])
    studio_client.post(address, {"source": SOURCE, "agreed": "on"})
    studio_client.post(reverse("studio:consent_withdraw", args=[VoiceConsent.objects.get().pk]))
    assert VoiceConsent.objects.get().status == ConsentState.WITHDRAWN
    assert "Or declare that it is nobody" in _page(studio_client, voice_model)
