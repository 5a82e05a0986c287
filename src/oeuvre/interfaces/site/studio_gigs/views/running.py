"""A gig that is on show: whether it takes orders, pausing, and ending it. Each says first what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from oeuvre.domains.catalog import selectors, services
from oeuvre.domains.catalog.limits import LIMITS
from oeuvre.domains.orders.selectors import open_orders
from oeuvre.interfaces.site.errors import FormErrors, MessageErrors
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page, status_of
from oeuvre.interfaces.site.studio_gigs.common import head_of, page_context

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse


class AvailabilityForm(forms.Form):
    """Whether orders are taken, and how many at a time."""

    accepting_orders = forms.BooleanField(
        label=gettext_lazy("Take orders"),
        help_text=gettext_lazy("Without this the page stays, search does not find it, and nobody can order."),
        required=False,
    )
    orders_at_once = forms.IntegerField(
        label=gettext_lazy("Open orders at once, at most"),
        help_text=gettext_lazy(
            "When so many are under way, no more are taken until one is finished. Empty: any number."
        ),
        required=False,
        min_value=1,
        max_value=LIMITS.orders_at_once,
    )


class PauseForm(forms.Form):
    """When a pause ends by itself."""

    until = forms.DateField(
        label=gettext_lazy("Back on"),
        help_text=gettext_lazy("The gig goes live by itself on that day (UTC). Empty: when you bring it back."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


@freelancer_page
@require_http_methods(["GET", "HEAD", "POST"])
def availability(request: StudioRequest, gig_id: UUID) -> HttpResponse:
    gig = selectors.gig_own(actor=request.actor, gig_id=gig_id)
    initial = {"accepting_orders": gig.accepting_orders, "orders_at_once": gig.orders_at_once}
    form = AvailabilityForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with FormErrors(form):
            services.gig_availability_set(actor=request.actor, gig_id=gig_id, **form.cleaned_data)
            messages.success(request, _("Availability saved. It holds from now on."))
            return redirect("studio_gigs:gig", gig_id)
    context = {
        **page_context(head_of(gig), "gig"),
        "form": form,
        "under_way": open_orders(gig_id=gig_id),
    }
    return render(request, "studio_gigs/availability.html", context, status=status_of(form.is_bound))


@freelancer_page
@require_http_methods(["GET", "HEAD", "POST"])
def pause(request: StudioRequest, gig_id: UUID) -> HttpResponse:
    """Take a live gig off for a while; for a paused one, set another day."""
    gig = selectors.gig_own(actor=request.actor, gig_id=gig_id)
    head = head_of(gig)
    if not head.is_on_show:
        messages.info(request, _("Only a gig that is live can be paused."))
        return redirect("studio_gigs:gig", gig_id)
    form = PauseForm(request.POST if request.method == "POST" else None, initial={"until": gig.paused_until})
    if request.method == "POST" and form.is_valid():
        with FormErrors(form):
            services.gig_pause(actor=request.actor, gig_id=gig_id, until=form.cleaned_data["until"])
            messages.success(request, _("Paused. Open orders go on."))
            return redirect("studio_gigs:gig", gig_id)
    context = {**page_context(head, "gig"), "form": form, "under_way": open_orders(gig_id=gig_id)}
    return render(request, "studio_gigs/pause.html", context, status=status_of(form.is_bound))


@freelancer_page
@require_POST
def resume(request: StudioRequest, gig_id: UUID) -> HttpResponse:
    with MessageErrors(request):
        services.gig_resume(actor=request.actor, gig_id=gig_id)
        messages.success(request, _("Live again. Search finds it from now on."))
    return redirect("studio_gigs:gig", gig_id)


@freelancer_page
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: StudioRequest, gig_id: UUID) -> HttpResponse:
    """End a gig for good."""
    gig = selectors.gig_own(actor=request.actor, gig_id=gig_id)
    if request.method == "POST":
        with MessageErrors(request):
            services.gig_close(actor=request.actor, gig_id=gig_id)
            messages.success(request, _("Closed. Its orders keep the version that they were made on."))
        return redirect("studio_gigs:gig", gig_id)
    context = {**page_context(head_of(gig), "gig"), "under_way": open_orders(gig_id=gig_id)}
    return render(request, "studio_gigs/close.html", context)
