"""A reading that waits for an operator, for tables that open every page."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.creation.common import KEY_OWNER
from oeuvre.domains.creation.models_voice import VoiceConsent
from oeuvre.domains.creation.states import ConsentState

if TYPE_CHECKING:
    from oeuvre.domains.creation.models import CreationModel

READING = b"RIFF: as it lies in the store, nobody decodes it here"


def reading_to_decide(model: CreationModel) -> VoiceConsent:
    """A reading for the model that its owner wants an operator to hear."""
    now = timezone.now()
    consent = VoiceConsent(
        model=model,
        language="en-us",
        phrase="acorn violin pebble lantern",
        statement="I agree.",
        status=ConsentState.TO_REVIEW,
        expires_at=now + timedelta(minutes=3),
        given_at=now,
        media_type="audio/wav",
        sha256=hashlib.sha256(READING).hexdigest(),
        scores={"likeness_a_lowest": 0.81, "likeness_b_lowest": 0.72, "word_error_rate": 0.0, "same_file": False},
        reasons=["The voice is not that of every recording."],
    )
    with accounts.blobs_sealing(owner_id=model.pk, owner_type=KEY_OWNER) as seal:
        consent.recording_key = seal(READING, consent.context)
        consent.save(force_insert=True)
    return consent


def voice_arguments(model: CreationModel) -> dict[str, Any]:
    return {"consent_id": reading_to_decide(model).pk, "compared_number": 1}
