"""The operator's overview: what waits for a decision, whether the books and the processes are right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from django.views.decorators.http import require_GET

from oeuvre.domains.accounts import selectors as accounts
from oeuvre.domains.audit import selectors as audit
from oeuvre.domains.catalog import selectors as catalog
from oeuvre.domains.conversations import selectors as conversations
from oeuvre.domains.creation import selectors as creation
from oeuvre.domains.creation.states import ApplicationState
from oeuvre.domains.disputes import selectors as disputes
from oeuvre.domains.ledger import selectors as ledger
from oeuvre.domains.portfolio import selectors as portfolio
from oeuvre.domains.reviews import selectors as reviews
from oeuvre.interfaces.api.health import CHECKS
from oeuvre.interfaces.backoffice.access import operator_page
from oeuvre.interfaces.backoffice.refunds import failed_count
from oeuvre.interfaces.backoffice.repeats import run_rows
from oeuvre.kit.counts import counts
from oeuvre.kit.pagination import paginate

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.audit.models import AuditRecord
    from oeuvre.domains.creation.models import TrainingRun
    from oeuvre.kit.actor import Actor
    from oeuvre.kit.pagination import Page


@require_GET
@operator_page
def home(request: HttpRequest, actor: Actor) -> HttpResponse:
    queues: dict[str, QuerySet[Any]] = {
        "gigs_waiting": catalog.review_queue(actor=actor),
        "vetting": creation.applications(actor=actor, status=ApplicationState.SUBMITTED),
        "duplicates": portfolio.duplicates_open(actor=actor),
        "disputes": disputes.disputes_open(actor=actor),
        "reviews": reviews.reports_open(actor=actor),
        "reports": conversations.reports(actor=actor),
    }
    context = {
        **dict(zip(queues, counts(*queues.values()), strict=True)),
        "refunds": failed_count(actor),
        "records": audit.log(actor=actor)[:12],
    }
    return render(request, "operator/home.html", context)


@require_GET
@operator_page
def health(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The page, or for htmx only its list, which the overview loads by itself."""
    template = "operator/_health.html" if request.headers.get("HX-Request") else "operator/health.html"
    return render(request, template, {"health": [(name, check()) for name, check in CHECKS.items()]})


@require_GET
@operator_page
def verdict(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Whether the books are right, as a fragment for the overview."""
    return render(request, "operator/_ledger_verdict.html", {"check": ledger.ledger_check()})


@require_GET
@operator_page
def training(request: HttpRequest, actor: Actor) -> HttpResponse:
    page: Page[TrainingRun] = paginate(creation.training_load(actor=actor), page=request.GET.get("page"))
    rows = run_rows(actor=actor, runs=page.items)
    context = {"page": page, "rows": rows, "queue": creation.training_queue_length()}
    return render(request, "operator/training.html", context)


@require_GET
@operator_page
def people(request: HttpRequest, actor: Actor) -> HttpResponse:
    search = request.GET.get("q", "").replace("\x00", "").strip()
    rows = accounts.people(actor=actor)
    if search:
        rows = rows.filter(email__icontains=search) | rows.filter(display_name__icontains=search)
    page: Page[User] = paginate(rows, page=request.GET.get("page"))
    return render(request, "operator/people.html", {"page": page, "search": search})


@require_GET
@operator_page
def audit_log(request: HttpRequest, actor: Actor) -> HttpResponse:
    code = request.GET.get("code", "").replace("\x00", "").strip()
    rows = audit.log(actor=actor)
    if code:
        rows = rows.filter(code__startswith=code)
    page: Page[AuditRecord] = paginate(rows, page=request.GET.get("page"), per_page=50)
    return render(request, "operator/audit.html", {"page": page, "code": code})
