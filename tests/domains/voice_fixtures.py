"""Fixtures for voices: a model with recordings, scripted checks."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import pytest

from oeuvre.domains.creation import services
from oeuvre.domains.creation.modalities.base import Least
from oeuvre.domains.creation.modalities.voice import Voices
from oeuvre.domains.creation.models import CreationModel
from oeuvre.domains.creation.ports import VoiceChecker
from oeuvre.domains.portfolio import services as portfolio
from oeuvre.kit.files import sounds
from oeuvre.kit.money import Money
from oeuvre.kit.ports import port
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.support.fake_voice import VOICE_PORTS, FakeVoiceChecker
from tests.support.sounds import recording

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User


inspected = functools.cache(sounds.sound_inspect)
"""Looking into a recording takes a process; these tests look into the same few again and again."""


@pytest.fixture(autouse=True)
def voices_taken(monkeypatch: pytest.MonkeyPatch, settings: Any, scripted_ports: None) -> None:
    """Scripted checks of readings; two recordings are enough to train."""
    settings.PORTS = {**settings.PORTS, **VOICE_PORTS}
    monkeypatch.setattr("oeuvre.domains.portfolio.modalities.voice.sound_inspect", inspected)
    monkeypatch.setattr(sounds, "sound_inspect", inspected)
    monkeypatch.setattr(Voices, "least", Least(works=2, size=4))


@pytest.fixture
def checker() -> FakeVoiceChecker:
    fake = port("voice_checker", VoiceChecker)
    assert isinstance(fake, FakeVoiceChecker)
    return fake


def recordings(user: User, count: int = 2, first: int = 0) -> None:
    """Works of a voice: no two alike, and none like another person's."""
    start = sum(map(ord, user.email))
    for number in range(first, first + count):
        portfolio.work_add(
            actor=user.actor,
            filename=f"spot-{number}.wav",
            data=recording(start + number, 3.0),
            title=f"Spot {number}",
            kind="radio spot",
            language="en",
        )


@pytest.fixture
def voice_model(vetted: User, blob_folder: object) -> CreationModel:
    """A draft of a voice, with recordings and without consent."""
    recordings(vetted)
    return services.model_create(actor=vetted.actor, name="Quiet Morning", modality="voice")


def on_sale(model: CreationModel, price: int = 1_200) -> CreationModel:
    """The model with its owner's consent, trained, approved and published."""
    actor = model.owner.actor
    consent = services.consent_begin(actor=actor, model_id=model.pk, language="en-us")
    services.consent_send(actor=actor, consent_id=consent.pk, data=recording(900, 2.5))
    services.consent_check(consent_id=consent.pk)
    return published(model, price)


def published(model: CreationModel, price: int = 1_200) -> CreationModel:
    """The model trained, approved and published; its consent is there."""
    actor = model.owner.actor
    run = services.training_start(actor=actor, model_id=model.pk)
    services.training_execute(run_id=run.pk)
    version = model.versions.get()
    services.sample_judge(actor=actor, version_id=version.pk, index=0, accepted=True)
    services.version_approve(actor=actor, version_id=version.pk)
    services.model_update(actor=actor, model_id=model.pk, tagline="Calm and near", description="Reads what you write.")
    for use, amount in {"commercial": price, "personal": price // 3, "edit": 4_500}.items():
        services.model_price_set(actor=actor, model_id=model.pk, use=use, amount=Money(amount))
    return services.model_publish(actor=actor, model_id=model.pk)
