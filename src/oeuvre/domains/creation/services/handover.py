"""A generation on its way to somebody who reworks it: the piece with its credentials, and all that made it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from oeuvre.domains.audit import services as audit
from oeuvre.domains.creation import selectors
from oeuvre.domains.creation.common import require_fresh
from oeuvre.domains.creation.contents import generation_content
from oeuvre.domains.creation.errors import GenerationNotReadyError
from oeuvre.domains.creation.papers import claim_of
from oeuvre.domains.creation.ports import Credentials
from oeuvre.domains.creation.states import GenerationState
from oeuvre.kit.ports import port

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.kit.actor import Actor
    from oeuvre.kit.provenance import Signed


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A generation as plain values. ``file`` is the whole piece, signed as made by the version."""

    generation_id: UUID
    freelancer_id: UUID
    prompt: str
    seed: int
    version: str
    file: Signed


def generation_hand_over(*, actor: Actor, generation_id: UUID) -> HandedOver:
    """Give a finished generation to the order that reworks it; for its buyer, and for the model's owner.

    Raises GenerationNotFoundError, GenerationClosedError, GenerationNotReadyError, VersionStaleError.
    """
    generation = selectors.generation_get(actor=actor, generation_id=generation_id)
    if generation.status != GenerationState.READY:
        raise GenerationNotReadyError("This piece is not finished yet. Wait until its preview is complete.")
    require_fresh(generation.version)
    content, mime = generation.modality.shown(generation_content(generation), generation.mime)
    file = port("credentials", Credentials).sign(content, mime, claim_of(generation))
    audit.record(actor=actor, code="generation.handed_over", subject=generation, version=generation.version.name)
    return HandedOver(
        generation_id=generation.pk,
        freelancer_id=generation.model.owner_id,
        prompt=generation.prompt,
        seed=generation.seed,
        version=generation.version.name,
        file=file,
    )
