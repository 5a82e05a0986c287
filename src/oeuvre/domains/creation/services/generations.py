"""Generations: asked for on the site, written by a worker, sealed at once; only the preview is readable unpaid."""

from __future__ import annotations

import hashlib
import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from oeuvre.domains.audit import services as audit
from oeuvre.domains.creation.common import require_fresh, seal, version_archive
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
from oeuvre.domains.creation.models import CreationModel, Generation, ModelVersion
from oeuvre.domains.creation.ports import GeneratedText, Studio
from oeuvre.domains.creation.preview import preview_of, preview_while_written, tidy
from oeuvre.domains.creation.services.topics import refusal_save, topic_check
from oeuvre.domains.creation.states import GENERATION, GenerationState, ModelState
from oeuvre.kit.actor import Actor
from oeuvre.kit.locks import lock_names
from oeuvre.kit.ports import port
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from uuid import UUID

MAX_PROMPT = 2_000
MIN_TOKENS, MAX_TOKENS = 16, 512
MAX_SEED = 2**31 - 1
_LOOK_EVERY = 0.4
"""Seconds between two looks at the model's state while a text is written: far inside the five that disabling may take."""


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
    *, actor: Actor, model_id: UUID, prompt: str, max_tokens: int = 220, seed: int | None = None
) -> Generation:
    """Ask a model for a text; a worker writes it, and the preview can be watched growing.

    Raises PromptInvalidError, TopicRefusedError (recorded, can be appealed), PreviewsUsedUpError,
    ModelNotFoundError, ModelNotPublishedError, VersionStaleError.
    """
    model, version = _open_model(actor=actor, model_id=model_id)
    prompt = prompt.replace("\x00", "").strip()
    if not 3 <= len(prompt) <= MAX_PROMPT:
        raise PromptInvalidError(f"Describe what you need in 3 to {MAX_PROMPT:,} characters.")
    if not MIN_TOKENS <= max_tokens <= MAX_TOKENS:
        raise PromptInvalidError(f"A text has {MIN_TOKENS} to {MAX_TOKENS} tokens.")
    if seed is not None and not 0 <= seed <= MAX_SEED:
        raise PromptInvalidError(f"A seed is a whole number from 0 to {MAX_SEED:,}.")
    refusal = topic_check(model=model, buyer_id=actor.person_id, prompt=prompt)
    if refusal is not None and actor.user_id != model.owner_id:
        refusal_save(actor=actor, refusal=refusal)
        raise TopicRefusedError(
            f"{model.name} does not write about “{refusal.topic}”. If you think this is a mistake, appeal.",
            refusal=refusal,
        )
    if seed is not None and actor.user_id != model.owner_id:
        _require_one_length(version=version, prompt=prompt, seed=seed, max_tokens=max_tokens)
    with transaction.atomic():
        lock_names([f"previews:{model.pk}:{actor.user_id}"])
        left = previews_left(model=model, buyer_id=actor.person_id)
        if left is not None and left <= 0:
            raise PreviewsUsedUpError(
                f"Your {model.daily_previews} free previews of this model are used up today. "
                "There are new ones after midnight UTC."
            )
        generation = Generation.objects.create(
            model=model,
            version=version,
            buyer_id=actor.person_id,
            prompt=prompt,
            seed=secrets.randbelow(MAX_SEED) if seed is None else seed,
            max_tokens=max_tokens,
        )
        audit.record(actor=actor, code="generation.queued", subject=generation, version=generation.version.name)
        defer("creation.generation_write", generation_id=str(generation.pk))
    return generation


def _require_one_length(*, version: ModelVersion, prompt: str, seed: int, max_tokens: int) -> None:
    """The same prompt and seed begin alike at any length, so the preview of a long text would show all of a short one.

    Raises PromptInvalidError.
    """
    alike = Generation.objects.filter(version=version, seed=seed, prompt=prompt)
    if alike.exclude(max_tokens=max_tokens).exclude(buyer_id=version.model.owner_id).exists():
        raise PromptInvalidError("This prompt was written with this seed at another length. Choose another seed.")


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

    def __call__(self, text: str) -> bool:
        now = time.monotonic()
        if now - self.looked < _LOOK_EVERY:
            return True
        self.looked = now
        if not self.allowed():
            self.stopped = True
            return False
        Generation.objects.filter(pk=self.generation.pk).update(
            preview=preview_while_written(text), updated_at=timezone.now()
        )
        return True

    def allowed(self) -> bool:
        state = CreationModel.objects.values_list("status", "owner_id").get(pk=self.generation.model_id)
        return state[0] == ModelState.PUBLISHED or (
            state[0] != ModelState.DELETED and state[1] == self.generation.buyer_id
        )


def generation_write(*, generation_id: UUID) -> Generation:
    """What the worker does. After a crash it writes again from the start: the same seed gives the same text."""
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
        result = _ask_studio(generation, watch)
    except (StudioUnavailableError, StudioRefusedError) as error:
        return GENERATION.transition(
            generation, GenerationState.FAILED, actor=system, failure=error.message[:300], finished_at=timezone.now()
        )
    if watch.stopped or not watch.allowed():
        return _stop(generation)
    text = tidy(result.text, cut_off=result.finish_reason == "length")
    if not text:
        return GENERATION.transition(
            generation,
            GenerationState.FAILED,
            actor=system,
            failure="The model had nothing to say to this prompt. Try another wording.",
            finished_at=timezone.now(),
        )
    titles = {row["sha256"]: row["title"] for row in generation.version.manifest.get("works", [])}
    return GENERATION.transition(
        generation,
        GenerationState.READY,
        actor=system,
        sealed=seal(model_id=generation.model_id, data=text.encode(), context=f"generation:{generation.pk}"),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        preview=preview_of(text),
        words=len(text.split()),
        tokens=result.tokens,
        credit=[{"sha256": digest, "title": titles.get(digest, ""), "share": share} for digest, share in result.credit],
        finished_at=timezone.now(),
    )


def _stop(generation: Generation) -> Generation:
    return GENERATION.transition(
        generation,
        GenerationState.STOPPED,
        actor=Actor.system(),
        preview="",
        failure="The freelancer switched the model off.",
        finished_at=timezone.now(),
    )


def _ask_studio(generation: Generation, watch: _Writing) -> GeneratedText:
    """Generate; a studio that does not hold the version is given it first, once."""
    studio = port("studio", Studio)

    def ask() -> GeneratedText:
        return studio.generate(
            version=generation.version.name,
            prompt=generation.prompt,
            seed=generation.seed,
            max_tokens=generation.max_tokens,
            asked_by=generation.buyer_id,
            on_text=watch,
        )

    try:
        return ask()
    except VersionNotLoadedError:
        if not watch.allowed():
            watch.stopped = True
            return GeneratedText("", 0, generation.seed, "cancelled", ())
        studio.host(version=generation.version.name, archive=version_archive(generation.version))
        return ask()
