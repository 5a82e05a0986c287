"""The skills that freelancers can put on their profile, area by area."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from oeuvre.domains.audit import selectors as audit
from oeuvre.domains.catalog import selectors, services
from oeuvre.domains.catalog.models import Skill, SkillArea
from oeuvre.interfaces.backoffice.access import operator_page
from oeuvre.interfaces.backoffice.catalogue.common import status_of
from oeuvre.interfaces.backoffice.catalogue.forms import AreaForm, AreaNewForm, SkillForm, SkillNewForm
from oeuvre.interfaces.site.errors import FormErrors

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from oeuvre.kit.actor import Actor

_NAMED = 20
_FIELDS = ("name", "summary", "kind", "aliases", "categories", "evidence")


def _leaves(actor: Actor) -> list[tuple[str, list[tuple[str, str]]]]:
    """The tree as grouped choices; hidden leaves too, because skills may name them."""
    return [
        (group.category.name, [(leaf.category.key, leaf.category.name) for leaf in group.leaves])
        for group in selectors.category_tree(actor=actor, with_hidden=True)
    ]


@require_GET
@operator_page
def areas(request: HttpRequest, actor: Actor) -> HttpResponse:
    rows = list(selectors.skill_areas(actor=actor, with_hidden=True))
    context = {"areas": rows, "count": sum(len(area.skills.all()) for area in rows)}
    return render(request, "catalogue_desk/skills.html", context)


@require_http_methods(["GET", "POST"])
@operator_page
def area_new(request: HttpRequest, actor: Actor) -> HttpResponse:
    form = AreaNewForm(request.POST or None)
    if form.is_valid():
        with FormErrors(form):
            made = services.skill_area_add(actor=actor, **form.cleaned_data)
            messages.success(request, _("Added, as the last area."))
            return redirect("catalogue_desk:area", made.pk)
    context = {"form": form, "title": _("New area of skills"), "button": _("Add area")}
    return render(request, "catalogue_desk/new.html", context, status=status_of(form))


@require_http_methods(["GET", "POST"])
@operator_page
def area(request: HttpRequest, actor: Actor, area_id: UUID) -> HttpResponse:
    found = selectors.entry_of(actor=actor, model=SkillArea, entry_id=area_id)
    form = AreaForm(request.POST or None, initial={"name": found.name, "summary": found.summary})
    if form.is_valid():
        with FormErrors(form):
            services.skill_area_update(actor=actor, area_id=found.pk, **form.cleaned_data)
            messages.success(request, _("Saved. Every page shows it at once."))
            return redirect("catalogue_desk:area", found.pk)
    rows = list(found.skills.order_by("position", "created_at"))
    held = selectors.skills_held(actor=actor, skill_ids=[row.pk for row in rows])
    context = {
        "area": found,
        "form": form,
        "skills": [(row, held.get(row.pk, 0)) for row in rows],
        "history": audit.history(subject=found)[:_NAMED],
    }
    return render(request, "catalogue_desk/area.html", context, status=status_of(form))


@require_http_methods(["GET", "POST"])
@operator_page
def skill_new(request: HttpRequest, actor: Actor, area_id: UUID) -> HttpResponse:
    above = selectors.entry_of(actor=actor, model=SkillArea, entry_id=area_id)
    form = SkillNewForm(request.POST or None, leaves=_leaves(actor))
    if form.is_valid():
        with FormErrors(form):
            services.skill_add(actor=actor, area_id=above.pk, **form.cleaned_data)
            messages.success(request, _("Added. Freelancers can put it on their profile from now on."))
            return redirect("catalogue_desk:area", above.pk)
    context = {"form": form, "title": _("New skill"), "button": _("Add skill"), "area": above}
    return render(request, "catalogue_desk/new.html", context, status=status_of(form))


@require_http_methods(["GET", "POST"])
@operator_page
def skill(request: HttpRequest, actor: Actor, skill_id: UUID) -> HttpResponse:
    found = selectors.entry_of(actor=actor, model=Skill, entry_id=skill_id)
    initial = {name: getattr(found, name) for name in _FIELDS}
    form = SkillForm(request.POST or None, initial=initial, leaves=_leaves(actor))
    if form.is_valid():
        with FormErrors(form):
            services.skill_update(actor=actor, skill_id=found.pk, **form.cleaned_data)
            messages.success(request, _("Saved. Every page shows it at once."))
            return redirect("catalogue_desk:area", found.area_id)
    context = {
        "skill": found,
        "area": found.area,
        "form": form,
        "held": selectors.skills_held(actor=actor, skill_ids=[found.pk]).get(found.pk, 0),
        "history": audit.history(subject=found)[:_NAMED],
    }
    return render(request, "catalogue_desk/skill.html", context, status=status_of(form))
