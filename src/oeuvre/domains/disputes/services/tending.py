"""What happens to disputes because time passes, or because the payer's bank was faster. Imported through ``services``.

Each function is safe to repeat and looks at one dispute at a time, in a transaction of its own.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.audit import services as audit
from oeuvre.domains.disputes import notices
from oeuvre.domains.disputes.common import KEY_OWNER, locked
from oeuvre.domains.disputes.errors import OutcomeInvalidError
from oeuvre.domains.disputes.limits import LIMITS
from oeuvre.domains.disputes.models import Dispute
from oeuvre.domains.disputes.outcomes import Outcome
from oeuvre.domains.disputes.services.deciding import decision_carry_out, hand_over
from oeuvre.domains.disputes.services.settling import SYSTEM, dispute_settle, proposals_close
from oeuvre.domains.disputes.states import DISPUTE, OPEN, DisputeState, OutcomeKind, SettledBy
from oeuvre.domains.orders.errors import SettlementInvalidError
from oeuvre.domains.orders.states import OrderState
from oeuvre.kit.money import Money
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from oeuvre.domains.orders.models import Order

log = logging.getLogger(__name__)

_BATCH = 200
WARN_BEFORE = timedelta(hours=24)
_WITH_DEADLINE = (DisputeState.AWAITING_ANSWER, DisputeState.NEGOTIATING, DisputeState.DECIDED)
"""States in which something happens by itself when the deadline passes. An operator's deadline is a promise."""


def disputes_tend() -> int:
    """What the schedule does: remind of deadlines, and do what was announced for those that have passed."""
    now = timezone.now()
    rows = Dispute.objects.filter(status__in=[str(state) for state in _WITH_DEADLINE]).order_by("due_at")
    over = list(rows.filter(due_at__lte=now).values_list("pk", flat=True)[:_BATCH])
    soon = rows.filter(due_at__gt=now, due_at__lte=now + WARN_BEFORE, warned_at=None)
    warned = list(soon.values_list("pk", flat=True)[:_BATCH])
    return sum(_safely(_expire, pk) for pk in over) + sum(_safely(_warn, pk) for pk in warned)


def _safely(step: Callable[[UUID], bool], dispute_id: UUID) -> bool:
    """One dispute that cannot be tended must not keep the others waiting; it is tried again with the next round."""
    try:
        return step(dispute_id)
    except Exception:
        log.exception("dispute %s could not be tended", dispute_id)
        return False


def _expire(dispute_id: UUID) -> bool:
    return dispute_expire(dispute_id=dispute_id)


def _warn(dispute_id: UUID) -> bool:
    with transaction.atomic():
        dispute = locked(dispute_id)
        now = timezone.now()
        if dispute.status not in _WITH_DEADLINE or dispute.warned_at or dispute.due_at is None or dispute.due_at <= now:
            return False
        dispute.warned_at = now
        dispute.save(update_fields=["warned_at", "updated_at"])
        notices.deadline_near(dispute)
    return True


def dispute_expire(*, dispute_id: UUID) -> bool:
    """Do what was announced for a deadline that has passed; whether there was something. Safe to repeat.

    What cannot be carried out any more goes to an operator.
    """
    with transaction.atomic():
        dispute = locked(dispute_id)
        if not _is_over(dispute, timezone.now()):
            return False
        if dispute.order.status != OrderState.DISPUTED:
            _overtake(dispute)
        elif dispute.status == DisputeState.NEGOTIATING:
            hand_over(actor=SYSTEM, dispute=dispute)
        else:
            _carry_out(dispute)
    return True


def _is_over(dispute: Dispute, now: datetime) -> bool:
    return dispute.status in _WITH_DEADLINE and dispute.due_at is not None and dispute.due_at <= now


def _carry_out(dispute: Dispute) -> None:
    """The default after silence, or a decision that nobody appealed."""
    if dispute.status == DisputeState.AWAITING_ANSWER and dispute.default_kind == OutcomeKind.DECISION:
        hand_over(actor=SYSTEM, dispute=dispute)
        return
    try:
        with transaction.atomic():
            if dispute.status == DisputeState.DECIDED:
                decision_carry_out(actor=SYSTEM, dispute=dispute)
            else:
                dispute_settle(actor=SYSTEM, dispute=dispute, outcome=_default(dispute), by=SettledBy.SILENCE)
    except (OutcomeInvalidError, SettlementInvalidError) as error:
        # A part of the payment was taken back meanwhile, or the day of a redelivery has passed.
        dispute.refresh_from_db()
        audit.record(actor=SYSTEM, code="dispute.not_carried_out", subject=dispute, reason=error.code)
        hand_over(actor=SYSTEM, dispute=dispute)


def _default(dispute: Dispute) -> Outcome:
    until = timezone.now() + timedelta(days=dispute.default_days) if dispute.default_days else None
    return Outcome(OutcomeKind(dispute.default_kind), Money(dispute.default_back, dispute.currency), until)


def order_ended(order: Order) -> None:
    """What orders call when one ends, under the order's lock: look later whether a dispute about it was overtaken."""
    open_ = Dispute.objects.filter(order_id=order.pk, status__in=[str(state) for state in OPEN])
    for dispute_id in open_.values_list("pk", flat=True):
        defer("disputes.overtaken_check", dispute_id=str(dispute_id))


def dispute_overtaken_check(*, dispute_id: UUID) -> bool:
    """Close a dispute whose order ended without it: the payer's bank took the payment back. Safe to repeat."""
    with transaction.atomic():
        dispute = locked(dispute_id)
        if dispute.status not in OPEN or dispute.order.status == OrderState.DISPUTED:
            return False
        _overtake(dispute)
    return True


def _overtake(dispute: Dispute) -> None:
    proposals_close(actor=SYSTEM, dispute=dispute)
    DISPUTE.transition(dispute, DisputeState.OVERTAKEN, actor=SYSTEM, due_at=None, ended_at=timezone.now())
    notices.overtaken(dispute)


def disputes_purge() -> int:
    """Destroy the words and the evidence of disputes that ended long enough ago; returns of how many."""
    before = timezone.now() - timedelta(days=LIMITS.kept_days)
    due = list(Dispute.objects.filter(ended_at__lt=before, purged_at=None).values_list("pk", flat=True)[:_BATCH])
    for dispute_id in due:
        with transaction.atomic():
            dispute_purge(locked(dispute_id))
    return len(due)


def dispute_purge(dispute: Dispute) -> None:
    """Of a locked dispute that is over. Numbers, outcome and times stay."""
    if dispute.purged_at is not None:
        return
    bundles = dispute.bundles.exclude(blob_key="")
    accounts.blobs_delete_later(keys=[bundle.blob_key for bundle in bundles])
    bundles.update(blob_key="")
    accounts.vault_destroy(actor=SYSTEM, owner_type=KEY_OWNER, owner_id=dispute.pk)
    dispute.purged_at = timezone.now()
    dispute.save(update_fields=["purged_at", "updated_at"])
    audit.record(actor=SYSTEM, code="dispute.purged", subject=dispute)
