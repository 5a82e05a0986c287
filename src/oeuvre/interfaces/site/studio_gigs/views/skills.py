"""What a freelancer can do, and what shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.catalog import selectors, services
from oeuvre.domains.catalog.limits import LIMITS
from oeuvre.domains.catalog.states import EvidenceKind
from oeuvre.domains.orders import references as orders
from oeuvre.domains.orders import selectors as order_selectors
from oeuvre.domains.orders.selectors import Side
from oeuvre.domains.orders.states import OrderState
from oeuvre.domains.portfolio import selectors as portfolio
from oeuvre.domains.portfolio.states import WorkState
from oeuvre.interfaces.site.errors import MessageErrors
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page
from oeuvre.interfaces.site.studio_gigs.common import line_of

if TYPE_CHECKING:
    from oeuvre.domains.catalog.selectors import SkillShown

NEWEST = 60
MATCHES = 12


@freelancer_page
@require_safe
def skills(request: StudioRequest) -> HttpResponse:
    """The skills on the profile, those that are shown by something first; and finding another one."""
    held = selectors.skills_of(freelancer_id=request.actor.person_id)
    keys = {one.skill.key for one in held}
    words = line_of(request.GET.get("q", ""))
    context = {
        "held": held,
        "shown": sum(bool(one.evidence) for one in held),
        "most": LIMITS.skills,
        "words": words,
        "matches": [one for one in selectors.skills_matching(text=words, limit=MATCHES) if one.key not in keys],
        "areas": [
            (area, rest)
            for area in selectors.skill_areas(actor=request.actor)
            if (rest := [skill for skill in area.skills.all() if skill.key not in keys])
        ],
    }
    return render(request, "studio_gigs/skills.html", context)


@freelancer_page
@require_POST
@ratelimit(key="user", rate="200/h")
def add(request: StudioRequest) -> HttpResponse:
    key = line_of(request.POST.get("skill", ""))
    if not key:
        messages.error(request, _("Choose a skill, then add it."))
        return redirect("studio_skills:list")
    services.freelancer_skill_add(actor=request.actor, skill_key=key)
    messages.success(request, _("Added. Now show it: a skill with evidence comes first on your profile."))
    return redirect("studio_skills:skill", key)


@freelancer_page
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="200/h", method="POST")
def skill(request: StudioRequest, skill_key: str) -> HttpResponse:
    """One skill and its evidence; works and completed orders to choose from."""
    held = _held(request, skill_key)
    if request.method == "POST":
        kind, _colon, ref_id = request.POST.get("evidence", "").partition(":")
        with MessageErrors(request):
            services.freelancer_skill_evidence_add(
                actor=request.actor, skill_key=skill_key, kind=kind, ref_id=_id(ref_id)
            )
            messages.success(request, _("Evidence added. It stands on your profile."))
        return redirect("studio_skills:skill", skill_key)
    taken = {one.reference.ref_id for one in held.evidence}
    context = {
        "one": held,
        "choices": [
            (EvidenceKind(kind).label, kind, [(pk, title) for pk, title in _known(request, kind) if pk not in taken])
            for kind in held.kinds_open
        ],
        "most": LIMITS.evidence,
        "is_full": len(held.evidence) >= LIMITS.evidence,
    }
    return render(request, "studio_gigs/skill.html", context)


@freelancer_page
@require_POST
def remove(request: StudioRequest, skill_key: str) -> HttpResponse:
    services.freelancer_skill_remove(actor=request.actor, skill_key=skill_key)
    messages.success(request, _("Taken off your profile."))
    return redirect("studio_skills:list")


@freelancer_page
@require_POST
def evidence_remove(request: StudioRequest, evidence_id: UUID) -> HttpResponse:
    services.freelancer_skill_evidence_remove(actor=request.actor, evidence_id=evidence_id)
    messages.success(request, _("The evidence is taken off. What it was stays where it is."))
    key = request.POST.get("skill", "")
    held = {one.skill.key for one in selectors.skills_of(freelancer_id=request.actor.person_id)}
    return redirect("studio_skills:skill", key) if key in held else redirect("studio_skills:list")


def _held(request: StudioRequest, key: str) -> SkillShown:
    held = selectors.skills_of(freelancer_id=request.actor.person_id)
    found = next((one for one in held if one.skill.key == key), None)
    if found is None:
        raise Http404
    return found


def _known(request: StudioRequest, kind: str) -> list[tuple[UUID, str]]:
    """What the freelancer could name as evidence of a kind, newest first."""
    actor = request.actor
    if kind == EvidenceKind.WORK:
        works = portfolio.works_of(actor=actor, owner_id=actor.person_id, status=WorkState.ACCEPTED)[:NEWEST]
        return [(work.pk, work.title) for work in works]
    if kind == EvidenceKind.ORDER:
        done = frozenset({str(OrderState.COMPLETED)})
        rows = order_selectors.orders_of(actor=actor, side=Side.FREELANCER, states=done).values_list("pk", flat=True)
        named = orders.orders(actor.person_id, list(rows[:NEWEST]))
        return [(pk, reference.title) for pk, reference in named.items()]
    return []


def _id(text: str) -> UUID:
    """What was sent as an id; one that is none names nothing, which the service answers."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)
