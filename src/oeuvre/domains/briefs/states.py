"""The life cycles of briefs and offers, and how much AI a buyer wants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from oeuvre.domains.catalog.states import AiPolicy
from oeuvre.kit.states import StateMachine

if TYPE_CHECKING:
    from oeuvre.domains.briefs.models import Brief, Offer


class AiWish(TextChoices):
    """How much AI a buyer wants in what is delivered. An offer's AI policy must fit."""

    HUMAN = "human", _("Made by a person, no AI")
    ASSISTED = "assisted", _("AI as a tool of a person")
    GENERATED = "generated", _("AI-generated")
    ANY = "any", _("That does not matter")

    @property
    def policies(self) -> frozenset[AiPolicy]:
        """The policies of gigs and offers that fit."""
        match self:
            case AiWish.HUMAN:
                return frozenset({AiPolicy.NONE})
            case AiWish.ASSISTED:
                return frozenset({AiPolicy.NONE, AiPolicy.ASSISTED})
            case _:
                return frozenset(AiPolicy)


class BriefState(TextChoices):
    DRAFT = "draft", _("Draft")
    """Only the buyer sees it."""
    SENT = "sent", _("Sent")
    """Only those who were invited see it, and may make an offer."""
    PUBLISHED = "published", _("Published")
    """Every freelancer sees it, and may make an offer."""
    CLOSED = "closed", _("Closed")
    """An offer was ordered and paid."""
    EXPIRED = "expired", _("Expired")
    """Its time passed without an order."""
    WITHDRAWN = "withdrawn", _("Withdrawn")
    """The buyer took it back."""


class OfferState(TextChoices):
    DRAFTED = "drafted", _("Draft")
    """Only the freelancer sees it."""
    SENT = "sent", _("Sent")
    """The buyer may accept it."""
    ACCEPTED = "accepted", _("Accepted")
    """An order was made from it; no other offer on the brief can be, unless that order is never paid."""
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Expired")


_OVER: frozenset[str] = frozenset({BriefState.CLOSED, BriefState.EXPIRED, BriefState.WITHDRAWN})

BRIEF: StateMachine[Brief] = StateMachine(
    "brief",
    {
        BriefState.DRAFT: frozenset({BriefState.SENT, BriefState.PUBLISHED, BriefState.WITHDRAWN}),
        BriefState.SENT: frozenset({BriefState.PUBLISHED}) | _OVER,
        BriefState.PUBLISHED: _OVER,
        BriefState.CLOSED: frozenset(),
        BriefState.EXPIRED: frozenset(),
        BriefState.WITHDRAWN: frozenset(),
    },
)

OFFER: StateMachine[Offer] = StateMachine(
    "offer",
    {
        OfferState.DRAFTED: frozenset({OfferState.SENT, OfferState.WITHDRAWN}),
        OfferState.SENT: frozenset(
            {OfferState.ACCEPTED, OfferState.DECLINED, OfferState.WITHDRAWN, OfferState.EXPIRED}
        ),
        # back: its order was given up before it was paid
        OfferState.ACCEPTED: frozenset({OfferState.SENT, OfferState.EXPIRED}),
        OfferState.DECLINED: frozenset(),
        OfferState.WITHDRAWN: frozenset(),
        OfferState.EXPIRED: frozenset(),
    },
)

OPEN_BRIEF = (BriefState.SENT, BriefState.PUBLISHED)
"""States in which offers can be made and accepted."""
OPEN_OFFER = (OfferState.DRAFTED, OfferState.SENT, OfferState.ACCEPTED)
"""States of which a freelancer has at most one offer a brief, and a conversation."""
