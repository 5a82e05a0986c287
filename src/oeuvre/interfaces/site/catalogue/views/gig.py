"""A gig's public page and its pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from oeuvre.domains.catalog import selectors
from oeuvre.domains.catalog.states import AiPolicy, GigState
from oeuvre.domains.creation.joined import gig_model
from oeuvre.domains.demand import services as demand
from oeuvre.domains.demand.states import DemandKind
from oeuvre.domains.reviews.selectors import reviews_of_gig
from oeuvre.domains.search.states import Kind
from oeuvre.interfaces.site.catalogue.common import (
    Numbers,
    absolute,
    address,
    gig_card,
    language_name,
    numbers_of,
)
from oeuvre.interfaces.site.catalogue.seen import seen_first
from oeuvre.interfaces.site.catalogue.structured import gig_ld
from oeuvre.interfaces.site.market.common import actor_of
from oeuvre.interfaces.site.market.plates import model_url, seed_of
from oeuvre.interfaces.site.market.prose import prose
from oeuvre.interfaces.site.orders.criteria import criterion_words
from oeuvre.kit.actor import Actor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from django.http import HttpRequest

    from oeuvre.domains.catalog.models import Gig, GigPackage
    from oeuvre.domains.catalog.selectors import GigPage, VersionShown
    from oeuvre.domains.creation.joined import JoinedModel

_OTHERS = 3
_DAY = 86_400


def ai_words(policy: AiPolicy) -> str:
    """What a gig's use of AI means for whoever buys, in plain words."""
    return {
        AiPolicy.NONE: _("Made by hand. A delivery for which a model was used is refused."),
        AiPolicy.ASSISTED: _("Models help, a person decides and finishes. Every delivery says where a model was used."),
        AiPolicy.GENERATED: _("Models make most of it; a person directs, selects and checks. Every delivery says so."),
    }[policy]


@require_safe
def gig(request: HttpRequest, url_key: str) -> HttpResponse:
    """Everybody's page of a gig; an old address leads to the present one."""
    actor = actor_of(request.user)
    page = selectors.gig_public(actor=actor, url_key=url_key)
    if page.gig.url_key != url_key:
        return redirect("gigs:gig", page.gig.url_key, permanent=True)
    is_own = page.gig.owner_id == actor.user_id
    if not is_own:
        _count_view(request, page.gig)
    context = gig_context(page, reviews_page=request.GET.get("page"))
    return render(request, "catalogue/gig.html", {**context, "is_own": is_own})


def gig_context(page: GigPage, *, reviews_page: str | None = None) -> dict[str, Any]:
    """What ``catalogue/gig.html`` shows of a gig that was published."""
    gig, shown = page.gig, page.shown
    counted = numbers_of([gig.pk, gig.owner_id])
    numbers = counted.get(("gig", gig.pk), Numbers())
    rated = numbers.rating_count > 0
    reviews = reviews_of_gig(actor=Actor.anonymous(), gig_id=gig.pk, page=reviews_page) if rated else None
    joined = gig_model(gig_id=gig.pk)
    others = selectors.gigs_of(actor=Actor.anonymous(), owner_id=gig.owner_id).exclude(pk=gig.pk)[:_OTHERS]
    return {
        **version_context(gig, shown),
        "availability": page.availability,
        "numbers": numbers,
        "owner_numbers": counted.get(("owner", gig.owner_id), Numbers()),
        "person_numbers": counted.get((Kind.FREELANCER, gig.owner_id), Numbers()),
        "joined": joined,
        "ways": ways(joined, shown.packages) if joined else [],
        "model_url": model_url(joined.model) if joined else "",
        "model_seed": seed_of(joined.model) if joined else "",
        "others": [gig_card(one) for one in others],
        "reviews": reviews,
        "share_picture": picture_of(shown),
        "order_url": address("orders:new_from_gig", gig.url_key) if page.availability.open else "",
        "ask_url": f"{address('conversations:new', gig.owner.profile.handle)}?piece=gig:{gig.pk}",
        "canonical": absolute(address("gigs:gig", gig.url_key)),
        "structured": gig_ld(page, numbers, reviews.items if reviews else ()),
    }


def version_context(gig: Gig, shown: VersionShown) -> dict[str, Any]:
    """What the page shows of any version: published, or previewed."""
    labels = list(dict.fromkeys(fact["label"] for package in shown.packages for fact in package.facts))
    return {
        "gig": gig,
        "shown": shown,
        "version": shown.version,
        "category": shown.version.category,
        "profile": gig.owner.profile,
        "images": [sample for sample in shown.samples if sample.image],
        "texts": [(sample, prose(sample.excerpt)) for sample in shown.samples if not sample.image],
        "spoken": [language_name(code) for code in shown.version.languages],
        "ai_words": ai_words(shown.ai_policy),
        "facts": [(label, [_quantity(package, label) for package in shown.packages]) for label in labels],
        "criteria": [criterion_words(one["kind"], one["spec"], one["label"]) for one in shown.version.criteria],
        "is_paused": gig.status == GigState.PAUSED,
    }


def _quantity(package: GigPackage, label: str) -> int | None:
    return next((fact["quantity"] for fact in package.facts if fact["label"] == label), None)


def picture_of(shown: VersionShown) -> str:
    """The address of the first picture among the samples; nothing without one."""
    first = next((sample.image for sample in shown.samples if sample.image), None)
    return address("gigs:image", first.pk) if first else ""


def ways(joined: JoinedModel, packages: Sequence[GigPackage]) -> list[dict[str, Any]]:
    """Instant, blend and by hand side by side: what each costs, how long it takes, and what one gets."""
    smallest = packages[0]
    found: list[dict[str, Any]] = []
    if joined.instant_from is not None:
        found.append({"key": "instant", "price": joined.instant_from, "days": 0})
    if joined.edit is not None:
        found.append({"key": "blend", "price": joined.edit, "days": joined.edit_days})
    found.append({"key": "human", "price": smallest.price, "days": smallest.days})
    return found


def _count_view(request: HttpRequest, gig: Gig) -> None:
    """Once a visitor and gig. The event says what was looked at, not by whom."""
    if gig.status == GigState.LIVE and gig.category and seen_first(request, gig.code):
        demand.demand_record(kind=DemandKind.VIEW, category=gig.category.key)


@require_safe
def image(request: HttpRequest, image_id: UUID) -> HttpResponse:
    return _picture(request, image_id, small=False)


@require_safe
def image_small(request: HttpRequest, image_id: UUID) -> HttpResponse:
    return _picture(request, image_id, small=True)


def _picture(request: HttpRequest, image_id: UUID, *, small: bool) -> HttpResponse:
    user: Any = request.user
    actor = user.actor if user.is_authenticated else Actor.anonymous()
    data, media_type = selectors.gig_image(actor=actor, image_id=image_id, small=small)
    answer = HttpResponse(data, content_type=media_type)
    answer.headers["Cache-Control"] = f"private, max-age={_DAY}"
    return answer
