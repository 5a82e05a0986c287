"""Versions from elsewhere: what a model takes, and whose voice nobody can bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from oeuvre.domains.creation import errors, services
from oeuvre.domains.creation.consenting import consent_held
from oeuvre_studio.protocol import Consent, WorkLine, pack, parse
from tests.domains.voice_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.domains.voice_fixtures import on_sale, voice_model  # noqa: F401
from tests.support.scripted import scripted_version

if TYPE_CHECKING:
    from oeuvre.domains.creation.models import CreationModel

pytestmark = pytest.mark.django_db


def of_somebody_else(model: CreationModel) -> bytes:
    """A voice that was fitted elsewhere to anybody's recordings, with the consent of the model's owner copied into it. It is
    signed, as every version is, by whoever made it."""
    held = consent_held(model=model)
    assert held is not None
    works = [WorkLine(file=f"w{number}", text="Somebody else speaks.", title=f"W{number}") for number in range(3)]
    files = scripted_version(
        "Quiet Morning",
        works,
        seed=1,
        status="passed",
        key=Ed25519PrivateKey.generate(),
        consents=[parse(Consent, held.record)],
        modality="voice",
    )
    return pack(files)


def test_version_import__takes_no_voice_that_was_not_trained_here(voice_model: CreationModel) -> None:  # noqa: F811
    model = on_sale(voice_model)
    actor = model.owner.actor
    with pytest.raises(errors.ConsentMissingError, match="nothing shows whose it is"):
        services.version_import(actor=actor, model_id=model.pk, archive=of_somebody_else(model))
    assert model.versions.count() == 1


def test_version_import__takes_ones_own_voice_and_wants_consent_for_its_model(
    voice_model: CreationModel,  # noqa: F811
) -> None:
    model = on_sale(voice_model)
    actor = model.owner.actor
    archive = services.version_export(actor=actor, version_id=model.versions.get().pk)[1]
    second = services.model_create(actor=actor, name="Second", modality="voice")
    services.version_import(actor=actor, model_id=second.pk, archive=archive)
    with pytest.raises(errors.NotPublishableError, match="Consent"):
        services.model_publish(actor=actor, model_id=second.pk)


def test_version_import__makes_what_its_model_makes(voice_model: CreationModel) -> None:  # noqa: F811
    model = on_sale(voice_model)
    actor = model.owner.actor
    archive = services.version_export(actor=actor, version_id=model.versions.get().pk)[1]
    writer = services.model_create(actor=actor, name="A writer", modality="text")
    with pytest.raises(errors.WrongModalityError, match="A writer"):
        services.version_import(actor=actor, model_id=writer.pk, archive=archive)
