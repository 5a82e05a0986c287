"""Other words on a licensed design: set by its buyer without another charge, made by the studio, signed as edited."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oeuvre.domains.audit import services as audit
from oeuvre.domains.creation.common import version_archive
from oeuvre.domains.creation.contents import beside_content
from oeuvre.domains.creation.errors import (
    GenerationClosedError,
    NotPaidError,
    PreviewsUsedUpError,
    PromptInvalidError,
    StudioRefusedError,
    StudioUnavailableError,
    TopicRefusedError,
    VersionNotLoadedError,
)
from oeuvre.domains.creation.modalities.base import DESIGN_JSON
from oeuvre.domains.creation.models import Licence
from oeuvre.domains.creation.models_wording import LicenceWording
from oeuvre.domains.creation.papers import files_sign, files_store
from oeuvre.domains.creation.ports import Studio
from oeuvre.domains.creation.selectors import is_closed, licence_get
from oeuvre.domains.creation.services.topics import refusal_save, topic_check
from oeuvre.domains.creation.states import WORDING, LicenceState, WordingState
from oeuvre.kit.actor import Actor
from oeuvre.kit.locks import lock_names
from oeuvre.kit.ports import port
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from oeuvre.domains.creation.models import Generation

MOST_A_DAY = 10
"""Wordings of one licence a day (UTC): setting a design anew costs the operator some seconds and nobody pays for them."""


def can_reword(generation: Generation) -> bool:
    """Whether a piece is a design that was kept so that its words can be changed."""
    return DESIGN_JSON in generation.beside


def roles_of(generation: Generation) -> tuple[str, ...]:
    """The texts that a design has a place for, as the modality's options name them."""
    told = str(generation.facts.get("roles", "")).split(",")
    return tuple(text.name for text in generation.modality.texts if text.name in told)


def texts_now(licence: Licence) -> dict[str, str]:
    """What stands on the design in its latest words."""
    latest = LicenceWording.objects.filter(licence=licence, status=WordingState.READY).first()
    options = latest.texts if latest else licence.generation.options
    return {role: str(options.get(role, "")) for role in roles_of(licence.generation)}


def rewordings_left(licence: Licence) -> int:
    """How often the words may be changed today."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = LicenceWording.objects.filter(
        licence=licence, created_at__gte=today, created_at__lt=today + timedelta(days=1)
    )
    return MOST_A_DAY - rows.exclude(status=WordingState.FAILED).count()


def licence_reword(*, actor: Actor, licence_id: UUID, texts: Mapping[str, str]) -> LicenceWording:
    """Set a licensed design in other words; a worker makes the files. The licence, its price and its credit stay.

    Raises LicenceNotFoundError, NotPaidError, GenerationClosedError, PromptInvalidError, TopicRefusedError (recorded,
    can be appealed), and PreviewsUsedUpError where it was done too often today.
    """
    licence = licence_get(actor=actor, licence_id=licence_id)
    generation = licence.generation
    if licence.status != LicenceState.ACTIVE:
        raise NotPaidError(_("The words can be changed when the payment has arrived."))
    if is_closed(model=generation.model, actor=actor):
        raise GenerationClosedError(_("The freelancer switched this model off; its pieces are closed."))
    if not can_reword(generation):
        raise PromptInvalidError(_("There are no words on this piece that could be changed."))
    clean = _clean(generation, texts)
    if clean == texts_now(licence):
        raise PromptInvalidError(_("These are the words that stand on it already."))
    _check_topics(actor, generation, clean)
    with transaction.atomic():
        lock_names([f"wordings:{licence.pk}"])
        if rewordings_left(licence) <= 0:
            raise PreviewsUsedUpError(
                ngettext(
                    "The words can be changed %(most)d time a day. Go on after midnight UTC.",
                    "The words can be changed %(most)d times a day. Go on after midnight UTC.",
                    MOST_A_DAY,
                )
                % {"most": MOST_A_DAY}
            )
        wording = LicenceWording.objects.create(licence=licence, texts=clean)
        audit.record(actor=actor, code="wording.queued", subject=wording, licence=licence.number)
        defer("creation.wording_make", wording_id=str(wording.pk))
    return wording


def _clean(generation: Generation, texts: Mapping[str, str]) -> dict[str, str]:
    """The words for every place that the design has; an empty one is left out of it. Raises PromptInvalidError."""
    roles = roles_of(generation)
    if unknown := texts.keys() - set(roles):
        raise PromptInvalidError(_("This design has no place for that text."), field=min(unknown))
    wanted = {**generation.options, **{role: texts.get(role, "") for role in roles}}
    cleaned = generation.modality.options_clean(wanted)
    return {role: str(cleaned.get(role, "")) for role in roles}


def _check_topics(actor: Actor, generation: Generation, texts: Mapping[str, str]) -> None:
    """The freelancer's rules hold for new words as they did for the first."""
    if actor.user_id == generation.model.owner_id:
        return
    asked = generation.modality.wording("", texts).strip()
    refusal = topic_check(model=generation.model, buyer_id=actor.person_id, prompt=asked)
    if refusal is not None:
        refusal_save(actor=actor, refusal=refusal)
        raise TopicRefusedError(
            generation.modality.phrases.refused % {"model": generation.model.name, "topic": refusal.topic},
            refusal=refusal,
        )


def wording_make(*, wording_id: UUID) -> LicenceWording:
    """What the worker does: have the design set, sign every form of it, seal them. Safe to repeat."""
    wording = LicenceWording.objects.select_related(
        "licence__generation__model__owner", "licence__generation__version", "licence__freelancer", "licence__buyer"
    ).get(pk=wording_id)
    if WORDING.is_terminal(wording.status):
        return wording
    licence = wording.licence
    system = Actor.system()
    if licence.status != LicenceState.ACTIVE or is_closed(
        model=licence.generation.model, actor=Actor(licence.buyer_id, frozenset())
    ):
        return WORDING.transition(
            wording,
            WordingState.FAILED,
            actor=system,
            failure=_("The freelancer switched this model off; its pieces are closed."),
            finished_at=timezone.now(),
        )
    try:
        content = _set_again(licence.generation, wording.texts)
    except (StudioUnavailableError, StudioRefusedError) as error:
        return WORDING.transition(
            wording, WordingState.FAILED, actor=system, failure=error.message[:300], finished_at=timezone.now()
        )
    files = files_sign(licence=licence, content=content, edited_at=wording.created_at)
    with transaction.atomic():
        locked = LicenceWording.objects.select_for_update(of=("self",)).get(pk=wording.pk)
        if WORDING.is_terminal(locked.status):
            return locked
        files_store(licence=licence, files=files, wording=wording)
        return WORDING.transition(locked, WordingState.READY, actor=system, finished_at=timezone.now())


def _set_again(generation: Generation, texts: Mapping[str, str]) -> bytes:
    """The piece in other words, as it is kept. Raises StudioUnavailableError, StudioRefusedError."""
    studio, design = port("studio", Studio), beside_content(generation, DESIGN_JSON)
    version = generation.version.name
    try:
        return generation.modality.reword(studio, version, design, texts, asked_by=generation.buyer_id)
    except VersionNotLoadedError:
        studio.host(version=version, archive=version_archive(generation.version))
        return generation.modality.reword(studio, version, design, texts, asked_by=generation.buyer_id)
