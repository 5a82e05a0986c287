"""A freelancer's level: the numbers, every criterion, and what would change it before it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.accounts import selectors as accounts
from oeuvre.domains.reviews import selectors, services
from oeuvre.domains.reviews.levels.formula import WhatIf
from oeuvre.domains.reviews.limits import LIMITS
from oeuvre.interfaces.site.errors import FormErrors
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page, status_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_MOST = 500


class WhatIfForm(forms.Form):
    """Things that may happen next."""

    on_time = forms.IntegerField(
        label=gettext_lazy("Orders completed on time"), min_value=0, max_value=_MOST, required=False
    )
    late = forms.IntegerField(label=gettext_lazy("Orders completed late"), min_value=0, max_value=_MOST, required=False)
    cancelled = forms.IntegerField(
        label=gettext_lazy("Orders that end because of you"), min_value=0, max_value=_MOST, required=False
    )
    fives = forms.IntegerField(label=gettext_lazy("Reviews with 5 of 5"), min_value=0, max_value=_MOST, required=False)

    @property
    def change(self) -> WhatIf:
        """Of a valid form."""
        given = {name: value or 0 for name, value in self.cleaned_data.items()}
        return WhatIf(
            on_time=given["on_time"],
            late=given["late"],
            cancelled=given["cancelled"],
            scores=(5,) * given["fives"],
        )


class AppealForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Why should the level stay?"),
        min_length=LIMITS.least,
        max_length=LIMITS.appeal,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


def _page(request: StudioRequest, appeal_form: AppealForm | None = None) -> HttpResponse:
    asked = WhatIfForm(request.GET if request.GET else None)
    then = None
    if asked.is_bound and asked.is_valid():
        with FormErrors(asked):
            then = selectors.level_what_if(actor=request.actor, change=asked.change)
    form = appeal_form or AppealForm()
    context = {
        "page": selectors.level_page(actor=request.actor),
        "what_if_form": asked,
        "then": then,
        "appeal_form": form,
    }
    return render(request, "orders/level.html", context, status=status_of(form.is_bound))


@freelancer_page
@require_safe
def level(request: StudioRequest) -> HttpResponse:
    """The level with everything that it is made from; ``?on_time=3`` and the like show what would become of it."""
    return _page(request)


@freelancer_page
@require_POST
@ratelimit(key="user", rate="5/m")
def appeal(request: StudioRequest) -> HttpResponse:
    """Say why an announced lower level is wrong."""
    form = AppealForm(request.POST)
    if form.is_valid():
        with FormErrors(form):
            services.level_appeal(actor=request.actor, text=form.cleaned_data["text"])
            messages.success(request, _("Sent. Your level stays until an operator has decided."))
            return redirect("studio_orders:level")
    return _page(request, form)


@require_safe
def public(request: HttpRequest, handle: str) -> HttpResponse:
    """A freelancer's level with every number that it is made from, for everybody."""
    profile = accounts.profile_public(handle=handle)
    report = selectors.level_public(freelancer_id=profile.user_id)
    level = selectors.level_of(freelancer_id=profile.user_id)
    return render(request, "orders/level_public.html", {"profile": profile, "report": report, "level": level})
