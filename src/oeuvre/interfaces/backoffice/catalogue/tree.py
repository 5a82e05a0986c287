"""The tree of categories: groups and leaves, added, renamed, moved, put in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from oeuvre.domains.audit import selectors as audit
from oeuvre.domains.catalog import selectors, services
from oeuvre.interfaces.backoffice.access import operator_page
from oeuvre.interfaces.backoffice.catalogue.common import status_of
from oeuvre.interfaces.backoffice.catalogue.forms import CategoryForm, GroupNewForm, LeafEditForm, LeafNewForm
from oeuvre.interfaces.site.errors import FormErrors

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from oeuvre.domains.catalog.models import Category
    from oeuvre.domains.catalog.selectors import TreeGroup
    from oeuvre.kit.actor import Actor

_NAMED = 20


@require_GET
@operator_page
def tree(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every group with its leaves and what is live in them, hidden ones too."""
    groups = selectors.category_tree(actor=actor, with_hidden=True)
    context = {
        "groups": groups,
        "leaves": sum(len(group.leaves) for group in groups),
        "live": sum(group.live_gigs for group in groups),
    }
    return render(request, "catalogue_desk/tree.html", context)


@require_http_methods(["GET", "POST"])
@operator_page
def group_new(request: HttpRequest, actor: Actor) -> HttpResponse:
    form = GroupNewForm(request.POST or None)
    if form.is_valid():
        with FormErrors(form):
            made = services.category_add(actor=actor, **form.cleaned_data)
            messages.success(request, _("Added, as the last group. Buyers see it as soon as it has a leaf."))
            return redirect("catalogue_desk:category", made.pk)
    context = {"form": form, "title": _("New group"), "button": _("Add group")}
    return render(request, "catalogue_desk/new.html", context, status=status_of(form))


@require_http_methods(["GET", "POST"])
@operator_page
def leaf_new(request: HttpRequest, actor: Actor, category_id: UUID) -> HttpResponse:
    group = selectors.category_get(actor=actor, category_id=category_id)
    form = LeafNewForm(request.POST or None)
    if form.is_valid():
        with FormErrors(form):
            made = services.category_add(actor=actor, group_id=group.pk, **form.cleaned_data)
            messages.success(request, _("Added. Say what it asks for, and give it a use case."))
            return redirect("catalogue_desk:category", made.pk)
    context = {"form": form, "title": _("New leaf"), "button": _("Add leaf"), "above": group}
    return render(request, "catalogue_desk/new.html", context, status=status_of(form))


def _form(request: HttpRequest, category: Category, groups: list[TreeGroup]) -> CategoryForm:
    first = {"name": category.name, "summary": category.summary}
    if not category.is_leaf:
        return CategoryForm(request.POST or None, initial=first)
    names = [(str(group.category.pk), group.category.name) for group in groups]
    initial = {**first, "aliases": category.aliases, "group": str(category.parent_id)}
    return LeafEditForm(request.POST or None, initial=initial, groups=names)


@require_http_methods(["GET", "POST"])
@operator_page
def category(request: HttpRequest, actor: Actor, category_id: UUID) -> HttpResponse:
    """A group with its leaves, or a leaf with what it asks for and can do."""
    found = selectors.category_get(actor=actor, category_id=category_id)
    groups = selectors.category_tree(actor=actor, with_hidden=True)
    form = _form(request, found, groups)
    if form.is_valid():
        given: dict[str, Any] = dict(form.cleaned_data)
        group = given.pop("group", "")
        moved = UUID(group) if group and group != str(found.parent_id) else None
        with FormErrors(form):
            services.category_update(actor=actor, category_id=found.pk, group_id=moved, **given)
            messages.success(request, _("Saved. Every page shows it at once."))
            return redirect("catalogue_desk:category", found.pk)
    own = next((one for one in groups if one.category.pk == found.pk), None)
    context = {
        "category": found,
        "form": form,
        "leaves": own.leaves if own else (),
        "usage": selectors.category_usage(actor=actor, category_id=found.pk),
        "cases": list(selectors.use_cases(actor=actor, category=found.key, with_hidden=True)) if found.is_leaf else [],
        "history": audit.history(subject=found)[:_NAMED],
    }
    return render(request, "catalogue_desk/category.html", context, status=status_of(form))
