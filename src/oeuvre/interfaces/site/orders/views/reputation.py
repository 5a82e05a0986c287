"""A freelancer's reputation: signed and taken along, brought along from elsewhere, and verified by whoever has the file."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.accounts import selectors as accounts
from oeuvre.domains.reviews import selectors, services
from oeuvre.domains.reviews.limits import LIMITS
from oeuvre.domains.reviews.states import InstallationState
from oeuvre.interfaces.site.downloads import saved
from oeuvre.interfaces.site.errors import FormErrors, MessageErrors
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page, status_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from oeuvre.domains.reviews.reputation.payload import Reputation

_REVIEWS_SHOWN = 5


class ExportForm(forms.Form):
    recipient = forms.CharField(
        label=gettext_lazy("Address of your profile there"),
        help_text=gettext_lazy("Only that profile can bring it in. Leave it empty for one that is only to be read."),
        max_length=200,
        required=False,
        widget=forms.URLInput(attrs={"placeholder": "https://…", "autocomplete": "off"}),
    )


class StatementForm(forms.Form):
    statement = forms.FileField(
        label=gettext_lazy("Reputation"), widget=forms.FileInput(attrs={"accept": ".json,application/json"})
    )

    @property
    def data_sent(self) -> bytes:
        """The file, or as much of it as shows that it is too large. Of a valid form."""
        sent: bytes = self.cleaned_data["statement"].read(LIMITS.statement_bytes + 1)
        return sent


def _facts(found: Reputation | None) -> dict[str, Any]:
    """What `orders/reputation_facts.html` shows."""
    hundredths = found.ratings.stars.mean_hundredths if found else 0
    return {"found": found, "mean": number_format(Decimal(hundredths) / 100, 2), "reviews_shown": _REVIEWS_SHOWN}


def _page(request: StudioRequest, **bound: forms.Form) -> HttpResponse:
    profile = accounts.profile_own(actor=request.actor)
    found = selectors.reputation_preview(actor=request.actor)
    context: dict[str, Any] = {
        "address": services.profile_address(profile.handle),
        **_facts(found),
        "elsewhere": selectors.reputations_elsewhere(freelancer_id=profile.user_id, own=True),
        "fingerprint": selectors.own_fingerprint(),
        "export_form": ExportForm(),
        "import_form": StatementForm(prefix="import"),
        "verify_form": StatementForm(),
        **bound,
    }
    return render(request, "orders/reputation.html", context, status=status_of(bool(bound)))


@freelancer_page
@require_safe
def reputation(request: StudioRequest) -> HttpResponse:
    """What would be signed now, and what other installations said."""
    return _page(request)


@freelancer_page
@require_POST
@ratelimit(key="user", rate="10/h")
def export(request: StudioRequest) -> HttpResponse:
    """The signed file, saved."""
    form = ExportForm(request.POST)
    if form.is_valid():
        with FormErrors(form):
            statement = services.reputation_export(actor=request.actor, recipient=form.cleaned_data["recipient"])
            data = json.dumps(statement, ensure_ascii=False, indent=1).encode()
            handle = accounts.profile_own(actor=request.actor).handle
            return saved(data, name=f"reputation-{handle}.json", media_type="application/json")
    return _page(request, export_form=form)


@freelancer_page
@require_POST
@ratelimit(key="user", rate="20/h")
def bring(request: StudioRequest) -> HttpResponse:
    """Bring along what another installation signed about oneself."""
    form = StatementForm(request.POST, request.FILES, prefix="import")
    if form.is_valid():
        with FormErrors(form):
            row = services.reputation_import(actor=request.actor, statement=form.data_sent)
            if row.installation.status == InstallationState.KNOWN:
                messages.success(request, _("Brought along. Your profile shows it now."))
            else:
                messages.success(request, _("Brought along. It is shown once the operator knows the key."))
            return redirect("studio_orders:reputation")
    return _page(request, import_form=form)


@freelancer_page
@require_POST
def remove(request: StudioRequest, import_id: UUID) -> HttpResponse:
    """Take back what was brought along."""
    with MessageErrors(request):
        services.reputation_remove(actor=request.actor, import_id=import_id)
        messages.success(request, _("Removed."))
    return redirect("studio_orders:reputation")


@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="ip", rate="30/m", method="POST")
def verify(request: HttpRequest) -> HttpResponse:
    """What a reputation says and who signed it, for everybody who has the file. Nothing is kept."""
    form = StatementForm(request.POST, request.FILES) if request.method == "POST" else StatementForm()
    verdict = None
    if form.is_bound and form.is_valid():
        with FormErrors(form):
            verdict = services.reputation_verify(statement=form.data_sent)
    context = {
        "form": form,
        "verdict": verdict,
        **_facts(verdict.reputation if verdict else None),
        "fingerprint": selectors.own_fingerprint(),
    }
    return render(request, "orders/reputation_verify.html", context, status=status_of(bool(form.errors)))


@require_safe
def statement(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """What another installation signed, as it came, where a profile shows it: for everybody to verify."""
    found = selectors.reputation_statement(import_id=import_id)
    data = json.dumps(found, ensure_ascii=False, indent=1).encode()
    return saved(data, name="reputation.json", media_type="application/json")
