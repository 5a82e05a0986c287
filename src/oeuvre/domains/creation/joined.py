"""The creation model that a gig is offered with. Part of the selectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from oeuvre.domains.catalog import selectors as catalog
from oeuvre.domains.catalog.states import AiPolicy, GigState
from oeuvre.domains.creation import desk, selectors
from oeuvre.domains.creation.models import GigModel
from oeuvre.kit.actor import Actor

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from oeuvre.domains.catalog.models import Gig
    from oeuvre.domains.creation.models import CreationModel
    from oeuvre.kit.money import Money


@dataclass(frozen=True, slots=True)
class JoinedModel:
    """A model on offer, with what it costs to use at once and to have edited by hand."""

    model: CreationModel
    """With ``owner.profile``."""
    instant_from: Money | None
    """The cheapest use's price, before fees."""
    edit: Money | None
    """A draft finished by hand; None where the freelancer takes none."""
    edit_days: int


def model_beside(*, gig_id: UUID) -> QuerySet[CreationModel]:
    """The model that buyers see beside a gig: on offer, and the gig does not promise to be made without AI."""
    on_offer = selectors.gallery(actor=Actor.anonymous()).filter(gigs__gig_id=gig_id)
    return on_offer.exclude(gigs__gig__published__ai_policy=AiPolicy.NONE)


def gig_model(*, gig_id: UUID) -> JoinedModel | None:
    """The model that buyers see beside a gig, or None where they see none. One query."""
    model = model_beside(gig_id=gig_id).first()
    if model is None:
        return None
    offers = selectors.uses_on_offer(model=model)
    return JoinedModel(model, offers[0].price if offers else None, selectors.edit_price(model=model), model.edit_days)


def gig_model_id(*, gig_id: UUID) -> UUID | None:
    """The model that a gig is joined to, on offer or not."""
    return GigModel.objects.filter(gig_id=gig_id).values_list("model_id", flat=True).first()


def gigs_with_model(*, model_id: UUID) -> list[Gig]:
    """The live gigs that are offered with a model, oldest first, as ``catalog.gig_cards`` gives them. At most four queries."""
    joined = GigModel.objects.filter(model_id=model_id).order_by("created_at").values_list("gig_id", flat=True)
    found = catalog.gig_cards(actor=Actor.anonymous(), ids=joined)
    return [gig for gig in found if gig.status == GigState.LIVE and not promises_no_ai(gig)]


def promises_no_ai(gig: Gig) -> bool:
    """Whether buyers read of a gig that no model has a part in it; ``model_beside`` asks the database the same."""
    return gig.published is not None and gig.published.ai_policy == AiPolicy.NONE


def joinable_models(*, actor: Actor) -> list[CreationModel]:
    """The actor's own models that a gig can be joined to, newest first."""
    return list(desk.models_on_desk(actor=actor))
