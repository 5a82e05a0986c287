"""Edits: a buyer asks the freelancer to rework a generation; the prompt, seed and version travel with the request."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from oeuvre.domains.audit import services as audit
from oeuvre.domains.creation.common import require_fresh
from oeuvre.domains.creation.errors import (
    EditInvalidError,
    EditNotFoundError,
    GenerationNotFoundError,
    ModelNotPublishedError,
)
from oeuvre.domains.creation.models import EditRequest, Generation, ModelPrice
from oeuvre.domains.creation.states import EDIT, EditState, GenerationState, ModelState
from oeuvre.domains.creation.terms import EDIT as EDIT_USE

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.kit.actor import Actor

MAX_DAYS = 90


def edit_request(*, actor: Actor, generation_id: UUID, instructions: str, due_on: date | None = None) -> EditRequest:
    """Ask for an edit at the model's price; due on the freelancer's usual day or later.

    Raises GenerationNotFoundError, ModelNotPublishedError, VersionStaleError or EditInvalidError.
    """
    generation = (
        Generation.objects.select_related("model", "version")
        .filter(pk=generation_id, buyer_id=actor.person_id, status=GenerationState.READY)
        .first()
    )
    if generation is None:
        raise GenerationNotFoundError("There is no such finished piece of yours.")
    if generation.model.status != ModelState.PUBLISHED:
        raise ModelNotPublishedError("This model is switched off; write to the freelancer instead.")
    require_fresh(generation.version)
    price = ModelPrice.objects.filter(model=generation.model, use=EDIT_USE, replaced_at=None).first()
    if price is None:
        raise EditInvalidError("The freelancer takes no edits of this model's pieces.")
    if not 10 <= len(instructions.strip()) <= 3000:
        raise EditInvalidError("Say in 10 to 3,000 characters what should change.")
    earliest = date.today() + timedelta(days=generation.model.edit_days)
    due = due_on or earliest
    if not earliest <= due <= earliest + timedelta(days=MAX_DAYS):
        raise EditInvalidError(f"Choose a date from {earliest:%d %B %Y} on, within {MAX_DAYS} days.")
    with transaction.atomic():
        edit = EditRequest.objects.create(
            generation=generation,
            buyer_id=actor.person_id,
            freelancer_id=generation.model.owner_id,
            instructions=instructions.strip(),
            amount=price.amount,
            currency=price.currency,
            due_on=due,
        )
        audit.record(actor=actor, code="edit.requested", subject=edit, price=str(price.money))
    return edit


def edit_answer(*, actor: Actor, edit_id: UUID, accept: bool, answer: str = "") -> EditRequest:
    """The freelancer takes or declines the edit."""
    edit = EditRequest.objects.filter(pk=edit_id, freelancer_id=actor.user_id).first()
    if edit is None:
        raise EditNotFoundError("There is no such request to you.")
    target = EditState.ACCEPTED if accept else EditState.DECLINED
    return EDIT.transition(edit, target, actor=actor, answer=answer.strip()[:1000])


def edit_withdraw(*, actor: Actor, edit_id: UUID) -> EditRequest:
    """The buyer takes the request back while it is unanswered."""
    edit = EditRequest.objects.filter(pk=edit_id, buyer_id=actor.person_id).first()
    if edit is None:
        raise EditNotFoundError("There is no such request of yours.")
    return EDIT.transition(edit, EditState.WITHDRAWN, actor=actor)
