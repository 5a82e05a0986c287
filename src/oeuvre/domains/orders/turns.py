"""Whose turn it is in an order, and what happens next: the two sentences that its page always begins with.

The codes are stable; the sentences are for the reader's side and language.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from oeuvre.domains.orders.common import Side, late_from
from oeuvre.domains.orders.states import (
    ChangeKind,
    ChangeState,
    ConsentState,
    LineState,
    OrderState,
    RefundState,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from oeuvre.domains.orders.models import Order


class Whose(StrEnum):
    BUYER = "buyer"
    FREELANCER = "freelancer"
    PLATFORM = "platform"
    """The payment provider, or whoever settles a dispute."""
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Turn:
    """Who does something now and what, what happens next, and by when it does so by itself, if it does."""

    whose: Whose
    now: str
    """Code of what is done now: a key of ``sentences``."""
    next: str
    """Code of what happens then."""
    by: datetime | None = None
    subject_id: UUID | None = None
    """The proposal or question that it is about."""

    def is_of(self, side: Side | None) -> bool:
        return side is not None and self.whose == side.value


def turn_of(order: Order, *, now: datetime) -> Turn:
    """The main turn of an order. Prefetch ``lines``, ``questions`` and ``refunds`` for several orders."""
    match order.status:
        case OrderState.AWAITING_PAYMENT:
            unpaid = any(line.status == LineState.UNPAID for line in order.lines.all())
            return Turn(Whose.BUYER, "pay", "begins") if unpaid else Turn(Whose.PLATFORM, "paying", "begins")
        case OrderState.AWAITING_REQUIREMENTS:
            return Turn(Whose.BUYER, "answer_requirements", "work_starts")
        case OrderState.IN_PROGRESS | OrderState.REVISION_REQUESTED:
            return _working(order, now)
        case OrderState.DELIVERED:
            return Turn(Whose.BUYER, "review", "accepted_by_itself", order.review_until)
        case OrderState.DISPUTED:
            return Turn(Whose.PLATFORM, "settle_dispute", "as_settled")
        case OrderState.COMPLETED:
            clears = [line.clears_at for line in order.lines.all() if line.status == LineState.RELEASED]
            by = max((moment for moment in clears if moment), default=None)
            return Turn(Whose.NOBODY, "completed", "clears" if by else "over", by)
        case _:
            refunding = any(refund.status == RefundState.ASKED for refund in order.refunds.all())
            if refunding:
                return Turn(Whose.PLATFORM, "refunding", "over")
            return Turn(Whose.NOBODY, "cancelled", "over")


def _working(order: Order, now: datetime) -> Turn:
    asked = next((question for question in order.questions.all() if question.answered_at is None), None)
    if asked is not None:
        return Turn(Whose.BUYER, "answer_question", "work_goes_on", subject_id=asked.pk)
    clock = order.clock
    if clock is not None and clock.is_late(now):
        return Turn(Whose.FREELANCER, "deliver_late", "may_be_cancelled", late_from(order))
    doing = "revise" if order.status == OrderState.REVISION_REQUESTED else "deliver"
    return Turn(Whose.FREELANCER, doing, "buyer_reviews", order.due_at)


_ASKED = {
    ChangeKind.EXTRA: "answer_extra",
    ChangeKind.EXTENSION: "answer_extension",
    ChangeKind.CANCELLATION: "answer_cancellation",
}


def asks_of(order: Order) -> tuple[Turn, ...]:
    """What else waits for an answer: proposals, and the freelancer's wish to train. Prefetch ``changes``."""
    return tuple(_asks(order))


def _asks(order: Order) -> Iterable[Turn]:
    for change in order.changes.all():
        if change.status == ChangeState.PROPOSED:
            whose = Whose.FREELANCER if change.proposer_id == order.buyer_id else Whose.BUYER
            yield Turn(whose, _ASKED[ChangeKind(change.kind)], "as_answered", subject_id=change.pk)
        elif change.status == ChangeState.AWAITING_PAYMENT:
            yield Turn(Whose.PLATFORM, "paying_extra", "as_answered", subject_id=change.pk)
    consent = getattr(order, "consent", None)
    if consent is not None and consent.status == ConsentState.ASKED:
        yield Turn(Whose.BUYER, "answer_consent", "as_answered", subject_id=consent.pk)


