"""What the services of disputes share: finding and locking, sides, words, sealing, checking outcomes.

The order of locks: names, the dispute's row, the order's row (by ``orders.services``). Orders call this domain back while
they hold their own row, so what they call takes no lock here and defers a task.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.disputes.deadlines import business_days_after
from oeuvre.domains.disputes.errors import (
    DisputeInvalidError,
    DisputeNotFoundError,
    DisputeStateError,
    NotYourTurnError,
    OutcomeInvalidError,
)
from oeuvre.domains.disputes.limits import LIMITS
from oeuvre.domains.disputes.models import Dispute, Words
from oeuvre.domains.disputes.outcomes import Outcome
from oeuvre.domains.disputes.states import OutcomeKind, Side
from oeuvre.domains.orders import selectors as orders
from oeuvre.domains.orders.states import MilestoneState, OrderState
from oeuvre.kit.files.naming import printable
from oeuvre.kit.locks import lock_rows

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.disputes.states import WordsKind
    from oeuvre.domains.orders.models import Order
    from oeuvre.kit.actor import Actor
    from oeuvre.kit.money import Money

KEY_OWNER = "dispute"
"""The data keys' owner type. Words and evidence of a dispute go together, some time after its end."""


def visible(actor: Actor) -> QuerySet[Dispute]:
    """The disputes that the actor may see: their own; operators and the system see all."""
    rows = Dispute.objects.select_related("order", "buyer", "freelancer__profile")
    if actor.is_operator or actor.is_system:
        return rows
    mine = Q(buyer_id=actor.user_id) | Q(freelancer_id=actor.user_id)
    return rows.filter(mine) if actor.user_id else rows.none()


def dispute_of(*, actor: Actor, dispute_id: UUID) -> Dispute:
    """A dispute that the actor may see. Raises DisputeNotFoundError."""
    dispute = visible(actor).filter(pk=dispute_id).first()
    if dispute is None:
        raise no_dispute(dispute_id)
    return dispute


def no_dispute(dispute_id: UUID) -> DisputeNotFoundError:
    """Also of one that the actor may not see."""
    return DisputeNotFoundError(_("There is no such dispute of yours."), dispute_id=dispute_id)


def side_of(actor: Actor, dispute: Dispute) -> Side | None:
    """Which of the two the actor is; None for operators and the system."""
    if actor.user_id is None:
        return None
    return {dispute.buyer_id: Side.BUYER, dispute.freelancer_id: Side.FREELANCER}.get(actor.user_id)


def person_of(dispute: Dispute, side: Side) -> User:
    return dispute.buyer if side is Side.BUYER else dispute.freelancer


def party(*, actor: Actor, dispute_id: UUID) -> Side:
    """The actor's side in a dispute of theirs. Raises DisputeNotFoundError, NotYourTurnError for an operator."""
    dispute = dispute_of(actor=actor, dispute_id=dispute_id)
    side = side_of(actor, dispute)
    if side is None:
        raise NotYourTurnError(_("Only the two of the order do that."), dispute=dispute)
    return side


def locked(dispute_id: UUID) -> Dispute:
    """The dispute's row, locked, with its order and people. Callers have checked who asks."""
    return lock_rows(Dispute.objects.filter(pk=dispute_id).select_related("order", "buyer", "freelancer"))[0]


def require_state(dispute: Dispute, states: Iterable[str], message: str) -> None:
    """Raises DisputeStateError with ``message`` unless the (locked) dispute is in one of the states."""
    if dispute.status not in set(states):
        raise DisputeStateError(message, dispute=dispute, status=dispute.status)


def block(text: str, *, most: int, field: str, least: int = 1) -> str:
    """Several lines without stray characters. Raises DisputeInvalidError for too few or too many."""
    found = "\n".join(printable(row).rstrip() for row in text.splitlines()).strip()
    if len(found) < least:
        raise DisputeInvalidError(
            ngettext("Write %(least)d character at least.", "Write %(least)d characters at least.", least)
            % {"least": least},
            field=field,
        )
    if len(found) > most:
        raise DisputeInvalidError(
            _("This has %(found)d characters; %(most)d are the most. Shorten it, or send it in the conversation.")
            % {"found": len(found), "most": most},
            field=field,
        )
    return found


def seal(dispute_id: UUID, text: str, context: str) -> bytes:
    """A text under the dispute's key; empty bytes for an empty one."""
    if not text:
        return b""
    return accounts.vault_encrypt(owner_type=KEY_OWNER, owner_id=dispute_id, data=text.encode(), context=context)


def words_write(*, dispute: Dispute, kind: WordsKind, side: Side, author_id: UUID, text: str) -> Words:
    """Keep what somebody wrote, sealed. Runs in the caller's transaction."""
    row = Words(pk=uuid.uuid4(), dispute=dispute, kind=kind, side=side, author_id=author_id)
    row.sealed = seal(dispute.pk, text, words_context(row))
    row.save(force_insert=True)
    return row


def words_context(row: Words) -> str:
    """What a text's ciphertext is bound to."""
    return f"dispute_words:{row.pk}"


def answer_deadline(now: datetime) -> datetime:
    """Until when the other side answers, the two agree, or an operator has promised to decide."""
    return business_days_after(now, settings.DISPUTE_ANSWER_DAYS)


def can_redeliver(order: Order) -> bool:
    """Whether anything of the order is left to deliver: an order that was completed before has nothing."""
    if order.disputed_from == OrderState.COMPLETED:
        return False
    return any(row.status == MilestoneState.CURRENT for row in order.milestones.all())


def outcome_checked(order: Order, outcome: Outcome) -> Outcome:
    """An outcome that can be carried out now. Raises OutcomeInvalidError.

    A refund of nothing is a completion, so that one thing has one name.
    """
    if outcome.kind is OutcomeKind.REDELIVERY:
        return _redelivery_checked(order, outcome)
    held = held_of(order)
    back = outcome.back if outcome.kind is OutcomeKind.REFUND else held - held
    if back.currency != held.currency or not 0 <= back.amount <= held.amount:
        raise OutcomeInvalidError(
            _("%(held)s of the price is held; up to that can go back.") % {"held": held}, field="back", held=held
        )
    return Outcome(OutcomeKind.REFUND if back else OutcomeKind.COMPLETION, back)


def _redelivery_checked(order: Order, outcome: Outcome) -> Outcome:
    now = timezone.now()
    if not can_redeliver(order):
        raise OutcomeInvalidError(_("Everything of this order was accepted; nothing is left to deliver."), field="kind")
    if outcome.until is None or not now < outcome.until <= now + timedelta(days=LIMITS.redelivery_days):
        raise OutcomeInvalidError(
            _("Choose a day within the next %(most)d days.") % {"most": LIMITS.redelivery_days}, field="until"
        )
    held = held_of(order)
    return Outcome(OutcomeKind.REDELIVERY, held - held, outcome.until)


def held_of(order: Order) -> Money:
    """What of the price is held, and can go back."""
    return orders.cancellation_quote(order).back.price
