"""From a preview to a paid, credentialed download."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone

from oeuvre.domains.audit import services as audit
from oeuvre.domains.billing import services as billing
from oeuvre.domains.creation.common import require_fresh
from oeuvre.domains.creation.errors import (
    AlreadyLicensedError,
    GenerationNotFoundError,
    GenerationNotReadyError,
    ModelNotPublishedError,
    PriceChangedError,
    PriceInvalidError,
)
from oeuvre.domains.creation.models import CreationModel, Generation, Licence, LicenceCredit, ModelPrice
from oeuvre.domains.creation.papers import papers_make, papers_store
from oeuvre.domains.creation.pricing import quote
from oeuvre.domains.creation.states import LICENCE, GenerationState, LicenceState, ModelState
from oeuvre.domains.creation.terms import EDIT, licence_uses
from oeuvre.domains.ledger import services as ledger
from oeuvre.kit.actor import Actor
from oeuvre.kit.locks import lock_names
from oeuvre.kit.money import Money
from oeuvre.kit.numbers import reference_number
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.billing.models import Payment, Refund

PURPOSE = "licence"
"""The payments' purpose, under which billing calls back."""

_OPEN = (LicenceState.AWAITING_PAYMENT, LicenceState.PREPARING, LicenceState.ACTIVE)
_SHARE_UNITS = 1_000_000
"""Credit shares are turned into whole weights of a millionth before a price is split by them."""


def licence_buy(
    *, actor: Actor, generation_id: UUID, use: str, method_token: str, expected_total: Money | None = None
) -> Licence:
    """Start the purchase of a licence; files follow as soon as the payment arrives.

    ``expected_total`` is what the buyer was shown: nobody pays another amount than that. Raises
    GenerationNotFoundError, GenerationNotReadyError, ModelNotPublishedError, VersionStaleError, PriceInvalidError,
    PriceChangedError, or AlreadyLicensedError with the open ``licence``, so that a double click buys once.
    """
    pieces = Generation.objects.select_related("model", "version")
    generation = pieces.filter(pk=generation_id, buyer_id=actor.person_id).first()
    if generation is None:
        raise GenerationNotFoundError("There is no such piece of yours.")
    if use not in licence_uses() or use == EDIT:
        raise PriceInvalidError(f"There is no use called {use!r}.")
    try:
        with transaction.atomic():
            lock_names([f"licence:{generation.pk}:{actor.person_id}:{use}"])
            licence = _licence_create(generation=generation, buyer_id=actor.person_id, use=use)
            if expected_total not in (None, licence.money("total")):
                raise PriceChangedError(
                    f"The price changed meanwhile: it is {licence.money('total')} now. Look at it and decide again.",
                    total=licence.money("total"),
                )
            payment = billing.payment_create(
                actor=actor,
                purpose=PURPOSE,
                reference_type="licence",
                reference_id=licence.pk,
                amount=licence.money("total"),
                method_token=method_token,
                idempotency_key=f"licence:{licence.pk}",
                description=f"{licence_uses()[use].label}, licence {licence.number}",
                tax=licence.money("tax"),
            )
            licence.payment_id = payment.pk
            licence.save(update_fields=["payment_id", "updated_at"])
            audit.record(actor=actor, code="licence.awaiting_payment", subject=licence, total=str(payment.amount))
    except IntegrityError:
        raise AlreadyLicensedError("You are buying this already.") from None
    return licence


def _licence_create(*, generation: Generation, buyer_id: UUID, use: str) -> Licence:
    model = CreationModel.objects.get(pk=generation.model_id)
    if model.status != ModelState.PUBLISHED:
        raise ModelNotPublishedError("This model is switched off by its freelancer, so nothing of it is sold now.")
    require_fresh(generation.version)
    if generation.status != GenerationState.READY:
        raise GenerationNotReadyError("This piece is not finished yet. Wait until its preview is complete.")
    existing = Licence.objects.filter(generation=generation, buyer_id=buyer_id, use=use, status__in=_OPEN).first()
    if existing:
        raise AlreadyLicensedError("You have this licence, or are paying for it.", licence=existing)
    price = ModelPrice.objects.filter(model=model, use=use, replaced_at=None).first()
    if price is None:
        raise PriceInvalidError("The freelancer does not offer this use.")
    modality, units = generation.modality, generation.units
    split = quote(price=modality.price_for(price.money, units), units=units, rate=modality.rate)
    return Licence.objects.create(
        number=reference_number("LC"),
        generation=generation,
        buyer_id=buyer_id,
        freelancer_id=model.owner_id,
        use=use,
        terms=list(licence_uses()[use].terms),
        currency=price.currency,
        price=split.price.amount,
        buyer_fee=split.buyer_fee.amount,
        tax=split.tax.amount,
        compute=split.compute.amount,
        commission=split.commission.amount,
        freelancer_share=split.freelancer.amount,
        total=split.total.amount,
    )


