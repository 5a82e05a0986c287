"""The gallery of models on offer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from oeuvre.domains.creation import selectors, shop
from oeuvre.interfaces.site.catalogue.common import absolute
from oeuvre.interfaces.site.market.common import actor_of
from oeuvre.interfaces.site.market.plates import plate
from oeuvre.kit.pagination import paginate

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from oeuvre.domains.creation.models import CreationModel
    from oeuvre.kit.pagination import Page

PER_PAGE = 12
_MOST_CHARACTERS = 100


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Published models as plates; searched by ``q``, filtered by ``trade`` and by what it ``makes``."""
    search = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:_MOST_CHARACTERS]
    trade = request.GET.get("trade", "").replace("\x00", "").strip().lower()[:_MOST_CHARACTERS]
    shelves = shop.modalities_on_offer()
    modality = request.GET.get("makes", "")
    modality = modality if modality in {shelf.modality for shelf in shelves} else ""
    rows = selectors.gallery(actor=actor_of(request.user), search=search, trade=trade, modality=modality)
    page: Page[CreationModel] = paginate(rows, page=request.GET.get("page"), per_page=PER_PAGE)
    trades = shop.trades()
    return render(
        request,
        "market/gallery.html",
        {
            "page": page,
            "plates": [plate(model) for model in page.items],
            "search": search,
            "trade": trade,
            "trades": trades,
            "makes": modality,
            "shelves": shelves if len(shelves) > 1 else [],
            "all_count": sum(row.count for row in trades),
            "canonical": absolute(reverse("models:gallery")),
        },
    )
