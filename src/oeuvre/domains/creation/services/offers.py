"""A model as an offer: its page, rules and prices, and putting it on sale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

from oeuvre.domains.audit import services as audit
from oeuvre.domains.billing import selectors as billing
from oeuvre.domains.billing.states import Feature
from oeuvre.domains.creation import selectors
from oeuvre.domains.creation.common import own_model
from oeuvre.domains.creation.documents import model_document_sync
from oeuvre.domains.creation.errors import (
    ModalityUnknownError,
    NotEligibleError,
    NotPublishableError,
    PlanMissingError,
    PriceInvalidError,
)
from oeuvre.domains.creation.modalities.table import MODALITIES
from oeuvre.domains.creation.models import CreationModel, ModelPrice
from oeuvre.domains.creation.states import MODEL, ModelState
from oeuvre.domains.creation.terms import EDIT, licence_uses
from oeuvre.domains.portfolio.states import USUAL
from oeuvre.kit.actor import Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from oeuvre.kit.actor import Actor
    from oeuvre.kit.money import Money

MAX_PRICE = 10_000_00
"""Minor units; a typing mistake is likelier than a text that costs more."""
_MAX_TOPICS = 20


def require_eligible(*, actor: Actor) -> None:
    """Raises NotEligibleError or PlanMissingError; training and publishing need both vetting and a plan."""
    if not selectors.is_eligible(user_id=actor.person_id):
        raise NotEligibleError("Apply for a creation model first; an operator looks at every application.")
    if not billing.has_feature(user_id=actor.person_id, feature=Feature.CREATION_MODEL):
        raise PlanMissingError("Your plan does not include a creation model. Choose one that does.")


def model_create(
    *, actor: Actor, name: str, tagline: str = "", description: str = "", modality: str = USUAL
) -> CreationModel:
    """A new draft, seen by its owner only; what it is made of stays. Raises ModalityUnknownError."""
    actor.require(Role.FREELANCER)
    if modality not in MODALITIES:
        raise ModalityUnknownError("This installation has no models of that kind. Choose another.")
    base = slugify(name)[:56] or "model"
    with transaction.atomic():
        taken = set(
            CreationModel.objects.filter(owner_id=actor.user_id, slug__startswith=base).values_list("slug", flat=True)
        )
        slug = next(
            candidate
            for candidate in (base, *(f"{base}-{number}" for number in range(2, len(taken) + 3)))
            if candidate not in taken
        )
        model = CreationModel(
            owner_id=actor.person_id,
            name=name.strip(),
            slug=slug,
            tagline=tagline,
            description=description,
            modality=modality,
        )
        model.full_clean(exclude=["owner", "current_version"])
        model.save()
        audit.record(actor=actor, code="model.created", subject=model)
    return model


def _topics(values: Sequence[str]) -> list[str]:
    kept = dict.fromkeys(" ".join(value.split())[:80] for value in values)
    return [topic for topic in kept if topic][:_MAX_TOPICS]


def model_update(*, actor: Actor, model_id: UUID, **changes: Any) -> CreationModel:
    """Change the page and the rules: name, tagline, description, topics, sample prompts, free previews …"""
    editable = {
        "name", "tagline", "description", "allowed_topics", "refused_topics", "sample_prompts", "licence_note",
        "daily_previews", "edit_days", "shows_works",
    }  # fmt: skip
    unknown = set(changes) - editable
    if unknown:
        raise TypeError(f"A model has no editable {', '.join(sorted(unknown))}.")
    for topics in ("allowed_topics", "refused_topics"):
        if topics in changes:
            changes[topics] = _topics(changes[topics])
    with transaction.atomic():
        model = own_model(actor=actor, model_id=model_id, lock=True)
        for name, value in changes.items():
            setattr(model, name, value)
        model.full_clean(exclude=["owner", "current_version", "sample_prompts"])
        model.save(update_fields=[*changes, "updated_at"])
        audit.record(actor=actor, code="model.updated", subject=model, fields=sorted(changes))
        model_document_sync(model.pk)
    return model


def model_price_set(*, actor: Actor, model_id: UUID, use: str, amount: Money | None) -> ModelPrice | None:
    """Set or (None) withdraw the price of a use; a quote that was given before keeps its price."""
    if use not in {*licence_uses(), EDIT}:
        raise PriceInvalidError(f"There is no use called {use!r}.")
    if amount is not None and not 0 < amount.amount <= MAX_PRICE:
        raise PriceInvalidError("A price is more than nothing and at most 10,000.")
    try:
        with transaction.atomic():
            model = own_model(actor=actor, model_id=model_id, lock=True)
            current = ModelPrice.objects.filter(model=model, use=use, replaced_at=None).first()
            if current and amount and current.money == amount:
                return current
            ModelPrice.objects.filter(model=model, use=use, replaced_at=None).update(replaced_at=timezone.now())
            price = None
            if amount is not None:
                price = ModelPrice.objects.create(model=model, use=use, amount=amount.amount, currency=amount.currency)
            audit.record(actor=actor, code="model.priced", subject=model, use=use, amount=amount and str(amount))
            model_document_sync(model.pk)
    except IntegrityError:
        raise PriceInvalidError("Somebody changed this price at the same moment; look again.") from None
    return price


def model_publish(*, actor: Actor, model_id: UUID) -> CreationModel:
    """Put a model on sale (or back on sale). Raises NotPublishableError with everything that is missing."""
    require_eligible(actor=actor)
    with transaction.atomic():
        model = own_model(actor=actor, model_id=model_id, lock=True)
        missing = selectors.publishing_gaps(model=model)
        if missing:
            raise NotPublishableError("Before it can be offered: " + " ".join(missing), missing=missing)
        model = MODEL.transition(
            model, ModelState.PUBLISHED, actor=actor, published_at=timezone.now(), disabled_at=None
        )
        model_document_sync(model.pk)
    return model
