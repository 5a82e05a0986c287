"""What lies on a freelancer's desk: their models in numbers and all that waits for them. Part of the selectors."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

from django.db.models import Case, F, Func, IntegerField, OuterRef, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from oeuvre.domains.creation.common import own_version, version_archive
from oeuvre.domains.creation.errors import ModelNotFoundError, ReceiptNotFoundError
from oeuvre.domains.creation.models import (
    CreationModel,
    EditRequest,
    EligibilityApplication,
    Generation,
    Licence,
    ModelPrice,
    ModelReceipt,
    ModelVersion,
    TopicRefusal,
    TrainingRun,
)
from oeuvre.domains.creation.ports import Trainer
from oeuvre.domains.creation.states import (
    TRAINING_STATES,
    EditState,
    LicenceState,
    ModelState,
    RefusalState,
    VersionState,
)
from oeuvre.kit.parts import Part, with_parts
from oeuvre.kit.ports import port

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import Model

    from oeuvre.kit.actor import Actor


def _count(rows: QuerySet[Model]) -> Coalesce:
    """The number of rows as a column; a subquery each, so that the counts do not multiply one another."""
    counted = (
        rows.order_by()
        .annotate(how_many=Func(F("pk"), function="COUNT", output_field=IntegerField()))
        .values("how_many")
    )
    return Coalesce(Subquery(counted), 0)


def models_on_desk(*, actor: Actor) -> QuerySet[CreationModel]:
    """The freelancer's models, newest first, each with ``version_count``, ``generation_count``, ``licence_count``,
    ``open_appeals``, ``open_edits`` and ``awaiting_version`` (the id of the newest version without a decision)."""
    mine = OuterRef("pk")
    paid = (LicenceState.PREPARING, LicenceState.ACTIVE)
    waiting = ModelVersion.objects.filter(model=mine, status=VersionState.AWAITING_APPROVAL).order_by("-created_at")
    return (
        CreationModel.objects.filter(owner_id=actor.user_id)
        .exclude(status=ModelState.DELETED)
        .select_related("current_version", "owner__profile")
        .annotate(
            version_count=_count(ModelVersion.objects.filter(model=mine)),
            generation_count=_count(Generation.objects.filter(model=mine)),
            licence_count=_count(Licence.objects.filter(generation__model=mine, status__in=paid)),
            open_appeals=_count(TopicRefusal.objects.filter(model=mine, status=RefusalState.APPEALED)),
            open_edits=_count(EditRequest.objects.filter(generation__model=mine, status=EditState.REQUESTED)),
            awaiting_version=Subquery(waiting.values("pk")[:1]),
        )
    )


def model_on_desk(*, actor: Actor, model_id: UUID) -> CreationModel:
    """One of the freelancer's models with its counts. Raises ModelNotFoundError for anybody else's."""
    model = models_on_desk(actor=actor).filter(pk=model_id).first()
    if model is None:
        raise ModelNotFoundError("There is no such model of yours.")
    return model


def prices_of(*, model: CreationModel) -> QuerySet[ModelPrice]:
    """The prices that hold now, of uses and of an edit."""
    return ModelPrice.objects.filter(model=model, replaced_at=None)


def runs_under_way(*, actor: Actor) -> QuerySet[TrainingRun]:
    """The freelancer's runs that wait or train right now."""
    return _runs_open().filter(model__owner_id=actor.user_id).select_related("model")


def models_with_runs(*, actor: Actor) -> tuple[list[CreationModel], list[TrainingRun]]:
    """``models_on_desk``, and the runs of theirs that wait or train right now. One query."""
    models = list(with_parts(models_on_desk(actor=actor), Part("runs", rows=_runs_open(), to_attr="open_runs")))
    return models, [run for model in models for run in model.open_runs]  # type: ignore[attr-defined]  # the part


def runs_ahead(*, run: TrainingRun) -> int:
    """Runs, of anybody, that are served before a waiting one."""
    return _runs_open().filter(created_at__lt=run.created_at).count()


def _runs_open() -> QuerySet[TrainingRun]:
    return TrainingRun.objects.filter(status__in=[str(state) for state in TRAINING_STATES])


def applications_of(*, actor: Actor) -> QuerySet[EligibilityApplication]:
    """The freelancer's own applications, newest first."""
    return EligibilityApplication.objects.filter(freelancer_id=actor.user_id)


def edits_asked(*, actor: Actor) -> QuerySet[EditRequest]:
    """Edits that buyers asked of the freelancer; unanswered ones first."""
    rows = EditRequest.objects.filter(freelancer_id=actor.user_id).select_related(
        "generation__model", "generation__version", "buyer"
    )
    return rows.order_by(Case(When(status=EditState.REQUESTED, then=0), default=1), "due_on", "-created_at")


def receipt_own(*, actor: Actor, receipt_id: UUID) -> ModelReceipt:
    """One of the freelancer's receipts, also of a model that is deleted. Raises ReceiptNotFoundError."""
    receipt = ModelReceipt.objects.filter(pk=receipt_id, owner_id=actor.user_id).select_related("model").first()
    if receipt is None:
        raise ReceiptNotFoundError("There is no such receipt of yours.")
    return receipt


def version_signature(*, actor: Actor, version_id: UUID) -> dict[str, Any]:
    """The signature that travels in a version's archive, after the whole archive was verified.

    Raises VersionNotFoundError, VersionDamagedError.
    """
    archive = version_archive(own_version(actor=actor, version_id=version_id))
    port("trainer", Trainer).verify(archive=archive)
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
        member = tar.extractfile("signature.json")
        found: dict[str, Any] = json.loads(member.read()) if member else {}
    return found
