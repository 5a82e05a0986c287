"""What both sides do while an order runs: answers, deliveries, reviews of them, consent."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.orders import services
from oeuvre.domains.orders.errors import (
    DeliveryNotFoundError,
    DeliveryRefusedError,
    FileNotFoundInOrderError,
    QuestionNotFoundError,
    RequirementsMissingError,
)
from oeuvre.domains.orders.selectors import Side
from oeuvre.interfaces.site.errors import FormErrors, MessageErrors
from oeuvre.interfaces.site.market.common import BuyerRequest, buyer_page
from oeuvre.interfaces.site.orders import forms
from oeuvre.interfaces.site.orders.common import own_order
from oeuvre.interfaces.site.orders.page import delivery_form
from oeuvre.interfaces.site.orders.views.order import order_page
from oeuvre.kit.errors import DomainError

if TYPE_CHECKING:
    from django.forms import Form
    from django.http import HttpResponse

    from oeuvre.domains.orders.models import Order


def _back(order_id: UUID, part: str = "") -> HttpResponse:
    answer = redirect("orders:order", order_id)
    if part:
        answer["Location"] += f"#{part}"
    return answer


# Before the work


@buyer_page
@require_POST
@ratelimit(key="user", rate="20/m")
def requirements(request: BuyerRequest, order_id: UUID) -> HttpResponse:
    """Answer the freelancer's questions, files included; then their time runs."""
    order, _side = own_order(request, order_id, side=Side.BUYER)
    kept = {file.question: 1 for file in order.requirement_files.all()}
    form = forms.RequirementsForm(order.requirements, request.POST, request.FILES, kept=kept)
    if form.is_valid() and _requirements_given(request, order, form):
        messages.success(request, _("Your answers are with the freelancer. Their time runs from now."))
        return _back(order_id)
    return order_page(request, order_id, requirements=form)


def _requirements_given(request: BuyerRequest, order: Order, form: forms.RequirementsForm) -> bool:
    """Files first: they stay when an answer is missing."""
    for key, file in form.given_files:
        try:
            services.requirement_file_add(
                actor=request.actor, order_id=order.pk, question=key, name=file.name or "", data=file.read()
            )
        except DomainError as error:
            form.add_error(key, error.message)
    if form.errors:
        return False
    with FormErrors(form):
        try:
            services.requirements_give(actor=request.actor, order_id=order.pk, answers=form.answers)
        except RequirementsMissingError as error:
            for key, text in error.context["fields"].items():
                form.add_error(key if key in form.fields else None, text)
            return False
        return True
    return False


@buyer_page
@require_POST
def requirement_file_remove(request: BuyerRequest, order_id: UUID, given_id: UUID) -> HttpResponse:
    order, _side = own_order(request, order_id, side=Side.BUYER)
    if not order.requirement_files.filter(pk=given_id).exists():
        raise FileNotFoundInOrderError(_("There is no such file of yours."))
    with MessageErrors(request):
        services.requirement_file_remove(actor=request.actor, file_id=given_id)
    return _back(order_id, "do")


# The work


@buyer_page
@require_POST
@ratelimit(key="user", rate="30/m")
def delivery(request: BuyerRequest, order_id: UUID) -> HttpResponse:
    """Fill the draft of the next delivery and, with the button that says so, have it checked and handed over."""
    order, _side = own_order(request, order_id, side=Side.FREELANCER)
    form = delivery_form(order, request.POST, request.FILES)
    if not form.is_valid():
        return order_page(request, order_id, delivery=form)
    _add_files(request, order_id, form)
    with FormErrors(form):
        services.delivery_describe(
            actor=request.actor,
            order_id=order_id,
            note=form.cleaned_data["note"],
            ai_use=form.cleaned_data["ai_use"],
            ai_note=form.cleaned_data["ai_note"],
        )
    if form.errors:
        return order_page(request, order_id, delivery=form)
    if request.POST.get("do") != "hand_over":
        messages.success(request, _("Kept as a draft. Only you see it."))
        return _back(order_id, "do")
    return _hand_over(request, order_id, form)


def _add_files(request: BuyerRequest, order_id: UUID, form: Form) -> None:
    """Those that can be kept are; each other one is named with the reason."""
    for file in form.cleaned_data["uploads"]:
        try:
            services.delivery_file_add(actor=request.actor, order_id=order_id, name=file.name or "", data=file.read())
        except DomainError as error:
            form.add_error("uploads", error.message)


def _hand_over(request: BuyerRequest, order_id: UUID, form: Form) -> HttpResponse:
    """A refusal is no error of the form: the page lists each check with what it found."""
    try:
        services.delivery_submit(actor=request.actor, order_id=order_id)
    except DeliveryRefusedError as error:
        count = len(error.context["findings"])
        text = ngettext(
            "It is not handed over yet: %(count)d check failed. Nothing of your draft is lost.",
            "It is not handed over yet: %(count)d checks failed. Nothing of your draft is lost.",
            count,
        )
        messages.error(request, text % {"count": count})
        return _back(order_id, "checks")
    except DomainError as error:
        form.add_error(None, error.message)
        return order_page(request, order_id, delivery=form)
    messages.success(request, _("Handed over. The buyer looks at it now."))
    return _back(order_id)


