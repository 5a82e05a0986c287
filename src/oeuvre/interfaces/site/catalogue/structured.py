"""What machines read of a page: schema.org data, as plain values for ``{% ld_json %}``.

Only what schema.org defines for a type stands in it: the languages of a service belong to its channel, and a rating to what
is rated, which is never a person. <https://schema.org/Service>, <https://schema.org/Person>
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from oeuvre.interfaces.site.catalogue.common import absolute

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oeuvre.domains.accounts.models import FreelancerProfile
    from oeuvre.domains.catalog.models import Category
    from oeuvre.domains.catalog.selectors import GigPage, SkillShown
    from oeuvre.domains.reviews.selectors import ReviewShown
    from oeuvre.interfaces.site.catalogue.common import Numbers

CONTEXT = "https://schema.org"


def rating_ld(numbers: Numbers) -> dict[str, Any]:
    """An AggregateRating; nothing without reviews, because a rating that nobody gave is none."""
    if numbers.stars is None:
        return {}
    return {
        "aggregateRating": {
            "@type": "AggregateRating",
            "ratingValue": round(numbers.stars, 2),
            "reviewCount": numbers.rating_count,
            "bestRating": 5,
            "worstRating": 1,
        }
    }


def reviews_ld(reviews: Sequence[ReviewShown]) -> dict[str, Any]:
    """The reviews that are on the page and have words."""
    found = [shown for review in reviews if (shown := review.json_ld())]
    return {"review": found} if found else {}


def crumbs_ld(*categories: Category) -> dict[str, Any]:
    """The way from all services to a page, as its breadcrumb shows it."""
    steps = [(_("Services"), reverse("services:tree"))]
    steps += [(one.name, reverse("services:category", args=[one.key])) for one in categories]
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": absolute(path)}
            for place, (name, path) in enumerate(steps, start=1)
        ],
    }


def gig_ld(page: GigPage, numbers: Numbers, reviews: Sequence[ReviewShown] = ()) -> dict[str, Any]:
    """A Service, with an Offer for each package; the prices are those before fee and tax, as on the page."""
    gig, shown = page.gig, page.shown
    url = absolute(reverse("gigs:gig", args=[gig.url_key]))
    stock = "InStock" if page.availability.open else "OutOfStock"
    return {
        "@context": CONTEXT,
        "@type": "Service",
        "@id": url,
        "url": url,
        "name": shown.version.title,
        "description": shown.version.summary,
        "serviceType": gig.category.name if gig.category else "",
        "availableChannel": {
            "@type": "ServiceChannel",
            "serviceUrl": url,
            "availableLanguage": list(shown.version.languages),
        },
        "provider": {
            "@type": "Person",
            "name": gig.owner.public_name,
            "url": absolute(reverse("freelancer", args=[gig.owner.profile.handle])),
        },
        "offers": [
            {
                "@type": "Offer",
                "name": package.title,
                "price": str(package.price.decimal),
                "priceCurrency": package.currency,
                "availability": f"{CONTEXT}/{stock}",
                "url": url,
            }
            for package in shown.packages
        ],
        **rating_ld(numbers),
        **reviews_ld(reviews),
    }


def category_ld(category: Category, *parents: Category) -> dict[str, Any]:
    """A page that collects gigs, and where it stands in the tree."""
    url = absolute(reverse("services:category", args=[category.key]))
    return {
        "@context": CONTEXT,
        "@type": "CollectionPage",
        "@id": url,
        "url": url,
        "name": category.name,
        "description": category.summary,
        "breadcrumb": crumbs_ld(*parents, category),
    }


def person_ld(
    profile: FreelancerProfile,
    skills: Sequence[SkillShown],
    numbers: Numbers,
    reviews: Sequence[ReviewShown] = (),
) -> dict[str, Any]:
    """A Person with what they do, never an address of mail; with reviews, the Service that was rated."""
    url = absolute(reverse("freelancer", args=[profile.handle]))
    said = {
        "jobTitle": profile.trade,
        "description": profile.headline,
        "homeLocation": {"@type": "Place", "name": profile.location} if profile.location else None,
        "knowsLanguage": list(profile.languages),
        "knowsAbout": [one.skill.name for one in skills],
    }
    rating = rating_ld(numbers)
    work = {
        "@type": "Service",
        "name": profile.headline or profile.trade or profile.user.public_name,
        "provider": {"@id": url},
        **rating,
        **reviews_ld(reviews),
    }
    return {
        "@context": CONTEXT,
        "@type": "Person",
        "@id": url,
        "url": url,
        "name": profile.user.public_name,
        **{key: value for key, value in said.items() if value},
        **({"makesOffer": {"@type": "Offer", "itemOffered": work}} if rating else {}),
    }
