"""What a blend and an edit begin from: a piece that the freelancer's model wrote for the buyer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oeuvre.domains.creation import services as creation
from oeuvre.domains.creation.models import CreationModel, EditRequest, Generation
from oeuvre.domains.creation.states import EditState, GenerationState, ModelState
from oeuvre.interfaces.demo.market.content import email_of

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User
    from oeuvre.interfaces.demo.market.content import Row

_WAITING = [GenerationState.QUEUED, GenerationState.WRITING]


def needs_draft(row: Row) -> bool:
    return "prompt" in row


def generation_of(row: Row, buyer: User) -> Generation:
    """The piece of the row's prompt and seed. Raises Generation.DoesNotExist."""
    return Generation.objects.get(buyer=buyer, prompt=row["prompt"], seed=row["seed"], status=GenerationState.READY)


def draft_ready(row: Row, buyer: User) -> bool | None:
    """Whether the piece is there. Has it written once the model is published; None where it will not come by itself:
    the model is not on offer, or could not write it.
    """
    found = Generation.objects.filter(buyer=buyer, prompt=row["prompt"], seed=row["seed"]).first()
    if found is None:
        model = CreationModel.objects.filter(
            owner__email=email_of(row["freelancer"]), status=ModelState.PUBLISHED
        ).first()
        if model is None:
            return None
        creation.generation_request(actor=buyer.actor, model_id=model.pk, prompt=row["prompt"], seed=row["seed"])
        return False
    if found.status in _WAITING:
        return False
    return True if found.status == GenerationState.READY else None


def edit_of(row: Row, buyer: User) -> EditRequest:
    """The edit that the buyer asked for and the freelancer took; asks for it where it is not there yet."""
    generation = generation_of(row, buyer)
    edit = EditRequest.objects.filter(generation=generation).first()
    if edit is None:
        edit = creation.edit_request(actor=buyer.actor, generation_id=generation.pk, instructions=row["scope"])
    if edit.status == EditState.REQUESTED:
        creation.edit_answer(actor=edit.freelancer.actor, edit_id=edit.pk, accept=True)
    return edit
