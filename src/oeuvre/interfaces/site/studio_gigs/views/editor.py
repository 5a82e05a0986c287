"""The editor: one section a page, each saved by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.catalog import selectors, services
from oeuvre.domains.catalog.errors import DraftChangedError, DraftMissingError, GigContentError
from oeuvre.domains.catalog.states import PackageKey, VersionState
from oeuvre.domains.orders.pricing import quote
from oeuvre.interfaces.site.market.common import number_of
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page
from oeuvre.interfaces.site.studio_gigs.common import head_of_draft, page_context
from oeuvre.interfaces.site.studio_gigs.fields import PriceField
from oeuvre.interfaces.site.studio_gigs.sections import SECTIONS, after, fingerprint, gap_of, reasons_for, stages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from oeuvre.domains.catalog.selectors import Difference, GigDraft
    from oeuvre.interfaces.site.studio_gigs.editing import Editor
    from oeuvre.interfaces.site.studio_gigs.sections import Gap, Section

SAVE, NEXT = "save", "next"
WRONG, CONFLICT = 422, 409


@freelancer_page
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="600/h", method="POST")
def section(request: StudioRequest, gig_id: UUID, section: str) -> HttpResponse:
    """Show, change or save one section. A row's button changes what is on the page and stores nothing."""
    found = SECTIONS.get(section)
    if found is None or found.editor is None:
        raise Http404
    try:
        draft = selectors.gig_draft(actor=request.actor, gig_id=gig_id)
    except DraftMissingError as error:
        messages.info(request, error.message)
        return redirect("studio_gigs:gig", gig_id)
    if draft.version.status == VersionState.IN_REVIEW:
        messages.info(request, _("This version waits for an operator. Take it back to edit it."))
        return redirect("studio_gigs:gig", gig_id)
    if request.method != "POST":
        return _page(request, draft, found, found.editor(draft, request.actor))
    editor = found.editor(draft, request.actor, request.POST)
    do = request.POST.get("do", SAVE)
    if do not in (SAVE, NEXT):
        editor.act(do, request.FILES)
        return _page(request, draft, found, editor)
    if not editor.is_valid():
        return _page(request, draft, found, editor, status=WRONG)
    return _save(request, draft, found, editor, go_on=do == NEXT)


def _save(request: StudioRequest, draft: GigDraft, section: Section, editor: Editor, *, go_on: bool) -> HttpResponse:
    """Store the section beside the others as they are now. Only a change of this one since the page was opened is a
    conflict: the page then has both, and saving once more takes what is on it."""
    as_seen = request.POST.get("seen") == fingerprint(section, draft.content)
    seen = number_of(request.POST.get("revision", "")) or 0
    try:
        services.gig_draft_save(
            actor=request.actor,
            gig_id=draft.gig.pk,
            revision=draft.version.revision if as_seen else seen,
            content=editor.apply(draft.content),
        )
    except DraftChangedError as error:
        if changed := error.context["differences"]:
            return _page(request, draft, section, editor, status=CONFLICT, conflict=changed)
    except GigContentError as error:
        problems: list[GigContentError] = error.context["problems"]
        elsewhere = [gap_of(draft.gig.pk, one) for one in problems if not editor.place(one.field, one.message)]
        return _page(request, draft, section, editor, status=WRONG, elsewhere=elsewhere)
    else:
        messages.success(request, _("Saved: %(section)s.") % {"section": section.label})
    following = after(section)
    if go_on and following is None:
        return redirect("studio_gigs:gig", draft.gig.pk)
    return redirect((following if go_on and following else section).address(draft.gig.pk))


def _page(
    request: StudioRequest,
    draft: GigDraft,
    section: Section,
    editor: Editor,
    *,
    status: int = 200,
    conflict: Sequence[Difference] = (),
    elsewhere: Sequence[Gap] = (),
) -> HttpResponse:
    """``conflict`` is from what is stored to what was sent; ``elsewhere`` are errors of other sections."""
    head = head_of_draft(draft)
    context: dict[str, Any] = {
        **page_context(head, "section"),
        **editor.extra_context(),
        "draft": draft,
        "section": section,
        "following": after(section),
        "editor": editor,
        "stages": stages(draft, section, head.reasons),
        "section_reasons": reasons_for(section, head.reasons),
        "seen": fingerprint(section, draft.content),
        "conflict": conflict,
        "elsewhere": elsewhere,
        "is_wrong": status == WRONG,
    }
    return render(request, "studio_gigs/section.html", context, status=status)


@freelancer_page
@require_safe
def keeps(request: StudioRequest) -> HttpResponse:
    """What a price leaves its freelancer and costs its buyer, while it is typed; asked for by htmx."""
    typed = next((request.GET[name] for key in PackageKey if (name := f"{key}-price") in request.GET), "")
    split, problem = None, ""
    try:
        price = PriceField(required=False).clean(typed)
        split = quote(price=price) if price else None
    except ValidationError as error:
        problem = " ".join(error.messages)
    context = {"split": split, "problem": problem}
    return render(request, "studio_gigs/keeps.html", context)
