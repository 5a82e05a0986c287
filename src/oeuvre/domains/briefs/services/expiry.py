"""What ends by itself: briefs and offers whose time has passed. Imported through ``briefs.services``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from oeuvre.domains.briefs import notices
from oeuvre.domains.briefs.common import brief_locked, card_post, offer_locked, offers_end
from oeuvre.domains.briefs.models import Brief, Offer
from oeuvre.domains.briefs.states import BRIEF, OFFER, OPEN_BRIEF, BriefState, OfferState
from oeuvre.domains.briefs.words import category_name
from oeuvre.kit.actor import Actor
from oeuvre.kit.locks import lock_rows

if TYPE_CHECKING:
    from uuid import UUID

AT_ONCE = 500
"""Rows of one run; the next comes in ten minutes."""


def briefs_expire() -> int:
    """End the open briefs whose time has passed, with the offers on them; returns how many. Safe to repeat."""
    due = Brief.objects.filter(status__in=[str(state) for state in OPEN_BRIEF], closes_at__lte=timezone.now())
    return sum(_brief_expire(brief_id) for brief_id in due.values_list("pk", flat=True)[:AT_ONCE])


def _brief_expire(brief_id: UUID) -> bool:
    actor = Actor.system()
    with transaction.atomic():
        brief = brief_locked(brief_id)
        is_due = brief.is_open and brief.closes_at is not None and brief.closes_at <= timezone.now()
        is_taken = Offer.objects.filter(brief=brief, status=OfferState.ACCEPTED).exists()
        if not is_due or is_taken:  # an order waits for its payment; when that is settled, so is this
            return False
        brief = BRIEF.transition(brief, BriefState.EXPIRED, actor=actor)
        waiting = lock_rows(Offer.objects.filter(brief=brief, status=OfferState.SENT))
        count = offers_end(actor=actor, offers=waiting, to=OfferState.EXPIRED, reason="expired")
        notices.expired(brief=brief, buyer=brief.buyer, category=category_name(brief.category), offers=count)
    return True


def offers_expire() -> int:
    """End the offers that no longer hold; returns how many. Safe to repeat."""
    due = Offer.objects.filter(status=OfferState.SENT, valid_until__lte=timezone.now())
    return sum(_offer_expire(offer_id) for offer_id in due.values_list("pk", flat=True)[:AT_ONCE])


def _offer_expire(offer_id: UUID) -> bool:
    actor = Actor.system()
    with transaction.atomic():
        offer = offer_locked(offer_id)
        if offer.status != OfferState.SENT or offer.valid_until is None or offer.valid_until > timezone.now():
            return False
        offer = OFFER.transition(offer, OfferState.EXPIRED, actor=actor, decided_at=timezone.now())
        card_post(actor=actor, offer=offer)
    return True
