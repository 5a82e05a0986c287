"""Attributes: what leaves ask of gigs and buyers filter by, and their options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from oeuvre.domains.audit import selectors as audit
from oeuvre.domains.catalog import selectors, services
from oeuvre.domains.catalog.models import Attribute, AttributeOption
from oeuvre.domains.catalog.states import AttributeType
from oeuvre.interfaces.backoffice.access import operator_page
from oeuvre.interfaces.backoffice.catalogue.common import status_of
from oeuvre.interfaces.backoffice.catalogue.forms import AttributeForm, AttributeNewForm, OptionForm
from oeuvre.interfaces.site.errors import FormErrors, MessageErrors

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse, QueryDict

    from oeuvre.kit.actor import Actor

_NAMED = 20
_LAST = 10_000
"""The place of what is given none."""
_CHOICES = (AttributeType.CHOICE, AttributeType.CHOICES)


@require_GET
@operator_page
def attributes(request: HttpRequest, actor: Actor) -> HttpResponse:
    return render(request, "catalogue_desk/attributes.html", {"attributes": selectors.attributes_all(actor=actor)})


@require_http_methods(["GET", "POST"])
@operator_page
def attribute_new(request: HttpRequest, actor: Actor) -> HttpResponse:
    form = AttributeNewForm(request.POST or None)
    if form.is_valid():
        with FormErrors(form):
            made = services.attribute_add(actor=actor, **form.cleaned_data)
            messages.success(request, _("Added. No gig is asked for it until a leaf asks."))
            return redirect("catalogue_desk:attribute", made.pk)
    context = {"form": form, "title": _("New attribute"), "button": _("Add attribute")}
    return render(request, "catalogue_desk/new.html", context, status=status_of(form))


@require_http_methods(["GET", "POST"])
@operator_page
def attribute(request: HttpRequest, actor: Actor, attribute_id: UUID) -> HttpResponse:
    """Its words and bounds, its options with how many gigs chose each."""
    found = selectors.entry_of(actor=actor, model=Attribute, entry_id=attribute_id)
    is_number = found.type == AttributeType.NUMBER
    initial = {"label": found.label, "unit": found.unit, "minimum": found.minimum, "maximum": found.maximum}
    form = AttributeForm(request.POST or None, initial=initial, is_number=is_number)
    if form.is_valid():
        given = form.cleaned_data
        bounds = (given["minimum"], given["maximum"]) if is_number else None
        with FormErrors(form):
            services.attribute_update(
                actor=actor, attribute_id=found.pk, label=given["label"], unit=given.get("unit"), bounds=bounds
            )
            messages.success(request, _("Saved. Every page shows it at once."))
            return redirect("catalogue_desk:attribute", found.pk)
    usage = selectors.attribute_usage(actor=actor, attribute_id=found.pk)
    options = found.options.order_by("position", "created_at")
    context = {
        "attribute": found,
        "form": form,
        "usage": usage,
        "options": [(option, usage.options.get(option.key, 0)) for option in options],
        "is_choice": found.type in _CHOICES,
        "leaves": [row.category for row in found.asked_by.select_related("category").order_by("category__name")],
        "history": audit.history(subject=found)[:_NAMED],
    }
    return render(request, "catalogue_desk/attribute.html", context, status=status_of(form))


@require_POST
@operator_page
def option_add(request: HttpRequest, actor: Actor, attribute_id: UUID) -> HttpResponse:
    form = OptionForm(request.POST)
    if form.is_valid():
        with MessageErrors(request):
            services.attribute_option_add(actor=actor, attribute_id=attribute_id, label=form.cleaned_data["label"])
            messages.success(request, _("Added, as the last option. Gigs can choose it from now on."))
    else:
        messages.error(request, _("Write what the option is called, in at most 60 characters."))
    return redirect("catalogue_desk:attribute", attribute_id)


@require_http_methods(["GET", "POST"])
@operator_page
def option(request: HttpRequest, actor: Actor, option_id: UUID) -> HttpResponse:
    """Another name for an option; gigs store its key."""
    found = selectors.entry_of(actor=actor, model=AttributeOption, entry_id=option_id)
    usage = selectors.attribute_usage(actor=actor, attribute_id=found.attribute_id)
    form = OptionForm(request.POST or None, initial={"label": found.label})
    if form.is_valid():
        with FormErrors(form):
            services.attribute_option_rename(actor=actor, option_id=found.pk, label=form.cleaned_data["label"])
            messages.success(request, _("Renamed. Every page shows it at once."))
            return redirect("catalogue_desk:attribute", found.attribute_id)
    context = {
        "option": found,
        "attribute": found.attribute,
        "form": form,
        "gigs": usage.options.get(found.key, 0),
    }
    return render(request, "catalogue_desk/option.html", context, status=status_of(form))


@dataclass(frozen=True, slots=True)
class AskedRow:
    """An attribute that a leaf asks for, and what an edit would mean for its gigs."""

    attribute: Attribute
    required: bool
    unanswered: int
    """Gigs in the leaf that do not answer it."""


@require_http_methods(["GET", "POST"])
@operator_page
def asked(request: HttpRequest, actor: Actor, category_id: UUID) -> HttpResponse:
    """What a leaf asks for, in which order, and what must be answered."""
    leaf = selectors.category_get(actor=actor, category_id=category_id)
    if request.method == "POST":
        with MessageErrors(request):
            services.category_attributes_set(actor=actor, category_id=leaf.pk, attributes=_wanted(request.POST))
            messages.success(request, _("Saved. Gigs that are written from now on are asked this."))
        return redirect("catalogue_desk:asked", leaf.pk)
    rows = sorted(leaf.asked.all(), key=lambda row: row.position)
    usage = selectors.leaf_usage(actor=actor, category_id=leaf.pk, attributes=[row.attribute.key for row in rows])
    there = {row.attribute_id for row in rows}
    every = selectors.attributes_all(actor=actor)
    context = {
        "leaf": leaf,
        "gigs": usage.gigs,
        "rows": [AskedRow(row.attribute, row.required, usage.unanswered(row.attribute.key)) for row in rows],
        "others": [one for one in every if one.pk not in there and not one.hidden],
    }
    return render(request, "catalogue_desk/asked.html", context)


def _wanted(given: QueryDict) -> list[tuple[str, bool]]:
    """``(key, required)`` in the order of the numbers beside them; what is added comes last."""
    required = set(given.getlist("required"))
    keys = [key for key in given.getlist("asked") if key]
    keys.sort(key=lambda key: _place(given.get(f"place_{key}", "")))
    added = given.get("add", "")
    if added:
        keys.append(added)
    return [(key, key in required or (key == added and "add_required" in given)) for key in keys]


def _place(text: str) -> int:
    return min(int(text), _LAST) if text.isdecimal() and len(text) < len(str(_LAST)) else _LAST
