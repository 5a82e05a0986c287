"""How the cards in messages look: for each kind, where the thing is and the template that shows it.

A kind is a function from the actor and all its cards on a page to a view of each that the actor may see, so that a page with
many cards asks once. A card without one, and one whose thing is gone, shows its label.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext

from oeuvre.domains.briefs import selectors as briefs
from oeuvre.domains.catalog import selectors as catalog
from oeuvre.domains.conversations.states import CardKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from uuid import UUID

    from oeuvre.domains.conversations.selectors import Card, MessageText
    from oeuvre.kit.actor import Actor

PLAIN = "conversations/cards/plain.html"
ICONS = {CardKind.OFFER: "tag", CardKind.GENERATION: "leaf", CardKind.ORDER_EVENT: "clock", CardKind.GIG: "library"}


@dataclass(frozen=True, slots=True)
class CardView:
    """A card as it is shown. ``template`` gets it as ``card``. An empty ``label`` is the card's own."""

    label: str
    icon: str
    href: str = ""
    template: str = PLAIN
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message with its card, ready for the template."""

    message: MessageText
    card: CardView | None


def _generations(actor: Actor, cards: Sequence[Card]) -> dict[UUID, CardView]:
    """The piece's own page decides who may see it."""
    icon = ICONS[CardKind.GENERATION]
    return {card.id: CardView(card.label, icon, reverse("pieces:piece", args=[card.id])) for card in cards}


def _order_events(actor: Actor, cards: Sequence[Card]) -> dict[UUID, CardView]:
    """One order may have many, so each says its own; the order's page decides who may see it."""
    icon = ICONS[CardKind.ORDER_EVENT]
    return {card.id: CardView("", icon, reverse("orders:order", args=[card.id])) for card in cards}


def _offers(actor: Actor, cards: Sequence[Card]) -> dict[UUID, CardView]:
    """Each says what happened then; beside it stands what became of the offer since."""
    found = briefs.offers_shown(actor=actor, ids={card.id for card in cards})
    return {
        pk: CardView(
            "",
            ICONS[CardKind.OFFER],
            reverse("briefs:offer", args=[pk]),
            "conversations/cards/offer.html",
            {"shown": shown, "is_buyer": shown.offer.buyer_id == actor.user_id},
        )
        for pk, shown in found.items()
    }


def _gigs(actor: Actor, cards: Sequence[Card]) -> dict[UUID, CardView]:
    """Those on show, by the title that they have now."""
    found = catalog.gig_cards(actor=actor, ids={card.id for card in cards}, with_samples=False)
    return {
        gig.pk: CardView(gig.published.title, ICONS[CardKind.GIG], reverse("gigs:gig", args=[gig.url_key]))
        for gig in found
        if gig.published is not None
    }


KINDS: dict[str, Callable[[Actor, Sequence[Card]], dict[UUID, CardView]]] = {
    CardKind.GENERATION: _generations,
    CardKind.GIG: _gigs,
    CardKind.OFFER: _offers,
    CardKind.ORDER_EVENT: _order_events,
}


def message_rows(*, actor: Actor, messages: Iterable[MessageText]) -> list[MessageRow]:
    """Messages with their cards, in the same order."""
    messages = list(messages)
    by_kind: dict[str, list[Card]] = defaultdict(list)
    for message in messages:
        if message.card:
            by_kind[message.card.kind].append(message.card)
    views = {kind: KINDS[kind](actor, cards) for kind, cards in by_kind.items() if kind in KINDS}
    return [MessageRow(message, _view(message.card, views)) for message in messages]


def _view(card: Card | None, views: dict[str, dict[UUID, CardView]]) -> CardView | None:
    if card is None:
        return None
    view = views.get(card.kind, {}).get(card.id) or CardView("", ICONS[CardKind(card.kind)])
    return view if view.label else replace(view, label=gettext(card.label))
