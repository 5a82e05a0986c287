"""What lies on a freelancer's desk: their models in numbers and all that waits for them. Part of the selectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Case, F, Func, OuterRef, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from oeuvre.domains.creation.errors import ReceiptNotFoundError
from oeuvre.domains.creation.models import (
    CreationModel,
    EditRequest,
    EligibilityApplication,
    Generation,
    Licence,
    ModelReceipt,
    ModelVersion,
    TopicRefusal,
    TrainingRun,
)
from oeuvre.domains.creation.states import (
    TRAINING_STATES,
    EditState,
    LicenceState,
    ModelState,
    RefusalState,
    VersionState,
)

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import Model

    from oeuvre.kit.actor import Actor


def _count(rows: QuerySet[Model]) -> Coalesce:
    """The number of rows as a column; a subquery each, so that the counts do not multiply one another."""
    counted = rows.order_by().annotate(number=Func(F("pk"), function="COUNT")).values("number")
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


def runs_under_way(*, actor: Actor) -> QuerySet[TrainingRun]:
    """The freelancer's runs that wait or train right now."""
    return TrainingRun.objects.filter(
        model__owner_id=actor.user_id, status__in=[str(state) for state in TRAINING_STATES]
    ).select_related("model")


def runs_ahead(*, run: TrainingRun) -> int:
    """Runs, of anybody, that are served before a waiting one."""
    return TrainingRun.objects.filter(
        status__in=[str(state) for state in TRAINING_STATES], created_at__lt=run.created_at
    ).count()


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
