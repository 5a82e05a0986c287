"""A freelancer's insights: from enquiries, from the market, from sales; and their weekly mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from oeuvre.domains.billing.errors import FeatureNotSubscribedError
from oeuvre.domains.insights import selectors, services
from oeuvre.interfaces.site.insights import charts
from oeuvre.interfaces.site.insights.shown import finding_rows, piece_rows, question_rows, topic_rows, trend_rows
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page

if TYPE_CHECKING:
    from collections.abc import Callable


def _days(request: StudioRequest) -> int:
    """The period that was asked for; anything else is the usual one."""
    wanted = request.GET.get("days", "")
    return int(wanted) if wanted in {str(days) for days in selectors.PERIODS} else selectors.DEFAULT_PERIOD


def _shown(request: StudioRequest, template: str, found: Callable[[], dict[str, Any]]) -> HttpResponse:
    """The page, or what it would tell for who has no plan with it."""
    try:
        context = found()
    except FeatureNotSubscribedError:
        return render(request, "insights/locked.html")
    return render(request, template, {**context, "periods": selectors.PERIODS})


@freelancer_page
@require_safe
def overview(request: StudioRequest) -> HttpResponse:
    """Enquiries: topics, unanswered questions, what was lost, response times, the way to an order."""

    def found() -> dict[str, Any]:
        insights = selectors.enquiry_insights(actor=request.actor, days=_days(request))
        return {
            "insights": insights,
            "findings": finding_rows(insights.findings),
            "topics": topic_rows(insights.aspects),
            "pieces": piece_rows(insights.pieces),
            "questions": question_rows(insights),
            "waited": selectors.waited(insights.person.median) if insights.person.median is not None else "",
            "topic_chart": charts.topics(topic_rows(insights.aspects)),
            "lost_chart": charts.lost(insights.lost),
            "funnel_chart": charts.funnel(insights.funnel),
        }

    return _shown(request, "insights/overview.html", found)


@freelancer_page
@require_safe
def market(request: StudioRequest) -> HttpResponse:
    """Prices and times beside comparable gigs, and demand in the freelancer's categories."""

    def found() -> dict[str, Any]:
        insights = selectors.market_insights(actor=request.actor)
        return {
            "insights": insights,
            "findings": finding_rows(insights.findings),
            "trends": trend_rows(insights),
            "price_chart": charts.prices(insights.positions),
            "days_chart": charts.days(insights.positions),
            "trend_chart": charts.trends(insights.trends, insights.names),
        }

    return _shown(request, "insights/market.html", found)


@freelancer_page
@require_safe
def earnings(request: StudioRequest) -> HttpResponse:
    """What creation models brought in, by model and by the estimated credit of each work."""

    def found() -> dict[str, Any]:
        insights = selectors.earning_insights(actor=request.actor, days=_days(request))
        return {
            "insights": insights,
            "findings": finding_rows(insights.findings),
            "model_chart": charts.earned(
                insights.earned.models,
                title=_("Earned by model"),
                name=_("Model"),
                most=_("“%(name)s” brought in the most: %(amount)s."),
            ),
            "work_chart": charts.earned(
                insights.earned.works,
                title=_("Estimated credit by work"),
                name=_("Work"),
                most=_("“%(name)s” has the largest estimated credit: %(amount)s."),
            ),
        }

    return _shown(request, "insights/earnings.html", found)


@freelancer_page
@require_POST
def settle(request: StudioRequest, exchange_id: UUID) -> HttpResponse:
    """Take an unanswered question off the list."""
    services.question_settle(actor=request.actor, exchange_id=exchange_id)
    messages.success(request, _("Taken off the list."))
    return redirect(f"{reverse('insights:overview')}#unanswered")


@freelancer_page
@require_http_methods(["GET", "HEAD", "POST"])
def mail(request: StudioRequest) -> HttpResponse:
    """Whether the weekly mail is wanted."""
    if request.method == "POST":
        wanted = request.POST.get("wanted") == "yes"
        services.weekly_mail_set(actor=request.actor, wanted=wanted)
        messages.success(request, _("You get the mail on Mondays.") if wanted else _("No more weekly mails."))
        return redirect("insights:mail")
    return render(request, "insights/mail.html", {"wanted": selectors.is_mail_wanted(actor=request.actor)})


@csrf_exempt  # a mail program presses the button for the reader (RFC 8058) and has no cookie of ours
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """End the weekly mail without a login; a page with the button first, because programs open links."""
    if request.method == "POST":
        services.weekly_mail_unsubscribe(token=token)
    return render(request, "insights/unsubscribe.html", {"is_done": request.method == "POST"})
