"""Choosing a category: how a gig begins, and how it moves elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.catalog import selectors, services
from oeuvre.domains.catalog.content import GigContent
from oeuvre.domains.catalog.errors import DraftChangedError, DraftMissingError, EntryNotFoundError
from oeuvre.domains.catalog.rules import leaf_rules
from oeuvre.domains.catalog.states import VersionState
from oeuvre.interfaces.site.market.common import number_of
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page
from oeuvre.interfaces.site.studio_gigs.common import head_of_draft, line_of, page_context
from oeuvre.interfaces.site.studio_gigs.sections import CATEGORY, SECTIONS, reasons_for, stages

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.http import HttpResponse

    from oeuvre.domains.catalog.models import Category
    from oeuvre.domains.catalog.selectors import TreeGroup, TreeLeaf
    from oeuvre.kit.actor import Actor

MOST_FOUND = 12


@dataclass(frozen=True, slots=True)
class Match:
    """A leaf that was found by what somebody typed, and by which of its words."""

    leaf: Category
    group: Category
    live_gigs: int
    by: str


@freelancer_page
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="60/h", method="POST")
def new(request: StudioRequest) -> HttpResponse:
    """The first thing about a gig is where buyers look for it; pressing a category makes the draft."""
    if request.method == "POST":
        try:
            leaf = selectors.leaf_get(key=line_of(request.POST.get("category", ""))).category
        except EntryNotFoundError as error:
            messages.error(request, error.message)
            return redirect("studio_gigs:new")
        gig = services.gig_create(actor=request.actor, content=GigContent(category=leaf.key))
        messages.success(request, _("A draft in “%(name)s”. Only you see it.") % {"name": leaf.name})
        return redirect(SECTIONS["words"].address(gig.pk))
    return render(request, "studio_gigs/new.html", _choice(request))


@freelancer_page
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="120/h", method="POST")
def category(request: StudioRequest, gig_id: UUID) -> HttpResponse:
    """Move a draft to another category; what the new one does not ask for is left out, and said."""
    try:
        draft = selectors.gig_draft(actor=request.actor, gig_id=gig_id)
    except DraftMissingError as error:
        messages.info(request, error.message)
        return redirect("studio_gigs:gig", gig_id)
    if draft.version.status == VersionState.IN_REVIEW:
        messages.info(request, _("This version waits for an operator. Take it back to edit it."))
        return redirect("studio_gigs:gig", gig_id)
    if request.method == "POST":
        return _move(request, gig_id, draft.content)
    head = head_of_draft(draft)
    context = {
        **page_context(head, "section"),
        **_choice(request),
        "draft": draft,
        "stages": stages(draft, SECTIONS[CATEGORY], head.reasons),
        "section_reasons": reasons_for(SECTIONS[CATEGORY], head.reasons),
        "chosen": draft.content.category,
    }
    return render(request, "studio_gigs/category.html", context)


def _move(request: StudioRequest, gig_id: UUID, content: GigContent) -> HttpResponse:
    leaf = leaf_rules(line_of(request.POST.get("category", "")))
    if leaf is None:
        messages.error(request, _("There is no such category to choose."))
        return redirect("studio_gigs:category", gig_id)
    kept = {key: value for key, value in content.attributes.items() if key in leaf.attributes}
    lost = len(content.attributes) - len(kept)
    try:
        services.gig_draft_save(
            actor=request.actor,
            gig_id=gig_id,
            revision=number_of(request.POST.get("revision", "")) or 0,
            content=replace(content, category=leaf.category.key, attributes=kept),
        )
    except DraftChangedError as error:
        messages.error(request, error.message)
        return redirect("studio_gigs:category", gig_id)
    messages.success(request, _("The gig is in “%(name)s” now.") % {"name": leaf.category.name})
    if lost:
        text = ngettext(
            "%(count)d answer was left out, because this category does not ask for it.",
            "%(count)d answers were left out, because this category does not ask for them.",
            lost,
        )
        messages.info(request, text % {"count": lost})
    return redirect(SECTIONS["details"].address(gig_id))


def _choice(request: StudioRequest) -> dict[str, object]:
    """The tree, and what of it goes with the words that were typed."""
    words = line_of(request.GET.get("q", ""))
    groups = selectors.category_tree(actor=request.actor)
    return {"groups": groups, "words": words, "matches": matches(request.actor, groups, words) if words else []}


def matches(actor: Actor, groups: Iterable[TreeGroup], words: str) -> list[Match]:
    """Leaves that hold every word: in the name before the aliases, those before the summary, that before a use case."""
    wanted = words.lower().split()
    cases: dict[str, str] = {}
    for case in selectors.use_cases(actor=actor):
        cases.setdefault(case.category.key, "")
        cases[case.category.key] += f" {case.title} {case.question}"
    found: list[tuple[int, Match]] = []
    for group in groups:
        for leaf in group.leaves:
            rank, by = _found_by(leaf, group, cases.get(leaf.category.key, ""), wanted)
            if rank:
                found.append((rank, Match(leaf.category, group.category, leaf.live_gigs, by)))
    found.sort(key=lambda pair: pair[0])
    return [match for _rank, match in found[:MOST_FOUND]]


def _found_by(leaf: TreeLeaf, group: TreeGroup, cases: str, wanted: list[str]) -> tuple[int, str]:
    """``(rank, alias)``: 0 where it is not found; the alias where that is what was meant."""
    category = leaf.category
    named = f"{category.name} {group.category.name}".lower()
    if all(word in category.name.lower() for word in wanted):
        return 1, ""
    alias = next((alias for alias in category.aliases if all(word in alias.lower() for word in wanted)), "")
    if alias:
        return 2, alias
    everything = " ".join([named, *category.aliases, category.summary]).lower()
    if all(word in everything for word in wanted):
        return 3, ""
    return (4, "") if all(word in f"{everything} {cases}".lower() for word in wanted) else (0, "")
