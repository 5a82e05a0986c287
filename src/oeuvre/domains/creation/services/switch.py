"""The off switch: disabling within seconds, deleting for good, each with a signed receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.creation.common import KEY_OWNER, own_model
from oeuvre.domains.creation.contents import BLANK, contents_delete
from oeuvre.domains.creation.documents import model_document_sync
from oeuvre.domains.creation.models import CreationModel, Generation, Licence, ModelReceipt, TrainingRun
from oeuvre.domains.creation.models_voice import VoiceConsent
from oeuvre.domains.creation.papers import verify_url
from oeuvre.domains.creation.ports import Credentials, Studio
from oeuvre.domains.creation.states import MODEL, TRAINING_STATES, GenerationState, LicenceState, ModelState
from oeuvre.kit.numbers import reference_number
from oeuvre.kit.ports import port
from oeuvre.kit.provenance import AmountRow, EventReceipt, ModelEvent
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.kit.actor import Actor


def model_disable(*, actor: Actor, model_id: UUID) -> ModelReceipt:
    """Switch a model off. From this transaction's commit on no page, download or request of anybody else works;
    texts being written stop at their next look, and the studio is told to forget the versions.
    """
    with transaction.atomic():
        model = own_model(actor=actor, model_id=model_id, lock=True)
        model = MODEL.transition(model, ModelState.DISABLED, actor=actor, disabled_at=timezone.now())
        model_document_sync(model.pk)
        defer("creation.model_evict", model_id=str(model.pk))
        return _receipt(model, ModelEvent.DISABLED)


def model_delete(*, actor: Actor, model_id: UUID) -> ModelReceipt:
    """Delete a model: its data key is destroyed, so versions, generations and licensed files are unreadable for
    everybody and for good. Certificates and receipts still verify. A run under way is cancelled.
    """
    with transaction.atomic():
        model = own_model(actor=actor, model_id=model_id, lock=True)
        TrainingRun.objects.filter(model=model, status__in=[str(state) for state in TRAINING_STATES]).update(
            cancel_requested=True
        )
        model = MODEL.transition(model, ModelState.DELETED, actor=actor)
        receipt = _receipt(model, ModelEvent.DELETED)
        accounts.vault_destroy(actor=actor, owner_type=KEY_OWNER, owner_id=model.pk)
        pieces = Generation.objects.filter(model=model)
        contents_delete(pieces)
        readings_delete(model)
        pieces.update(**BLANK)
        model_document_sync(model.pk)
        defer("creation.model_evict", model_id=str(model.pk))
        return receipt


def readings_delete(model: CreationModel) -> None:
    """Let the recordings of consent go with a model; what was found of them, and the signed records, stay."""
    rows = VoiceConsent.objects.filter(model=model).exclude(recording_key="")
    accounts.blobs_delete_later(keys=list(rows.values_list("recording_key", flat=True)))
    rows.update(recording_key="")


def model_evict(*, model_id: UUID) -> None:
    """Tell the studio to forget every version of a model and to end their streams; safe to repeat."""
    studio = port("studio", Studio)
    for name in CreationModel.objects.get(pk=model_id).versions.values_list("name", flat=True):
        studio.evict(version=name)


def _receipt(model: CreationModel, event: ModelEvent) -> ModelReceipt:
    versions = tuple(model.versions.order_by("created_at").values_list("name", flat=True))
    generations = Generation.objects.filter(model=model)
    licences = Licence.objects.filter(generation__model=model, status=LicenceState.ACTIVE)
    effects = [
        AmountRow("Versions that no longer answer", str(len(versions))),
        AmountRow(
            "Generations closed to everybody else", str(generations.filter(status=GenerationState.READY).count())
        ),
        AmountRow("Licences that stay valid", str(licences.count()), "buyers keep the files they downloaded"),
    ]
    fingerprint = ""
    if event is ModelEvent.DELETED:
        fingerprint = accounts.vault_fingerprint(owner_type=KEY_OWNER, owner_id=model.pk)
        effects.append(AmountRow("Data key destroyed", fingerprint[:16], "nothing of the model can be decrypted"))
    number = reference_number("MR")
    statement = EventReceipt(
        number=number,
        event=event,
        model=model.name,
        freelancer=str(model.owner),
        versions=versions,
        occurred_at=timezone.now(),
        effects=tuple(effects),
        key_fingerprint=fingerprint,
        platform=settings.SITE_NAME,
        verify_url=verify_url(number),
        language=model.owner.locale,
    )
    return ModelReceipt.objects.create(
        model=model,
        owner_id=model.owner_id,
        number=number,
        event=event.value,
        statement=port("credentials", Credentials).sign_statement(statement.payload()),
    )
