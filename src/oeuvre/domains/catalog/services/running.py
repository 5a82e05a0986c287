"""A gig that is on show: pausing, availability, removing, closing."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.audit import services as audit
from oeuvre.domains.catalog.common import gig_locked, open_version, own_gig_locked
from oeuvre.domains.catalog.documents import gig_document_sync
from oeuvre.domains.catalog.errors import AvailabilityError, GigNotPausedError
from oeuvre.domains.catalog.limits import LIMITS
from oeuvre.domains.catalog.notices import notice_removed
from oeuvre.domains.catalog.services.review import reasons_clean
from oeuvre.domains.catalog.states import GIG, GIG_VERSION, GigState, VersionState
from oeuvre.kit.actor import Actor, Role
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.catalog.models import Gig


def gig_pause(*, actor: Actor, gig_id: UUID, until: date | None = None) -> Gig:
    """Take a live gig off, for good or until a day (UTC) on which it comes back by itself; open orders go on.

    Repeated for a paused gig it sets another day, or none. Raises GigNotFoundError, GigOverError, AvailabilityError,
    IllegalTransitionError for a gig that was never live.
    """
    _until_check(until)
    with transaction.atomic():
        gig = own_gig_locked(actor=actor, gig_id=gig_id)
        if gig.status != GigState.PAUSED:
            GIG.transition(gig, GigState.PAUSED, actor=actor, paused_until=until)
        elif gig.paused_until != until:
            gig.paused_until = until
            gig.save(update_fields=["paused_until", "updated_at"])
            audit.record(actor=actor, code="gig.pause_changed", subject=gig, until=until and until.isoformat())
        gig_document_sync(gig)
        if until is not None:
            wait = datetime.combine(until, time(), UTC) - timezone.now()
            seconds = max(0, int(wait.total_seconds()) + 1)
            defer("catalog.gig_resume_due", schedule_in={"seconds": seconds}, gig_id=str(gig.pk))
    return gig


def _until_check(until: date | None) -> None:
    today = timezone.now().date()
    if until is not None and not today < until <= today + timedelta(days=LIMITS.pause_days):
        raise AvailabilityError(
            _("A pause ends on a day from tomorrow to %(last)s, or on none.")
            % {"last": (today + timedelta(days=LIMITS.pause_days)).isoformat()},
            field="until",
        )


def gig_resume(*, actor: Actor, gig_id: UUID) -> Gig:
    """Bring a paused gig back; safe to repeat. Raises GigNotFoundError, GigOverError, GigNotPausedError."""
    with transaction.atomic():
        gig = own_gig_locked(actor=actor, gig_id=gig_id)
        if gig.status in (GigState.DRAFT, GigState.IN_REVIEW):
            raise GigNotPausedError(_("This gig was not live yet. It goes live when its first version is published."))
        if gig.status != GigState.LIVE:
            GIG.transition(gig, GigState.LIVE, actor=actor, paused_until=None)
            gig_document_sync(gig)
    return gig


def gig_resume_due(*, gig_id: UUID) -> bool:
    """What a worker does on the day that a pause ends; whether the gig came back. Safe to repeat.

    A gig that was brought back, closed, or paused to a later day since is left alone.
    """
    with transaction.atomic():
        gig = gig_locked(gig_id)
        if gig.status != GigState.PAUSED or gig.paused_until is None or gig.paused_until > timezone.now().date():
            return False
        GIG.transition(gig, GigState.LIVE, actor=Actor.system(), paused_until=None)
        gig_document_sync(gig)
    return True


def gig_availability_set(
    *, actor: Actor, gig_id: UUID, accepting_orders: bool, orders_at_once: int | None = None
) -> Gig:
    """Whether the gig takes orders, and how many may be open at once (None: any number). No review is needed.

    A gig that takes none keeps its page and is not found by search. Raises GigNotFoundError, GigOverError,
    AvailabilityError.
    """
    if orders_at_once is not None and not 1 <= orders_at_once <= LIMITS.orders_at_once:
        raise AvailabilityError(
            _("From 1 to %(most)d orders can be open at once. To take none, stop accepting orders.")
            % {"most": LIMITS.orders_at_once},
            field="orders_at_once",
        )
    with transaction.atomic():
        gig = own_gig_locked(actor=actor, gig_id=gig_id)
        if (gig.accepting_orders, gig.orders_at_once) != (accepting_orders, orders_at_once):
            gig.accepting_orders, gig.orders_at_once = accepting_orders, orders_at_once
            gig.save(update_fields=["accepting_orders", "orders_at_once", "updated_at"])
            audit.record(
                actor=actor,
                code="gig.availability_set",
                subject=gig,
                accepting_orders=accepting_orders,
                orders_at_once=orders_at_once,
            )
            gig_document_sync(gig)
    return gig


def gig_remove(*, actor: Actor, gig_id: UUID, reason: str) -> Gig:
    """An operator takes a gig off, with a reason that its owner reads; open orders go on. Safe to repeat.

    Raises ReasonsMissingError, GigNotFoundError, IllegalTransitionError for a gig that is not on show.
    """
    actor.require(Role.OPERATOR)
    given = reasons_clean(reason, _("Give the reason: the freelancer reads it."))
    with transaction.atomic():
        gig = gig_locked(gig_id)
        if gig.status == GigState.REMOVED:
            return gig
        GIG.transition(gig, GigState.REMOVED, actor=actor, removed_reason=given, paused_until=None)
        _review_end(actor, gig)
        gig_document_sync(gig)
        notice_removed(gig)
    return gig


def gig_close(*, actor: Actor, gig_id: UUID) -> Gig:
    """Its owner ends a gig for good; open orders go on, and orders keep their version. Safe to repeat.

    Raises GigNotFoundError for anybody else's.
    """
    with transaction.atomic():
        gig = own_gig_locked(actor=actor, gig_id=gig_id, may_be_over=True)
        if gig.status != GigState.CLOSED:
            close(actor, gig)
            gig_document_sync(gig)
    return gig


def close(actor: Actor, gig: Gig) -> None:
    """End a locked gig; the caller tells the search index."""
    _review_end(actor, gig)
    GIG.transition(gig, GigState.CLOSED, actor=actor, paused_until=None)


def _review_end(actor: Actor, gig: Gig) -> None:
    """Take what waits out of the operators' queue, since nothing is left to decide."""
    version = open_version(gig)
    if version is not None and version.status == VersionState.IN_REVIEW:
        GIG_VERSION.transition(version, VersionState.DRAFT, actor=actor, submitted_at=None)
