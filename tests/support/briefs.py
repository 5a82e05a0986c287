"""Briefs and offers made through the services, in the small catalogue of ``tests.support.gigs``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from oeuvre.domains.briefs import services as briefs
from oeuvre.domains.briefs.content import BriefContent, OfferContent, OfferPart
from oeuvre.domains.briefs.states import AiWish
from oeuvre.domains.catalog.services import Criterion
from oeuvre.domains.catalog.states import AiPolicy
from oeuvre.kit.money import Money
from tests.support.gigs import LEAF, small_catalogue

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.briefs.models import Brief, Offer

WORDS = Criterion("words", "", {"most": 200})


def brief_content(**changes: Any) -> BriefContent:
    """Content that can be published."""
    content = BriefContent(
        title="Notices for forty harbour doors",
        goal="Fishermen should know in the dark which door is theirs, and not knock at the widow's.",
        deliverables=("Forty short texts",),
        category=LEAF,
        attributes={"h_tone": "salty", "h_media": ("doors",)},
        criteria=(WORDS, Criterion("manual", "My uncle laughs once at least.")),
        languages=("en",),
        budget_low=Money(10_000),
        budget_high=Money(50_000),
        ai_wish=AiWish.ASSISTED,
        licence="commercial-use",
    )
    return replace(content, **changes)


def draft_brief(buyer: User, **changes: Any) -> Brief:
    small_catalogue()
    return briefs.brief_create(actor=buyer.actor, content=brief_content(**changes))


def open_brief(buyer: User, **changes: Any) -> Brief:
    """A published brief."""
    return briefs.brief_publish(actor=buyer.actor, brief_id=draft_brief(buyer, **changes).pk)


def offer_content(**changes: Any) -> OfferContent:
    """Content that can be sent on ``brief_content``."""
    content = OfferContent(
        title="Forty door notices",
        message="I grew up behind door nine and know all of them.",
        scope="Forty texts of at most twenty words; no painting.",
        milestones=(OfferPart("Ten doors to try", Money(10_000), 3), OfferPart("The other thirty", Money(25_000), 6)),
        extras=(OfferPart("In Portuguese as well", Money(9_000), 2),),
        revisions=2,
        ai_policy=AiPolicy.ASSISTED,
        rights="commercial-use",
        criteria=(WORDS,),
    )
    return replace(content, **changes)


def sent_offer(freelancer: User, brief: Brief, **changes: Any) -> Offer:
    offer = briefs.offer_draft(actor=freelancer.actor, brief_id=brief.pk, content=offer_content(**changes))
    return briefs.offer_send(actor=freelancer.actor, offer_id=offer.pk)
