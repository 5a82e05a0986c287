"""What a freelancer may name in public as evidence or as a sample: their works, and pieces that they asked for themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F

from oeuvre.domains.catalog.services import Reference
from oeuvre.domains.creation.models import Generation
from oeuvre.domains.creation.states import GenerationState, ModelState
from oeuvre.domains.portfolio import selectors as portfolio
from oeuvre.domains.portfolio.states import WorkState
from oeuvre.kit.actor import Actor

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from uuid import UUID


def works(owner_id: UUID, ids: Collection[UUID]) -> Mapping[UUID, Reference]:
    """Works of the freelancer's that nobody found to be a copy. They have no page: the content stays sealed."""
    found = portfolio.works_named(actor=Actor.system(), ids=ids)
    return {
        work.pk: Reference("work", work.pk, work.title)
        for work in found.values()
        if work.owner_id == owner_id and work.status == WorkState.ACCEPTED
    }


def generations(owner_id: UUID, ids: Collection[UUID]) -> Mapping[UUID, Reference]:
    """Finished pieces of the freelancer's own published models; never what a buyer asked for."""
    rows = Generation.objects.filter(
        pk__in=ids,
        buyer_id=owner_id,
        model__owner_id=F("buyer_id"),
        model__status=ModelState.PUBLISHED,
        status=GenerationState.READY,
    ).select_related("model__owner__profile")
    return {
        row.pk: Reference(
            "generation", row.pk, row.model.name, f"/models/{row.model.owner.profile.handle}/{row.model.slug}/"
        )
        for row in rows
    }
