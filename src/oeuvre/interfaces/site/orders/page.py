"""The order's page, put together for one side: whose turn it is, what can be done, what was agreed, where the money is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.audit import selectors as audit
from oeuvre.domains.billing import selectors as billing
from oeuvre.domains.billing.ports import CardDesk
from oeuvre.domains.billing.states import PaymentStatus
from oeuvre.domains.conversations import selectors as conversations
from oeuvre.domains.disputes import selectors as disputes
from oeuvre.domains.orders import selectors
from oeuvre.domains.orders.common import late_from
from oeuvre.domains.orders.errors import OrderNotFoundError
from oeuvre.domains.orders.states import (
    DRAFT_SOURCES,
    UNDER_WAY,
    WORKING,
    AiUse,
    ChangeKind,
    ChangeState,
    DeliveryState,
    LineState,
    OrderState,
)
from oeuvre.domains.reviews import selectors as reviews
from oeuvre.interfaces.site.cards import CardForm
from oeuvre.interfaces.site.market.forms import CodeForm
from oeuvre.interfaces.site.orders import forms
from oeuvre.interfaces.site.orders.checks import checks_of
from oeuvre.interfaces.site.orders.common import other_of, person
from oeuvre.interfaces.site.orders.criteria import criterion_words
from oeuvre.interfaces.site.orders.review_forms import ReviewAnswerForm, ReviewForm
from oeuvre.interfaces.site.orders.turns import asking_for_code, turn_shown
from oeuvre.kit.money import Money
from oeuvre.kit.ports import port

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from django.forms import Form

    from oeuvre.domains.audit.models import AuditRecord
    from oeuvre.domains.billing.models import Payment
    from oeuvre.domains.disputes.models import Dispute
    from oeuvre.domains.orders.models import Order, OrderChange, OrderLine
    from oeuvre.domains.orders.selectors import Delivered, OrderPage, Quote
    from oeuvre.domains.reviews.selectors import OwnReview
    from oeuvre.interfaces.site.market.common import BuyerRequest

HISTORY = 60
_CHANGES = ("proposals", "may_extra", "may_extend", "may_end", "may_cancel", "may_dispute")
"""What the part about changes is made of; without any of it the page has no such part."""
_TO_DO = ("asks_code", "is_unpaid", "pays", "may_answer", "may_review", "may_deliver", "may_ask")
"""What there may be to do for the reader; without any of it the page has no such part."""


@dataclass(frozen=True, slots=True)
class ChangeShown:
    """A proposal with what it means to the cent."""

    change: OrderChange
    note: str
    is_own: bool
    quote: Quote | None
    """Of an extra."""
    after: selectors.CancellationQuote | None
    """Of a cancellation that waits for an answer."""


def fingerprint(order: Order, *, asks_code: bool) -> str:
    """Changes whenever the page would read otherwise."""
    parts = [order.updated_at, *(row.updated_at for rows in (order.changes, order.lines) for row in rows.all())]
    return f"{int(max(parts).timestamp() * 1_000_000)}{'c' * asks_code}"


def page_context(request: BuyerRequest, order_id: UUID, bound: dict[str, Form] | None = None) -> dict[str, Any]:
    """Everything that `orders/order.html` shows. ``bound``: forms that were sent and not taken, by their name.

    Raises OrderNotFoundError for somebody else's order, an operator's own eyes included.
    """
    page = selectors.order_page(actor=request.actor, order_id=order_id)
    order, side = page.order, page.side
    if side is None:
        raise OrderNotFoundError(_("There is no such order of yours."), order_id=order_id)
    is_buyer = side is selectors.Side.BUYER
    records = list(audit.history(subject=order)[:HISTORY])
    dispute = _dispute(request, order, records)
    drafts = [one for one in page.deliveries if one.delivery.status == DeliveryState.DRAFT]
    context: dict[str, Any] = {
        "order": order,
        "page": page,
        "side": side.value,
        "is_buyer": is_buyer,
        "other": person(other_of(order, side)),
        "shown_turn": turn_shown(order, side, turn=page.turn, asks=page.asks, dispute=dispute),
        "agreed": _agreed(page),
        "deliveries": [one for one in page.deliveries[::-1] if one.delivery.status != DeliveryState.DRAFT],
        "current": next((row for row in page.milestones if row.status == "current"), None),
        "revisions_left": _revisions_left(page),
        "proposals": [_change(page, row, note) for row, note in page.changes],
        "unread": _unread(request, order),
        "dispute": dispute,
        "records": records,
        **_may(page, is_buyer=is_buyer),
        **_payment(request, page, is_buyer=is_buyer),
        **_forms(page, drafts[0] if drafts else None, is_buyer=is_buyer),
        **_afterwards(request, page),
    }
    context["seen"] = fingerprint(order, asks_code=context["asks_code"])
    if context["asks_code"]:
        context["shown_turn"] = asking_for_code(context["shown_turn"])
    context["answered"] = [(text, answer) for question, text, answer in page.questions if question.answered_at]
    context["has_do"] = len(context["answered"]) < len(page.questions) or any(context[name] for name in _TO_DO)
    context["has_changes"] = any(context[name] for name in _CHANGES)
    return context | {f"{name}_form": form for name, form in (bound or {}).items()}


def _agreed(page: OrderPage) -> dict[str, Any]:
    questions = page.order.requirements
    files = {row["key"]: [file for file in page.requirement_files if file.question == row["key"]] for row in questions}
    return {
        "policy": AiUse(page.order.ai_policy).label,
        "criteria": [(row, criterion_words(row.kind, row.spec, row.label)) for row in page.criteria],
        "answers": [(row["label"], page.answers.get(row["key"], ""), files[row["key"]]) for row in questions],
    }


def _unread(request: BuyerRequest, order: Order) -> int:
    """Messages that wait for the reader in the order's conversation."""
    if order.conversation_id is None:
        return 0
    return conversations.unread_of(actor=request.actor, conversation_id=order.conversation_id)


