"""Consents to models of voices, for those who may read them. Part of the selectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oeuvre.domains.creation.errors import ConsentMissingError, ConsentNotFoundError
from oeuvre.domains.creation.modalities.table import MODALITIES
from oeuvre.domains.creation.models_voice import VoiceConsent
from oeuvre.domains.creation.states import CONSENTED, ConsentKind, ConsentState, ModelState
from oeuvre.kit.actor import Role

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from django.db.models import QuerySet

    from oeuvre.domains.creation.models import CreationModel, ModelVersion
    from oeuvre.kit.actor import Actor


def consents_of(*, model: CreationModel) -> QuerySet[VoiceConsent]:
    """All readings for a model that the caller knows to be the actor's, newest first."""
    return VoiceConsent.objects.filter(model=model).order_by("-created_at")


def consent_own(*, actor: Actor, consent_id: UUID) -> VoiceConsent:
    """A reading for one of the actor's own models. Raises ConsentNotFoundError."""
    rows = VoiceConsent.objects.select_related("model__owner").exclude(model__status=ModelState.DELETED)
    consent = rows.filter(pk=consent_id, model__owner_id=actor.user_id).first()
    if consent is None:
        raise ConsentNotFoundError(_("There is no such reading of yours."))
    return consent


def consents_on_desk(*, actor: Actor, decided: bool = False) -> QuerySet[VoiceConsent]:
    """Readings that wait for an operator, oldest first, or those that one decided. Raises PermissionDeniedError."""
    actor.require(Role.OPERATOR)
    rows = VoiceConsent.objects.select_related("model__owner__profile", "decided_by")
    rows = rows.exclude(model__status=ModelState.DELETED)
    if decided:
        return rows.filter(decided_at__isnull=False).order_by("-decided_at")
    return rows.filter(status=ConsentState.TO_REVIEW).order_by("created_at")


def consent_on_desk(*, actor: Actor, consent_id: UUID) -> VoiceConsent:
    """A reading that an operator decides or decided. Raises PermissionDeniedError, ConsentNotFoundError."""
    waiting = consents_on_desk(actor=actor).filter(pk=consent_id).first()
    found = waiting or consents_on_desk(actor=actor, decided=True).filter(pk=consent_id).first()
    if found is None:
        raise ConsentNotFoundError(_("There is no such reading."))
    return found


def consent_held(*, model: CreationModel) -> VoiceConsent | None:
    """The consent that holds for a model now."""
    return VoiceConsent.objects.filter(model=model, status__in=CONSENTED).order_by("-created_at").first()


def synthetic_source(version: ModelVersion | None) -> str:
    """What a synthetic voice was made from, as the version's signed papers say; empty for the voice of a person, and for
    what is no voice."""
    consents = version.manifest.get("consents", []) if version else []
    told = [consent.get("checks", {}) for consent in consents if consent.get("kind") == ConsentKind.SYNTHETIC]
    return str(told[-1].get("source", "")) if told else ""


def is_consent_missing(*, model: CreationModel) -> bool:
    """Whether a model needs a consent and has none."""
    return MODALITIES[model.modality].needs_consent and consent_held(model=model) is None


def uncovered(*, consent: VoiceConsent, learned: Collection[str]) -> int:
    """How many of the works, by their SHA-256, a declaration was not made of; 0 for a reading, which is held against the
    voice itself."""
    return len(set(learned) - set(consent.covers)) if consent.is_declaration else 0


def consents_required(*, model: CreationModel, learned: Collection[str]) -> tuple[dict[str, Any], ...]:
    """The signed consents that a version of the model must carry that learns from these works, by their SHA-256; none
    where its modality needs none.

    Raises ConsentMissingError where one is needed and none holds, or it does not cover the works.
    """
    if not MODALITIES[model.modality].needs_consent:
        return ()
    held = consent_held(model=model)
    if held is None:
        raise ConsentMissingError(
            _("A model of a voice needs its owner's consent, read aloud. Read a phrase on the model's page “Consent”."),
            model=model,
        )
    if new := uncovered(consent=held, learned=learned):
        raise ConsentMissingError(
            ngettext(
                "%(count)d recording came after you declared what the others are. Declare anew on the model's page "
                "“Consent”, or mark it as not for training.",
                "%(count)d recordings came after you declared what the others are. Declare anew on the model's page "
                "“Consent”, or mark them as not for training.",
                new,
            )
            % {"count": new},
            model=model,
        )
    return (held.record,)
