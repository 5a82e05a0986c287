"""Training: what will be trained, starting a run, watching it, stopping it, trying again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.audit import selectors as audit
from oeuvre.domains.creation import desk, selectors, services
from oeuvre.domains.creation.modalities.table import MODALITIES
from oeuvre.domains.creation.states import RunState
from oeuvre.domains.portfolio import selectors as portfolio
from oeuvre.interfaces.site.errors import FormErrors, MessageErrors
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page, status_of
from oeuvre.interfaces.site.studio.forms import TrainingForm
from oeuvre.interfaces.site.studio.report import own_recordings, refused_titles, report_view
from oeuvre.interfaces.site.studio.report.figures import loss_chart
from oeuvre.kit.pagination import paginate

if TYPE_CHECKING:
    from oeuvre.domains.creation.models import TrainingRun
    from oeuvre.interfaces.site.studio.report import ReportView
    from oeuvre.kit.pagination import Page

PHASES = (
    (RunState.QUEUED, gettext_lazy("Queued")),
    (RunState.PREPARING, gettext_lazy("Preparing")),
    (RunState.TRAINING, gettext_lazy("Training")),
    (RunState.EVALUATING, gettext_lazy("Evaluating")),
)


@freelancer_page
@ratelimit(key="user", rate="20/h", method="POST")
def training(request: StudioRequest, model_id: UUID) -> HttpResponse:
    """What would be trained on now, what not and why, and the form that starts a run; earlier runs below."""
    found = selectors.model_own(actor=request.actor, model_id=model_id)
    form = TrainingForm(request.POST or None, initial={"seed": TrainingForm.fresh_seed()})
    if request.method == "POST" and form.is_valid():
        with FormErrors(form):
            run = services.training_start(actor=request.actor, model_id=found.pk, **form.cleaned_data)
            messages.success(request, _("Training is queued. You can leave this page; it goes on."))
            return redirect("studio:run", found.pk, run.pk)
    owned = portfolio.works_of(actor=request.actor, owner_id=request.actor.person_id, modality=found.modality)
    works = list(owned.defer("signature"))
    verdicts = portfolio.verdicts(works)
    taken = [work for work in works if not verdicts[work.pk]]
    size, least = sum(work.size for work in taken), MODALITIES[found.modality].least
    runs: Page[TrainingRun] = paginate(
        selectors.runs_of(actor=request.actor, model_id=found.pk), page=request.GET.get("page"), per_page=10
    )
    return render(
        request,
        "studio/model/training.html",
        {
            "model": found,
            "form": form,
            "taken": taken,
            "size_said": portfolio.size_said(found.modality, size),
            "refused": [(work, verdicts[work.pk]) for work in works if verdicts[work.pk]],
            "enough": len(taken) >= least.works and size >= least.size,
            "least_works": least.works,
            "least_size": portfolio.size_said(found.modality, least.size),
            "runs": runs,
            "under_way": next((run for run in runs.items if run.is_under_way), None),
        },
        status=status_of(form.is_bound),
    )


def _own(request: StudioRequest, model_id: UUID, run_id: UUID) -> TrainingRun:
    run = selectors.run_own(actor=request.actor, run_id=run_id)
    if run.model_id != model_id:
        raise Http404
    return run


def _live(run: TrainingRun) -> dict[str, object]:
    """What the polled parts of the page show."""
    names = [state for state, _label in PHASES]
    at = names.index(RunState(run.status)) if run.status in names else len(names)
    return {
        "run": run,
        "phases": [(label, index < at, index == at) for index, (_state, label) in enumerate(PHASES)],
        "ahead": desk.runs_ahead(run=run) if run.status == RunState.QUEUED else 0,
        "percent": round(100 * run.step / run.steps) if run.steps else None,
        "log": list(reversed(run.log)),
    }


@freelancer_page
@require_GET
def run(request: StudioRequest, model_id: UUID, run_id: UUID) -> HttpResponse:
    """A run: live while it is under way, its outcome and what to do next once it has ended."""
    found = _own(request, model_id, run_id)
    ended = not found.is_under_way
    version = selectors.versions_of(actor=request.actor, model_id=model_id).filter(run=found).first() if ended else None
    return render(
        request,
        "studio/run.html",
        {
            **_live(found),
            "model": found.model,
            "version": version,
            "report": _report(request, found) if found.report and not version else None,
            "chart": loss_chart(found.curve, found.model.modality),
            "works": _listed(found),
            "records": audit.history(subject=found),
        },
    )


def _listed(found: TrainingRun) -> list[tuple[dict[str, Any], str]]:
    """The works of the list as it stood, each with its size in words for people; the oldest lists count words."""
    rows = found.works_manifest.get("works", [])
    sizes = [row["size"] if "size" in row else row["words"] for row in rows]
    return [(row, portfolio.size_said(found.model.modality, size)) for row, size in zip(rows, sizes, strict=True)]


def _report(request: StudioRequest, found: TrainingRun) -> ReportView:
    titles = refused_titles(actor=request.actor, report=found.report)
    own = own_recordings(actor=request.actor, report=found.report)
    return report_view(found.report, curve=found.curve, titles=titles, own=own)


@freelancer_page
@require_GET
def run_progress(request: StudioRequest, model_id: UUID, run_id: UUID) -> HttpResponse:
    """The polled part: phase, step, time left. Once the run has ended the whole page is loaded again."""
    found = _own(request, model_id, run_id)
    answer = render(request, "studio/run/_progress.html", _live(found))
    if not found.is_under_way:
        answer["HX-Refresh"] = "true"
    return answer


@freelancer_page
@require_GET
def run_bar(request: StudioRequest, model_id: UUID, run_id: UUID) -> HttpResponse:
    """The polled line of progress on other pages than the run's own."""
    return render(request, "studio/run/_bar.html", {"run": _own(request, model_id, run_id)})


@freelancer_page
@require_GET
def run_curve(request: StudioRequest, model_id: UUID, run_id: UUID) -> HttpResponse:
    """The polled part that costs more: the loss curve and the log."""
    found = _own(request, model_id, run_id)
    return render(
        request, "studio/run/_curve.html", {**_live(found), "chart": loss_chart(found.curve, found.model.modality)}
    )


@freelancer_page
@require_POST
@ratelimit(key="user", rate="30/h")
def run_cancel(request: StudioRequest, model_id: UUID, run_id: UUID) -> HttpResponse:
    found = _own(request, model_id, run_id)
    with MessageErrors(request):
        cancelled = services.training_cancel(actor=request.actor, run_id=found.pk)
        if cancelled.is_under_way:
            messages.info(request, _("The run stops within seconds."))
        else:
            messages.success(request, _("The run is cancelled."))
    return redirect("studio:run", model_id, run_id)


@freelancer_page
@require_POST
@ratelimit(key="user", rate="20/h")
def run_retry(request: StudioRequest, model_id: UUID, run_id: UUID) -> HttpResponse:
    found = _own(request, model_id, run_id)
    with MessageErrors(request):
        services.training_retry(actor=request.actor, run_id=found.pk)
        messages.success(request, _("The run goes on from its last checkpoint."))
    return redirect("studio:run", model_id, run_id)
