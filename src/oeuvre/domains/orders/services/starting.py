"""An order comes about: what was agreed is written down as it stood, and the buyer's card is asked for all of it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.accounts.selectors import freelancer_reachable
from oeuvre.domains.audit import services as audit
from oeuvre.domains.orders.common import KEY_OWNER, seal
from oeuvre.domains.orders.drafts import draft_keep, draft_take
from oeuvre.domains.orders.errors import (
    AlreadyOrderedError,
    OrderIdTakenError,
    OrderInvalidError,
    OwnOrderError,
    PriceChangedError,
)
from oeuvre.domains.orders.models import Criterion, Milestone, Order, OrderLine
from oeuvre.domains.orders.services.payments import lines_charge
from oeuvre.domains.orders.states import DRAFT_SOURCES, OrderState
from oeuvre.domains.orders.terms import terms_clean
from oeuvre.kit.locks import lock_names
from oeuvre.kit.numbers import reference_number

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from oeuvre.domains.orders.terms import OrderTerms
    from oeuvre.kit.actor import Actor
    from oeuvre.kit.money import Money


def order_open(
    *,
    actor: Actor,
    terms: OrderTerms,
    method_token: str,
    expected_total: Money | None = None,
    order_id: UUID | None = None,
    still: Callable[[], None] | None = None,
) -> Order:
    """Order what the terms say. For the services that know where terms come from: a buyer cannot make them up.

    ``still`` is called under the lock of the gig, brief or offer that the terms came from, and raises where they hold no
    more: there is no place left, say.

    ``expected_total`` is what the buyer was shown: nobody pays another amount. A form's ``order_id`` makes sending it
    twice the same as sending it once. Raises OrderInvalidError, OwnOrderError, PriceChangedError, PaymentMethodError,
    AlreadyOrderedError with the open ``order`` of the same edit or offer, OrderIdTakenError.
    """
    buyer_id = actor.person_id
    terms = terms_clean(terms)
    _require_people(buyer_id, terms)
    order_id = order_id or uuid.uuid4()
    draft = draft_take(actor=actor, terms=terms) if terms.source in DRAFT_SOURCES else None
    with accounts.blobs_sealing(owner_type=KEY_OWNER, owner_id=order_id) as keep, transaction.atomic():
        lock_names([f"order:{order_id}", *(f"order:from:{ref}" for ref in _origins(terms))])
        found = _ordered_before(buyer_id, terms, order_id)
        if found is not None:
            return found
        if still is not None:
            still()
        if expected_total not in (None, terms.quote.total):
            raise PriceChangedError(
                _("It costs %(total)s now. Look at it and decide again.") % {"total": terms.quote.total},
                total=terms.quote.total,
            )
        order = _write(buyer_id, terms, order_id)
        if draft is not None:
            draft_keep(order=order, draft=draft, keep=keep)
        audit.record(actor=actor, code="order.opened", subject=order, total=terms.quote.total.amount)
        lines_charge(actor=actor, order=order, lines=list(order.lines.all()), method_token=method_token)
    return order


def _origins(terms: OrderTerms) -> list[UUID]:
    """What the order takes a place of."""
    origin = terms.origin
    return [ref for ref in (origin.gig_id, origin.edit_id, origin.offer_id) if ref is not None]


def _require_people(buyer_id: UUID, terms: OrderTerms) -> None:
    if buyer_id == terms.freelancer_id:
        raise OwnOrderError(_("This is your own. Choose somebody else's."))
    if not freelancer_reachable(user_id=terms.freelancer_id):
        raise OrderInvalidError(_("This freelancer takes no orders any more."), field="freelancer")


def _ordered_before(buyer_id: UUID, terms: OrderTerms, order_id: UUID) -> Order | None:
    """The order that a repeated form made. Raises for an edit or an offer that was ordered by another form."""
    found = Order.objects.filter(pk=order_id).first()
    if found is not None:
        same = (found.buyer_id, found.freelancer_id, found.source) == (buyer_id, terms.freelancer_id, terms.source)
        if not same:
            raise OrderIdTakenError(_("This order could not be placed. Load the page again and order once more."))
        return found
    origin = terms.origin
    live = Order.objects.exclude(status=OrderState.CANCELLED)
    twin = live.filter(edit_id=origin.edit_id).first() if origin.edit_id else None
    twin = live.filter(offer_id=origin.offer_id).first() if twin is None and origin.offer_id else twin
    if twin is not None:
        raise AlreadyOrderedError(_("You ordered this already."), order=twin)
    return None


def _write(buyer_id: UUID, terms: OrderTerms, order_id: UUID) -> Order:
    order = Order.objects.create(
        pk=order_id,
        number=reference_number("OR"),
        source=terms.source,
        buyer_id=buyer_id,
        freelancer_id=terms.freelancer_id,
        title=terms.title,
        scope=seal(order_id, terms.scope, f"order:{order_id}:scope"),
        rights=terms.rights,
        rights_terms=list(terms.rights_terms),
        ai_policy=terms.ai_policy,
        currency=terms.currency,
        commission_bp=settings.COMMISSION_BP,
        buyer_fee_bp=settings.BUYER_FEE_BP,
        tax_bp=settings.TAX_BP,
        revisions=terms.revisions,
        requirements=list(terms.requirements),
        gig_id=terms.origin.gig_id,
        gig_version_id=terms.origin.gig_version_id,
        package=terms.origin.package,
        brief_id=terms.origin.brief_id,
        offer_id=terms.origin.offer_id,
        edit_id=terms.origin.edit_id,
        generation_id=terms.origin.generation_id,
        conversation_id=terms.origin.conversation_id,
        category=terms.subject.category,
        use_case=terms.subject.use_case,
        skills=list(terms.subject.skills),
        language=terms.subject.language,
    )
    milestones = _write_milestones(order, terms)
    _write_criteria(order, terms, milestones)
    return order


def _write_milestones(order: Order, terms: OrderTerms) -> list[Milestone]:
    """The milestones with their lines; extras are lines of the first, whose time they lengthen."""
    more_days = sum(extra.days for extra in terms.extras)
    milestones = [
        Milestone.objects.create(
            order=order,
            position=position,
            title=part.title,
            days=part.days + (more_days if position == 1 else 0),
            revisions=terms.revisions,
        )
        for position, part in enumerate(terms.milestones, start=1)
    ]
    owners = [*milestones, *(milestones[0] for _extra in terms.extras)]
    for position, (part, split, milestone) in enumerate(zip(terms.parts, terms.quotes, owners, strict=True), start=1):
        OrderLine.objects.create(
            order=order,
            milestone=milestone,
            position=position,
            title=part.title,
            currency=order.currency,
            price=split.price.amount,
            buyer_fee=split.buyer_fee.amount,
            tax=split.tax.amount,
            commission=split.commission.amount,
        )
    return milestones


def _write_criteria(order: Order, terms: OrderTerms, milestones: list[Milestone]) -> None:
    Criterion.objects.bulk_create(
        Criterion(
            order=order,
            milestone=milestones[one.milestone - 1] if one.milestone else None,
            position=position,
            kind=one.kind,
            label=one.label,
            spec=one.spec,
        )
        for position, one in enumerate(terms.criteria, start=1)
    )
