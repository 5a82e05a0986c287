"""What the services of briefs and offers share: finding and locking, and the card in a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oeuvre.domains.briefs.errors import (
    BriefNotFoundError,
    BriefNotOpenError,
    OfferNotFoundError,
    TooManyOffersError,
)
from oeuvre.domains.briefs.limits import LIMITS
from oeuvre.domains.briefs.models import Brief, Offer
from oeuvre.domains.briefs.states import OFFER, OfferState
from oeuvre.domains.conversations import services as conversations
from oeuvre.domains.conversations.states import CardKind
from oeuvre.kit.locks import lock_rows

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from oeuvre.kit.actor import Actor


def brief_locked(brief_id: UUID) -> Brief:
    """Anybody's brief, locked. Whatever changes a brief, or an offer on it, locks the brief first."""
    rows = lock_rows(Brief.objects.filter(pk=brief_id))
    if not rows:
        raise BriefNotFoundError(_("There is no such brief."))
    return rows[0]


def own_brief_locked(*, actor: Actor, brief_id: UUID) -> Brief:
    """The actor's own brief, locked. Raises BriefNotFoundError for anybody else's."""
    brief = brief_locked(brief_id)
    if actor.user_id is None or brief.buyer_id != actor.user_id:
        raise BriefNotFoundError(_("There is no such brief of yours."))
    return brief


def open_check(brief: Brief) -> None:
    """Raises BriefNotOpenError for a locked brief that takes no offers now."""
    if not brief.is_open or (brief.closes_at is not None and brief.closes_at <= timezone.now()):
        raise BriefNotOpenError(_("This brief takes no offers any more."), brief=brief)


def offer_locked(offer_id: UUID) -> Offer:
    """Anybody's offer, locked, after its brief. Raises OfferNotFoundError."""
    brief_id = Offer.objects.filter(pk=offer_id).values_list("brief_id", flat=True).first()
    if brief_id is not None:
        lock_rows(Brief.objects.filter(pk=brief_id))
    rows = lock_rows(Offer.objects.filter(pk=offer_id))
    if not rows:
        raise OfferNotFoundError(_("There is no such offer."))
    return rows[0]


def own_offer_locked(*, actor: Actor, offer_id: UUID) -> Offer:
    """The freelancer's own offer, locked. Raises OfferNotFoundError for anybody else's."""
    offer = offer_locked(offer_id)
    if actor.user_id is None or offer.freelancer_id != actor.user_id:
        raise OfferNotFoundError(_("There is no such offer of yours."))
    return offer


def received_offer_locked(*, actor: Actor, offer_id: UUID) -> Offer:
    """An offer to the buyer that they may see, locked. Raises OfferNotFoundError for anybody else's."""
    offer = offer_locked(offer_id)
    if actor.user_id is None or offer.buyer_id != actor.user_id or offer.sent_at is None:
        raise OfferNotFoundError(_("There is no such offer to you."))
    return offer


def another_check(*, freelancer_id: UUID | None, brief_id: UUID) -> None:
    """Raises TooManyOffersError once the freelancer has sent as many offers on the brief as one may.

    Who may draft one has no open one, so under the draft's lock the count cannot be passed by two at once.
    """
    rows = Offer.objects.filter(freelancer_id=freelancer_id, brief_id=brief_id).exclude(sent_at=None)
    if rows.count() >= LIMITS.offers_each:
        raise TooManyOffersError(
            _(
                "You have sent %(most)d offers on this brief, which is as many as one freelancer may. "
                "Write to the buyer in your conversation; they can order from you there."
            )
            % {"most": LIMITS.offers_each}
        )


def offers_end(*, actor: Actor, offers: Iterable[Offer], to: OfferState, reason: str) -> int:
    """End sent offers of a locked brief for a reason that nobody decided; returns how many."""
    count = 0
    for offer in offers:
        OFFER.transition(offer, to, actor=actor, decided_at=timezone.now(), reason=reason)
        card_post(actor=actor, offer=offer)
        count += 1
    return count


def card_post(*, actor: Actor, offer: Offer, word: str = "") -> None:
    """Show what became of an offer in its conversation, with a word of the actor's; in the same transaction.

    The conversation tells the other side by mail.
    """
    if offer.conversation_id is None:
        return
    card = conversations.Card(CardKind.OFFER, offer.pk, card_label(offer))
    conversations.event_post(actor=actor, conversation_id=offer.conversation_id, card=card, body=word)


def card_label(offer: Offer) -> str:
    """One line that quotes nothing of either's words."""
    days = ngettext("%(count)d day", "%(count)d days", offer.days) % {"count": offer.days}
    facts = {"price": offer.price, "days": days}
    match offer.status:
        case OfferState.SENT:
            return _("Offer: %(price)s, %(days)s") % facts
        case OfferState.ACCEPTED:
            return _("Offer accepted: %(price)s, %(days)s") % facts
        case OfferState.DECLINED:
            return _("Offer declined: %(price)s, %(days)s") % facts
        case OfferState.WITHDRAWN:
            return _("Offer withdrawn: %(price)s, %(days)s") % facts
        case _:
            return _("Offer expired: %(price)s, %(days)s") % facts