def payment_succeeded(payment: Payment) -> None:
    """Billing's call, inside the transaction that records the success: post the split, start preparing files.

    A model that was switched off, or whose version became stale, between the click and the payment sells nothing: the
    money goes back.
    """
    system = Actor.system()
    licence = Licence.objects.select_related("generation__model", "generation__version").get(pk=payment.reference_id)
    generation = licence.generation
    if generation.model.status != ModelState.PUBLISHED or generation.version.stale_at is not None:
        LICENCE.transition(licence, LicenceState.UNPAID, actor=system)
        _post_unearned(licence)
        billing.payment_refund(actor=system, payment_id=payment.pk, reason="nothing_sold")
        return
    LICENCE.transition(licence, LicenceState.PREPARING, actor=system, paid_at=timezone.now())
    _post_sale(licence)
    _credit(licence)
    defer("creation.licence_prepare", licence_id=str(licence.pk))


def payment_failed(payment: Payment) -> None:
    """The card said no or was given up; the buyer may try again with a new licence."""
    LICENCE.transition(Licence.objects.get(pk=payment.reference_id), LicenceState.UNPAID, actor=Actor.system())


def payment_refunded(payment: Payment, refund: Refund) -> None:
    """The whole payment was given back."""
    payment_reversed(payment)


def payment_reversed(payment: Payment) -> None:
    """Charged back or refunded: the sale is taken back to the cent, the hosted copy is closed."""
    system = Actor.system()
    licence = Licence.objects.get(pk=payment.reference_id)
    if licence.status in (LicenceState.PREPARING, LicenceState.ACTIVE):
        LICENCE.transition(licence, LicenceState.REVOKED, actor=system)
    revenue = ledger.AccountRef(ledger.AccountKind.PLATFORM_REVENUE, None, licence.currency)
    ledger.posting_reverse(
        actor=system,
        shortfall=revenue,  # a freelancer who was paid out meanwhile does not owe the platform
        idempotency_key=f"licence:{licence.pk}",
        new_key=f"licence:{licence.pk}:reversed",
        code="licence.reversed",
        memo=licence.number,
    )


def _post(licence: Licence, code: str, lines: list[tuple[ledger.AccountKind, UUID | None, int]]) -> None:
    """One posting under the licence's key; entries of zero (no tax, say) are left out."""
    currency = licence.currency
    ledger.posting_create(
        actor=Actor.system(),
        code=code,
        idempotency_key=f"licence:{licence.pk}",
        entries=[
            ledger.EntryDraft(ledger.AccountRef(kind, owner_id, currency), Money(amount, currency))
            for kind, owner_id, amount in lines
            if amount
        ],
        reference_type="licence",
        reference_id=licence.pk,
        memo=licence.number,
    )


def _post_sale(licence: Licence) -> None:
    kinds = ledger.AccountKind
    _post(
        licence,
        "licence.sold",
        [
            (kinds.PROVIDER_CLEARING, None, -licence.total),
            (kinds.FREELANCER_PAYABLE, licence.freelancer_id, licence.freelancer_share),
            (kinds.PLATFORM_REVENUE, None, licence.commission + licence.buyer_fee),
            (kinds.COMPUTE_COST, None, licence.compute),
            (kinds.TAX, None, licence.tax),
        ],
    )


def _post_unearned(licence: Licence) -> None:
    kinds = ledger.AccountKind
    _post(
        licence,
        "licence.unearned",
        [(kinds.PROVIDER_CLEARING, None, -licence.total), (kinds.BUYER, licence.buyer_id, licence.total)],
    )


def _credit(licence: Licence) -> None:
    """Divide the freelancer's share among the works by the generation's estimated credit, to the cent."""
    rows = [row for row in licence.generation.credit if row["share"] > 0]
    if not rows or not licence.freelancer_share:
        return
    weights = [max(1, round(row["share"] * _SHARE_UNITS)) for row in rows]
    amounts = licence.money("freelancer_share").allocate(weights)
    LicenceCredit.objects.bulk_create(
        LicenceCredit(
            licence=licence,
            work_sha256=row["sha256"],
            title=row["title"][:200],
            share=row["share"],
            amount=amount.amount,
        )
        for row, amount in zip(rows, amounts, strict=True)
    )


def licence_prepare(*, licence_id: UUID) -> Licence:
    """What the worker does after the payment: render, sign and seal every format, then open the download.

    Rendering comes first and the records follow in one transaction, so a crash leaves nothing half-done.
    """
    licence = Licence.objects.select_related("generation__model", "generation__version", "buyer", "freelancer").get(
        pk=licence_id
    )
    if licence.status != LicenceState.PREPARING:
        return licence
    papers = papers_make(licence=licence)
    with transaction.atomic():
        locked = Licence.objects.select_for_update(of=("self",)).get(pk=licence.pk)
        if locked.status != LicenceState.PREPARING:
            return locked
        papers_store(licence=locked, papers=papers)
        return LICENCE.transition(
            locked,
            LicenceState.ACTIVE,
            actor=Actor.system(),
            active_at=timezone.now(),
            certificate=papers.certificate,
            receipt=papers.receipt,
        )