def sentences(side: Side) -> dict[str, str]:
    """Every code as its sentence for one side, in the present language. ``%(by)s`` is the turn's moment, as the page
    writes it."""
    return _for_buyer() if side is Side.BUYER else _for_freelancer()


def _for_buyer() -> dict[str, str]:
    return {
        "pay": _("Your turn: the payment did not go through. Pay with another card."),
        "paying": _("Your payment is on its way."),
        "answer_requirements": _("Your turn: answer the freelancer's questions."),
        "answer_question": _("Your turn: the freelancer has a question. Until you answer, the time stands still."),
        "deliver": _("The freelancer works on it, until %(by)s."),
        "revise": _("The freelancer revises it, until %(by)s."),
        "deliver_late": _("The freelancer is late."),
        "review": _("Your turn: look at the delivery. Accept it, or say what should change."),
        "settle_dispute": _("A dispute is open. Everything stands still until it is settled."),
        "completed": _("The order is complete."),
        "refunding": _("The order was cancelled. Your money is on its way back."),
        "cancelled": _("The order was cancelled."),
        "answer_extra": _("Your turn: the freelancer proposes an extra."),
        "answer_extension": _("Your turn: the freelancer asks for more time."),
        "answer_cancellation": _("Your turn: the freelancer proposes to end the order."),
        "paying_extra": _("The extra is being paid."),
        "answer_consent": _("Your turn: the freelancer asks to train on what you received."),
        "begins": _("Once it is paid, the order begins."),
        "work_starts": _("Then the work begins, and the time runs."),
        "work_goes_on": _("Then the work goes on."),
        "buyer_reviews": _("Then you look at it."),
        "may_be_cancelled": _("From %(by)s on you may cancel and get everything back."),
        "accepted_by_itself": _("Without a word from you it is accepted on %(by)s."),
        "as_settled": _("What was held then goes where the decision says."),
        "clears": _("The files are yours to use."),
        "as_answered": _("Nothing changes before both agree."),
        "over": _("Nothing more is to be done."),
    }


def _for_freelancer() -> dict[str, str]:
    return {
        "pay": _("The buyer's payment did not go through; they may try another card."),
        "paying": _("The buyer's payment is on its way."),
        "answer_requirements": _("The buyer answers your questions."),
        "answer_question": _("The buyer answers your question. Until then your time stands still."),
        "deliver": _("Your turn: deliver by %(by)s."),
        "revise": _("Your turn: deliver the revision by %(by)s."),
        "deliver_late": _("Your turn: this is late. Deliver, or agree on another date."),
        "review": _("The buyer looks at your delivery."),
        "settle_dispute": _("A dispute is open. Everything stands still until it is settled."),
        "completed": _("The order is complete."),
        "refunding": _("The order was cancelled. The buyer's money is on its way back."),
        "cancelled": _("The order was cancelled."),
        "answer_extra": _("Your turn: the buyer proposes an extra."),
        "answer_extension": _("Your turn: the buyer proposes more time."),
        "answer_cancellation": _("Your turn: the buyer proposes to end the order."),
        "paying_extra": _("The extra is being paid."),
        "answer_consent": _("You asked the buyer for consent to training."),
        "begins": _("Once it is paid, the order begins."),
        "work_starts": _("Then your time runs."),
        "work_goes_on": _("Then your time runs on."),
        "buyer_reviews": _("Then the buyer looks at it."),
        "may_be_cancelled": _("From %(by)s on the buyer may cancel it."),
        "accepted_by_itself": _("Without a word from the buyer it is accepted on %(by)s."),
        "as_settled": _("What was held then goes where the decision says."),
        "clears": _("Your earnings clear on %(by)s; then they can be paid out."),
        "as_answered": _("Nothing changes before both agree."),
        "over": _("Nothing more is to be done."),
    }
