"""What leaves an order: files for its two sides, its dates, and the papers that were signed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import Http404
from django.views.decorators.http import require_safe
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.orders import selectors
from oeuvre.interfaces.site.downloads import played, saved
from oeuvre.interfaces.site.market.common import BuyerRequest, buyer_page
from oeuvre.interfaces.site.orders.common import own_order

if TYPE_CHECKING:
    from django.http import HttpResponse

SIDECAR = "application/c2pa"


@buyer_page
@require_safe
@ratelimit(key="user", rate="120/m")
def delivery_file(request: BuyerRequest, order_id: UUID, delivered_id: UUID) -> HttpResponse:
    """A delivered file, with its credentials inside where its format has room for them."""
    own_order(request, order_id)
    file, data, _sidecar = selectors.delivery_file(actor=request.actor, file_id=delivered_id)
    _require_of(order_id, file.delivery.order_id)
    return saved(data, name=file.name, media_type=file.media_type)


@buyer_page
@require_safe
@ratelimit(key="user", rate="120/m")
def delivery_sidecar(request: BuyerRequest, order_id: UUID, delivered_id: UUID) -> HttpResponse:
    """The credentials that lie beside a delivered file."""
    own_order(request, order_id)
    file, _data, sidecar = selectors.delivery_file(actor=request.actor, file_id=delivered_id)
    _require_of(order_id, file.delivery.order_id)
    if sidecar is None:
        raise Http404
    return saved(sidecar, name=f"{file.name}.c2pa", media_type=SIDECAR)


@buyer_page
@require_safe
@ratelimit(key="user", rate="120/m")
def requirement_file(request: BuyerRequest, order_id: UUID, given_id: UUID) -> HttpResponse:
    """A file that the buyer answered with."""
    own_order(request, order_id)
    file, data = selectors.requirement_file(actor=request.actor, file_id=given_id)
    _require_of(order_id, file.order_id)
    return saved(data, name=file.name, media_type=file.media_type)


@buyer_page
@require_safe
@ratelimit(key="user", rate="600/m")
def draft(request: BuyerRequest, order_id: UUID) -> HttpResponse:
    """The piece that the order begins from, where it is a picture or a recording, for the order's page."""
    found = selectors.draft_content(actor=request.actor, order_id=order_id)
    if found.mime.startswith("text/"):
        return saved(found.data, name="draft.txt", media_type=found.mime)
    return played(request, found.data, media_type=found.mime)


@buyer_page
@require_safe
def calendar(request: BuyerRequest, order_id: UUID) -> HttpResponse:
    """The order's dates for a calendar program."""
    found, _side = own_order(request, order_id)
    data = selectors.calendar(actor=request.actor, order_id=order_id)
    return saved(data, name=f"{found.number.lower()}.ics", media_type="text/calendar; charset=utf-8")


@buyer_page
@require_safe
def rights(request: BuyerRequest, order_id: UUID) -> HttpResponse:
    """The signed assignment of rights, which verifies without this installation."""
    found, _side = own_order(request, order_id)
    return _statement(found.rights_statement, f"rights-{found.number.lower()}.json")


@buyer_page
@require_safe
def consent_statement(request: BuyerRequest, order_id: UUID) -> HttpResponse:
    """The buyer's signed word on training."""
    found, _side = own_order(request, order_id)
    consent = getattr(found, "consent", None)
    return _statement(consent.statement if consent else {}, f"training-{found.number.lower()}.json")


def _statement(statement: dict[str, Any], name: str) -> HttpResponse:
    if not statement:
        raise Http404
    data = json.dumps(statement, ensure_ascii=False, indent=2, sort_keys=True).encode()
    return saved(data, name=name, media_type="application/json")


def _require_of(order_id: UUID, found_id: UUID) -> None:
    if order_id != found_id:
        raise Http404
