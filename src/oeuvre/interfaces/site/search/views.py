"""Searching, why something is where it is, and searches that people keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.search import ranking, selectors, services
from oeuvre.domains.search.errors import SearchQueryInvalidError
from oeuvre.domains.search.query import SearchQuery
from oeuvre.domains.search.states import Kind, Notify
from oeuvre.interfaces.site.errors import FormErrors
from oeuvre.interfaces.site.market.common import actor_of, buyer_page
from oeuvre.interfaces.site.search.forms import SaveForm
from oeuvre.interfaces.site.search.shown import ONE, address_of, chips_of, results_context, words_of

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest

    from oeuvre.interfaces.site.market.common import BuyerRequest

_MOST_ASKED = "60/m"


@require_safe
@ratelimit(key="user_or_ip", rate=_MOST_ASKED, method=ratelimit.ALL)
def search(request: HttpRequest) -> HttpResponse:
    context = results_context(request)
    is_swap = bool(request.headers.get("HX-Request"))  # an error's answer would not be put in, and the reason is in it
    return render(request, "search/search.html", context, status=422 if context["wrong"] and not is_swap else 200)


def _query(request: HttpRequest) -> SearchQuery:
    """The search that an address names. Raises SearchQueryInvalidError."""
    return SearchQuery.from_params(request.GET)


@require_safe
@ratelimit(key="user_or_ip", rate=_MOST_ASKED, method=ratelimit.ALL)
def why(request: HttpRequest, kind: str, ref_id: UUID) -> HttpResponse:
    """Every input of one result's place, and the arithmetic."""
    query = _query(request)
    found = selectors.why(actor=actor_of(request.user), query=query, kind=Kind(kind), ref_id=ref_id)
    words = words_of(query, None)
    asked = address_of(query)
    context = {
        "why": found,
        "query": query,
        "chips": chips_of(request, query, words, set()),
        "kind": ONE[kind],
        "formula": ranking.formula(),
        "excluded_by": [words.title(name) for name in found.excluded_by],
        "back": f"{reverse('search:search')}?{asked}",
        "json": f"{reverse('search:list_json')}?{asked}",
        "csv": f"{reverse('search:list_csv')}?{asked}",
    }
    return render(request, "search/why.html", context)


@require_safe
@ratelimit(key="user_or_ip", rate="20/m", method=ratelimit.ALL)
def list_json(request: HttpRequest) -> HttpResponse:
    """The whole list with all that its order was made from."""
    answer = JsonResponse(selectors.results_json(actor=actor_of(request.user), query=_query(request)))
    answer.headers["Content-Disposition"] = 'attachment; filename="search.json"'
    return answer


@require_safe
@ratelimit(key="user_or_ip", rate="20/m", method=ratelimit.ALL)
def list_csv(request: HttpRequest) -> HttpResponse:
    text = selectors.results_csv(actor=actor_of(request.user), query=_query(request))
    return HttpResponse(
        text, content_type="text/csv", headers={"Content-Disposition": 'attachment; filename="search.csv"'}
    )


# Searches that people keep


@buyer_page
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="30/m", method="POST")
def save(request: BuyerRequest) -> HttpResponse:
    """Keep the search that the address names."""
    try:
        query = _query(request)
    except SearchQueryInvalidError:
        query = SearchQuery()
    words = words_of(query, None)
    chips = chips_of(request, query, words, set())
    proposed = ", ".join([*([query.text] if query.text else []), *(chip.label for chip in chips)])[:80]
    form = SaveForm(request.POST or None, initial={"name": proposed, "notify": Notify.NEVER})
    if request.method == "POST" and form.is_valid():
        with FormErrors(form):
            services.search_save(
                actor=request.actor,
                name=form.cleaned_data["name"],
                query=query,
                notify=Notify(form.cleaned_data["notify"]),
            )
            messages.success(request, _("Kept. It stands among your saved searches."))
            return redirect("search:saved")
    context = {"form": form, "query": query, "chips": chips, "address": address_of(query)}
    return render(request, "search/save.html", context, status=422 if form.is_bound else 200)


@buyer_page
@require_safe
def saved(request: BuyerRequest) -> HttpResponse:
    rows = [
        {
            "saved": one,
            "href": f"{reverse('search:search')}?{address_of(one.query)}",
            "daily": one.notify == Notify.DAILY,
        }
        for one in selectors.saved_searches(actor=request.actor)
    ]
    return render(request, "search/saved.html", {"rows": rows})


@buyer_page
@require_POST
def saved_notify(request: BuyerRequest, search_id: UUID) -> HttpResponse:
    """Turn the mails about one saved search on or off."""
    wanted = Notify.DAILY if request.POST.get("notify") == Notify.DAILY else Notify.NEVER
    services.search_notify_set(actor=request.actor, search_id=search_id, notify=wanted)
    messages.success(
        request,
        _("You get a mail on days with something new.") if wanted == Notify.DAILY else _("No more mails about it."),
    )
    return redirect("search:saved")


@buyer_page
@require_POST
def saved_delete(request: BuyerRequest, search_id: UUID) -> HttpResponse:
    services.search_delete(actor=request.actor, search_id=search_id)
    messages.success(request, _("Forgotten."))
    return redirect("search:saved")


@csrf_exempt  # a mail program presses the button for the reader (RFC 8058) and has no cookie of ours
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """End the mails about saved searches without a login; a page with the button first, because programs open links."""
    ended = services.search_unsubscribe(token=token) if request.method == "POST" else None
    return render(request, "search/unsubscribe.html", {"ended": ended, "is_done": request.method == "POST"})