def _dispute(request: BuyerRequest, order: Order, records: Sequence[AuditRecord]) -> Dispute | None:
    """The open dispute about the order, or the last one. Its history says whether there can be any."""
    was_disputed = any(record.code == "order.disputed" for record in records) or len(records) == HISTORY
    if order.status != OrderState.DISPUTED and not was_disputed:
        return None
    return disputes.dispute_of_order(actor=request.actor, order_id=order.pk)


def _revisions_left(page: OrderPage) -> int:
    reviewed = next((row for row in page.milestones if row.status == "current"), None)
    return max(0, reviewed.revisions - reviewed.revisions_used) if reviewed else 0


def _revision_asked(page: OrderPage) -> str:
    """What the buyer wants changed, while the freelancer works on that."""
    if page.order.status != OrderState.REVISION_REQUESTED:
        return ""
    return next((one.revision for one in page.deliveries[::-1] if one.revision), "") or ""


def _change(page: OrderPage, row: OrderChange, note: str) -> ChangeShown:
    row.order = page.order
    waits = row.status == ChangeState.PROPOSED
    is_end = row.kind == ChangeKind.CANCELLATION and waits
    back = Money(row.back or 0, page.order.currency)
    return ChangeShown(
        change=row,
        note=note,
        is_own=row.proposer_id == (page.order.buyer_id if page.side == "buyer" else page.order.freelancer_id),
        quote=selectors.change_quote(row) if row.kind == ChangeKind.EXTRA else None,
        after=selectors.cancellation_quote(page.order, back) if is_end and back <= page.money.held.price else None,
    )


def _may(page: OrderPage, *, is_buyer: bool) -> dict[str, bool]:
    """The buttons that would do something now; a page shows no others."""
    order = page.order
    open_kinds = {row.kind for row, _note in page.changes if row.status in ("proposed", "awaiting_payment")}
    free = late_from(order)
    is_early = order.status in (OrderState.AWAITING_PAYMENT, OrderState.AWAITING_REQUIREMENTS)
    is_late = is_buyer and free is not None and free <= timezone.now()
    changeable = order.status in UNDER_WAY or order.status == OrderState.AWAITING_REQUIREMENTS
    asked = any(question.answered_at is None for question, _text, _answer in page.questions)
    return {
        "may_extra": changeable and ChangeKind.EXTRA not in open_kinds,
        "may_extend": changeable and ChangeKind.EXTENSION not in open_kinds,
        "may_end": order.status in UNDER_WAY and ChangeKind.CANCELLATION not in open_kinds,
        "may_cancel": is_early or is_late,
        "may_ask": not is_buyer and order.status in WORKING and not asked,
        "may_deliver": not is_buyer and order.status in WORKING,
        "may_review": is_buyer and order.status == OrderState.DELIVERED,
        "may_answer": is_buyer and order.status == OrderState.AWAITING_REQUIREMENTS,
        "may_ask_consent": not is_buyer
        and page.consent is None
        and any(one.delivery.status != DeliveryState.DRAFT for one in page.deliveries),
        "has_dates": order.review_until is not None or (order.due_at is not None and order.paused_at is None),
    }


