"""Generations: asked for on the site, made by a worker, sealed at once; only the preview leaves unpaid."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.audit import services as audit
from oeuvre.domains.creation.common import KEY_OWNER, require_fresh, version_archive
from oeuvre.domains.creation.contents import BLANK, beside_content, beside_keep, contents_delete, made_keep
from oeuvre.domains.creation.errors import (
    ModelNotFoundError,
    ModelNotPublishedError,
    PreviewsUsedUpError,
    PromptInvalidError,
    StudioRefusedError,
    StudioUnavailableError,
    TopicRefusedError,
    VersionNotLoadedError,
)
from oeuvre.domains.creation.modalities.base import Brought, Made, Wanted
from oeuvre.domains.creation.modalities.table import MODALITIES
from oeuvre.domains.creation.models import CreationModel, Generation, ModelVersion
from oeuvre.domains.creation.ports import Studio
from oeuvre.domains.creation.services.topics import refusal_save, topic_check
from oeuvre.domains.creation.states import GENERATION, GenerationState, ModelState
from oeuvre.domains.creation.works_shown import works_check
from oeuvre.kit.actor import Actor
from oeuvre.kit.locks import lock_names
from oeuvre.kit.ports import port
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

MAX_PROMPT = 2_000
MAX_SEED = 2**31 - 1
_LOOK_EVERY = 0.4
"""Seconds between two looks at the model's state while a piece is made: far inside the five that disabling may take."""


def _open_model(*, actor: Actor, model_id: UUID) -> tuple[CreationModel, ModelVersion]:
    """A model that the actor may generate with: anybody a published one, its owner also a draft, disabled or stale one."""
    model = CreationModel.objects.select_related("current_version").filter(pk=model_id).first()
    if model is None or model.status == ModelState.DELETED:
        raise ModelNotFoundError("There is no such model.")
    is_owner = actor.user_id == model.owner_id
    if model.status != ModelState.PUBLISHED and not is_owner:
        raise ModelNotPublishedError("This model is switched off by its freelancer.")
    if model.current_version is None:
        raise ModelNotPublishedError("This model has no approved version yet.")
    if not is_owner:
        require_fresh(model.current_version)
    return model, model.current_version


def generation_request(
    *,
    actor: Actor,
    model_id: UUID,
    prompt: str,
    options: Mapping[str, Any] | None = None,
    files: Mapping[str, Brought] | None = None,
    seed: int | None = None,
) -> Generation:
    """Ask a model for a piece; a worker makes it, and the preview of a text can be watched growing.

    ``options`` are the modality's own (``CreationModality.options_clean``); what is not given is as usual. ``files`` are
    what the buyer brings for some of them; what is kept of them goes with the piece.

    Raises PromptInvalidError, FileRefusedError's family, TopicRefusedError (recorded, can be appealed),
    PreviewsUsedUpError, ModelNotFoundError, ModelNotPublishedError, VersionStaleError.
    """
    model, version = _open_model(actor=actor, model_id=model_id)
    prompt = prompt.replace("\x00", "").strip()
    if not 3 <= len(prompt) <= MAX_PROMPT:
        raise PromptInvalidError(f"Describe what you need in 3 to {MAX_PROMPT:,} characters.")
    modality = MODALITIES[model.modality]
    wanted = modality.as_offered(modality.options_clean(options or {}), model)
    if seed is not None and not 0 <= seed <= MAX_SEED:
        raise PromptInvalidError(f"A seed is a whole number from 0 to {MAX_SEED:,}.")
    works_check(model=model, version=version, actor=actor, works=wanted.get(modality.works_option, ()))
    asked = modality.wording(prompt, wanted)
    refusal = topic_check(model=model, buyer_id=actor.person_id, prompt=asked)
    if refusal is not None and actor.user_id != model.owner_id:
        refusal_save(actor=actor, refusal=refusal)
        raise TopicRefusedError(
            modality.phrases.refused % {"model": model.name, "topic": refusal.topic},
            refusal=refusal,
        )
    if seed is not None and modality.one_size_a_seed and actor.user_id != model.owner_id:
        _require_one_size(version=version, prompt=prompt, seed=seed, options=wanted, message=modality.one_size_a_seed)
    brought = modality.files_clean(wanted, files or {})
    with accounts.blobs_sealing(owner_id=model.pk, owner_type=KEY_OWNER) as seal, transaction.atomic():
        lock_names([f"previews:{model.pk}:{actor.user_id}"])
        left = previews_left(model=model, buyer_id=actor.person_id)
        if left is not None and left <= 0:
            raise PreviewsUsedUpError(
                f"Your {model.daily_previews} free previews of this model are used up today. "
                "There are new ones after midnight UTC."
            )
        generation = Generation(
            model=model,
            version=version,
            buyer_id=actor.person_id,
            prompt=prompt,
            seed=secrets.randbelow(MAX_SEED) if seed is None else seed,
            options=wanted,
        )
        generation.beside = beside_keep(generation, brought, seal)
        generation.save(force_insert=True)
        audit.record(actor=actor, code="generation.queued", subject=generation, version=generation.version.name)
        defer("creation.generation_write", generation_id=str(generation.pk))
    return generation


