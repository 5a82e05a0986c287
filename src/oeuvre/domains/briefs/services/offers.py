"""Offers: draft, send, take back, decline. Imported through ``briefs.services``."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.audit import services as audit
from oeuvre.domains.briefs.checks import offer_check
from oeuvre.domains.briefs.common import (
    another_check,
    brief_locked,
    card_post,
    open_check,
    own_offer_locked,
    received_offer_locked,
)
from oeuvre.domains.briefs.content import OfferContent, block, offer_clean
from oeuvre.domains.briefs.errors import (
    BriefFullError,
    BriefNotFoundError,
    OfferContentError,
    OfferNotAllowedError,
    OfferNotFoundError,
    OfferNotOpenError,
    OfferOpenError,
    OwnBriefError,
    TooManyOffersError,
)
from oeuvre.domains.briefs.limits import LIMITS
from oeuvre.domains.briefs.models import Brief, Offer
from oeuvre.domains.briefs.sealing import offer_seal, offers_open
from oeuvre.domains.briefs.services.enquiring import conversation_about
from oeuvre.domains.briefs.states import OFFER, OPEN_OFFER, AiWish, BriefState, OfferState
from oeuvre.domains.conversations.selectors import conversation_get, is_blocked
from oeuvre.domains.demand.services import demand_record
from oeuvre.domains.demand.states import DemandKind
from oeuvre.kit.actor import Role
from oeuvre.kit.locks import lock_names

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.kit.actor import Actor


def offer_draft(
    *, actor: Actor, content: OfferContent, brief_id: UUID | None = None, conversation_id: UUID | None = None
) -> Offer:
    """A freelancer's draft of an offer on a brief, or of a custom offer in a conversation; exactly one is named.

    Raises PermissionDeniedError for somebody who is no freelancer, BriefNotFoundError, BriefNotOpenError, OwnBriefError,
    ConversationNotFoundError, OfferNotFoundError for a conversation in which the actor is the buyer, OfferNotAllowedError,
    OfferOpenError with the ``offer`` that there is, TooManyOffersError on this brief, OfferContentError.
    """
    actor.require(Role.FREELANCER)
    freelancer_id = actor.person_id
    if (brief_id is None) == (conversation_id is None):
        raise OfferContentError(_("An offer answers a brief or an enquiry, and only one of them."), field="brief")
    content = offer_clean(content)
    offer_check(content)
    with transaction.atomic():
        lock_names([f"offer:{freelancer_id}:{brief_id or conversation_id}"])
        brief = _answerable(actor, brief_id) if brief_id else None
        buyer_id = brief.buyer_id if brief else _enquirer(actor, conversation_id)
        _allowed_check(freelancer_id, buyer_id)
        _none_open_check(freelancer_id, brief_id, conversation_id)
        if brief:
            another_check(freelancer_id=freelancer_id, brief_id=brief.pk)
        offer = Offer(brief=brief, conversation_id=conversation_id, buyer_id=buyer_id, freelancer_id=freelancer_id)
        _write(offer, content)
        offer.save(force_insert=True)
        audit.record(actor=actor, code="offer.created", subject=offer, brief=str(brief_id) if brief_id else None)
    return offer


def offer_edit(*, actor: Actor, offer_id: UUID, content: OfferContent) -> Offer:
    """Save a draft. Raises OfferNotFoundError, OfferNotOpenError once it was sent, OfferContentError."""
    content = offer_clean(content)
    offer_check(content)
    with transaction.atomic():
        offer = own_offer_locked(actor=actor, offer_id=offer_id)
        _drafted_check(offer)
        _write(offer, content)
        offer.save()
        audit.record(actor=actor, code="offer.edited", subject=offer)
    return offer


def offer_send(*, actor: Actor, offer_id: UUID) -> Offer:
    """Put a draft before the buyer: as a card in the conversation of the two, which is opened where there is none.

    Raises OfferNotFoundError, OfferNotOpenError, BriefNotOpenError, BriefFullError, TooManyOffersError,
    OfferNotAllowedError, OfferContentError where its AI policy does not fit the brief.
    """
    with transaction.atomic():
        lock_names([f"offers:{actor.person_id}"])
        offer = own_offer_locked(actor=actor, offer_id=offer_id)
        if offer.status == OfferState.SENT:
            return offer
        _drafted_check(offer)
        content = _content(offer)
        brief = offer.brief
        if brief is not None:
            open_check(brief)
            _fits_check(brief, content)
            _room_check(brief)
        _allowed_check(offer.freelancer_id, offer.buyer_id)
        waiting = Offer.objects.filter(freelancer_id=offer.freelancer_id, status=OfferState.SENT).count()
        if waiting >= LIMITS.open_offers:
            raise TooManyOffersError(
                _("%(most)d offers of yours wait for an answer. Take one back first.") % {"most": LIMITS.open_offers}
            )
        now = timezone.now()
        sent = OFFER.transition(
            offer,
            OfferState.SENT,
            actor=actor,
            sent_at=now,
            valid_until=now + timedelta(days=content.valid_days),
            brief_revision=brief.revision if brief else None,
            conversation_id=_conversation_id(actor, offer, brief),
        )
        card_post(actor=actor, offer=sent)
        demand_record(
            kind=DemandKind.OFFER,
            category=brief.category if brief else "",
            use_case=brief.use_case if brief else "",
            amount=content.price,
            days=content.days,
        )
    return sent


def offer_withdraw(*, actor: Actor, offer_id: UUID) -> Offer:
    """The freelancer takes a draft or a sent offer back. Raises OfferNotFoundError, OfferNotOpenError once it was answered."""
    with transaction.atomic():
        offer = own_offer_locked(actor=actor, offer_id=offer_id)
        if offer.status == OfferState.WITHDRAWN:
            return offer
        if offer.status not in (OfferState.DRAFTED, OfferState.SENT):
            raise _not_open(offer)
        was_sent = offer.status == OfferState.SENT
        offer = OFFER.transition(offer, OfferState.WITHDRAWN, actor=actor, decided_at=timezone.now())
        if was_sent:
            card_post(actor=actor, offer=offer)
    return offer


def offer_decline(*, actor: Actor, offer_id: UUID, word: str = "") -> Offer:
    """The buyer says no, with a word to the freelancer or without.

    Raises OfferNotFoundError, OfferNotOpenError for one that waits for no answer, OfferContentError for too long a word.
    """
    word = block(word)
    if len(word) > LIMITS.reason:
        raise OfferContentError(_("Say it in at most %(most)d characters.") % {"most": LIMITS.reason}, field="word")
    with transaction.atomic():
        offer = received_offer_locked(actor=actor, offer_id=offer_id)
        if offer.status == OfferState.DECLINED:
            return offer
        if offer.status != OfferState.SENT:
            raise _not_open(offer)
        offer = OFFER.transition(offer, OfferState.DECLINED, actor=actor, decided_at=timezone.now())
        card_post(actor=actor, offer=offer, word=word)
    return offer


def _answerable(actor: Actor, brief_id: UUID) -> Brief:
    """A brief that the freelancer may see and answer, locked."""
    brief = brief_locked(brief_id)
    if brief.buyer_id == actor.user_id:
        raise OwnBriefError(_("This is your own brief."))
    is_invited = brief.invitations.filter(freelancer_id=actor.user_id).exists()
    if brief.status == BriefState.DRAFT or not (brief.status == BriefState.PUBLISHED or is_invited):
        raise BriefNotFoundError(_("There is no such brief."))
    open_check(brief)
    return brief


def _enquirer(actor: Actor, conversation_id: UUID | None) -> UUID:
    """The buyer of a conversation in which the actor is the freelancer."""
    if conversation_id is None:
        raise OfferNotFoundError(_("There is no such enquiry."))
    conversation = conversation_get(actor=actor, conversation_id=conversation_id)
    if conversation.freelancer_id != actor.user_id or conversation.buyer_id is None:
        raise OfferNotFoundError(_("Offers are made by the freelancer. You are the buyer here."))
    return conversation.buyer_id


def _allowed_check(freelancer_id: UUID, buyer_id: UUID) -> None:
    if is_blocked(one_id=freelancer_id, other_id=buyer_id):
        raise OfferNotAllowedError(_("You two do not write to each other, so no offer can be made."))


def _none_open_check(freelancer_id: UUID, brief_id: UUID | None, conversation_id: UUID | None) -> None:
    rows = Offer.objects.filter(
        freelancer_id=freelancer_id, status__in=[str(state) for state in OPEN_OFFER], ordered_at=None
    )
    same = rows.filter(brief_id=brief_id) if brief_id else rows.filter(brief=None, conversation_id=conversation_id)
    found = same.first()
    if found is not None:
        raise OfferOpenError(_("You have an offer here already. Change or withdraw that one."), offer=found)


def _room_check(brief: Brief) -> None:
    open_now = brief.offers.filter(status__in=[str(OfferState.SENT), str(OfferState.ACCEPTED)])
    if open_now.count() >= LIMITS.offers:
        raise BriefFullError(_("This brief has %(most)d offers and takes no more.") % {"most": LIMITS.offers})


def _fits_check(brief: Brief, content: OfferContent) -> None:
    wish = AiWish(brief.ai_wish)
    if content.ai_policy not in wish.policies:
        raise OfferContentError(
            _("The buyer wants: %(wish)s. Your offer says: %(policy)s. Change it, or leave the brief to others.")
            % {"wish": wish.label, "policy": content.ai_policy.label},
            field="ai_policy",
        )


def _drafted_check(offer: Offer) -> None:
    if offer.status != OfferState.DRAFTED:
        raise _not_open(offer)


def _not_open(offer: Offer) -> OfferNotOpenError:
    return OfferNotOpenError(
        _("This offer is %(state)s.") % {"state": str(OfferState(offer.status).label).lower()}, state=offer.status
    )


def _content(offer: Offer) -> OfferContent:
    content = offers_open([offer])[offer.pk]
    if content is None:
        raise OfferNotFoundError(_("There is no such offer of yours."))
    return content


def _write(offer: Offer, content: OfferContent) -> None:
    offer.amount, offer.currency, offer.days = content.price.amount, content.price.currency, content.days
    offer.sealed = offer_seal(offer, content)


def _conversation_id(actor: Actor, offer: Offer, brief: Brief | None) -> UUID | None:
    """A custom offer has its conversation; one on a brief gets the two's about it."""
    if offer.conversation_id or brief is None:
        return offer.conversation_id
    return conversation_about(actor=actor, brief=brief, freelancer_id=offer.freelancer_id).pk
