"""The list of gigs, one gig's overview, and its draft's way to the operator and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.audit import selectors as audit
from oeuvre.domains.catalog import selectors, services
from oeuvre.domains.catalog.errors import DraftChangedError, DraftMissingError, GigContentError
from oeuvre.domains.catalog.services.gigs import needs_review
from oeuvre.domains.catalog.states import OVER, VersionState
from oeuvre.domains.creation.joined import gig_model
from oeuvre.interfaces.site.catalogue.common import Numbers, numbers_of
from oeuvre.interfaces.site.errors import MessageErrors
from oeuvre.interfaces.site.market.common import number_of
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page
from oeuvre.interfaces.site.studio_gigs.common import head_of, newest_versions, page_context, returned_of, title_of
from oeuvre.interfaces.site.studio_gigs.sections import SECTIONS, stages
from oeuvre.interfaces.site.studio_gigs.sold import Sold, nothing, sold_by
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from oeuvre.domains.catalog.models import Gig, GigVersion
    from oeuvre.domains.catalog.selectors import GigDraft

HISTORY = 12


@dataclass(frozen=True, slots=True)
class Row:
    """A gig in the list."""

    gig: Gig
    title: str
    image: str
    price: Money | None
    newest: GigVersion
    returned: GigVersion | None
    sold: Sold
    numbers: Numbers

    @property
    def has_draft_beside(self) -> bool:
        """Whether what buyers see and what is being written are two things."""
        return self.gig.published_id is not None and self.newest.status == VersionState.DRAFT

    @property
    def is_mine(self) -> bool:
        """Whether it waits for the freelancer."""
        return self.gig.status not in OVER and (
            self.returned is not None or self.newest.status in (VersionState.DRAFT, VersionState.RETURNED)
        )


@freelancer_page
@require_safe
def gigs(request: StudioRequest) -> HttpResponse:
    """Every gig of one's own: what waits first, what is over last."""
    own = list(selectors.gigs_of(actor=request.actor, owner_id=request.actor.person_id))
    ids = [gig.pk for gig in own]
    newest, sold, numbers = (
        newest_versions(ids),
        sold_by(owner_id=request.actor.person_id, gig_ids=ids),
        numbers_of(ids),
    )
    rows = [_row(gig, newest[gig.pk], sold, numbers.get(("gig", gig.pk), Numbers())) for gig in own]
    context = {
        "rows": sorted((row for row in rows if row.gig.status not in OVER), key=lambda row: not row.is_mine),
        "over": [row for row in rows if row.gig.status in OVER],
        "live": sum(row.gig.status == "live" for row in rows),
        "waiting": sum(row.is_mine for row in rows),
        "under_way": sum(row.sold.open for row in rows),
        "earned": sum((row.sold.earned for row in rows), nothing().earned),
    }
    return render(request, "studio_gigs/list.html", context)


def _row(gig: Gig, newest: GigVersion, sold: dict[UUID, Sold], numbers: Numbers) -> Row:
    shown = gig.published
    samples = shown.samples.all() if shown else ()
    image = next((str(sample.image_id) for sample in samples if sample.image_id), "")
    amount = getattr(gig, "from_amount", None)  # annotated by gigs_of
    title = title_of(shown or newest)
    price = Money(amount, nothing().earned.currency) if amount else None
    return Row(gig, title, image, price, newest, returned_of(newest), sold.get(gig.pk, nothing()), numbers)


