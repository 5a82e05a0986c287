"""A brief and what its buyer does with it; freelancers read it at the same address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.accounts import selectors as accounts
from oeuvre.domains.audit import selectors as audit
from oeuvre.domains.briefs import selectors, services
from oeuvre.domains.briefs.checks import brief_complete_check
from oeuvre.domains.briefs.errors import BriefContentError, BriefNotFoundError, InvitationError
from oeuvre.domains.briefs.limits import LIMITS
from oeuvre.domains.briefs.states import BriefState, OfferState
from oeuvre.domains.catalog.selectors import category_names
from oeuvre.interfaces.site.briefs.forms import BriefForm, FilesForm, posted_initial
from oeuvre.interfaces.site.briefs.shown import brief_facts, listed, match_rows, offer_rows
from oeuvre.interfaces.site.conversations.common import actor_of, person, uuid_of
from oeuvre.interfaces.site.errors import FormErrors, MessageErrors
from oeuvre.interfaces.site.market.common import BuyerRequest, buyer_page, number_of, status_of
from oeuvre.kit.errors import NotFoundError

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from oeuvre.domains.briefs.models import Brief
    from oeuvre.domains.briefs.selectors import BriefShown

LONGER = (7, 14, 30)
"""Days from today until which a brief can be extended with one press."""
MATCHES = 20
HISTORY = 40
PER_PAGE = 24


@buyer_page
@require_safe
def home(request: BuyerRequest) -> HttpResponse:
    """The briefs of the buyer, and, with the first of them, the offers that wait for an answer."""
    page = selectors.briefs_own(actor=request.actor, page=request.GET.get("page"), per_page=PER_PAGE)
    rows = listed(page.items, category_names())
    context = {
        "page": page,
        "open": [row for row in rows if row["brief"].is_open],
        "drafts": [row for row in rows if row["brief"].status == BriefState.DRAFT],
        "over": [row for row in rows if not row["brief"].is_open and row["brief"].status != BriefState.DRAFT],
        "offers": selectors.offers_waiting(actor=request.actor) if page.number == 1 else [],
    }
    return render(request, "briefs/home.html", context)


@login_required
@require_safe
def brief(request: HttpRequest, brief_id: UUID) -> HttpResponse:
    """A brief as its buyer sees it, or as a freelancer who may answer it does; ``?sum=yes`` with the whole sum of the fit."""
    actor = actor_of(request)
    shown = selectors.brief_get(actor=actor, brief_id=brief_id)
    context = {
        "shown": shown,
        "brief": shown.brief,
        "content": shown.content,
        "category": category_names().get(shown.brief.category, ""),
        "takes_offers": _takes_offers(shown.brief),
        **brief_facts(shown),
    }
    if shown.is_own:
        return render(request, "briefs/brief.html", context | _own_context(request, shown))
    if context["takes_offers"] and actor.user_id:
        if request.GET.get("sum"):
            context["match"] = selectors.brief_match(actor=actor, shown=shown, freelancer_id=actor.user_id)
        if not context.get("match"):
            context["fit"] = selectors.brief_fit(actor=actor, brief=shown.brief)
    return render(request, "briefs/answer.html", context)


def _takes_offers(brief: Brief) -> bool:
    return brief.is_open and brief.closes_at is not None and brief.closes_at > timezone.now()


def _may_change(brief: Brief) -> bool:
    return brief.status == BriefState.DRAFT or _takes_offers(brief)


def _own_context(request: HttpRequest, shown: BriefShown) -> dict[str, Any]:
    invited = selectors.invitations_to(actor=actor_of(request), brief_id=shown.brief.pk)
    return {
        "invited": [(row, person(row.freelancer)) for row in invited],
        "longer": _longer(shown.brief),
        "room": LIMITS.invitations,
        "problems": _problems(shown),
        "files_form": FilesForm() if settings.ATTACHMENT_FILES and _may_change(shown.brief) else None,
        "records": list(audit.history(subject=shown.brief)[:HISTORY]),
    }


@dataclass(frozen=True, slots=True)
class _Longer:
    """A later end that can be chosen."""

    days: int
    until: date


def _longer(brief: Brief) -> list[_Longer]:
    if not brief.is_open or brief.opened_at is None or brief.closes_at is None:
        return []
    gone = (timezone.now() - brief.opened_at).days
    ends = [_Longer(gone + days, (brief.opened_at + timedelta(days=gone + days)).date()) for days in LONGER]
    return [end for end in ends if end.days <= LIMITS.most_open_days and end.until > brief.closes_at.date()]


def _problems(shown: BriefShown) -> str:
    """What a draft still needs before anybody else sees it; empty where nothing."""
    if shown.brief.status != BriefState.DRAFT or shown.content is None:
        return ""
    try:
        brief_complete_check(shown.content)
    except BriefContentError as error:
        return error.message
    return ""


@buyer_page
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="60/h", method="POST")
def edit(request: BuyerRequest, brief_id: UUID) -> HttpResponse:
    """Every field of a brief. ``again`` shows what another category asks for, and keeps what was typed."""
    shown = _own(request, brief_id)
    content = shown.content
    if content is None:
        raise BriefNotFoundError(_("The words of this brief were erased."))
    if shown.brief.status != BriefState.DRAFT and not shown.brief.is_open:
        messages.error(request, _("This brief is over and stays as it is. Make a new one from it."))
        return redirect("briefs:brief", brief_id)
    options: dict[str, Any] = {
        "answers": content.answers,
        "criteria": content.criteria,
        "category": content.category,
        "words": shown.words,
    }
    revision = number_of(request.POST.get("revision", "")) or shown.brief.revision
    if request.method == "POST" and "again" in request.POST:
        form = BriefForm(initial=posted_initial(request.POST), **options)
    elif request.method == "POST":
        form = BriefForm(request.POST, **options)
        if form.is_valid():
            with FormErrors(form):
                services.brief_edit(actor=request.actor, brief_id=brief_id, revision=revision, content=form.content)
                messages.success(request, _("Saved."))
                return redirect("briefs:brief", brief_id)
    else:
        form = BriefForm.of(content, **options)
    context = {"form": form, "brief": shown.brief, "revision": revision}
    return render(request, "briefs/edit.html", context, status=status_of(form.is_bound))


def _own(request: BuyerRequest, brief_id: UUID) -> BriefShown:
    shown = selectors.brief_get(actor=request.actor, brief_id=brief_id)
    if not shown.is_own:
        raise BriefNotFoundError(_("There is no such brief of yours."))
    return shown


@buyer_page
@require_POST
@ratelimit(key="user", rate="60/h")
def publish(request: BuyerRequest, brief_id: UUID) -> HttpResponse:
    with MessageErrors(request):
        services.brief_publish(actor=request.actor, brief_id=brief_id)
        messages.success(request, _("Published. Every freelancer sees it now; you hear of each offer by mail."))
    return redirect("briefs:brief", brief_id)


@buyer_page
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="20/m", method="POST")
def send(request: BuyerRequest, brief_id: UUID) -> HttpResponse:
    """Freelancers who fit, with why; those that are ticked, or named by their handles, are asked for an offer."""
    shown = _own(request, brief_id)
    if request.method == "POST":
        chosen = [uuid_of(value) for value in request.POST.getlist("freelancer")]
        gigs = {person_id: uuid_of(request.POST.get(f"gig_{person_id}")) for person_id in chosen if person_id}
        with MessageErrors(request):
            gigs = {**_named(request.POST.get("handles", "")), **gigs}
            services.brief_send(actor=request.actor, brief_id=brief_id, freelancers=gigs)
            said = ngettext("%(count)d freelancer is asked.", "%(count)d freelancers are asked.", len(gigs))
            messages.success(request, said % {"count": len(gigs)})
            return redirect("briefs:brief", brief_id)
    matches = selectors.brief_matches(shown=shown, most=MATCHES)
    context = {
        "shown": shown,
        "brief": shown.brief,
        "content": shown.content,
        "rows": match_rows(matches, invited=shown.invited, offered=shown.answered),
        "room": LIMITS.invitations - len(shown.invited),
        "limit": LIMITS.invitations,
        "handles": request.POST.get("handles", ""),
        "takes_offers": shown.brief.status == BriefState.DRAFT or _takes_offers(shown.brief),
        "problems": _problems(shown),
    }
    return render(request, "briefs/send.html", context)


def _named(handles: str) -> dict[UUID, UUID | None]:
    """Freelancers by their handles, with commas or spaces between. Raises InvitationError for one that nobody has."""
    found: dict[UUID, UUID | None] = {}
    for handle in dict.fromkeys(handles.replace(",", " ").replace("@", " ").split()[: LIMITS.invitations + 1]):
        try:
            found[accounts.profile_public(handle=handle).user_id] = None
        except NotFoundError:
            raise InvitationError(_("There is no freelancer @%(handle)s here.") % {"handle": handle[:40]}) from None
    return found


@buyer_page
@require_POST
@ratelimit(key="user", rate="60/h")
def extend(request: BuyerRequest, brief_id: UUID) -> HttpResponse:
    with MessageErrors(request):
        days = number_of(request.POST.get("days", "")) or 0
        found = services.brief_extend(actor=request.actor, brief_id=brief_id, open_days=days)
        messages.success(request, _("Takes offers until %(day)s.") % {"day": f"{found.closes_at:%-d %B %Y}"})
    return redirect("briefs:brief", brief_id)


@buyer_page
@require_POST
@ratelimit(key="user", rate="60/h")
def withdraw(request: BuyerRequest, brief_id: UUID) -> HttpResponse:
    with MessageErrors(request):
        services.brief_withdraw(actor=request.actor, brief_id=brief_id)
        messages.success(request, _("Taken back. Nobody can make an offer on it any more."))
        return redirect("briefs:home")
    return redirect("briefs:brief", brief_id)


@buyer_page
@require_POST
@ratelimit(key="user", rate="60/h")
def copy(request: BuyerRequest, brief_id: UUID) -> HttpResponse:
    """A new draft that says the same."""
    with MessageErrors(request):
        made = services.brief_copy(actor=request.actor, brief_id=brief_id)
        return redirect("briefs:edit", made.pk)
    return redirect("briefs:brief", brief_id)


@buyer_page
@require_safe
def offers(request: BuyerRequest, brief_id: UUID) -> HttpResponse:
    """All offers on a brief, side by side."""
    shown = _own(request, brief_id)
    rows = offer_rows(selectors.offers_on(actor=request.actor, brief_id=brief_id), shown.words)
    context = {
        "shown": shown,
        "brief": shown.brief,
        "content": shown.content,
        "open": [row for row in rows if row.shown.is_open or row.offer.status == OfferState.ACCEPTED],
        "over": [row for row in rows if not row.shown.is_open and row.offer.status != OfferState.ACCEPTED],
    }
    return render(request, "briefs/offers.html", context)