def _unpaid(order: Order) -> list[OrderLine]:
    return [line for line in order.lines.all() if line.status in (LineState.AWAITING_PAYMENT, LineState.UNPAID)]


def open_payment(request: BuyerRequest, order: Order) -> Payment | None:
    """The buyer's payment of the line that is not paid, if there is any."""
    lines = _unpaid(order)
    payment_id = lines[-1].payment_id if lines else None
    return billing.payment_get(actor=request.actor, payment_id=payment_id) if payment_id is not None else None


def needs_code(payment: Payment | None) -> bool:
    """Whether the bank waits for the buyer's code."""
    return payment is not None and payment.status == PaymentStatus.NEEDS_CONFIRMATION


def _payment(request: BuyerRequest, page: OrderPage, *, is_buyer: bool) -> dict[str, Any]:
    """What the buyer's card is doing, while something of the order is not paid."""
    open_lines = _unpaid(page.order)
    if not is_buyer or not open_lines:
        return {"payment": None, "asks_code": False, "is_unpaid": False, "pays": False}
    payment = open_payment(request, page.order)
    asks = needs_code(payment)
    is_order = page.order.status == OrderState.AWAITING_PAYMENT
    is_unpaid = is_order and any(line.status == LineState.UNPAID for line in open_lines)
    return {
        "payment": payment,
        "asks_code": asks,
        "is_unpaid": is_unpaid,
        "pays": not asks and any(line.status == LineState.AWAITING_PAYMENT for line in open_lines),
        "code_form": CodeForm(),
        "code": port("cards", CardDesk).confirmation_code() if asks and settings.SANDBOX_PAYMENTS else "",
    }


def _forms(page: OrderPage, draft: Delivered | None, *, is_buyer: bool) -> dict[str, Any]:
    order = page.order
    found: dict[str, Any] = {
        "extra_form": forms.ExtraForm(prefix="extra"),
        "extension_form": forms.ExtensionForm(prefix="extension"),
        "cancellation_form": forms.CancellationForm(prefix="end"),
        "card_form": CardForm(),
    }
    if is_buyer:
        kept = {file.question: 1 for file in page.requirement_files}
        return found | {
            "requirements_form": forms.RequirementsForm(order.requirements, kept=kept),
            "revision_form": forms.RevisionForm(),
            "answer_form": forms.AnswerForm(),
        }
    initial = {}
    if draft is not None:
        initial = {"note": draft.note, "ai_use": draft.delivery.ai_use, "ai_note": draft.ai_note}
    return found | {
        "draft": draft,
        "revision_asked": _revision_asked(page),
        "checks": checks_of(page, draft),
        "question_form": forms.QuestionForm(),
        "delivery_form": delivery_form(order, initial=initial),
    }


def _afterwards(request: BuyerRequest, page: OrderPage) -> dict[str, Any]:
    """Reviews once it is over, and whether a dispute can be opened."""
    order = page.order
    found: dict[str, Any] = {"reviews": None}
    if order.ended_at is not None and order.started_at is not None:
        shown = reviews.order_reviews(actor=request.actor, order_id=order.pk)
        found |= {"reviews": shown, "review_answer_form": ReviewAnswerForm()}
        if shown is not None and shown.may_write:
            found["review_form"] = ReviewForm(side=shown.side, initial=_written(shown.draft))
    money_left = bool(page.money.held.price) or page.money.clears_at is not None
    found["may_dispute"] = (
        order.status != OrderState.DISPUTED
        and money_left
        and bool(disputes.reasons_for(actor=request.actor, order=order))
    )
    return found


def _written(own: OwnReview | None) -> dict[str, Any]:
    return {} if own is None else {**own.scores.as_dict(), "text": own.text, "named": own.named}


def delivery_form(order: Order, *args: Any, **options: Any) -> forms.DeliveryForm:
    """The form of a delivery, with what this order allows."""
    return forms.DeliveryForm(*args, policy=AiUse(order.ai_policy), has_draft=order.source in DRAFT_SOURCES, **options)
