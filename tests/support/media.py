"""Pieces, samples and drafts that are files: what a modality that is not made of text leaves in the tables."""

from __future__ import annotations

import base64
import uuid
from typing import TYPE_CHECKING

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.creation import common
from oeuvre.domains.creation.contents import PREVIEW, context_of
from oeuvre.domains.orders.common import KEY_OWNER
from oeuvre.domains.orders.drafts import TakenDraft, draft_keep
from oeuvre.kit.provenance import Signed

if TYPE_CHECKING:
    from oeuvre.domains.creation.models import CreationModel, Generation
    from oeuvre.domains.orders.models import Order

RECORDING = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(range(200))
WAV = "audio/wav"


def preview_file(generation: Generation) -> None:
    """Give a piece a recording as its preview."""
    with accounts.blobs_sealing(owner_id=generation.model_id, owner_type=common.KEY_OWNER) as seal:
        generation.preview, generation.preview_mime = "", WAV
        generation.preview_key = seal(RECORDING, context_of(generation, PREVIEW))
        generation.save(update_fields=["preview", "preview_key", "preview_mime"])


def sample_file(model: CreationModel) -> int:
    """Make an accepted sample of a model's version a recording; its number."""
    version = model.current_version
    assert version is not None
    version.report["samples"][0]["media"] = {"mime": WAV, "content": base64.b64encode(RECORDING).decode()}
    version.sample_verdicts["0"] = "accepted"
    version.save(update_fields=["report", "sample_verdicts"])
    return 0


def draft_recording(order: Order) -> None:
    """Let an order begin from a recording."""
    draft = TakenDraft(uuid.uuid4(), "voice@0123456789ab", 7, "Good morning", Signed(RECORDING, WAV))
    with accounts.blobs_sealing(owner_id=order.pk, owner_type=KEY_OWNER) as keep:
        draft_keep(order=order, draft=draft, keep=keep)
