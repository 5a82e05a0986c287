"""A freelancer's side of briefs: what there is to answer, invitations, and offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.briefs import selectors, services
from oeuvre.domains.briefs.errors import BriefNotOpenError, OfferNotFoundError, OfferOpenError
from oeuvre.domains.briefs.states import OPEN_OFFER, AiWish, OfferState
from oeuvre.domains.catalog.selectors import category_names
from oeuvre.domains.conversations.selectors import conversation_get, counterpart
from oeuvre.interfaces.site.briefs.offer_forms import OfferForm, offer_start, sum_typed
from oeuvre.interfaces.site.briefs.shown import brief_facts, listed
from oeuvre.interfaces.site.conversations.common import person
from oeuvre.interfaces.site.errors import FormErrors, MessageErrors
from oeuvre.interfaces.site.market.common import number_of
from oeuvre.interfaces.site.orders.forms import AmountField
from oeuvre.interfaces.site.people.forms import LANGUAGES
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page, status_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from django.http import HttpResponse

    from oeuvre.domains.briefs.models import Brief, Offer
    from oeuvre.domains.briefs.selectors import BriefRow, BriefShown
    from oeuvre.kit.pagination import Page


PER_PAGE = 12
OFFERS_PER_PAGE = 24


class FilterForm(forms.Form):
    """Which published briefs to list."""

    category = forms.ChoiceField(label=gettext_lazy("Category"), required=False)
    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    budget = AmountField(label=gettext_lazy("Budget of at least"), required=False)

    def __init__(self, data: Any, *, names: Mapping[str, str], counts: dict[str, int]) -> None:
        super().__init__(data)
        some = sorted((names.get(key, key), key, count) for key, count in counts.items())
        category: Any = self.fields["category"]
        category.choices = [("", _("All categories")), *((key, f"{name} ({count})") for name, key, count in some)]
        language: Any = self.fields["language"]
        language.choices = [("", _("All languages")), *LANGUAGES]


@freelancer_page
@require_safe
def briefs(request: StudioRequest) -> HttpResponse:
    """Invitations, what fits one's gigs with why, and all published briefs."""
    names = category_names()
    form = FilterForm(request.GET, names=names, counts=selectors.briefs_counts(actor=request.actor))
    chosen = form.cleaned_data if form.is_valid() else {}
    is_plain = not any(chosen.values()) and request.GET.get("page", "1") == "1"
    if is_plain:
        desk = selectors.briefs_desk(actor=request.actor, per_page=PER_PAGE)
        page, fitting = desk.page, desk.fitting
    else:
        page, fitting = _found(request, chosen), []
    reasons = [{"reasons": one.fit.reasons} for one in fitting]
    fitting_rows = listed([one.row for one in fitting], names)
    context = {
        "form": form,
        "page": page,
        "rows": listed(page.items, names),
        "is_filtered": any(chosen.values()),
        "invitations": _invitations(request, names) if is_plain else [],
        "fitting": [row | why for row, why in zip(fitting_rows, reasons, strict=True)],
    }
    return render(request, "studio_briefs/list.html", context)


def _found(request: StudioRequest, chosen: dict[str, Any]) -> Page[BriefRow]:
    return selectors.briefs_for_freelancers(
        actor=request.actor,
        category=chosen.get("category", ""),
        language=chosen.get("language", ""),
        budget_from=chosen.get("budget"),
        page=request.GET.get("page"),
        per_page=PER_PAGE,
    )


def _invitations(request: StudioRequest, names: Mapping[str, str]) -> list[dict[str, Any]]:
    rows = selectors.invitations_of(actor=request.actor)
    return [{"brief": row.brief, "category": names.get(row.brief.category, row.brief.category)} for row in rows]


@freelancer_page
@require_safe
def offers(request: StudioRequest) -> HttpResponse:
    """The offers of one's own."""
    page = selectors.offers_own(actor=request.actor, page=request.GET.get("page"), per_page=OFFERS_PER_PAGE)
    rows = page.items
    context = {
        "page": page,
        "drafts": [row for row in rows if row.offer.status == OfferState.DRAFTED],
        "waiting": [
            row
            for row in rows
            if row.offer.status in (OfferState.SENT, OfferState.ACCEPTED) and row.offer.ordered_at is None
        ],
        "over": [row for row in rows if row.offer.status not in OPEN_OFFER or row.offer.ordered_at],
    }
    return render(request, "studio_briefs/offers.html", context)


@freelancer_page
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="30/m", method="POST")
def offer_new(request: StudioRequest, brief_id: UUID) -> HttpResponse:
    """Answer a brief with an offer; leads to the one that there is already."""
    shown = selectors.brief_get(actor=request.actor, brief_id=brief_id)
    if shown.offer is not None and shown.offer.status in OPEN_OFFER:
        return redirect(_place(shown.offer))
    if not shown.is_own and not shown.brief.is_open:
        raise BriefNotOpenError(_("This brief takes no offers any more."), brief=shown.brief)
    selectors.offer_another_check(actor=request.actor, brief_id=brief_id)
    asked = shown.content.criteria if shown.content else ()
    wish = AiWish(shown.brief.ai_wish)
    start = offer_start(
        title=shown.content.title if shown.content else "", asked=asked, rights=shown.brief.licence, wish=wish
    )
    form = OfferForm(request.POST if request.method == "POST" else None, initial=start, asked=asked, wish=wish)
    return _written(request, form, {"brief_id": brief_id}, _brief_context(shown))


