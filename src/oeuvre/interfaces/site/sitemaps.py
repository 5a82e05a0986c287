"""What search engines are told: the addresses of everything that is on offer, and what is not for them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from oeuvre.domains.accounts.models import FreelancerProfile
from oeuvre.domains.catalog.models import Category, Gig
from oeuvre.domains.catalog.states import GigState
from oeuvre.domains.creation import selectors as creation
from oeuvre.domains.creation.models import CreationModel
from oeuvre.interfaces.site.market.plates import model_url
from oeuvre.kit.actor import Actor

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet
    from django.http import HttpRequest

CLOSED = (
    "account/",
    "api/",
    "briefs/",
    "conversations/",
    "home/",
    "library/",
    "operator/",
    "orders/",
    "search/",
    "settings/",
    "studio/",
)
"""Beginnings of addresses that hold nothing for everybody."""
OPEN = ("briefs/start/",)
"""What is open inside of them."""


class PageMap(Sitemap):  # type: ignore[type-arg]  # generic in the stubs only
    def items(self) -> list[str]:
        return ["home", "briefs:start", "services:tree", "models:gallery", "about", "verify"]

    def location(self, item: str) -> str:
        return reverse(item)


class CategoryMap(Sitemap):  # type: ignore[type-arg]  # generic in the stubs only
    def items(self) -> QuerySet[Category]:
        return Category.objects.filter(hidden=False).exclude(parent__hidden=True).order_by("key")

    def location(self, item: Category) -> str:
        return reverse("services:category", args=[item.key])


class GigMap(Sitemap):  # type: ignore[type-arg]  # generic in the stubs only
    def items(self) -> QuerySet[Gig]:
        return Gig.objects.filter(status=GigState.LIVE).order_by("code")

    def location(self, item: Gig) -> str:
        return reverse("gigs:gig", args=[item.url_key])

    def lastmod(self, item: Gig) -> datetime:
        return item.updated_at


class ModelMap(Sitemap):  # type: ignore[type-arg]  # generic in the stubs only
    def items(self) -> QuerySet[CreationModel]:
        return creation.gallery(actor=Actor.anonymous())

    def location(self, item: CreationModel) -> str:
        return model_url(item)


class FreelancerMap(Sitemap):  # type: ignore[type-arg]  # generic in the stubs only
    """Those who offer something."""

    def items(self) -> QuerySet[FreelancerProfile]:
        owners = Gig.objects.filter(status=GigState.LIVE).values("owner_id")
        return FreelancerProfile.objects.filter(user_id__in=owners, user__deleted_at=None).order_by("handle")

    def location(self, item: FreelancerProfile) -> str:
        return reverse("freelancer", args=[item.handle])


MAPS: tuple[type[Sitemap], ...] = (PageMap, CategoryMap, GigMap, ModelMap, FreelancerMap)  # type: ignore[type-arg]  # as above


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """Everything that is on offer, as https://www.sitemaps.org/protocol.html has it, under the site's own address."""
    scheme, _colon, host = settings.SITE_URL.partition("://")
    site: Any = SimpleNamespace(domain=host)  # all that is asked of django.contrib.sites, which is not installed
    rows = [row for each in MAPS for row in each().get_urls(site=site, protocol=scheme)]
    return render(request, "sitemap.xml", {"urlset": rows}, content_type="application/xml")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", *(f"Allow: /{place}" for place in OPEN), *(f"Disallow: /{place}" for place in CLOSED)]
    lines += ["", f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
