"""The studio's first page: what to do next, and how things stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from oeuvre.domains.accounts import selectors as accounts
from oeuvre.domains.billing import selectors as billing
from oeuvre.domains.billing.states import Feature
from oeuvre.domains.catalog.desk import versions_unfinished
from oeuvre.domains.creation import desk, earnings, selectors
from oeuvre.domains.creation.papers import title_of
from oeuvre.domains.orders import selectors as orders
from oeuvre.domains.orders.selectors import Side
from oeuvre.domains.orders.states import WORKING
from oeuvre.domains.portfolio import selectors as portfolio
from oeuvre.interfaces.site.studio.checklist import Facts, checklist
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page
from oeuvre.interfaces.site.studio_gigs.common import returned_of
from oeuvre.interfaces.site.studio_gigs.common import title_of as title_of_gig

if TYPE_CHECKING:
    from django.http import HttpResponse

LATEST_SALES = 5
DUE_SHOWN = 3


@freelancer_page
@require_GET
def home(request: StudioRequest) -> HttpResponse:
    actor = request.actor
    application = selectors.application_latest(actor=actor)
    # An application is taken only with a complete profile, so that after it there is nothing to look up.
    complete = application is not None or accounts.vetting_facts(user_id=actor.person_id).profile_complete
    models, runs = desk.models_with_runs(actor=actor)
    subscription = billing.current_subscription(actor=actor)
    opens = billing.subscription_opens(subscription, Feature.CREATION_MODEL)
    works = portfolio.portfolio_summary(actor=actor, owner_id=actor.person_id)
    steps = checklist(Facts(complete, application, subscription, opens, works, models, runs))
    has_sold = any(model.licence_count for model in models)  # type: ignore[attr-defined]  # annotated
    sold = list(earnings.sales_of(actor=actor).prefetch_related(None)[:LATEST_SALES]) if has_sold else []
    working = orders.orders_of(actor=actor, side=Side.FREELANCER, states=WORKING).filter(paused_at=None)
    due = list(working.prefetch_related(None).order_by("due_at")[: DUE_SHOWN + 1])
    unfinished = versions_unfinished(actor=actor)
    returned = [version for version in unfinished if returned_of(version)]
    return render(
        request,
        "studio/home.html",
        {
            "returned": [(version, title_of_gig(version)) for version in returned],
            "drafts": len(unfinished) - len(returned),
            "due": due[:DUE_SHOWN],
            "more_due": len(due) > DUE_SHOWN,
            "now": timezone.now(),
            "steps": steps,
            "done": sum(step.state == "done" for step in steps),
            "models": models,
            "runs": runs,
            "subscription": subscription,
            "works": works,
            "sales": [(sale, title_of(sale.generation)) for sale in sold],
            "appeals": sum(model.open_appeals for model in models),  # type: ignore[attr-defined]  # annotated
            "edits": sum(model.open_edits for model in models),  # type: ignore[attr-defined]  # annotated
            "reports": [model for model in models if model.awaiting_version],  # type: ignore[attr-defined]  # annotated
        },
    )
