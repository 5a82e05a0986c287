"""What became of an enquiry, and if nothing did, why probably. Plain values: the rules stand here and nowhere else."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from oeuvre.domains.briefs.states import OfferState
from oeuvre.domains.insights.states import Outcome, Reason, Stage
from oeuvre.domains.orders.states import OrderState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from oeuvre.domains.briefs.selectors import OfferFact
    from oeuvre.domains.conversations.selectors import EnquiryFacts
    from oeuvre.domains.orders.selectors import OrderFact

QUIET = timedelta(days=14)
"""After so long without a word, an enquiry without an order is lost."""
ORDER_WITHIN = timedelta(days=60)
"""An order that the same buyer makes within this time belongs to the enquiry."""
RIPE = timedelta(days=7)
"""What an enquiry has to come on before it is held against anybody that it did not."""
SLOW = timedelta(hours=24)
PRICE_ASPECTS = frozenset({"price", "discount", "negotiation"})
TIME_ASPECTS = frozenset({"delivery", "rush"})

_OPEN_OFFERS = frozenset({OfferState.SENT, OfferState.ACCEPTED})
_NOT_TAKEN = frozenset({OfferState.DECLINED, OfferState.EXPIRED})


@dataclass(frozen=True, slots=True)
class Handled:
    """A message that the assistant handled."""

    id: UUID
    conversation_id: UUID
    at: datetime
    aspects: tuple[str, ...] = ()
    seconds: float | None = None
    """From the message to the reply; None where it sent none."""
    handed_off: bool = False
    unsupported: bool = False
    """Handed off because nothing that the assistant knows supports a reply."""
    declined: bool = False
    """It said no to work that the freelancer refuses."""
    not_for_us: bool = False
    """Advertising, a job application, the wrong person."""

    @property
    def answered(self) -> bool:
        """Whether the buyer got an answer from it, and not only the word that a person will write."""
        return self.seconds is not None and not self.handed_off


@dataclass(frozen=True, slots=True)
class Enquiry:
    """One enquiry with all that followed it."""

    facts: EnquiryFacts
    handled: tuple[Handled, ...] = ()
    """Oldest first."""
    offers: tuple[OfferFact, ...] = ()
    orders: tuple[OrderFact, ...] = ()

    @property
    def aspects(self) -> frozenset[str]:
        """What was asked about, as far as the assistant read it."""
        return frozenset(aspect for one in self.handled for aspect in one.aspects)

    @property
    def assisted_at(self) -> datetime | None:
        """When the assistant first answered by itself; what it drafted and the freelancer sent is the freelancer's."""
        if self.facts.assisted_at is None or not self.handled:
            return self.facts.assisted_at
        return min((one.at + timedelta(seconds=one.seconds or 0) for one in self.handled if one.answered), default=None)

    @property
    def first_answer_at(self) -> datetime | None:
        return min((at for at in (self.facts.answered_at, self.assisted_at) if at is not None), default=None)

    @property
    def is_for_us(self) -> bool:
        """Whether it is an enquiry at all."""
        return bool(self.orders) or not self.handled or not all(one.not_for_us for one in self.handled)

    @property
    def waits_for_person(self) -> bool:
        """Whether a hand-off was not followed by a word of the freelancer's own."""
        last = max((one.at for one in self.handled if one.handed_off), default=None)
        written = self.facts.answered_last_at
        return last is not None and (written is None or written < last)


def outcome_of(enquiry: Enquiry, *, now: datetime) -> Outcome:
    """Where an enquiry stands."""
    if not enquiry.is_for_us:
        return Outcome.NOT_FOR_US
    if any(order.status == OrderState.COMPLETED for order in enquiry.orders):
        return Outcome.COMPLETED
    if enquiry.orders:
        return Outcome.ORDERED
    if any(offer.status in _OPEN_OFFERS for offer in enquiry.offers):
        return Outcome.OFFERED
    return Outcome.LOST if now - enquiry.facts.last_at >= QUIET else Outcome.OPEN


def reason_of(enquiry: Enquiry) -> Reason:
    """Why a lost enquiry was probably lost: the first of these that applies."""
    answered = enquiry.first_answer_at
    if any(one.declined for one in enquiry.handled):
        return Reason.DECLINED
    if enquiry.waits_for_person:
        return Reason.HANDED_OFF
    if answered is None:
        return Reason.NEVER_ANSWERED
    if answered - enquiry.facts.asked_at > SLOW:
        return Reason.SLOW
    if any(offer.status in _NOT_TAKEN for offer in enquiry.offers):
        return Reason.OFFER_NOT_TAKEN
    if enquiry.facts.last_by_buyer:
        return Reason.LAST_WORD
    if enquiry.aspects & PRICE_ASPECTS:
        return Reason.PRICE
    return Reason.TIME if enquiry.aspects & TIME_ASPECTS else Reason.SILENCE


def stage_of(enquiry: Enquiry) -> Stage:
    """How far an enquiry came."""
    if any(order.status == OrderState.COMPLETED for order in enquiry.orders):
        return Stage.COMPLETED
    if enquiry.orders:
        return Stage.ORDERED
    if enquiry.offers:
        return Stage.OFFERED
    return Stage.ANSWERED if enquiry.first_answer_at is not None else Stage.ASKED


def enquiries_joined(
    facts: Sequence[EnquiryFacts],
    *,
    handled: Iterable[Handled] = (),
    offers: Iterable[OfferFact] = (),
    orders: Iterable[OrderFact] = (),
) -> tuple[list[Enquiry], int]:
    """Enquiries with what followed each, and how many orders came without one.

    An order belongs to the conversation that it was agreed on in, else to the buyer's latest enquiry before it.
    """
    by_talk: dict[UUID, list[Handled]] = defaultdict(list)
    offered: dict[UUID, list[OfferFact]] = defaultdict(list)
    ordered: dict[UUID, list[OrderFact]] = defaultdict(list)
    for one in handled:
        by_talk[one.conversation_id].append(one)
    for offer in offers:
        offered[offer.conversation_id].append(offer)
    alone = 0
    for order in orders:
        found = _enquiry_of(order, facts)
        if found is None:
            alone += 1
        else:
            ordered[found].append(order)
    joined = [
        Enquiry(
            one,
            tuple(by_talk[one.conversation_id]),
            tuple(offered[one.conversation_id]),
            tuple(ordered[one.conversation_id]),
        )
        for one in facts
    ]
    return joined, alone


def _enquiry_of(order: OrderFact, facts: Sequence[EnquiryFacts]) -> UUID | None:
    before = [one for one in facts if one.buyer_id == order.buyer_id and one.asked_at <= order.created_at]
    if any(one.conversation_id == order.conversation_id for one in before):
        return order.conversation_id
    recent = [one for one in before if order.created_at - one.asked_at <= ORDER_WITHIN]
    return max(recent, key=lambda one: one.asked_at).conversation_id if recent else None
