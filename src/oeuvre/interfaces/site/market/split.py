"""Who gets how much of what a buyer pays, for people and for the drawing beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from oeuvre.domains.creation.pricing import quote

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from oeuvre.domains.creation.modalities.base import CreationModality
    from oeuvre.domains.creation.models import Licence
    from oeuvre.domains.creation.pricing import Quote
    from oeuvre.domains.creation.selectors import UseOffer
    from oeuvre.kit.money import Money


@dataclass(frozen=True, slots=True)
class Part:
    """One receiver's part of the total. ``start`` and ``width`` are in percent of it."""

    key: str
    label: str
    amount: Money
    start: float
    width: float


def parts(*, freelancer: Money, platform: Money, compute: Money, tax: Money, total: Money) -> list[Part]:
    """The parts of a total, the freelancer's first; one of nothing is left out of the drawing, not of the list."""
    rows = [
        ("freelancer", _("Freelancer"), freelancer),
        ("platform", _("Platform, with the buyer fee"), platform),
        ("compute", _("Compute"), compute),
        ("tax", _("Tax"), tax),
    ]
    found, start = [], 0.0
    for key, label, amount in rows:
        width = 100 * amount.amount / total.amount if total.amount else 0.0
        found.append(Part(key, label, amount, round(start, 2), round(width, 2)))
        start += width
    return found


def of_quote(found: Quote) -> list[Part]:
    """The split of a sale that may be made."""
    platform = found.commission + found.buyer_fee
    return parts(
        freelancer=found.freelancer, platform=platform, compute=found.compute, tax=found.tax, total=found.total
    )


def of_licence(licence: Licence) -> list[Part]:
    """The split of a sale as it was made."""
    return parts(
        freelancer=licence.money("freelancer_share"),
        platform=licence.money("commission") + licence.money("buyer_fee"),
        compute=licence.money("compute"),
        tax=licence.money("tax"),
        total=licence.money("total"),
    )


@dataclass(frozen=True, slots=True)
class PricedUse:
    """A use with everything that a buyer wants to know about its price."""

    offer: UseOffer
    quote: Quote
    parts: list[Part]
    per: StrOrPromise = ""
    """What a price is for, where that is no whole piece."""


def priced(offer: UseOffer, *, modality: CreationModality, units: int) -> PricedUse:
    """A use at its present price, for a piece of so many units."""
    found = quote(price=modality.price_for(offer.price, units), units=units, rate=modality.rate)
    return PricedUse(offer, found, of_quote(found), modality.priced_by)
