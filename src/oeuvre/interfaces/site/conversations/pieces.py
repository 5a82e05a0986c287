"""What a conversation may be about: for each kind of piece, who may see it and the card that shows it.

A kind is a function from actor and id to a `Piece`, registered under the conversation's ``subject_type``. It raises
what its selector raises; whoever may not see the piece sees the conversation without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext as _

from oeuvre.domains.briefs import selectors as briefs
from oeuvre.domains.briefs.words import category_name
from oeuvre.domains.catalog import selectors as catalog
from oeuvre.domains.creation import selectors as creation
from oeuvre.domains.orders import selectors as orders
from oeuvre.kit.errors import DomainError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

    from oeuvre.domains.conversations.models import Conversation
    from oeuvre.kit.actor import Actor


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that is attached to a conversation. ``label`` quotes nothing of what the piece says."""

    type: str
    id: UUID
    label: str
    freelancer_id: UUID | None
    """Who can be written to about it; None for everybody."""
    template: str
    values: dict[str, Any]

    @property
    def key(self) -> str:
        """How an address names it: ``generation:<id>``."""
        return f"{self.type}:{self.id}"


def _generation(actor: Actor, piece_id: UUID) -> Piece:
    generation = creation.generation_get(actor=actor, generation_id=piece_id)
    return Piece(
        type="generation",
        id=generation.pk,
        label=_("A piece made with %(model)s") % {"model": generation.model.name},
        freelancer_id=generation.model.owner_id,
        template="conversations/pieces/generation.html",
        values={"generation": generation, "is_owner": actor.user_id == generation.model.owner_id},
    )


def _gig(actor: Actor, piece_id: UUID) -> Piece:
    gig = next(iter(catalog.gig_cards(actor=actor, ids=[piece_id])), None)
    if gig is None or gig.published is None:
        raise NotFoundError(_("There is no such gig here."))
    return Piece(
        type="gig",
        id=gig.pk,
        label=_("The gig “%(title)s”") % {"title": gig.published.title},
        freelancer_id=gig.owner_id,
        template="conversations/pieces/gig.html",
        values={"gig": gig, "version": gig.published},
    )


def _order(actor: Actor, piece_id: UUID) -> Piece:
    order = orders.order_get(actor=actor, order_id=piece_id)
    return Piece(
        type="order",
        id=order.pk,
        label=_("Order %(number)s") % {"number": order.number},
        freelancer_id=order.freelancer_id,
        template="conversations/pieces/order.html",
        values={"order": order},
    )


def _brief(actor: Actor, piece_id: UUID) -> Piece:
    """Its buyer may write to every freelancer about it; a freelancer, to nobody but the buyer, from the brief itself."""
    shown = briefs.brief_get(actor=actor, brief_id=piece_id)
    return Piece(
        type="brief",
        id=shown.brief.pk,
        label=_("Brief: %(category)s") % {"category": category_name(shown.brief.category)},
        freelancer_id=None if shown.is_own else actor.user_id,
        template="conversations/pieces/brief.html",
        values={"shown": shown},
    )


KINDS: dict[str, Callable[[Actor, UUID], Piece]] = {
    "generation": _generation,
    "gig": _gig,
    "brief": _brief,
    "order": _order,
}


def piece_from_key(*, actor: Actor, key: str) -> Piece | None:
    """The piece that an address names; None for an empty name. Raises NotFoundError for one that means nothing."""
    if not key:
        return None
    kind, _colon, number = key.partition(":")
    try:
        return KINDS[kind](actor, UUID(number))
    except (KeyError, ValueError):
        raise NotFoundError(_("There is no such piece here.")) from None


def piece_of(*, actor: Actor, conversation: Conversation) -> Piece | None:
    """The piece of a conversation, as far as the actor may see it now."""
    find = KINDS.get(conversation.subject_type)
    if find is None or conversation.subject_id is None:
        return None
    try:
        return find(actor, conversation.subject_id)
    except DomainError:
        return None
