"""The buyer's own pieces, licences and payments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from oeuvre.domains.billing import selectors as billing
from oeuvre.domains.creation import selectors
from oeuvre.domains.creation.papers import title_of
from oeuvre.domains.creation.services.licences import PURPOSE
from oeuvre.domains.creation.states import LicenceState
from oeuvre.domains.creation.terms import licence_uses
from oeuvre.interfaces.site.market.common import BuyerRequest, buyer_page
from oeuvre.interfaces.site.market.plates import seed_of
from oeuvre.kit.pagination import paginate

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oeuvre.domains.creation.models import Generation, Licence
    from oeuvre.kit.pagination import Page

PER_PAGE = 12
_HELD = (LicenceState.AWAITING_PAYMENT, LicenceState.PREPARING, LicenceState.ACTIVE)


@buyer_page
@require_safe
def pieces(request: BuyerRequest) -> HttpResponse:
    """Pieces of models that are on, licensed or not."""
    rows = selectors.generations_of_buyer(actor=request.actor)
    page: Page[Generation] = paginate(rows, page=request.GET.get("page"), per_page=PER_PAGE)
    shown = [
        {
            "generation": row,
            "title": title_of(row),
            "seed": seed_of(row.model),
            "licences": [licence for licence in row.licences.all() if licence.status in _HELD],
        }
        for row in page.items
    ]
    return render(request, "market/library.html", {"page": page, "rows": shown})


@buyer_page
@require_safe
def licences(request: BuyerRequest) -> HttpResponse:
    """Licences, also of models that are off: their papers stay the buyer's."""
    rows = selectors.licences_of_buyer(actor=request.actor).select_related(
        "generation__model__owner__profile", "generation__version", "freelancer"
    )
    page: Page[Licence] = paginate(rows, page=request.GET.get("page"), per_page=PER_PAGE)
    shown = [
        {
            "licence": row,
            "title": title_of(row.generation),
            "seed": seed_of(row.generation.model),
            "use": licence_uses()[row.use].label,
            "total": row.money("total"),
            "is_open": not selectors.is_closed(model=row.generation.model, actor=request.actor),
        }
        for row in page.items
    ]
    return render(request, "market/licences.html", {"page": page, "rows": shown})


@buyer_page
@require_safe
def payments(request: BuyerRequest) -> HttpResponse:
    """Everything that this person paid or tried to pay, each with its receipt."""
    page = billing.payments(actor=request.actor, page=request.GET.get("page"))
    bought = [row.reference_id for row in page.items if row.purpose == PURPOSE]
    held = {row.pk: row for row in selectors.licences_of_buyer(actor=request.actor).filter(pk__in=bought)}
    rows = [
        {
            "payment": row,
            "licence": held.get(row.reference_id),
            "title": title_of(held[row.reference_id].generation) if row.reference_id in held else row.description,
            "is_licence": row.purpose == PURPOSE,
        }
        for row in page.items
    ]
    return render(request, "market/payments.html", {"page": page, "rows": rows})
