"""An offer becomes an order: the door for orders. Imported through ``briefs.services``.

``offer_accept`` reserves the offer in the transaction that opens the order, ``offer_ordered`` settles it when the order is
paid, ``offer_release`` gives it back when the order is given up before that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.briefs.common import card_post, offer_locked, offers_end, open_check, received_offer_locked
from oeuvre.domains.briefs.errors import BriefTakenError, OfferNotFoundError, OfferNotOpenError
from oeuvre.domains.briefs.models import Brief, Offer
from oeuvre.domains.briefs.sealing import offers_open
from oeuvre.domains.briefs.states import BRIEF, OFFER, BriefState, OfferState
from oeuvre.domains.catalog import selectors as catalog
from oeuvre.kit.actor import Actor
from oeuvre.kit.locks import lock_rows

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.briefs.content import OfferPart
    from oeuvre.domains.catalog.services import Criterion
    from oeuvre.domains.catalog.states import AiPolicy

ANOTHER = "another"


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """What an order made from an offer says, as plain values. Prices are before fee and tax."""

    offer_id: UUID
    brief_id: UUID | None
    conversation_id: UUID | None
    buyer_id: UUID
    freelancer_id: UUID
    title: str
    scope: str
    milestones: tuple[OfferPart, ...]
    extras: tuple[OfferPart, ...]
    """What the buyer may add."""
    revisions: int
    ai_policy: AiPolicy
    rights: str
    """The option's key of the attribute ``licence``; empty where none was agreed on."""
    rights_label: str
    """The same as people read it."""
    criteria: tuple[Criterion, ...]
    category: str
    use_case: str
    language: str
    is_ordered: bool
    """An order made from it was paid: it is used up, whatever became of that order."""


def terms_of(offer: Offer) -> OfferTerms:
    """The terms of an offer whose rights of access were checked. Raises OfferNotFoundError where its words are gone."""
    content = offers_open([offer])[offer.pk]
    if content is None:
        raise OfferNotFoundError(_("This offer cannot be read any more: whoever made it has left."))
    brief = offer.brief
    rights = catalog.attribute_words({"licence"}).options.get(("licence", content.rights), "") if content.rights else ""
    return OfferTerms(
        offer_id=offer.pk,
        brief_id=offer.brief_id,
        conversation_id=offer.conversation_id,
        buyer_id=offer.buyer_id,
        freelancer_id=offer.freelancer_id,
        title=content.title,
        scope=content.scope,
        milestones=content.milestones,
        extras=content.extras,
        revisions=content.revisions,
        ai_policy=content.ai_policy,
        rights=content.rights,
        rights_label=rights,
        criteria=content.criteria,
        category=brief.category if brief else "",
        use_case=brief.use_case if brief else "",
        language=brief.languages[0] if brief and brief.languages else "",
        is_ordered=offer.ordered_at is not None,
    )


def offer_accept(*, actor: Actor, offer_id: UUID) -> OfferTerms:
    """Reserve an offer for the order that the caller opens in the same transaction, and say what it is about.

    Locks the brief and the offer. Nothing is declined and nothing is closed yet: the order may never be paid. Accepting
    the same offer again gives the same terms. Raises RuntimeError outside a transaction, OfferNotFoundError for anybody
    but the buyer, OfferNotOpenError for an offer that was answered, taken back or has expired, BriefNotOpenError,
    BriefTakenError while another offer on the brief is accepted.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An offer is accepted in the transaction that opens its order; open one first.")
    offer = received_offer_locked(actor=actor, offer_id=offer_id)
    if offer.status == OfferState.ACCEPTED:
        return terms_of(offer)
    if offer.status != OfferState.SENT or (offer.valid_until is not None and offer.valid_until <= timezone.now()):
        raise OfferNotOpenError(_("This offer cannot be accepted any more. Ask for a new one."), state=offer.status)
    if offer.brief is not None:
        open_check(offer.brief)
        _untaken_check(offer.brief)
    accepted = OFFER.transition(offer, OfferState.ACCEPTED, actor=actor, decided_at=timezone.now())
    card_post(actor=actor, offer=accepted)
    return terms_of(accepted)


def _untaken_check(brief: Brief) -> None:
    other = Offer.objects.filter(brief=brief, status=OfferState.ACCEPTED).first()
    if other is not None:
        raise BriefTakenError(
            _("You accepted another offer on this brief. Cancel the order that was made from it first."),
            offer_id=other.pk,
        )


def offer_ordered(*, offer_id: UUID) -> Offer:
    """The order made from an accepted offer was paid: its brief is closed, and all other offers on it are declined.

    For orders, in the transaction that records the payment; safe to repeat. Raises OfferNotFoundError, OfferNotOpenError
    for an offer that is not accepted.
    """
    actor = Actor.system()
    with transaction.atomic():
        offer = _accepted(offer_id)
        if offer.ordered_at is not None:
            return offer
        offer.ordered_at = timezone.now()
        offer.save(update_fields=["ordered_at", "updated_at"])
        brief = offer.brief
        if brief is not None and brief.is_open:
            BRIEF.transition(brief, BriefState.CLOSED, actor=actor)
            others = lock_rows(Offer.objects.filter(brief=brief, status=OfferState.SENT))
            offers_end(actor=actor, offers=others, to=OfferState.DECLINED, reason=ANOTHER)
    return offer


def offer_release(*, offer_id: UUID) -> Offer:
    """The order made from an accepted offer was given up before it was paid: the offer waits again, if it still holds.

    For orders; safe to repeat. Raises OfferNotFoundError, OfferNotOpenError for one whose order was paid.
    """
    actor = Actor.system()
    with transaction.atomic():
        offer = offer_locked(offer_id)
        if offer.status != OfferState.ACCEPTED:
            return offer
        if offer.ordered_at is not None:
            raise OfferNotOpenError(_("The order made from this offer was paid."), state=offer.status)
        holds = offer.valid_until is not None and offer.valid_until > timezone.now()
        still_open = offer.brief is None or offer.brief.is_open
        to = OfferState.SENT if holds and still_open else OfferState.EXPIRED
        released = OFFER.transition(offer, to, actor=actor)
        card_post(actor=actor, offer=released)
    return released


def _accepted(offer_id: UUID) -> Offer:
    offer = offer_locked(offer_id)
    if offer.status != OfferState.ACCEPTED:
        raise OfferNotOpenError(_("This offer was not accepted."), state=offer.status)
    return offer
