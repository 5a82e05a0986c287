"""Whose turn it is, as the panel of an order and the lists of orders say it: also while a dispute is open about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.disputes.states import DisputeState
from oeuvre.domains.orders import selectors
from oeuvre.domains.orders.states import WORKING, OrderState
from oeuvre.interfaces.site.orders.common import moment

if TYPE_CHECKING:
    from oeuvre.domains.disputes.models import Dispute
    from oeuvre.domains.orders.models import Order
    from oeuvre.domains.orders.selectors import Side, Turn

_PROPOSED = frozenset({"answer_extra", "answer_extension", "answer_cancellation"})
"""Turns that are about a proposal; whoever made it waits."""


@dataclass(frozen=True, slots=True)
class TurnShown:
    """What the panel at the top says."""

    whose: str
    """``mine``, ``theirs``, ``both``, ``platform`` or ``nobody``."""
    now: str
    next: str
    asks: list[tuple[str, bool]]
    """What else waits for an answer, each with whether it is the reader's."""
    paused: str
    """Why the clock stands still; empty while it runs."""
    is_late: bool
    waits: bool
    """Whether the page only waits for a payment, which takes seconds."""

    @property
    def is_mine(self) -> bool:
        return self.whose in ("mine", "both") or any(mine for _text, mine in self.asks)


def asking_for_code(shown: TurnShown) -> TurnShown:
    """The same while the buyer's bank waits for a code: only the buyer's own payment tells."""
    return replace(
        shown, whose="mine", waits=False, now=_("Your turn: your bank asks for a code before it pays. Type it in.")
    )


def turn_shown(
    order: Order, side: Side, *, turn: Turn, asks: tuple[Turn, ...], dispute: Dispute | None = None
) -> TurnShown:
    """The panel of an order that came with what ``turn_of`` looks at, and with its open dispute if there is one."""
    whose, now, then = _words(turn, side)
    if order.status == OrderState.DISPUTED and dispute is not None:
        whose, now, then = _dispute_words(dispute, side)
    clock = order.clock
    return TurnShown(
        whose=whose,
        now=now,
        next=then,
        asks=[(_words(ask, side)[1], ask.is_of(side)) for ask in asks],
        paused=order.get_pause_display() if order.pause and order.status != OrderState.COMPLETED else "",
        is_late=clock is not None and clock.is_late(timezone.now()) and order.status in WORKING,
        waits=whose == "platform" and order.status == OrderState.AWAITING_PAYMENT,
    )


def _words(turn: Turn, side: Side) -> tuple[str, str, str]:
    """Whose turn, what is done now and what happens next, as one side reads it."""
    said = selectors.sentences(side)
    values = {"by": moment(turn.by)}
    now = said[turn.now] % values
    if turn.now in _PROPOSED and not turn.is_of(side):
        now = _("Your proposal waits for an answer.")
    is_sides = turn.whose in (selectors.Whose.BUYER, selectors.Whose.FREELANCER)
    whose = "mine" if turn.is_of(side) else "theirs" if is_sides else turn.whose.value
    return whose, now, said[turn.next] % values


def _dispute_words(dispute: Dispute, side: Side) -> tuple[str, str, str]:
    """The same while a dispute is open."""
    by = {"by": moment(dispute.due_at)}
    match dispute.status:
        case DisputeState.AWAITING_ANSWER if dispute.side == side.value:
            now = _("You opened a dispute. The other side answers by %(by)s.") % by
            return "theirs", now, _("Without an answer the published rule applies.")
        case DisputeState.AWAITING_ANSWER:
            now = _("Your turn: a dispute was opened. Answer it by %(by)s.") % by
            return "mine", now, _("Without an answer from you the published rule applies.")
        case DisputeState.NEGOTIATING:
            now = _("Agree on how the dispute ends, by %(by)s.") % by
            return "both", now, _("Without an agreement an operator takes it up.")
        case DisputeState.DECIDED:
            now = _("An operator decided the dispute. Read it, and accept it or appeal.")
            return "both", now, _("Without a word from either it is carried out on %(by)s.") % by
        case DisputeState.APPEALED:
            now = _("The decision was appealed. An operator looks at it again, by %(by)s.") % by
            return "platform", now, _("What is decided then is final, and carried out at once.")
        case _:
            now = _("An operator decides the dispute, by %(by)s.") % by
            return "platform", now, _("Until then the two of you can still agree.")