@buyer_page
@require_POST
def delivery_file_remove(request: BuyerRequest, order_id: UUID, delivered_id: UUID) -> HttpResponse:
    order, _side = own_order(request, order_id, side=Side.FREELANCER)
    if not order.deliveries.filter(files__pk=delivered_id).exists():
        raise FileNotFoundInOrderError(_("There is no such file of yours."))
    with MessageErrors(request):
        services.delivery_file_remove(actor=request.actor, file_id=delivered_id)
    return _back(order_id, "do")


@buyer_page
@require_POST
@ratelimit(key="user", rate="20/m")
def question(request: BuyerRequest, order_id: UUID) -> HttpResponse:
    """The freelancer asks; the clock stands still."""
    own_order(request, order_id, side=Side.FREELANCER)
    form = forms.QuestionForm(request.POST)
    if form.is_valid():
        with FormErrors(form):
            services.question_ask(actor=request.actor, order_id=order_id, text=form.cleaned_data["text"])
            messages.success(request, _("Asked. Your time stands still until it is answered."))
            return _back(order_id)
    return order_page(request, order_id, question=form)


@buyer_page
@require_POST
@ratelimit(key="user", rate="20/m")
def answer(request: BuyerRequest, order_id: UUID, question_id: UUID) -> HttpResponse:
    order, _side = own_order(request, order_id, side=Side.BUYER)
    if not order.questions.filter(pk=question_id).exists():
        raise QuestionNotFoundError(_("There is no such question to you."))
    form = forms.AnswerForm(request.POST)
    if form.is_valid():
        with FormErrors(form):
            services.question_answer(actor=request.actor, question_id=question_id, text=form.cleaned_data["text"])
            messages.success(request, _("Answered. The freelancer's time runs on."))
            return _back(order_id)
    return order_page(request, order_id, answer=form)


# Looking at a delivery


def _of_order(order: Order, delivery_id: UUID) -> None:
    if not order.deliveries.exclude(status="draft").filter(pk=delivery_id).exists():
        raise DeliveryNotFoundError(_("There is no such delivery to you."))


@buyer_page
@require_POST
@ratelimit(key="user", rate="20/m")
def accept(request: BuyerRequest, order_id: UUID, delivery_id: UUID) -> HttpResponse:
    """Accept a delivery, with the buyer's word on each criterion that they judge themselves."""
    order, _side = own_order(request, order_id, side=Side.BUYER)
    _of_order(order, delivery_id)
    with MessageErrors(request):
        for criterion in order.criteria.filter(kind="manual"):
            said = request.POST.get(f"met-{criterion.pk}")
            if said in ("yes", "no") and criterion.met is not (said == "yes"):
                services.criterion_judge(actor=request.actor, criterion_id=criterion.pk, met=said == "yes")
        services.delivery_accept(actor=request.actor, delivery_id=delivery_id)
        messages.success(request, _("Accepted. The money that was held for it is the freelancer's now."))
    return _back(order_id)


@buyer_page
@require_POST
@ratelimit(key="user", rate="20/m")
def revise(request: BuyerRequest, order_id: UUID, delivery_id: UUID) -> HttpResponse:
    """Send a delivery back with what should change."""
    order, _side = own_order(request, order_id, side=Side.BUYER)
    _of_order(order, delivery_id)
    form = forms.RevisionForm(request.POST)
    if form.is_valid():
        with FormErrors(form):
            services.revision_request(actor=request.actor, delivery_id=delivery_id, text=form.cleaned_data["text"])
            messages.success(request, _("Sent back. The freelancer reads what should change."))
            return _back(order_id)
    return order_page(request, order_id, revision=form)


# Training


@buyer_page
@require_POST
def consent_ask(request: BuyerRequest, order_id: UUID) -> HttpResponse:
    """The freelancer asks, in one click."""
    own_order(request, order_id, side=Side.FREELANCER)
    with MessageErrors(request):
        services.training_consent_ask(actor=request.actor, order_id=order_id)
        messages.success(request, _("Asked. Nothing is trained on it before the buyer agrees."))
    return _back(order_id, "consent")


@buyer_page
@require_POST
def consent(request: BuyerRequest, order_id: UUID) -> HttpResponse:
    """The buyer agrees, says no, or takes it back, in one click."""
    own_order(request, order_id, side=Side.BUYER)
    grant = request.POST.get("grant") == "yes"
    with MessageErrors(request):
        services.training_consent_decide(actor=request.actor, order_id=order_id, grant=grant)
        said = _("You agreed. You can take it back at any time.") if grant else _("Noted: not to be trained on.")
        messages.success(request, said)
    return _back(order_id, "consent")