@freelancer_page
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="30/m", method="POST")
def offer_custom(request: StudioRequest, conversation_id: UUID) -> HttpResponse:
    """An offer in a conversation, on no brief."""
    conversation = conversation_get(actor=request.actor, conversation_id=conversation_id)
    if conversation.freelancer_id != request.actor.user_id:
        raise OfferNotFoundError(_("Offers are made by the freelancer. You are the buyer here."))
    form = OfferForm(request.POST if request.method == "POST" else None)
    context = {
        "conversation_id": conversation_id,
        "buyer": person(counterpart(actor=request.actor, conversation=conversation)),
    }
    return _written(request, form, {"conversation_id": conversation_id}, context)


@freelancer_page
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="120/h", method="POST")
def offer_edit(request: StudioRequest, offer_id: UUID) -> HttpResponse:
    """Change a draft, or send it."""
    shown = selectors.offer_get(actor=request.actor, offer_id=offer_id)
    if shown.offer.freelancer_id != request.actor.user_id:
        raise OfferNotFoundError(_("There is no such offer of yours."))
    if shown.offer.status != OfferState.DRAFTED or shown.content is None:
        return redirect("briefs:offer", offer_id)
    context: dict[str, Any] = {"offer": shown.offer, "conversation_id": shown.offer.conversation_id}
    options: dict[str, Any] = {}
    if shown.offer.brief_id:
        brief = selectors.brief_get(actor=request.actor, brief_id=shown.offer.brief_id)
        options = {"asked": brief.content.criteria if brief.content else (), "wish": AiWish(brief.brief.ai_wish)}
        context |= _brief_context(brief)
    if request.method == "POST":
        options["before"] = shown.content.criteria
        return _written(request, OfferForm(request.POST, **options), {"offer_id": offer_id}, context)
    return _written(request, OfferForm.of(shown.content, **options), {"offer_id": offer_id}, context)


def _written(request: StudioRequest, form: OfferForm, target: dict[str, UUID], context: dict[str, Any]) -> HttpResponse:
    """Keep a draft, or keep it and send it; ``total`` only works out the sum, for those without JavaScript."""
    is_sent = request.method == "POST" and "total" not in request.POST
    if is_sent and form.is_valid() and _as_seen(request, form, context.get("brief")):
        with FormErrors(form):
            offer = _kept(request, form, target)
            target = {"offer_id": offer.pk}
            context["offer"] = offer
            if "send" not in request.POST:
                messages.success(request, _("Draft saved. The buyer sees nothing of it."))
                return redirect("studio_briefs:offer_edit", offer.pk)
            services.offer_send(actor=request.actor, offer_id=offer.pk)
            messages.success(request, _("Offer sent. It stands in your conversation with the buyer."))
            return redirect("briefs:offer", offer.pk)
    place = reverse("studio_briefs:offer_edit", args=[target["offer_id"]]) if "offer_id" in target else request.path
    sum_shown = sum_typed(request.POST) if form.is_bound else sum_typed(form.initial)
    context |= {"form": form, "sum": sum_shown, "place": place}
    return render(
        request, "studio_briefs/offer_form.html", context, status=status_of(form.is_bound and bool(form.errors))
    )


def _as_seen(request: StudioRequest, form: OfferForm, brief: Brief | None) -> bool:
    """Whether the brief reads as it did on the page: promises are ticked by their places in it."""
    seen = number_of(request.POST.get("brief_revision", ""))
    if brief is None or seen in (None, brief.revision):
        return True
    form.add_error(
        None,
        _("The buyer changed the brief after you opened this page. Look at what it asks for now, then send again."),
    )
    return False


def _kept(request: StudioRequest, form: OfferForm, target: dict[str, UUID]) -> Offer:
    """The offer with what the form says. One that was begun in another window meanwhile is changed, not made twice."""
    if "offer_id" in target:
        return services.offer_edit(actor=request.actor, offer_id=target["offer_id"], content=form.content)
    try:
        return services.offer_draft(
            actor=request.actor,
            content=form.content,
            brief_id=target.get("brief_id"),
            conversation_id=target.get("conversation_id"),
        )
    except OfferOpenError as error:
        found: Offer = error.context["offer"]
        if found.status != OfferState.DRAFTED:
            raise
        return services.offer_edit(actor=request.actor, offer_id=found.pk, content=form.content)


def _place(offer: Offer) -> str:
    return reverse(
        "studio_briefs:offer_edit" if offer.status == OfferState.DRAFTED else "briefs:offer", args=[offer.pk]
    )


def _brief_context(shown: BriefShown) -> dict[str, Any]:
    return {
        "shown": shown,
        "brief": shown.brief,
        "content": shown.content,
        **brief_facts(shown),
    }


@freelancer_page
@require_POST
def total(request: StudioRequest) -> HttpResponse:
    """What an offer comes to while it is typed; asked for by htmx."""
    return render(request, "studio_briefs/sum.html", {"sum": sum_typed(request.POST)})


@freelancer_page
@require_POST
@ratelimit(key="user", rate="30/h")
def offer_withdraw(request: StudioRequest, offer_id: UUID) -> HttpResponse:
    with MessageErrors(request):
        services.offer_withdraw(actor=request.actor, offer_id=offer_id)
        messages.success(request, _("Offer taken back."))
    return redirect("studio_briefs:offers")


@freelancer_page
@require_POST
@ratelimit(key="user", rate="60/h")
def ask(request: StudioRequest, brief_id: UUID) -> HttpResponse:
    """The conversation with the buyer about a brief."""
    return redirect("conversations:thread", services.brief_enquire(actor=request.actor, brief_id=brief_id).pk)


@freelancer_page
@require_POST
def invitation_decline(request: StudioRequest, brief_id: UUID) -> HttpResponse:
    services.invitation_decline(actor=request.actor, brief_id=brief_id)
    messages.success(request, _("Declined. The buyer sees that you will make no offer."))
    return redirect("studio_briefs:list")
