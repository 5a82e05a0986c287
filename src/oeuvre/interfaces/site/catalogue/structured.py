"""What machines read of a page: schema.org data (Service with Offers, Person), as plain values for ``{% ld_json %}``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse

from oeuvre.interfaces.site.catalogue.common import absolute

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oeuvre.domains.accounts.models import FreelancerProfile
    from oeuvre.domains.catalog.selectors import GigPage, SkillShown
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


def gig_ld(page: GigPage, numbers: Numbers) -> dict[str, Any]:
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
        "availableLanguage": list(shown.version.languages),
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
    }


def person_ld(profile: FreelancerProfile, skills: Sequence[SkillShown], numbers: Numbers) -> dict[str, Any]:
    """A Person with what they do; never an address of mail."""
    return {
        "@context": CONTEXT,
        "@type": "Person",
        "url": absolute(reverse("freelancer", args=[profile.handle])),
        "name": profile.user.public_name,
        "jobTitle": profile.trade,
        "description": profile.headline,
        "homeLocation": profile.location,
        "knowsLanguage": list(profile.languages),
        "knowsAbout": [one.skill.name for one in skills],
        **rating_ld(numbers),
    }
