"""Pages of nobody in particular: home, how it works, light and dark, language, the styleguide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.catalog import selectors as catalog
from oeuvre.interfaces.site.catalogue.common import absolute, address, newest_gigs
from oeuvre.interfaces.site.context import THEMES
from oeuvre.interfaces.site.market.plates import newest_plates
from oeuvre.interfaces.ui import styleguide as guide
from oeuvre.kit.actor import Actor

if TYPE_CHECKING:
    from django.http import HttpRequest

_YEAR = 31_536_000

HERO_SEEDS = ("marbling", "quire", "recto", "spine", "octavo", "shelf")
"""Fill the shelf at the top of the home page while fewer gigs than it holds are on offer."""
SHELF = 4
"""Gigs at the top of the home page, once there are more than these."""
POPULAR = 6
"""Categories that the home page names beside its search field: those with most gigs."""


def _back(request: HttpRequest) -> HttpResponse:
    """To the page that the form stood on; home when the address leads elsewhere."""
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    # A path and nothing else: `redirect` would take any other word for the name of a page.
    return redirect(wanted if safe and wanted.startswith("/") else "home")


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    models, gigs = newest_plates(), newest_gigs()
    groups = catalog.category_tree(actor=Actor.anonymous())
    on_offer = [leaf for group in groups for leaf in group.leaves if leaf.live_gigs]
    context = {
        "models": models,
        "hero_seeds": [*(card["seed"] for card in models), *HERO_SEEDS][: len(HERO_SEEDS)],
        "shelf": gigs[:SHELF] if len(gigs) > SHELF else [],
        "gigs": gigs[SHELF:] if len(gigs) > SHELF else gigs,
        "groups": groups,
        "popular": sorted(on_offer, key=lambda leaf: -leaf.live_gigs)[:POPULAR],
        "guide_url": address("briefs:start"),
        "canonical": absolute("/"),
    }
    return render(request, "home/home.html", context)


@require_GET
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "home/about.html")


@login_required
@require_GET
def home_by_role(request: HttpRequest) -> HttpResponse:
    """Where a person's own work is: operators first, then freelancers, then buyers."""
    user = request.user
    wanted = [
        ("operator:home", user.is_staff),
        ("studio:home", getattr(user, "is_freelancer", False)),
        ("orders:home", True),
        ("library:home", True),
    ]
    for name, fits in wanted:
        if fits:
            try:
                return redirect(reverse(name))
            except NoReverseMatch:  # an installation may leave a face out
                continue
    return redirect("settings:home")


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Light or dark without JavaScript: the other one than now."""
    answer = _back(request)
    before = request.COOKIES.get("theme", "light")
    after = THEMES[1] if before == THEMES[0] else THEMES[0]
    answer.set_cookie("theme", after, max_age=_YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
    return answer


@require_POST
def locale(request: HttpRequest) -> HttpResponse:
    """Change the language; a person who is logged in keeps it."""
    code = request.POST.get("language", "")
    answer = _back(request)
    if code not in dict(settings.LANGUAGES):
        return answer
    if request.user.is_authenticated:
        accounts.account_locale_set(actor=request.user.actor, locale=code)
    translation.activate(code)
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, code, max_age=_YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )
    return answer


@require_GET
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component with an example: for those who build pages, hence for operators and in development only."""
    if not (settings.DEBUG or request.user.is_staff):
        raise Http404
    return render(request, "home/styleguide.html", guide.examples())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Set as CSRF_FAILURE_VIEW."""
    return render(request, "errors/csrf.html", {"reason": reason}, status=403)
