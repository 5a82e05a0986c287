"""A dispute for its two sides: why, what each says, proposals, the decision, the appeal."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.disputes import selectors, services
from oeuvre.domains.disputes.common import can_redeliver
from oeuvre.domains.disputes.errors import DisputeNotFoundError, DisputeOpenError, ProposalNotFoundError
from oeuvre.domains.disputes.limits import LIMITS
from oeuvre.domains.disputes.states import Side
from oeuvre.domains.orders import selectors as orders
from oeuvre.interfaces.site.conversations.common import uuid_of
from oeuvre.interfaces.site.disputes import forms
from oeuvre.interfaces.site.downloads import saved
from oeuvre.interfaces.site.errors import FormErrors, MessageErrors
from oeuvre.interfaces.site.market.common import BuyerRequest, buyer_page, status_of
from oeuvre.interfaces.site.orders.common import own_order, person

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.forms import Form
    from django.http import HttpResponse

    from oeuvre.domains.disputes.selectors import DisputePage


@buyer_page
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="10/m", method="POST")
def open_dispute(request: BuyerRequest, order_id: UUID) -> HttpResponse:
    """The reasons that this side can use here, each with what silence leads to; sending it twice opens one."""
    order, side = own_order(request, order_id)
    there = selectors.dispute_of_order(actor=request.actor, order_id=order_id)
    if there is not None and there.ended_at is None:
        return redirect("disputes:dispute", there.pk)
    reasons = selectors.reasons_for(actor=request.actor, order=order)
    money = orders.money_of(order)
    held = money.held.price if money.held.price else money.earned.price
    form = forms.OpenForm(
        request.POST or None,
        reasons=reasons,
        held=held,
        can_redeliver=can_redeliver(order),
        initial={"kind": "", "until": forms.soon()},
    )
    dispute_id = uuid_of(request.POST.get("id")) or uuid.uuid4()
    if request.method == "POST" and form.is_valid():
        with FormErrors(form):
            try:
                found = services.dispute_open(
                    actor=request.actor,
                    order_id=order_id,
                    reason=form.cleaned_data["reason"],
                    text=form.cleaned_data["text"],
                    proposal=form.outcome,
                    dispute_id=dispute_id,
                )
            except DisputeOpenError as error:
                found = error.context["dispute"]
            return redirect("disputes:dispute", found.pk)
    context = {
        "order": order,
        "reasons": [(reason, reason.default_for(Side(side.value))) for reason in reasons],
        "form": form,
        "dispute_id": dispute_id,
        "held": held,
    }
    return render(request, "disputes/open.html", context, status=status_of(form.is_bound))


def _page(request: BuyerRequest, dispute_id: UUID, **bound: Form) -> HttpResponse:
    page = _own(request, dispute_id)
    side = page.side
    dispute = page.dispute
    limits: dict[str, Any] = {
        "held": page.held,
        "can_redeliver": page.can_redeliver,
        "initial": {"until": forms.soon()},
    }
    proposed = [(one, selectors.outcome_sentence(one.outcome), _split_of(page, one)) for one in page.record.proposed]
    context = {
        "page": page,
        "dispute": dispute,
        "order": dispute.order,
        "is_buyer": side is Side.BUYER,
        "side": side,
        "other": person(dispute.freelancer if side is Side.BUYER else dispute.buyer),
        "default_sentence": selectors.outcome_sentence(page.default),
        "proposed": proposed,
        "waits": any(split is not None and one.proposal.side != side for one, _sentence, split in proposed),
        "decisions": [(one, selectors.outcome_sentence(one.outcome)) for one in page.record.decided],
        "settlement": selectors.outcome_sentence(dispute.settlement) if dispute.settlement else "",
        "appeal_days": LIMITS.appeal_days,
        "answer_form": forms.AnswerForm(optional=True, prefix="answer", **limits),
        "proposal_form": forms.ProposalForm(prefix="proposal", **limits),
        "statement_form": forms.StatementForm(prefix="statement"),
        "appeal_form": forms.AppealForm(prefix="appeal"),
    }
    context |= {f"{name}_form": form for name, form in bound.items()}
    return render(request, "disputes/dispute.html", context, status=422 if bound else 200)


def _split_of(page: DisputePage, one: Any) -> Any:
    return next((split for row, split in page.open_proposals if row.proposal.pk == one.proposal.pk), None)


def _own(request: BuyerRequest, dispute_id: UUID) -> DisputePage:
    """The page for one of the two. Raises DisputeNotFoundError for anybody else, operators included."""
    page = selectors.dispute_page(actor=request.actor, dispute_id=dispute_id)
    if page.side is None:
        raise DisputeNotFoundError(_("There is no such dispute of yours."), dispute_id=dispute_id)
    return page


@buyer_page
@require_safe
def dispute(request: BuyerRequest, dispute_id: UUID) -> HttpResponse:
    """Where it stands, by when what happens, and what this side can do."""
    return _page(request, dispute_id)


@buyer_page
@require_POST
@ratelimit(key="user", rate="10/m")
def answer(request: BuyerRequest, dispute_id: UUID) -> HttpResponse:
    page = _own(request, dispute_id)
    form = forms.AnswerForm(
        request.POST, prefix="answer", held=page.held, can_redeliver=page.can_redeliver, optional=True
    )
    if form.is_valid():
        with FormErrors(form):
            services.dispute_answer(
                actor=request.actor, dispute_id=dispute_id, text=form.cleaned_data["text"], proposal=form.outcome
            )
            messages.success(request, _("Answered. Both of you can propose an end now."))
            return redirect("disputes:dispute", dispute_id)
    return _page(request, dispute_id, answer=form)


@buyer_page
@require_POST
@ratelimit(key="user", rate="10/m")
def propose(request: BuyerRequest, dispute_id: UUID) -> HttpResponse:
    page = _own(request, dispute_id)
    form = forms.ProposalForm(request.POST, prefix="proposal", held=page.held, can_redeliver=page.can_redeliver)
    if form.is_valid() and form.outcome is not None:
        with FormErrors(form):
            services.proposal_make(
                actor=request.actor, dispute_id=dispute_id, outcome=form.outcome, note=form.cleaned_data["note"]
            )
            messages.success(request, _("Proposed. If the other side accepts it, it happens at once."))
            return redirect("disputes:dispute", dispute_id)
    return _page(request, dispute_id, proposal=form)


@buyer_page
@require_POST
@ratelimit(key="user", rate="10/m")
def proposal(request: BuyerRequest, dispute_id: UUID, proposal_id: UUID) -> HttpResponse:
    """Accept or decline the other side's proposal, or take one's own back."""
    page = _own(request, dispute_id)
    if all(one.proposal.pk != proposal_id for one in page.record.proposed):
        raise ProposalNotFoundError(_("There is no such proposal."), proposal_id=proposal_id)
    acts: dict[str, tuple[Callable[..., Any], str]] = {
        "accept": (services.proposal_accept, _("Accepted. It is carried out.")),
        "decline": (services.proposal_decline, _("Declined.")),
        "withdraw": (services.proposal_withdraw, _("You took the proposal back.")),
    }
    act, said = acts.get(request.POST.get("do", ""), acts["decline"])
    with MessageErrors(request):
        act(actor=request.actor, proposal_id=proposal_id)
        messages.success(request, said)
    return redirect("disputes:dispute", dispute_id)


@buyer_page
@require_POST
@ratelimit(key="user", rate="20/m")
def statement(request: BuyerRequest, dispute_id: UUID) -> HttpResponse:
    _own(request, dispute_id)
    form = forms.StatementForm(request.POST, prefix="statement")
    if form.is_valid():
        with FormErrors(form):
            services.statement_add(actor=request.actor, dispute_id=dispute_id, text=form.cleaned_data["text"])
            return redirect("disputes:dispute", dispute_id)
    return _page(request, dispute_id, statement=form)


@buyer_page
@require_POST
@ratelimit(key="user", rate="10/m")
def act(request: BuyerRequest, dispute_id: UUID) -> HttpResponse:
    """One click: call an operator, take the dispute back, or accept the decision."""
    _own(request, dispute_id)
    acts: dict[str, tuple[Callable[..., Any], str]] = {
        "escalate": (services.dispute_escalate, _("An operator decides now.")),
        "withdraw": (services.dispute_withdraw, _("Withdrawn. The order goes on where it stood.")),
        "accept": (services.decision_accept, _("You accepted the decision.")),
    }
    chosen = acts.get(request.POST.get("do", ""))
    if chosen is not None:
        with MessageErrors(request):
            chosen[0](actor=request.actor, dispute_id=dispute_id)
            messages.success(request, chosen[1])
    return redirect("disputes:dispute", dispute_id)


@buyer_page
@require_POST
@ratelimit(key="user", rate="10/m")
def appeal(request: BuyerRequest, dispute_id: UUID) -> HttpResponse:
    _own(request, dispute_id)
    form = forms.AppealForm(request.POST, prefix="appeal")
    if form.is_valid():
        with FormErrors(form):
            services.decision_appeal(actor=request.actor, dispute_id=dispute_id, text=form.cleaned_data["text"])
            messages.success(request, _("Appealed. The next decision is final."))
            return redirect("disputes:dispute", dispute_id)
    return _page(request, dispute_id, appeal=form)


@buyer_page
@require_safe
@ratelimit(key="user", rate="30/m")
def evidence(request: BuyerRequest, dispute_id: UUID, number: int) -> HttpResponse:
    """A bundle of evidence as a ZIP file with a signed list of its parts."""
    _own(request, dispute_id)
    name, data = selectors.bundle_content(actor=request.actor, dispute_id=dispute_id, number=number)
    return saved(data, name=name, media_type="application/zip")
