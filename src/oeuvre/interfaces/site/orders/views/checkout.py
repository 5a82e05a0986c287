"""Ordering: what is chosen, what it must be like, every amount before it is paid, and the card."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.briefs import selectors as briefs
from oeuvre.domains.catalog import selectors as catalog
from oeuvre.domains.creation import selectors as creation
from oeuvre.domains.creation.states import EditState
from oeuvre.domains.orders import selectors, services
from oeuvre.domains.orders.errors import AlreadyOrderedError, NotYourPartError, OrderInvalidError
from oeuvre.domains.orders.services.sources import edit_terms, gig_terms, offer_terms
from oeuvre.domains.orders.states import OrderState
from oeuvre.interfaces.site.cards import CardForm
from oeuvre.interfaces.site.conversations.common import uuid_of
from oeuvre.interfaces.site.errors import FormErrors
from oeuvre.interfaces.site.market.common import BuyerRequest, buyer_page, number_of, status_of
from oeuvre.interfaces.site.orders.common import person
from oeuvre.interfaces.site.orders.criteria import CriteriaForm, criterion_words
from oeuvre.interfaces.site.orders.split import of_quote
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse, QueryDict

    from oeuvre.domains.catalog.selectors import GigPage
    from oeuvre.domains.orders.models import Order
    from oeuvre.domains.orders.terms import OrderTerms


class PayForm(CardForm):
    """The card, and the buyer's word on what was agreed."""

    agree = forms.BooleanField(
        label=gettext_lazy("I agree to the rights and the AI policy that stand here."),
        error_messages={"required": gettext_lazy("Read the rights and the AI policy, and tick that you agree.")},
    )


class GigPayForm(CriteriaForm, PayForm):
    """The same with what the delivery must be like."""


@dataclass(frozen=True, slots=True)
class _Choice:
    """What of a gig is ordered."""

    package: str
    extras: frozenset[UUID]
    generation_id: UUID | None

    @classmethod
    def of(cls, data: QueryDict, page: GigPage) -> _Choice:
        """As an address or a form says it; without a package the first one, which is the cheapest."""
        packages = [row.key for row in page.shown.packages]
        wanted = data.get("package", "")
        known = {row.pk for row in page.shown.extras}
        extras = frozenset(pk for pk in map(uuid_of, data.getlist("extra")) if pk in known)
        return cls(wanted if wanted in packages else packages[0], extras, uuid_of(data.get("piece")))


@buyer_page
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="10/m", method="POST")
def from_gig(request: BuyerRequest, url_key: str) -> HttpResponse:
    """Order a package of a gig. ``?package=``, ``?extra=`` and ``?piece=`` choose; sending the form twice orders once."""
    page = catalog.gig_public(actor=request.actor, url_key=url_key)
    choice = _Choice.of(request.POST if request.method == "POST" else request.GET, page)
    form = GigPayForm(request.POST or None)
    version_id = uuid_of(request.POST.get("version")) or page.shown.version.pk
    terms = gig_terms(page.shown, package=choice.package, extras=choice.extras, generation_id=choice.generation_id)

    def start(**payment: Any) -> Order:
        return services.order_start_from_gig(
            actor=request.actor,
            gig_version_id=version_id,
            package=choice.package,
            extras=choice.extras,
            criteria=form.terms,
            generation_id=choice.generation_id,
            **payment,
        )

    piece = None
    if choice.generation_id:
        piece = creation.generation_get(actor=request.actor, generation_id=choice.generation_id)
    context = {
        "gig": page.gig,
        "freelancer": person(page.gig.owner),
        "shown": page.shown,
        "choice": choice,
        "piece": piece,
        "is_open": page.availability.open and page.gig.owner_id != request.actor.user_id,
        "is_own": page.gig.owner_id == request.actor.user_id,
        "availability": page.availability,
        "version_id": page.shown.version.pk,
    }
    return _checkout(request, terms, form, start, context)


@buyer_page
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="10/m", method="POST")
def from_edit(request: BuyerRequest, edit_id: UUID) -> HttpResponse:
    """Order an edit that the freelancer took, at the price that both agreed on."""
    edit = creation.edit_get(actor=request.actor, edit_id=edit_id)
    if edit.buyer_id != request.actor.user_id:
        raise NotYourPartError(_("The buyer of the edit orders it."))
    if edit.status != EditState.ACCEPTED:
        raise OrderInvalidError(_("The freelancer has not taken this edit."), field="edit")

    def start(**payment: Any) -> Order:
        return services.order_start_for_edit(actor=request.actor, edit_id=edit_id, **payment)

    context = {"freelancer": person(edit.freelancer), "piece": edit.generation, "is_open": True}
    return _checkout(request, edit_terms(edit), PayForm(request.POST or None), start, context)


@buyer_page
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="10/m", method="POST")
def from_offer(request: BuyerRequest, offer_id: UUID) -> HttpResponse:
    """Accept an offer on a brief or in a conversation. ``?extra=`` adds its extras by their places, from 0.

    Leads to the order where there is one already.
    """
    shown = briefs.offer_get(actor=request.actor, offer_id=offer_id)
    offered = briefs.offer_terms(actor=request.actor, offer_id=offer_id)
    there = selectors.orders_of(actor=request.actor).filter(offer_id=offer_id).exclude(status=OrderState.CANCELLED)
    if order := there.first():
        return redirect("orders:order", order.pk)
    given = (request.POST if request.method == "POST" else request.GET).getlist("extra")
    extras = frozenset(place for place in map(number_of, given) if place is not None and place < len(offered.extras))

    def start(**payment: Any) -> Order:
        return services.order_start_from_offer(actor=request.actor, offer_id=offer_id, extras=extras, **payment)

    context = {
        "freelancer": person(shown.freelancer),
        "offer": shown.offer,
        "offered": [(place, part, place in extras) for place, part in enumerate(offered.extras)],
        "is_open": shown.is_open,
    }
    form = PayForm(request.POST or None)
    return _checkout(request, offer_terms(offered, extras=extras), form, start, context)


def _checkout(
    request: BuyerRequest,
    terms: OrderTerms,
    form: PayForm,
    start: Callable[..., Order],
    context: dict[str, Any],
) -> HttpResponse:
    """The page with every amount; ``start`` orders what its form says."""
    order_id = uuid_of(request.POST.get("id")) or uuid.uuid4()
    if request.method == "POST" and form.is_valid():
        order = _order(request, terms, form, start, order_id)
        if order is not None:
            return redirect("orders:order", order.pk)
    context |= {
        "terms": terms,
        "quote": terms.quote,
        "parts": of_quote(terms.quote),
        "days": sum(part.days for part in terms.parts),
        "promised": [criterion_words(one.kind, one.spec, one.label) for one in terms.criteria],
        "form": form,
        "order_id": order_id,
        "has_criteria": isinstance(form, CriteriaForm),
    }
    return render(request, "orders/checkout.html", context, status=status_of(form.is_bound))


def _order(
    request: BuyerRequest, terms: OrderTerms, form: PayForm, start: Callable[..., Order], order_id: UUID
) -> Order | None:
    """Order at the total that the page showed; None where the form says what is wrong."""
    shown = number_of(request.POST.get("total", ""))
    expected = terms.quote.total if shown is None else Money(shown, terms.currency)
    with FormErrors(form):
        try:
            return start(method_token=form.cleaned_data["token"], expected_total=expected, order_id=order_id)
        except AlreadyOrderedError as error:
            found: Order = error.context["order"]
            if found.buyer_id != request.actor.user_id:
                raise
            return found
    return None
