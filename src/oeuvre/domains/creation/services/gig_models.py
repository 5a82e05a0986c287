"""Offering a gig together with a creation model of the same freelancer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from oeuvre.domains.audit import services as audit
from oeuvre.domains.catalog import selectors as catalog
from oeuvre.domains.catalog.services import gig_document_refresh
from oeuvre.domains.catalog.states import AiPolicy
from oeuvre.domains.creation.common import own_model
from oeuvre.domains.creation.errors import GigModelForeignError
from oeuvre.domains.creation.joined import promises_no_ai
from oeuvre.domains.creation.models import GigModel
from oeuvre.kit.actor import Role
from oeuvre.kit.locks import lock_names

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.catalog.models import Gig
    from oeuvre.kit.actor import Actor


def gig_model_join(*, actor: Actor, gig_id: UUID, model_id: UUID) -> GigModel:
    """Offer a gig with a model; another one that it had is left. Buyers see the model while it is on offer.

    Raises GigNotFoundError and ModelNotFoundError for anybody else's, GigModelForeignError for a gig that promises no AI:
    what buyers see of it, or the draft that they will see.
    """
    actor.require(Role.FREELANCER)
    gig = catalog.gig_own(actor=actor, gig_id=gig_id)
    with transaction.atomic():
        lock_names([f"creation.gig-model:{gig_id}"])
        model = own_model(actor=actor, model_id=model_id, lock=True)
        _ai_check(actor, gig)
        joined = GigModel.objects.filter(gig_id=gig_id).first()
        if joined is not None and joined.model_id == model.pk:
            return joined
        if joined is not None:
            joined.delete()
        joined = GigModel.objects.create(gig_id=gig_id, model=model)
        audit.record(actor=actor, code="gig_model.joined", subject=joined, gig=str(gig_id), model=str(model.pk))
        gig_document_refresh(gig_id=gig_id)
    return joined


def _ai_check(actor: Actor, gig: Gig) -> None:
    """Raises GigModelForeignError where buyers would not see the model: not now, or not after the draft is published."""
    if promises_no_ai(gig):
        raise GigModelForeignError(
            _("This gig promises no AI. Change its use of AI first, or leave the model out."), field="model"
        )
    newest = catalog.gig_history(actor=actor, gig_id=gig.pk)[0]
    if newest.ai_policy == AiPolicy.NONE:
        raise GigModelForeignError(
            _(
                "The draft of this gig promises no AI, so buyers would not see the model. "
                "Change the draft's use of AI first, or leave the model out."
            ),
            field="model",
        )


def gig_model_leave(*, actor: Actor, gig_id: UUID) -> bool:
    """Offer a gig without its model; whether it had one. Safe to repeat. Raises GigNotFoundError."""
    catalog.gig_own(actor=actor, gig_id=gig_id)
    with transaction.atomic():
        lock_names([f"creation.gig-model:{gig_id}"])
        joined = GigModel.objects.filter(gig_id=gig_id).first()
        if joined is None:
            return False
        audit.record(actor=actor, code="gig_model.left", subject=joined, gig=str(gig_id), model=str(joined.model_id))
        joined.delete()
        gig_document_refresh(gig_id=gig_id)
    return True
