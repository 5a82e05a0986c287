"""The freelancer hands over: a draft is filled, checked, and becomes the delivery that the buyer looks at.

A check that fails keeps the delivery back and loses nothing. The checks that software can make come before the buyer's
time to look at it begins.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.audit import services as audit
from oeuvre.domains.orders.checks import DeliveryFacts, FileFacts, Finding, Wanted, delivery_check
from oeuvre.domains.orders.common import (
    KEY_OWNER,
    Side,
    block,
    current_milestone,
    locked,
    party,
    require_state,
    seal,
)
from oeuvre.domains.orders.errors import (
    DeliveryRefusedError,
    FileNotFoundInOrderError,
    OrderInvalidError,
    OrderStateError,
    TooManyFilesError,
)
from oeuvre.domains.orders.files import context_of, file_keep, file_open
from oeuvre.domains.orders.inspection import inspect
from oeuvre.domains.orders.limits import LIMITS
from oeuvre.domains.orders.models import Delivery, DeliveryFile
from oeuvre.domains.orders.notices import Notice, notify
from oeuvre.domains.orders.papers import signer_of
from oeuvre.domains.orders.services.working import paused
from oeuvre.domains.orders.states import (
    DELIVERY,
    DRAFT_SOURCES,
    ORDER,
    WORKING,
    AiUse,
    CriterionKind,
    DeliveryState,
    OrderState,
    Pause,
)
from oeuvre.kit.files.checking import file_check
from oeuvre.kit.files.naming import in_words
from oeuvre.kit.provenance import CredentialError, ValidationState

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from oeuvre.domains.orders.models import Milestone, Order
    from oeuvre.kit.actor import Actor

_NOT_NOW = gettext_lazy("There is nothing to deliver now; the order's page says whose turn it is.")


def delivery_file_add(*, actor: Actor, order_id: UUID, name: str, data: bytes) -> DeliveryFile:
    """Put a file into the draft of the next delivery, opening one if there is none; sealed and looked into at once.

    Raises OrderNotFoundError, NotYourPartError, OrderStateError outside the work, TooManyFilesError, and a
    FileRefusedError for a file that cannot be handed over.
    """
    order, _side = party(actor=actor, order_id=order_id, sides=[Side.FREELANCER])
    require_state(order, WORKING, str(_NOT_NOW))
    checked = file_check(name, data, most=LIMITS.file)
    found = inspect(checked)
    with accounts.blobs_sealing(owner_type=KEY_OWNER, owner_id=order.pk) as keep, transaction.atomic():
        draft = _draft(actor, locked(order.pk))
        _require_room(draft, len(data))
        row = DeliveryFile(
            delivery=draft,
            text_sha256=found.text_sha256,
            words=found.words,
            language=found.language,
            seconds=found.seconds,
            width=found.width,
            height=found.height,
            credentials=found.credentials,
            made_by_model=found.made_by_model,
        )
        file = file_keep(row, order.pk, checked, keep)
        audit.record(actor=actor, code="delivery.file_added", subject=draft, file=str(file.pk), sha256=file.sha256)
    return file


def _draft(actor: Actor, order: Order) -> Delivery:
    """The draft of the next delivery of a locked order."""
    require_state(order, WORKING, str(_NOT_NOW))
    found = order.deliveries.filter(status=DeliveryState.DRAFT).first()
    if found is not None:
        return found
    draft = Delivery.objects.create(
        order=order, milestone=current_milestone(order), number=order.deliveries.count() + 1
    )
    audit.record(actor=actor, code="delivery.begun", subject=draft, order=str(order.pk))
    return draft


def _require_room(draft: Delivery, size: int) -> None:
    if draft.files.count() >= LIMITS.files:
        raise TooManyFilesError(
            _("A delivery holds %(most)d files. Pack some of them into a ZIP file.") % {"most": LIMITS.files}
        )
    held = draft.files.aggregate(total=Sum("size"))["total"] or 0
    if held + size > LIMITS.delivery:
        raise TooManyFilesError(
            _("A delivery holds %(most)s. Hand the rest over in the next one.") % {"most": in_words(LIMITS.delivery)}
        )


def delivery_file_remove(*, actor: Actor, file_id: UUID) -> None:
    """Take a file out of the draft. Raises FileNotFoundInOrderError, OrderStateError for one that was handed over."""
    file = DeliveryFile.objects.filter(pk=file_id, delivery__order__freelancer_id=actor.person_id).first()
    if file is None:
        raise FileNotFoundInOrderError(_("There is no such file of yours."))
    with transaction.atomic():
        locked(file.delivery.order_id)
        delivery = Delivery.objects.get(pk=file.delivery_id)
        if delivery.status != DeliveryState.DRAFT:
            raise OrderStateError(_("This file was handed over already."), delivery=delivery)
        accounts.blobs_delete_later(keys=[file.blob_key])
        file.delete()
        audit.record(actor=actor, code="delivery.file_removed", subject=delivery, file=str(file_id))


def delivery_describe(*, actor: Actor, order_id: UUID, note: str, ai_use: str, ai_note: str = "") -> Delivery:
    """Say what is handed over, and how much of it was made with AI: ``none``, ``assisted`` or ``generated``.

    Raises OrderNotFoundError, NotYourPartError, OrderStateError, OrderInvalidError.
    """
    order, _side = party(actor=actor, order_id=order_id, sides=[Side.FREELANCER])
    if ai_use not in AiUse.values:
        raise OrderInvalidError(_("Say how much of it was made with AI: none, assisted or generated."), field="ai_use")
    words = block(note, most=LIMITS.text, field="note", required=False)
    how = block(ai_note, most=LIMITS.text, field="ai_note", required=ai_use != AiUse.NONE)
    with transaction.atomic():
        draft = _draft(actor, locked(order.pk))
        draft.note = seal(order.pk, words, f"delivery:{draft.pk}:note")
        draft.ai_note = seal(order.pk, how, f"delivery:{draft.pk}:ai_note")
        draft.ai_use = ai_use
        draft.save(update_fields=["note", "ai_note", "ai_use", "updated_at"])
        audit.record(actor=actor, code="delivery.described", subject=draft, ai_use=ai_use)
    return draft


def delivery_submit(*, actor: Actor, order_id: UUID) -> Delivery:
    """Check the draft and hand it over: the clock stops and the buyer's time to look at it begins.

    Every file is signed on the way, so that it says whose it is and how it was made. Raises OrderNotFoundError,
    NotYourPartError, OrderStateError, and DeliveryRefusedError with what was found and what is needed; the draft then
    keeps all of it.
    """
    order, _side = party(actor=actor, order_id=order_id, sides=[Side.FREELANCER])
    with transaction.atomic():
        draft = _draft(actor, locked(order.pk))
        found = _check(order, draft)
    if found:
        raise _refused(actor, draft, found)
    files = list(draft.files.all())
    try:
        with accounts.blobs_sealing(owner_type=KEY_OWNER, owner_id=order.pk) as keep:
            papers = [_signed(order, draft, file, keep) for file in files]
            with transaction.atomic():
                return _hand_over(actor, order, draft, papers)
    except _NotSignableError as error:
        raise _refused(actor, draft, [Finding("not_signable", file=error.name)]) from error


class _NotSignableError(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def _refused(actor: Actor, draft: Delivery, found: list[Finding]) -> DeliveryRefusedError:
    """Write down what was found, so that it can be read again, and say it."""
    with transaction.atomic():
        draft.findings = [finding.as_json() for finding in found]
        draft.checked_at = timezone.now()
        draft.save(update_fields=["findings", "checked_at", "updated_at"])
        codes = [finding.code for finding in found]
        audit.record(actor=actor, code="delivery.refused", subject=draft, findings=codes)
    return DeliveryRefusedError(
        _("It is not handed over yet: ") + " ".join(finding.message for finding in found), findings=found
    )


def _check(order: Order, draft: Delivery) -> list[Finding]:
    files = tuple(
        FileFacts(
            name=file.name,
            size=file.size,
            words=file.words,
            language=file.language,
            seconds=file.seconds,
            width=file.width,
            height=file.height,
            credentials_intact=file.credentials != ValidationState.INVALID,
            made_by_model=file.made_by_model,
        )
        for file in draft.files.all()
    )
    facts = DeliveryFacts(files, bool(draft.note), AiUse(draft.ai_use) if draft.ai_use else None)
    wanted = [
        Wanted(str(one.pk), CriterionKind(one.kind), one.spec)
        for one in order.criteria.all()
        if one.milestone_id in (None, draft.milestone_id)
    ]
    return delivery_check(facts, wanted, policy=AiUse(order.ai_policy), has_draft=order.source in DRAFT_SOURCES)


@dataclass(frozen=True, slots=True)
class _Paper:
    """A file as it leaves: where it is kept with its credentials."""

    file_id: UUID
    sha256: str
    key: str
    sidecar_key: str


def _signed(order: Order, draft: Delivery, file: DeliveryFile, keep: Callable[[bytes, str], str]) -> _Paper:
    try:
        signed = signer_of(order, draft)(file_open(file, order.pk), file.media_type)
    except CredentialError:
        raise _NotSignableError(file.name) from None
    return _Paper(
        file_id=file.pk,
        sha256=hashlib.sha256(signed.data).hexdigest(),
        key=keep(signed.data, context_of(file, ":signed")),
        sidecar_key=keep(signed.sidecar, context_of(file, ":c2pa")) if signed.sidecar else "",
    )


def _hand_over(actor: Actor, order: Order, draft: Delivery, papers: list[_Paper]) -> Delivery:
    """Once more under the lock: what was checked and signed must be what is handed over."""
    order = locked(order.pk)
    require_state(order, WORKING, str(_NOT_NOW))
    before = (draft.ai_use, bytes(draft.note))
    draft = Delivery.objects.get(pk=draft.pk)
    same = set(draft.files.values_list("pk", flat=True)) == {paper.file_id for paper in papers}
    if draft.status != DeliveryState.DRAFT or not same or before != (draft.ai_use, bytes(draft.note)):
        raise OrderStateError(_("The draft changed meanwhile. Look at it and hand it over again."), delivery=draft)
    for paper in papers:
        DeliveryFile.objects.filter(pk=paper.file_id).update(
            signed_sha256=paper.sha256, signed_key=paper.key, sidecar_key=paper.sidecar_key
        )
    now = timezone.now()
    DELIVERY.transition(draft, DeliveryState.SUBMITTED, actor=actor, submitted_at=now, checked_at=now, findings=[])
    _first_delivery(order, draft.milestone)
    ORDER.transition(
        order,
        OrderState.DELIVERED,
        actor=actor,
        review_until=now + timedelta(days=settings.ORDER_REVIEW_DAYS),
        **paused(order, Pause.DELIVERED),
    )
    notify(order, Notice.DELIVERED, to=Side.BUYER)
    return draft


def _first_delivery(order: Order, milestone: Milestone) -> None:
    """Whether a milestone was in time is decided once, by the first delivery that passed the checks."""
    if milestone.delivered_at is None and order.clock is not None:
        now = timezone.now()
        milestone.delivered_at, milestone.on_time = now, not order.clock.is_late(now)
        milestone.save(update_fields=["delivered_at", "on_time", "updated_at"])
