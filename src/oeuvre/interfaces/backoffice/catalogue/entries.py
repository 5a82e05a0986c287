"""What can be done with every entry: move it, hide it, show it, put it back to the files; each says first what it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from oeuvre.domains.catalog import selectors, services
from oeuvre.domains.catalog.models import Attribute, AttributeOption, Category, Skill, UseCase
from oeuvre.interfaces.backoffice.access import operator_page
from oeuvre.interfaces.backoffice.catalogue.common import ENTITIES, NAMES, entity_of, list_of, page_of
from oeuvre.interfaces.site.errors import MessageErrors

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from oeuvre.domains.catalog.models import CatalogueEntry
    from oeuvre.domains.catalog.selectors import FileState
    from oeuvre.kit.actor import Actor


def _entry(actor: Actor, entity: str, entry_id: UUID) -> CatalogueEntry:
    if entity not in ENTITIES:
        raise Http404
    return selectors.entry_of(actor=actor, model=ENTITIES[entity], entry_id=entry_id)


@require_GET
@operator_page
def by_hand(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What operators added and changed, and what the last readings of the files left alone because of that."""
    rows = [(entry, NAMES[type(entry)], page_of(entry)) for entry in selectors.entries_by_hand(actor=actor)]
    context = {"rows": rows, "loads": selectors.catalogue_loads(actor=actor)[:10]}
    return render(request, "catalogue_desk/by_hand.html", context)


@require_POST
@operator_page
def move(request: HttpRequest, actor: Actor, entity: str, entry_id: UUID) -> HttpResponse:
    entry = _entry(actor, entity, entry_id)
    with MessageErrors(request):
        services.entry_move(actor=actor, entry=entry, up=request.POST.get("to") == "up")
    return redirect(f"{list_of(entry)}#entry-{entry.pk}")


@require_POST
@operator_page
def show(request: HttpRequest, actor: Actor, entity: str, entry_id: UUID) -> HttpResponse:
    entry = _entry(actor, entity, entry_id)
    with MessageErrors(request):
        services.entry_show(actor=actor, entry=entry)
        messages.success(request, _("“%(name)s” is shown again.") % {"name": entry})
    return redirect(f"{list_of(entry)}#entry-{entry.pk}")


@require_http_methods(["GET", "POST"])
@operator_page
def hide(request: HttpRequest, actor: Actor, entity: str, entry_id: UUID) -> HttpResponse:
    """Says what hiding means, and hides at the second click."""
    entry = _entry(actor, entity, entry_id)
    if request.method == "POST":
        with MessageErrors(request):
            services.entry_hide(actor=actor, entry=entry)
            messages.success(request, _("“%(name)s” is hidden. Nothing was deleted.") % {"name": entry})
        return redirect(f"{list_of(entry)}#entry-{entry.pk}")
    return render(request, "catalogue_desk/hide.html", {**_about(entry), "effects": _effects(actor, entry)})


@require_http_methods(["GET", "POST"])
@operator_page
def restore(request: HttpRequest, actor: Actor, entity: str, entry_id: UUID) -> HttpResponse:
    """Says what would change, and puts the entry back to the files at the second click."""
    entry = _entry(actor, entity, entry_id)
    if request.method == "POST":
        with MessageErrors(request):
            services.entry_restore(actor=actor, entry=entry)
            messages.success(request, _("“%(name)s” is what the files say again.") % {"name": entry})
        return redirect(page_of(entry))
    state = selectors.entry_in_files(actor=actor, entry=entry)
    context = {**_about(entry), "state": state, "changes": _changes(entry, state) if state else []}
    return render(request, "catalogue_desk/restore.html", context)


def _about(entry: CatalogueEntry) -> dict[str, Any]:
    return {"entry": entry, "entity": entity_of(entry), "what": NAMES[type(entry)], "back": page_of(entry)}


def _changes(entry: CatalogueEntry, state: FileState) -> list[tuple[str, str, str]]:
    """What differs, as ``(name, now, then)``."""
    labels = {
        "hidden": _("Hidden"),
        "position": _("Place"),
        "attributes": _("What it asks for"),
        "parent_id": _("Group"),
        "category_id": _("Category"),
        "area_id": _("Area"),
    }
    found = []
    for name in state.differs(entry):
        label = str(labels.get(name) or name.replace("_", " ").capitalize())
        if name == "hidden":
            found.append((label, _("yes"), _("no")))
        elif name in labels:
            found.append((label, _("as set by hand"), _("as in the file")))
        else:
            found.append((label, _text(getattr(entry, name)), _text(state.content[name])))
    return found


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(str(one) for one in value) or "-"
    return "-" if value in (None, "") else str(value)


def _effects(actor: Actor, entry: CatalogueEntry) -> list[str]:
    """What hiding changes, with the figures of now."""
    if isinstance(entry, Category):
        return _category_effects(actor, entry)
    if isinstance(entry, Attribute):
        gigs = selectors.attribute_usage(actor=actor, attribute_id=entry.pk).gigs
        kept = ngettext(
            "%(count)d gig keeps the answer that it gave.", "%(count)d gigs keep the answers that they gave.", gigs
        )
        return [
            _("No category asks for it any more, and buyers no longer filter by it."),
            kept % {"count": gigs},
        ]
    if isinstance(entry, AttributeOption):
        usage = selectors.attribute_usage(actor=actor, attribute_id=entry.attribute_id)
        gigs = usage.options.get(entry.key, 0)
        chosen = ngettext(
            "%(count)d gig chose it and goes on showing it; its next version must choose another.",
            "%(count)d gigs chose it and go on showing it; their next versions must choose another.",
            gigs,
        )
        return [_("No other gig can choose it."), chosen % {"count": gigs}]
    if isinstance(entry, UseCase):
        return [
            _("The guide no longer proposes it, and the category's page no longer shows it."),
            _("Briefs and orders that name it keep it."),
        ]
    return _skill_effects(actor, entry)


def _category_effects(actor: Actor, entry: Category) -> list[str]:
    usage = selectors.category_usage(actor=actor, category_id=entry.pk)
    count = usage.live_gigs + usage.paused_gigs
    effects = [_("It stands in no tree, and no new gig or version can be put in it.")]
    if not entry.is_leaf:
        effects.append(_("All its leaves go with it."))
    kept = ngettext(
        "%(count)d gig is in it: it stays open, search finds it, and its next version needs another category.",
        "%(count)d gigs are in it: they stay open, search finds them, and their next versions need another category.",
        count,
    )
    return [*effects, kept % {"count": count}]


def _skill_effects(actor: Actor, entry: CatalogueEntry) -> list[str]:
    skills = Skill.objects.filter(pk=entry.pk) if isinstance(entry, Skill) else Skill.objects.filter(area=entry.pk)
    held = sum(selectors.skills_held(actor=actor, skill_ids=skills.values_list("pk", flat=True)).values())
    first = (
        _("Nobody can put it on a profile any more.")
        if isinstance(entry, Skill)
        else _("Nobody can put a skill of this area on a profile any more.")
    )
    shown = ngettext(
        "%(count)d profile names it; it is no longer shown there.",
        "%(count)d profiles name it; it is no longer shown there.",
        held,
    )
    return [first, shown % {"count": held}]
