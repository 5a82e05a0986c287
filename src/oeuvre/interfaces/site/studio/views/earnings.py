"""Money: what was earned, by sale and by work, and the ledger's statement."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from oeuvre.domains.creation import earnings as creation_earnings
from oeuvre.domains.creation.modalities.table import MODALITIES
from oeuvre.domains.creation.papers import title_of
from oeuvre.domains.ledger import selectors as ledger
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page
from oeuvre.interfaces.site.studio.report.figures import distinct
from oeuvre.interfaces.ui import charts
from oeuvre.kit.pagination import paginate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from oeuvre.domains.creation.earnings import WorkEarning
    from oeuvre.domains.creation.models import Licence
    from oeuvre.interfaces.ui.charts import Chart
    from oeuvre.kit.pagination import Page

CHARTED_WORKS = 10
LISTED_WORKS = 40


@freelancer_page
@require_GET
def earnings(request: StudioRequest) -> HttpResponse:
    found = creation_earnings.earnings(actor=request.actor, currency=settings.CURRENCY)
    page: Page[Licence] = paginate(
        creation_earnings.sales_of(actor=request.actor), page=request.GET.get("page"), per_page=20
    )
    return render(
        request,
        "studio/earnings.html",
        {
            "earnings": found,
            "difference": found.earned - found.payable,
            "uncredited": found.earned - found.credited,
            "page": page,
            "sales": [(sale, title_of(sale.generation)) for sale in page.items],
            "works": found.by_work[:LISTED_WORKS],
            "more_works": max(0, len(found.by_work) - LISTED_WORKS),
            "shares": [(made_of.label, MODALITIES[made_of].phrases.credit) for made_of in found.modalities],
            "chart": _works_chart(found.by_work[:CHARTED_WORKS]),
        },
    )


def _works_chart(works: Sequence[WorkEarning]) -> Chart | None:
    if len(works) < 2:
        return None
    return charts.bar_chart(
        title=_("Estimated earnings by work"),
        summary=_("“%(title)s” carries most of the estimated credit: %(amount)s.")
        % {"title": works[0].title, "amount": works[0].amount},
        x=works[0].amount.currency,
        y=_("Work"),
        values=distinct([(row.title, float(row.amount.decimal)) for row in works]),
    )


def _csv(name: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> HttpResponse:
    answer = HttpResponse(
        content_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
    writer = csv.writer(answer)
    writer.writerow(head)
    writer.writerows([_harmless(value) for value in row] for row in rows)
    return answer


def _harmless(value: str) -> str:
    """A text that a spreadsheet does not take for a formula; amounts stay what they are."""
    is_amount = value.lstrip("-").replace(".", "", 1).isdigit()
    return f"'{value}" if value[:1] in "=+-@\t\r" and value and not is_amount else value


@freelancer_page
@require_GET
def earnings_csv(request: StudioRequest) -> HttpResponse:
    """Every sale with its split."""
    fields = ("price", "compute", "commission", "freelancer_share", "buyer_fee", "tax", "total")
    head = ("date", "licence", "model", "version", "prompt", "use", "currency", *fields)
    rows = (
        (
            (sale.paid_at or sale.created_at).isoformat(timespec="seconds"),
            sale.number,
            sale.generation.model.name,
            sale.generation.version.name,
            title_of(sale.generation),
            sale.use,
            sale.currency,
            *(str(sale.money(field).decimal) for field in fields),
        )
        for sale in creation_earnings.sales_of(actor=request.actor)
    )
    return _csv("earnings.csv", head, rows)


def _account(request: StudioRequest) -> ledger.AccountRef:
    return ledger.AccountRef(ledger.AccountKind.FREELANCER_PAYABLE, request.actor.person_id, settings.CURRENCY)


@freelancer_page
@require_GET
def statement(request: StudioRequest) -> HttpResponse:
    """The ledger's lines of what the platform owes the freelancer, with the running balance."""
    account = _account(request)
    page = ledger.statement(actor=request.actor, account=account, page=request.GET.get("page"))
    balance = page.items[0].balance if page.items and page.number == 1 else None
    if balance is None:
        balance = ledger.balance(actor=request.actor, account=account)
    return render(request, "studio/statement.html", {"page": page, "balance": balance})


@freelancer_page
@require_GET
def statement_csv(request: StudioRequest) -> HttpResponse:
    """The whole statement, newest first."""
    account = _account(request)

    def lines() -> Iterable[Sequence[str]]:
        number: int | None = 1
        while number is not None:
            page = ledger.statement(actor=request.actor, account=account, page=number)
            for line in page.items:
                yield (
                    line.at.isoformat(timespec="seconds"),
                    line.code,
                    line.memo,
                    line.amount.currency,
                    str(line.amount.decimal),
                    str(line.balance.decimal),
                )
            number = page.next

    return _csv("statement.csv", ("date", "code", "reference", "currency", "amount", "balance"), lines())
