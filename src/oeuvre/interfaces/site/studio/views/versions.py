"""Versions: the report with its samples, the freelancer's decision, export and import."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.audit import selectors as audit
from oeuvre.domains.creation import desk, selectors, services
from oeuvre.domains.creation.modalities.table import MODALITIES
from oeuvre.domains.creation.papers import works_digest
from oeuvre.domains.creation.states import VersionState
from oeuvre.domains.portfolio import selectors as portfolio
from oeuvre.interfaces.site.downloads import played
from oeuvre.interfaces.site.errors import FormErrors, MessageErrors
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page, status_of
from oeuvre.interfaces.site.studio.forms import ImportForm
from oeuvre.interfaces.site.studio.report import near_works, own_recordings, refused_titles, report_view
from oeuvre.interfaces.site.studio.report.media import media_of
from oeuvre.interfaces.site.studio.report.reading import mapping, number, rows, text
from oeuvre.interfaces.site.studio.report.view import sample_view

if TYPE_CHECKING:
    from oeuvre.domains.creation.models import ModelVersion
    from oeuvre.interfaces.site.studio.report.reading import Json


@freelancer_page
@ratelimit(key="user", rate="20/h", method="POST")
def versions(request: StudioRequest, model_id: UUID) -> HttpResponse:
    """A model's versions, and the form that brings one from elsewhere."""
    found = selectors.model_own(actor=request.actor, model_id=model_id)
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        with FormErrors(form):
            version = services.version_import(
                actor=request.actor, model_id=found.pk, archive=form.cleaned_data["archive"]
            )
            messages.success(request, _("%(name)s is verified and waits for your approval.") % {"name": version.name})
            return redirect("studio:version", version.pk)
    rows_ = selectors.versions_of(actor=request.actor, model_id=found.pk).order_by("-created_at")
    context = {"model": found, "form": form, "versions": list(rows_)}
    return render(request, "studio/model/versions.html", context, status=status_of(form.is_bound))


@freelancer_page
@require_GET
def version(request: StudioRequest, version_id: UUID) -> HttpResponse:
    """The report: does it sound like me, does it copy me?"""
    found = selectors.version_own(actor=request.actor, version_id=version_id)
    run = found.run
    report = report_view(
        found.report,
        verdicts=found.sample_verdicts,
        curve=run.curve if run else (),
        titles=refused_titles(actor=request.actor, report=found.report),
        own=own_recordings(actor=request.actor, report=found.report),
        there=near_works(actor=request.actor, report=found.report),
    )
    works = sorted(rows(found.manifest, "works"), key=lambda row: (bool(row.get("held_out")), text(row, "title")))
    return render(
        request,
        "studio/version/report.html",
        {
            "version": found,
            "model": found.model,
            "run": run,
            "report": report,
            "works": [{**row, "said": _size_said(found, row)} for row in works],
            "held_out": sum(row.get("held_out") is True for row in works),
            "hyperparameters": sorted(mapping(found.manifest, "hyperparameters").items()),
            "software": sorted(mapping(found.manifest, "software").items()),
            "works_digest": works_digest(found.manifest) if works else "",
            "is_current": found.model.current_version_id == found.pk,
            "can_approve": found.status != VersionState.APPROVED,
            "can_decline": found.status == VersionState.AWAITING_APPROVAL,
            "records": audit.history(subject=found)[:20],
        },
    )


def _size_said(version: ModelVersion, row: Json) -> str:
    """A work's size in words for people; the oldest manifests count words."""
    return portfolio.size_said(version.model.modality, number(row, "size") or number(row, "words") or 0)


@freelancer_page
@require_GET
@ratelimit(key="user", rate="1200/h")
def sample_file(request: StudioRequest, version_id: UUID, sample_number: int) -> HttpResponse:
    """The recording or picture of a sample."""
    found = selectors.version_own(actor=request.actor, version_id=version_id)
    media = media_of(found.report, sample_number)
    if media is None:
        raise Http404
    return played(request, media[0], media_type=media[1])


@freelancer_page
@require_POST
@ratelimit(key="user", rate="600/h")
def sample(request: StudioRequest, version_id: UUID, index: int) -> HttpResponse:
    """Accept or reject one sample; htmx gets the new state of the sample and of the count."""
    found = selectors.version_own(actor=request.actor, version_id=version_id)
    accepted = request.POST.get("verdict") == "accept"
    found = services.sample_judge(actor=request.actor, version_id=found.pk, index=index, accepted=accepted)
    there = near_works(actor=request.actor, report=found.report)
    view = sample_view(found.report, index, found.sample_verdicts, there)
    if view is None:
        raise Http404
    if not getattr(request, "htmx", False):
        return redirect(reverse("studio:version", args=[found.pk]) + f"#sample-{index}")
    context = {
        "version": found,
        "sample": view,
        "accepted": list(found.sample_verdicts.values()).count("accepted"),
        "judged": len(found.sample_verdicts),
        "total": sum(MODALITIES[found.model.modality].is_own_sample(row) for row in rows(found.report, "samples")),
    }
    return render(request, "studio/version/_judged.html", context)


def _decide(request: StudioRequest, found: ModelVersion, approve: bool) -> None:
    with MessageErrors(request):
        if approve:
            services.version_approve(actor=request.actor, version_id=found.pk)
            messages.success(request, _("%(name)s is the current version.") % {"name": found.name})
        else:
            services.version_decline(actor=request.actor, version_id=found.pk)
            messages.success(request, _("%(name)s is declined. You can still approve it later.") % {"name": found.name})


@freelancer_page
@require_POST
@ratelimit(key="user", rate="60/h")
def approve(request: StudioRequest, version_id: UUID) -> HttpResponse:
    _decide(request, selectors.version_own(actor=request.actor, version_id=version_id), approve=True)
    return redirect("studio:version", version_id)


@freelancer_page
@require_POST
@ratelimit(key="user", rate="60/h")
def decline(request: StudioRequest, version_id: UUID) -> HttpResponse:
    _decide(request, selectors.version_own(actor=request.actor, version_id=version_id), approve=False)
    return redirect("studio:version", version_id)


@freelancer_page
@require_GET
@ratelimit(key="user", rate="60/h")
def export(request: StudioRequest, version_id: UUID) -> HttpResponse:
    """The packed, signed version as a file."""
    name, archive = services.version_export(actor=request.actor, version_id=version_id)
    return HttpResponse(archive, "application/x-tar", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@freelancer_page
@require_GET
def signature(request: StudioRequest, version_id: UUID) -> HttpResponse:
    """The signature, checked now against the stored bytes."""
    found = selectors.version_own(actor=request.actor, version_id=version_id)
    context = {"version": found, "signature": desk.version_signature(actor=request.actor, version_id=found.pk)}
    part = "studio/version/_signature.html" if getattr(request, "htmx", False) else "studio/version/signature.html"
    return render(request, part, context)