@freelancer_page
@require_safe
def gig(request: StudioRequest, gig_id: UUID) -> HttpResponse:
    """How a gig stands: what buyers see, what is being written, what waits for whom."""
    found, opened = _opened(request, gig_id)
    head = head_of(found, opened.version if opened else None)
    draft = opened if head.draft else None
    rail = stages(draft, reasons=head.reasons) if draft else []
    context = {
        **page_context(head, "gig"),
        "draft": draft,
        "goes_live": draft is not None and not needs_review(found, draft.version),
        "stages": rail,
        "gaps": [gap for stage in rail for gap in stage.gaps],
        "next_stage": next((stage for stage in rail if stage.state == "open"), None),
        "optional": [stage for stage in rail if stage.state == "empty"],
        **(_figures(request, gig_id) if found.published_id else {}),
        "joined": gig_model(gig_id=gig_id),
        "records": audit.history(subject=found).exclude(code="gig.draft_saved")[:HISTORY],
    }
    return render(request, "studio_gigs/gig.html", context)


def _opened(request: StudioRequest, gig_id: UUID) -> tuple[Gig, GigDraft | None]:
    """The gig, with the version that is written or waits where it has one."""
    try:
        draft = selectors.gig_draft(actor=request.actor, gig_id=gig_id)
    except DraftMissingError as error:
        return error.context["gig"], None
    return draft.gig, draft


def _figures(request: StudioRequest, gig_id: UUID) -> dict[str, Any]:
    return {
        "sold": sold_by(owner_id=request.actor.person_id, gig_ids=[gig_id]).get(gig_id, nothing()),
        "numbers": numbers_of([gig_id]).get(("gig", gig_id), Numbers()),
    }


@freelancer_page
@require_POST
@ratelimit(key="user", rate="60/h")
def draft_open(request: StudioRequest, gig_id: UUID) -> HttpResponse:
    """Begin to edit: what is live stays as it is until the draft is published."""
    services.gig_draft_open(actor=request.actor, gig_id=gig_id)
    return redirect(SECTIONS["words"].address(gig_id))


@freelancer_page
@require_POST
@ratelimit(key="user", rate="60/h")
def submit(request: StudioRequest, gig_id: UUID) -> HttpResponse:
    """Hand the draft in, as it stood on the page that had the button."""
    try:
        revision = number_of(request.POST.get("revision", "")) or 0
        version = services.gig_submit(actor=request.actor, gig_id=gig_id, revision=revision)
    except GigContentError:
        messages.error(request, _("Something is missing. The list below says what, and leads to it."))
    except DraftChangedError:
        messages.error(request, _("The draft was saved after this page was opened. Look at it again, then hand it in."))
    else:
        if version.status == VersionState.PUBLISHED:
            messages.success(request, _("It is live. Buyers see it now."))
        else:
            messages.success(request, _("Handed in. An operator looks at it, and you get a mail."))
    return redirect("studio_gigs:gig", gig_id)


@freelancer_page
@require_POST
def withdraw(request: StudioRequest, gig_id: UUID) -> HttpResponse:
    """Take back what waits for the operator."""
    with MessageErrors(request):
        services.gig_withdraw(actor=request.actor, gig_id=gig_id)
        messages.success(request, _("Taken back. It is your draft again; nothing of it was changed."))
    return redirect("studio_gigs:gig", gig_id)


@freelancer_page
@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: StudioRequest, gig_id: UUID) -> HttpResponse:
    """Throw a draft away that stands beside what is live; a page with the consequences first."""
    found = selectors.gig_own(actor=request.actor, gig_id=gig_id)
    head = head_of(found)
    if head.draft is None or found.published is None:
        messages.info(request, _("There is no draft to throw away."))
        return redirect("studio_gigs:gig", gig_id)
    if request.method == "POST":
        with MessageErrors(request):
            revision = number_of(request.POST.get("revision", "")) or 0
            services.gig_draft_discard(actor=request.actor, gig_id=gig_id, revision=revision)
            messages.success(request, _("The draft is gone. What buyers see has not changed."))
        return redirect("studio_gigs:gig", gig_id)
    changed = selectors.gig_difference(
        actor=request.actor, gig_id=gig_id, before=found.published.number, after=head.draft.number
    )
    return render(request, "studio_gigs/discard.html", {**page_context(head, "gig"), "differences": changed})
