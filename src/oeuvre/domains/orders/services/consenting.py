"""May the freelancer train on what an order delivered? Asked in one click, answered by the buyer, taken back any time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.audit import services as audit
from oeuvre.domains.creation import services as creation
from oeuvre.domains.orders.common import Side, locked, party
from oeuvre.domains.orders.errors import ConsentNotFoundError, OrderStateError
from oeuvre.domains.orders.models import TrainingConsent
from oeuvre.domains.orders.notices import Notice, notify
from oeuvre.domains.orders.papers import consent_statement
from oeuvre.domains.orders.states import CONSENT, ConsentState, DeliveryState
from oeuvre.kit.actor import Actor

if TYPE_CHECKING:
    from uuid import UUID


def training_consent_ask(*, actor: Actor, order_id: UUID) -> TrainingConsent:
    """The freelancer asks; a second click finds what was asked. Raises OrderNotFoundError, NotYourPartError,
    OrderStateError before anything was delivered.
    """
    order, _side = party(actor=actor, order_id=order_id, sides=[Side.FREELANCER])
    with transaction.atomic():
        order = locked(order.pk)
        asked = TrainingConsent.objects.filter(order=order).first()
        if asked is not None:
            return asked
        if not order.deliveries.exclude(status=DeliveryState.DRAFT).exists():
            raise OrderStateError(_("Deliver first; then ask."), order=order, status=order.status)
        consent = TrainingConsent.objects.create(order=order)
        audit.record(actor=actor, code="training_consent.asked", subject=consent, order=str(order.pk))
        notify(order, Notice.CONSENT_ASKED, to=Side.BUYER)
    return consent


def training_consent_decide(*, actor: Actor, order_id: UUID, grant: bool) -> TrainingConsent:
    """The buyer agrees, says no, or takes an agreement back; the decision is signed. Repeated, it changes nothing.

    An agreement that is taken back makes the versions that learned from the order stale: they are not sold until they
    are trained again. Raises OrderNotFoundError, NotYourPartError, ConsentNotFoundError where nobody asked.
    """
    order, _side = party(actor=actor, order_id=order_id, sides=[Side.BUYER])
    with transaction.atomic():
        order = locked(order.pk)
        consent = TrainingConsent.objects.filter(order=order).first()
        if consent is None:
            raise ConsentNotFoundError(_("The freelancer has not asked for it."))
        target = _target(ConsentState(consent.status), grant=grant)
        if target is None:
            return consent
        CONSENT.transition(
            consent,
            target,
            actor=actor,
            decided_at=timezone.now(),
            statement=consent_statement(order, target),
        )
        creation.versions_consent_refresh(actor=Actor.system(), owner_id=order.freelancer_id)
        told = {ConsentState.GRANTED: Notice.CONSENT_GRANTED, ConsentState.REVOKED: Notice.CONSENT_REVOKED}
        if target in told:
            notify(order, told[target], to=Side.FREELANCER)
    return consent


def _target(status: ConsentState, *, grant: bool) -> ConsentState | None:
    """Where the decision leads; None where it stands already."""
    if grant:
        return None if status is ConsentState.GRANTED else ConsentState.GRANTED
    return {ConsentState.ASKED: ConsentState.REFUSED, ConsentState.GRANTED: ConsentState.REVOKED}.get(status)
