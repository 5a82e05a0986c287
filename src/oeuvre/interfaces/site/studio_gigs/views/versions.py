"""What a gig looks like to buyers, now and in every version, and what changed from one to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from oeuvre.domains.catalog import selectors
from oeuvre.domains.catalog.states import VersionState
from oeuvre.domains.creation.joined import gig_model
from oeuvre.interfaces.site.catalogue.common import Numbers, numbers_of
from oeuvre.interfaces.site.catalogue.views.gig import version_context, ways
from oeuvre.interfaces.site.market.common import number_of
from oeuvre.interfaces.site.market.plates import model_url
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page
from oeuvre.interfaces.site.studio_gigs.common import Head, head_of, page_context

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from oeuvre.domains.catalog.models import GigVersion


@freelancer_page
@require_safe
def preview(request: StudioRequest, gig_id: UUID) -> HttpResponse:
    """The public page of the version that was made last."""
    newest = selectors.gig_version_of(actor=request.actor, gig_id=gig_id)
    return _shown(request, newest, head_of(newest.gig, newest))


@freelancer_page
@require_safe
def version(request: StudioRequest, gig_id: UUID, number: int) -> HttpResponse:
    """The public page of any version, as it stood."""
    wanted = selectors.gig_version_of(actor=request.actor, gig_id=gig_id, number=number)
    return _shown(request, wanted, head_of(wanted.gig))


def _shown(request: StudioRequest, row: GigVersion, head: Head) -> HttpResponse:
    gig = row.gig
    shown = selectors.version_shown(row, owner_id=gig.owner_id)
    counted = numbers_of([gig.pk, gig.owner_id])
    joined = gig_model(gig_id=gig.pk) if shown.packages else None
    context = {
        **version_context(gig, shown),
        "head": head,
        "is_own": True,
        "availability": selectors.Availability(open=True),
        "numbers": counted.get(("gig", gig.pk), Numbers()),
        "owner_numbers": counted.get(("owner", gig.owner_id), Numbers()),
        "joined": joined,
        "ways": ways(joined, shown.packages) if joined else [],
        "model_url": model_url(joined.model) if joined else "",
        "is_live": row.status == VersionState.PUBLISHED,
    }
    return render(request, "studio_gigs/preview.html", context)


@freelancer_page
@require_safe
def versions(request: StudioRequest, gig_id: UUID) -> HttpResponse:
    """Every version, and the differences of two of them: by default of the newest from what buyers see, or from the
    one before it."""
    rows = selectors.gig_history(actor=request.actor, gig_id=gig_id)
    before, after = _chosen(request, rows)
    known = {row.number for row in rows}
    changed = None
    if before != after and {before, after} <= known:
        changed = selectors.gig_difference(actor=request.actor, gig_id=gig_id, before=before, after=after)
    context = {
        **page_context(head_of(rows[0].gig, rows[0]), "versions"),
        "versions": rows,
        "before": before,
        "after": after,
        "differences": changed,
    }
    return render(request, "studio_gigs/versions.html", context)


def _chosen(request: StudioRequest, rows: list[GigVersion]) -> tuple[int, int]:
    newest = rows[0].number
    published = next((row.number for row in rows if row.status == VersionState.PUBLISHED), newest)
    base = published if published != newest else rows[1].number if len(rows) > 1 else newest
    before, after = number_of(request.GET.get("from", "")), number_of(request.GET.get("to", ""))
    return before or base, after or newest
