"""Creation models as plates: what `{% model_card %}` shows of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from oeuvre.domains.creation import selectors
from oeuvre.domains.creation.pricing import quote
from oeuvre.domains.portfolio.modalities.table import MODALITIES
from oeuvre.kit.actor import Actor
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.creation.models import CreationModel

HOME_PLATES = 6


def model_url(model: CreationModel) -> str:
    """The address of a model's public page. The owner's profile must be loaded."""
    return reverse("models:model", args=[model.owner.profile.handle, model.slug])


def seed_of(model: CreationModel) -> str:
    """What a model's cover is drawn from: its public name, so that it looks alike on every installation."""
    return f"{model.owner.profile.handle}/{model.slug}"


def model_facts(model: CreationModel) -> dict[str, Any]:
    """What every page about a model, a piece or a licence of it shows at its head. The profile must be loaded."""
    return {
        "model": model,
        "model_url": model_url(model),
        "seed": seed_of(model),
        "owner_name": model.owner.public_name,
        "handle": model.owner.profile.handle,
        "owner_is_here": model.owner.deleted_at is None,
    }


def plate(model: CreationModel) -> dict[str, Any]:
    """The card of a model that came from ``selectors.gallery`` (which annotates ``from_amount``). The price is what a
    buyer pays, with fee and tax: the same as at the checkout."""
    amount = getattr(model, "from_amount", None)
    return {
        "title": model.name,
        "href": model_url(model),
        "seed": seed_of(model),
        "image": _sample_of(model),
        "freelancer": model.owner.public_name,
        "headline": model.tagline,
        "plate": capfirst(model.owner.profile.trade),
        "price": quote(price=Money(amount, settings.CURRENCY), units=0, rate=0).total if amount else None,
        "per": _("a piece and up"),
    }


def _sample_of(model: CreationModel) -> str:
    """The address of the first sample that the freelancer accepted, where the model makes pictures; else empty."""
    works, version = MODALITIES.get(model.modality), model.current_version
    if works is None or not works.is_gallery or version is None:
        return ""
    accepted = [int(number) for number, verdict in version.sample_verdicts.items() if verdict == "accepted"]
    if not accepted:
        return ""
    return reverse("models:sample", args=[model.owner.profile.handle, model.slug, min(accepted)])


def newest_plates(*, owner_id: UUID | None = None) -> list[dict[str, Any]]:
    """The newest models on offer, of everybody or of one freelancer."""
    rows = selectors.gallery(actor=Actor.anonymous())
    if owner_id is not None:
        rows = rows.filter(owner_id=owner_id)
    return [plate(model) for model in rows[:HOME_PLATES]]