def _require_one_size(
    *, version: ModelVersion, prompt: str, seed: int, options: Mapping[str, Any], message: str
) -> None:
    """The same prompt and seed begin alike at any length, so the preview of a long text would show all of a short one.

    Raises PromptInvalidError.
    """
    alike = Generation.objects.filter(version=version, seed=seed, prompt=prompt)
    if alike.exclude(options=dict(options)).exclude(buyer_id=version.model.owner_id).exists():
        raise PromptInvalidError(message)


def previews_left(*, model: CreationModel, buyer_id: UUID) -> int | None:
    """Free previews that the buyer has left today (UTC); None for the owner, who has no limit."""
    if buyer_id == model.owner_id:
        return None
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    used = (
        Generation.objects.filter(model=model, buyer_id=buyer_id, created_at__gte=today)
        .filter(created_at__lt=today + timedelta(days=1))
        .exclude(status__in=[GenerationState.FAILED, GenerationState.STOPPED])
        .count()
    )
    return model.daily_previews - used


class _Writing:
    """Shows the preview while it grows, and stops the moment the model is switched off."""

    def __init__(self, generation: Generation) -> None:
        self.generation = generation
        self.looked = 0.0
        self.stopped = False

    def __call__(self, preview: Callable[[], str] | None = None) -> bool:
        now = time.monotonic()
        if now - self.looked < _LOOK_EVERY:
            return True
        self.looked = now
        if not self.allowed():
            self.stopped = True
            return False
        if preview is not None:
            Generation.objects.filter(pk=self.generation.pk).update(preview=preview(), updated_at=timezone.now())
        return True

    def allowed(self) -> bool:
        state = CreationModel.objects.values_list("status", "owner_id").get(pk=self.generation.model_id)
        return state[0] == ModelState.PUBLISHED or (
            state[0] != ModelState.DELETED and state[1] == self.generation.buyer_id
        )


def generation_write(*, generation_id: UUID) -> Generation:
    """What the worker does. After a crash it begins again from the start: the same seed gives the same piece."""
    system = Actor.system()
    generation = Generation.objects.select_related("version", "model").get(pk=generation_id)
    if GENERATION.is_terminal(generation.status):
        return generation
    if generation.status == GenerationState.QUEUED:
        generation = GENERATION.transition(generation, GenerationState.WRITING, actor=system)
    watch = _Writing(generation)
    if not watch.allowed():
        return _stop(generation)
    try:
        made = _ask_studio(generation, watch)
    except (StudioUnavailableError, StudioRefusedError) as error:
        return _end(generation, GenerationState.FAILED, error.message)
    if watch.stopped or not watch.allowed():
        return _stop(generation)
    if made is None:
        return _end(generation, GenerationState.FAILED, generation.modality.phrases.nothing_made)
    titles = {row["sha256"]: row["title"] for row in generation.version.manifest.get("works", [])}
    credit = [{"sha256": digest, "title": titles.get(digest, ""), "share": share} for digest, share in made.credit]
    with accounts.blobs_sealing(owner_id=generation.model_id, owner_type=KEY_OWNER) as seal:
        return GENERATION.transition(
            generation,
            GenerationState.READY,
            actor=system,
            credit=credit,
            finished_at=timezone.now(),
            **made_keep(generation, made, seal),
        )


def files_of(generation: Generation) -> dict[str, bytes]:
    """What its buyer brought for a piece, by option. Callers have checked who asks."""
    brought = {option.name for option in generation.modality.files} & generation.beside.keys()
    return {name: beside_content(generation, name) for name in brought}


def _stop(generation: Generation) -> Generation:
    return _end(generation, GenerationState.STOPPED, "The freelancer switched the model off.")


def _end(generation: Generation, status: GenerationState, failure: str) -> Generation:
    """Nothing came of it: what was brought for it goes too."""
    with transaction.atomic():
        contents_delete([generation])
        return GENERATION.transition(
            generation,
            status,
            actor=Actor.system(),
            failure=failure[:300],
            finished_at=timezone.now(),
            **BLANK,
        )


def _ask_studio(generation: Generation, watch: _Writing) -> Made | None:
    """Have it made; a studio that does not hold the version is given it first, once."""
    studio = port("studio", Studio)

    wanted = Wanted(
        version=generation.version.name,
        prompt=generation.prompt,
        seed=generation.seed,
        options=generation.options,
        asked_by=generation.buyer_id,
        files=files_of(generation),
    )
    modality = generation.modality
    try:
        return modality.make(studio, wanted, watch)
    except VersionNotLoadedError:
        if not watch.allowed():
            watch.stopped = True
            return None
        studio.host(version=generation.version.name, archive=version_archive(generation.version))
        return modality.make(studio, wanted, watch)
