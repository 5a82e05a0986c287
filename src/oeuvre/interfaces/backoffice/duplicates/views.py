"""Works that resemble somebody else's: an operator compares what they share, and decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from oeuvre.domains.audit import selectors as audit
from oeuvre.domains.portfolio import selectors, services
from oeuvre.domains.portfolio.modalities.table import MODALITIES
from oeuvre.domains.portfolio.states import MatchKind, MatchState, WorkState
from oeuvre.interfaces.backoffice.access import operator_page
from oeuvre.interfaces.backoffice.duplicates.forms import DecisionForm
from oeuvre.interfaces.site.downloads import shown
from oeuvre.interfaces.site.errors import FormErrors
from oeuvre.interfaces.ui.templatetags.ui import share
from oeuvre.kit.pagination import paginate

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from oeuvre.domains.portfolio.models import DuplicateMatch
    from oeuvre.kit.actor import Actor
    from oeuvre.kit.pagination import Page


@require_GET
@operator_page
def duplicates_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    page: Page[DuplicateMatch] = paginate(selectors.duplicates_open(actor=actor), page=request.GET.get("page"))
    return render(request, "duplicates/list.html", {"page": page})


@require_http_methods(["GET", "POST"])
@operator_page
def duplicate_resolve(request: HttpRequest, actor: Actor, match_id: UUID) -> HttpResponse:
    match = selectors.duplicate_get(actor=actor, match_id=match_id)
    form = DecisionForm(request.POST or None)
    if form.is_valid():
        with FormErrors(form):
            services.duplicate_resolve(actor=actor, match_id=match_id, **form.cleaned_data)
            messages.success(request, _("Decided. The freelancer sees it at once."))
            return redirect("duplicates:list")
    is_open = match.status == MatchState.OPEN
    modality = MODALITIES[match.work.modality]
    sides = [(_("Came later, waits"), match.work), (_("Was here first"), match.other)]
    context = {
        "match": match,
        "likeness": modality.likeness(share(match.similarity), is_same=match.kind == MatchKind.EXACT),
        "size_label": modality.size_label,
        "sides": [(label, work, modality.number(work.size)) for label, work in sides],
        "is_there": all(work.status != WorkState.REMOVED for _label, work in sides),
        "shared": f"duplicates/shared/{match.work.modality}.html",
        "form": form if is_open else None,
        "passages": services.duplicate_passages(actor=actor, match_id=match_id) if is_open else [],
        "history": audit.history(subject=match)[:20],
    }
    return render(request, "duplicates/match.html", context, status=422 if form.is_bound else 200)


@require_GET
@operator_page
def duplicate_shown(request: HttpRequest, actor: Actor, pair_id: UUID, side_id: UUID) -> HttpResponse:
    """One of two works that are looked at side by side."""
    data, media_type = services.duplicate_shown(actor=actor, match_id=pair_id, work_id=side_id)
    answer = shown(data, media_type=media_type)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
