"""What waits for an operator about reviews: reports, appeals against a lower level, and keys of other installations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from oeuvre.domains.reviews import selectors, services
from oeuvre.domains.reviews.states import ReportState
from oeuvre.interfaces.backoffice.access import operator_page
from oeuvre.interfaces.backoffice.reviews.forms import RestoreForm, appeal_form, installation_form, report_form
from oeuvre.interfaces.site.errors import FormErrors

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from oeuvre.interfaces.backoffice.reviews.forms import DecisionForm
    from oeuvre.kit.actor import Actor

REPORTS_SHOWN = 50
HIDDEN_SHOWN = 20
INSTALLATIONS_SHOWN = 50


def _desk(request: HttpRequest, actor: Actor, bound: dict[UUID, DecisionForm] | None = None) -> HttpResponse:
    """The page; ``bound``: forms that were sent and not taken, by what they are about."""
    sent = bound or {}
    context: dict[str, Any] = {
        "reports": selectors.reports_open(actor=actor)[:REPORTS_SHOWN],
        "hidden": selectors.reports_hidden(actor=actor, most=HIDDEN_SHOWN),
        "appeals": [
            (shown, sent.get(shown.demotion.pk) or appeal_form(prefix=shown.demotion.pk.hex))
            for shown, _numbers in selectors.appeals_open(actor=actor)
        ],
        "installations": [
            (row, sent.get(row.pk) or installation_form(prefix=row.pk.hex))
            for row in selectors.installations(actor=actor)[:INSTALLATIONS_SHOWN]
        ],
    }
    return render(request, "reviews_desk/list.html", context, status=422 if sent else 200)


@require_GET
@operator_page
def desk(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Everything that waits, the oldest first."""
    return _desk(request, actor)


@require_http_methods(["GET", "POST"])
@operator_page
def report(request: HttpRequest, actor: Actor, review_report_id: UUID) -> HttpResponse:
    """One report with the whole review."""
    form = report_form(request.POST or None)
    if form.is_valid():
        with FormErrors(form):
            services.report_decide(
                actor=actor, report_id=review_report_id, hide=form.is_yes, reasons=form.cleaned_data["reasons"]
            )
            messages.success(request, _("Decided. Your reasons stand at the review, and both sides are told."))
            return redirect("reviews_desk:list")
    return _report(request, actor, review_report_id, form=form)


def _report(
    request: HttpRequest,
    actor: Actor,
    report_id: UUID,
    *,
    form: DecisionForm | None = None,
    restore_form: RestoreForm | None = None,
) -> HttpResponse:
    """A report with the form that it takes: to decide it, or to show again what it led to hide."""
    found = selectors.report_get(actor=actor, report_id=report_id)
    sent = form or restore_form
    context = {
        "found": found,
        "report": found.report,
        "review": found.review,
        "form": (form or report_form()) if found.report.status == ReportState.OPEN else None,
        "restore_form": (restore_form or RestoreForm()) if found.hidden_words is not None else None,
    }
    status = 422 if sent is not None and sent.is_bound else 200
    return render(request, "reviews_desk/report.html", context, status=status)


@require_POST
@operator_page
def restore(request: HttpRequest, actor: Actor, review_report_id: UUID) -> HttpResponse:
    """Show again what the report led to hide."""
    found = selectors.report_get(actor=actor, report_id=review_report_id)
    if found.hidden_words is None:
        messages.info(request, _("It is shown already."))
        return redirect("reviews_desk:report", review_report_id)
    form = RestoreForm(request.POST)
    if form.is_valid():
        with FormErrors(form):
            services.review_restore(
                actor=actor,
                review_id=found.report.review_id,
                part=found.report.part,
                reasons=form.cleaned_data["reasons"],
            )
            messages.success(request, _("Shown again. Your reasons stand beside it, and both sides are told."))
            return redirect("reviews_desk:list")
    return _report(request, actor, review_report_id, restore_form=form)


@require_POST
@operator_page
def appeal(request: HttpRequest, actor: Actor, demotion_id: UUID) -> HttpResponse:
    """Grant or refuse what a freelancer says against a lower level."""
    form = appeal_form(request.POST, prefix=demotion_id.hex)
    if form.is_valid():
        with FormErrors(form):
            services.level_appeal_decide(
                actor=actor, demotion_id=demotion_id, grant=form.is_yes, reasons=form.cleaned_data["reasons"]
            )
            messages.success(request, _("Answered. The freelancer is told by mail."))
            return redirect("reviews_desk:list")
    return _desk(request, actor, {demotion_id: form})


@require_POST
@operator_page
def installation(request: HttpRequest, actor: Actor, installation_id: UUID) -> HttpResponse:
    """Say whether a key is the one that another installation publishes."""
    form = installation_form(request.POST, prefix=installation_id.hex)
    if form.is_valid():
        with FormErrors(form):
            services.installation_decide(
                actor=actor,
                installation_id=installation_id,
                known=form.is_yes,
                reasons=form.cleaned_data["reasons"],
            )
            messages.success(request, _("Decided. Whoever brought something along is told by mail."))
            return redirect("reviews_desk:list")
    return _desk(request, actor, {installation_id: form})
