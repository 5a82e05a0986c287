"""Every gig there is, and one of them: its versions, what rests on it, and taking it off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from oeuvre.domains.audit import selectors as audit
from oeuvre.domains.catalog import selectors, services
from oeuvre.domains.catalog.states import ON_SHOW, GigState, VersionState
from oeuvre.domains.orders import selectors as orders
from oeuvre.interfaces.backoffice.access import operator_page
from oeuvre.interfaces.backoffice.gigs.forms import GigFilter, RemoveForm
from oeuvre.interfaces.site.errors import FormErrors
from oeuvre.kit.pagination import paginate

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from oeuvre.domains.catalog.models import Gig, GigVersion
    from oeuvre.kit.actor import Actor
    from oeuvre.kit.pagination import Page

_NAMED = 20


def _said_by(gig: Gig) -> GigVersion | None:
    """What stands for a gig in a list: what buyers see, else its draft."""
    return gig.published or next(iter(getattr(gig, "drafts", [])), None)


@require_GET
@operator_page
def gigs(request: HttpRequest, actor: Actor) -> HttpResponse:
    form = GigFilter(request.GET)
    given: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    status = GigState(given["status"]) if given.get("status") else None
    text = given.get("q", "").replace("\x00", "")
    page: Page[Gig] = paginate(
        selectors.gigs_all(actor=actor, status=status, text=text), page=request.GET.get("page"), per_page=40
    )
    rows = [
        (row, said, (said.category if said else None) or row.category) for row in page.items for said in [_said_by(row)]
    ]
    context = {"form": form, "page": page, "rows": rows}
    return render(request, "gigs_desk/list.html", context)


@require_http_methods(["GET", "POST"])
@operator_page
def gig(request: HttpRequest, actor: Actor, gig_id: UUID) -> HttpResponse:
    """What is known of one gig. Removing says first what becomes of the orders that run."""
    found = selectors.gig_own(actor=actor, gig_id=gig_id)
    form = RemoveForm(request.POST or None)
    if form.is_valid():
        with FormErrors(form):
            services.gig_remove(actor=actor, gig_id=gig_id, reason=form.cleaned_data["reason"])
            messages.success(request, _("Removed. It is found no more, and the freelancer has your reason by mail."))
            return redirect("gigs_desk:gig", gig_id)
        found = selectors.gig_own(actor=actor, gig_id=gig_id)
    versions = selectors.gig_history(actor=actor, gig_id=gig_id)
    context = {
        "gig": found,
        "title": next((row.title for row in versions if row.pk == found.published_id), None)
        or (versions[0].title if versions else ""),
        "versions": versions,
        "waiting": next((row for row in versions if row.status == VersionState.IN_REVIEW), None),
        "is_public": found.status in ON_SHOW,
        "form": form if found.status in ON_SHOW or form.is_bound else None,
        "running": orders.open_orders(gig_id=gig_id),
        "record": orders.gig_record(gig_id=gig_id),
        "history": audit.history(subject=found)[:_NAMED],
    }
    return render(request, "gigs_desk/gig.html", context, status=422 if form.is_bound else 200)
