"""What the search index is told of models, and of the gigs that are offered with one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from oeuvre.domains.catalog.services import gig_document_refresh
from oeuvre.domains.creation import selectors
from oeuvre.domains.creation.joined import model_beside
from oeuvre.domains.creation.models import GigModel
from oeuvre.domains.search.services import DocumentDraft, document_put, document_withdraw
from oeuvre.domains.search.states import AiPolicy, Kind
from oeuvre.kit.actor import Actor

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.catalog.models import Gig
    from oeuvre.domains.creation.models import CreationModel

GIG_PART = "creation"


def model_document_sync(model_id: UUID) -> None:
    """Put a model that is on offer into the index, take any other out, and the gigs that are joined to it with it."""
    model = selectors.gallery(actor=Actor.system()).filter(pk=model_id).first()
    if model is None:
        document_withdraw(kind=Kind.MODEL, ref_id=model_id)
    else:
        document_put(actor=Actor.system(), document=_document(model))
    for gig_id in GigModel.objects.filter(model_id=model_id).order_by("gig_id").values_list("gig_id", flat=True):
        gig_document_refresh(gig_id=gig_id)


def models_documents_sync(owner_id: UUID) -> None:
    """The same for every model of a freelancer, after their profile changed."""
    rows = selectors.gallery(actor=Actor.system()).filter(owner_id=owner_id)
    for model_id in rows.values_list("pk", flat=True):
        model_document_sync(model_id)


def _document(model: CreationModel) -> DocumentDraft:
    profile = model.owner.profile
    offers = selectors.uses_on_offer(model=model)
    languages = tuple(profile.languages) or ("en",)
    return DocumentDraft(
        kind=Kind.MODEL,
        ref_id=model.pk,
        owner_id=model.owner_id,
        title=model.name,
        summary=model.tagline,
        body=model.description,
        aliases=tuple(word for word in (profile.trade, model.owner.public_name) if word),
        url_key=f"{profile.handle}/{model.slug}",
        language=languages[0],
        languages=languages,
        price=offers[0].price if offers else None,
        days=0,
        ai_policy=AiPolicy.GENERATED,
        instant=True,
        live_since=model.published_at,
    )


def gig_part(gig: Gig, draft: DocumentDraft) -> DocumentDraft:
    """What creation knows of a gig: that its model answers at once."""
    return replace(draft, instant=True) if model_beside(gig_id=gig.pk).exists() else draft
