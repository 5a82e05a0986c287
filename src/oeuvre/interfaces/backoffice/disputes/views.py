"""Disputes that wait for a decision, and the page on which an operator decides: the split first, then the word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from oeuvre.domains.audit import selectors as audit
from oeuvre.domains.disputes import selectors, services
from oeuvre.domains.disputes.errors import BundleNotFoundError
from oeuvre.interfaces.backoffice.access import operator_page
from oeuvre.interfaces.site.disputes.forms import DecisionForm, soon
from oeuvre.interfaces.site.downloads import saved
from oeuvre.interfaces.site.errors import FormErrors
from oeuvre.kit.pagination import paginate

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from oeuvre.domains.disputes.models import Dispute
    from oeuvre.domains.disputes.selectors import DisputePage, Evidence, Split
    from oeuvre.kit.actor import Actor
    from oeuvre.kit.pagination import Page

_ALL = "all"


@require_GET
@operator_page
def queue(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Those that wait for a decision, the most urgent first; or all that are open."""
    every = request.GET.get("show") == _ALL
    rows = selectors.disputes_open(actor=actor, waiting=not every)
    page: Page[Dispute] = paginate(rows, page=request.GET.get("page"))
    return render(request, "disputes_desk/list.html", {"page": page, "every": every})


@require_http_methods(["GET", "POST"])
@operator_page
def dispute(request: HttpRequest, actor: Actor, dispute_id: UUID) -> HttpResponse:
    """All that is known of it. A decision is first shown as what it means to the cent, and made by a second click."""
    page = selectors.dispute_page(actor=actor, dispute_id=dispute_id)
    form = DecisionForm(
        request.POST or None, held=page.held, can_redeliver=page.can_redeliver, initial={"until": soon()}
    )
    split: Split | None = None
    if page.may.decide and request.method == "POST" and form.is_valid() and form.outcome is not None:
        with FormErrors(form):
            split = selectors.outcome_split(actor=actor, dispute_id=dispute_id, outcome=form.outcome)
            if request.POST.get("shown") == _name(split):
                services.decision_make(
                    actor=actor,
                    dispute_id=dispute_id,
                    outcome=form.outcome,
                    reasons=form.cleaned_data["reasons"],
                )
                messages.success(request, _("Decided. Both sides read your reasons."))
                return redirect("disputes_desk:list")
    context = {
        "page": page,
        "dispute": page.dispute,
        "order": page.dispute.order,
        "default_sentence": selectors.outcome_sentence(page.default),
        "proposed": [(one, selectors.outcome_sentence(one.outcome)) for one in page.record.proposed],
        "decisions": [(one, selectors.outcome_sentence(one.outcome)) for one in page.record.decided],
        "evidence": _evidence(actor, page),
        "form": form if page.may.decide else None,
        "split": split,
        "shown": _name(split) if split else "",
        "history": audit.history(subject=page.dispute)[:30],
    }
    return render(request, "disputes_desk/dispute.html", context, status=422 if form.errors else 200)


def _name(split: Split) -> str:
    """Names a split, so that what is decided is what was shown."""
    until: Any = split.outcome.until
    return f"{split.outcome.kind}:{split.outcome.back.amount}:{until.isoformat() if until else ''}"


def _evidence(actor: Actor, page: DisputePage) -> Evidence | None:
    try:
        return selectors.evidence(actor=actor, page=page)
    except BundleNotFoundError:
        return None


@require_safe
@operator_page
def evidence(request: HttpRequest, actor: Actor, dispute_id: UUID, number: int) -> HttpResponse:
    """A bundle of evidence as a ZIP file."""
    name, data = selectors.bundle_content(actor=actor, dispute_id=dispute_id, number=number)
    return saved(data, name=name, media_type="application/zip")
