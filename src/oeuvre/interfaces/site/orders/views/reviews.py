"""Reviewing the other side of an ended order, and answering what they said."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.orders.selectors import Side as OrderSide
from oeuvre.domains.reviews import selectors, services
from oeuvre.domains.reviews.errors import NotYourReviewError, ReviewNotFoundError
from oeuvre.domains.reviews.states import Part, Side
from oeuvre.interfaces.site.errors import FormErrors
from oeuvre.interfaces.site.market.common import BuyerRequest, buyer_page, status_of
from oeuvre.interfaces.site.orders.common import own_order, person
from oeuvre.interfaces.site.orders.review_forms import ReviewAnswerForm, ReviewForm, ReviewReportForm
from oeuvre.interfaces.site.orders.views.order import order_page

if TYPE_CHECKING:
    from django.http import HttpResponse


@buyer_page
@require_POST
@ratelimit(key="user", rate="10/m")
def review(request: BuyerRequest, order_id: UUID) -> HttpResponse:
    """Write a review, or change one's own before it is visible."""
    _order, side = own_order(request, order_id)
    form = ReviewForm(request.POST, side=Side(side.value))
    if form.is_valid():
        with FormErrors(form):
            services.review_write(
                actor=request.actor,
                order_id=order_id,
                scores=form.scores,
                text=form.cleaned_data["text"],
                named=form.cleaned_data["named"],
            )
            messages.success(request, _("Your review is in. It is shown when both are, or when the time is over."))
            answer = redirect("orders:order", order_id)
            answer["Location"] += "#reviews"
            return answer
    return order_page(request, order_id, review=form)


@buyer_page
@require_POST
@ratelimit(key="user", rate="10/m")
def answer(request: BuyerRequest, order_id: UUID, review_id: UUID) -> HttpResponse:
    """Answer a review of oneself, once, for everybody to read."""
    own_order(request, order_id)
    found = selectors.order_reviews(actor=request.actor, order_id=order_id)
    shown = next((one for one in found.visible if one.id == review_id), None) if found else None
    if shown is None:
        raise ReviewNotFoundError(_("There is no such review of this order."), review_id=review_id)
    if found is not None and shown.side == found.side:
        raise NotYourReviewError(_("Only the person whom a review is about answers it."))
    form = ReviewAnswerForm(request.POST)
    if form.is_valid():
        with FormErrors(form):
            services.answer_write(actor=request.actor, review_id=review_id, text=form.cleaned_data["text"])
            messages.success(request, _("Your answer stands beside the review."))
            return redirect("orders:order", order_id)
    return order_page(request, order_id, review_answer=form)


@buyer_page
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="10/m", method="POST")
def report(request: BuyerRequest, review_id: UUID) -> HttpResponse:
    """Ask an operator to look at a visible review or its answer; for everybody who is logged in."""
    found = selectors.review_get(actor=request.actor, review_id=review_id)
    form = ReviewReportForm(request.POST or None, initial={"part": Part.REVIEW})
    if form.is_valid():
        with FormErrors(form):
            services.report_create(actor=request.actor, review_id=review_id, **form.cleaned_data)
            messages.success(request, _("Reported. An operator looks at it; their reasons will stand at the review."))
            return redirect("home")
    context = {"review": found, "form": form}
    return render(request, "orders/review_report.html", context, status=status_of(form.is_bound))


@buyer_page
@require_safe
def of_buyer(request: BuyerRequest, order_id: UUID) -> HttpResponse:
    """What other freelancers said of the buyer of one's order."""
    order, _side = own_order(request, order_id, side=OrderSide.FREELANCER)
    found = selectors.reviews_of_buyer(actor=request.actor, buyer_id=order.buyer_id, page=request.GET.get("page"))
    summary = selectors.buyer_summary(buyer_id=order.buyer_id)
    context = {"order": order, "other": person(order.buyer), "reviews": found, "summary": summary}
    return render(request, "orders/buyer.html", context)
