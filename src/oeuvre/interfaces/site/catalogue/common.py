"""What the pages of the catalogue share: addresses, cards, figures of a freelancer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language_info, gettext_lazy

from oeuvre.domains.accounts.models import FreelancerProfile
from oeuvre.domains.catalog import selectors as catalog
from oeuvre.domains.catalog.models import Gig
from oeuvre.domains.catalog.states import GigState
from oeuvre.domains.search.models import SearchStanding
from oeuvre.interfaces.site.people.forms import LANGUAGES
from oeuvre.kit.actor import Actor
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

HOME_GIGS = 12
MOST_LOOKED_AT = 200
"""Of the newest gigs, so many are looked at for those of different freelancers: reading them all takes long where there are many."""

GENERATED, HUMAN = "generated", "human"
_NAMES = {
    "ar": gettext_lazy("Arabic"),
    "da": gettext_lazy("Danish"),
    "fi": gettext_lazy("Finnish"),
    "ja": gettext_lazy("Japanese"),
    "no": gettext_lazy("Norwegian"),
    "pl": gettext_lazy("Polish"),
    "sv": gettext_lazy("Swedish"),
    "sw": gettext_lazy("Swahili"),
    "tr": gettext_lazy("Turkish"),
    "vi": gettext_lazy("Vietnamese"),
    "zh": gettext_lazy("Chinese"),
}


def address(name: str, *args: Any, **kwargs: Any) -> str:
    """The address of a page, or nothing where this installation has none by that name."""
    try:
        return reverse(name, args=args, kwargs=kwargs or None)
    except NoReverseMatch:
        return ""


def absolute(path: str) -> str:
    """An address that is good outside of the site: for canonical links, sitemaps and structured data."""
    return f"{settings.SITE_URL}{path}"


def language_name(code: str) -> str:
    """A language's name in the language of the page; codes that nobody named stay as they are."""
    known = {**dict(LANGUAGES), **_NAMES}
    if named := known.get(code) or known.get(code.partition("-")[0]):
        return str(named)
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


@dataclass(frozen=True, slots=True)
class Numbers:
    """What is counted about a gig or a freelancer, as everybody may see it."""

    rating_count: int = 0
    rating_sum: int = 0
    completed: int = 0
    on_time: int = 0
    due: int = 0
    level: str = ""

    @property
    def stars(self) -> float | None:
        """The plain average of the reviews, 1 to 5; None without any."""
        return self.rating_sum / self.rating_count if self.rating_count else None

    @property
    def punctual(self) -> float | None:
        return self.on_time / self.due if self.due else None


def numbers_of(ids: Iterable[UUID]) -> dict[tuple[str, UUID], Numbers]:
    """``(kind, id)`` → figures, for gigs, models, freelancers and (kind ``owner``) all that one offers. One query."""
    rows = SearchStanding.objects.filter(ref_id__in=list(ids))
    return {
        (row.kind, row.ref_id): Numbers(
            row.rating_count, row.rating_sum, row.completed, row.on_time, row.due, row.level
        )
        for row in rows
    }


def profiles_of(owner_ids: Iterable[UUID]) -> dict[UUID, FreelancerProfile]:
    """Public profiles by their owner. One query."""
    rows = FreelancerProfile.objects.filter(user_id__in=set(owner_ids), user__deleted_at=None).select_related("user")
    return {row.user_id: row for row in rows}


def gig_card(gig: Gig) -> dict[str, Any]:
    """What ``catalogue/gig_card.html`` shows of a row of ``selectors.gig_cards`` or ``gigs_of``."""
    version = gig.published
    if version is None:  # never of a gig on show; says so to the type checker
        raise ValueError(gig.pk)
    packages = list(version.packages.all())
    images = [sample for sample in version.samples.all() if sample.image_id]
    return {
        "title": version.title,
        "summary": version.summary,
        "href": reverse("gigs:gig", args=[gig.url_key]),
        "seed": gig.code,
        "image": reverse("gigs:image_small", args=[images[0].image_id]) if images else "",
        "image_label": images[0].get_label_display() if images else "",
        "freelancer": gig.owner.public_name,
        "handle": gig.owner.profile.handle,
        "category": gig.category.name if gig.category else "",
        "group": gig.category.parent.key if gig.category and gig.category.parent else "",
        "price": min((package.price for package in packages), key=lambda price: price.amount, default=Money(0)),
        "days": min((package.days for package in packages), default=0),
        "ai_policy": version.ai_policy,
        "ai_label": version.get_ai_policy_display(),
    }


def newest_gigs() -> list[dict[str, Any]]:
    """Cards of what went live last: one gig a freelancer, so that nobody fills the page alone."""
    rows = Gig.objects.filter(status=GigState.LIVE).order_by("-live_since").values_list("owner_id", "pk")
    newest: dict[UUID, UUID] = {}
    for owner_id, pk in rows[:MOST_LOOKED_AT]:
        newest.setdefault(owner_id, pk)
    ids = list(newest.values())[:HOME_GIGS]
    return [gig_card(gig) for gig in catalog.gig_cards(actor=Actor.anonymous(), ids=ids)]
