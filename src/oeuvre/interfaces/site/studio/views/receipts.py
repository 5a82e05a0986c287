"""Signed receipts of what happened to models: the list, a page each, PDF and JSON."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from oeuvre.domains.creation import desk, selectors
from oeuvre.domains.creation.papers import verify_url
from oeuvre.domains.creation.ports import Credentials, Documents
from oeuvre.interfaces.site.studio.common import StudioRequest, freelancer_page
from oeuvre.interfaces.site.studio.report.reading import mapping, rows, text
from oeuvre.kit.pagination import paginate
from oeuvre.kit.ports import port
from oeuvre.kit.provenance import AmountRow, EventReceipt, ModelEvent, SignatureLine

if TYPE_CHECKING:
    from oeuvre.domains.creation.models import ModelReceipt
    from oeuvre.kit.pagination import Page


def event_receipt(receipt: ModelReceipt, *, language: str) -> EventReceipt:
    """The receipt as a value again, from its signed statement."""
    payload: dict[str, Any] = mapping(receipt.statement, "payload")
    versions = payload.get("versions")
    return EventReceipt(
        number=receipt.number,
        event=ModelEvent(receipt.event),
        model=text(payload, "model"),
        freelancer=text(payload, "freelancer"),
        versions=tuple(str(name) for name in versions) if isinstance(versions, list) else (),
        occurred_at=datetime.fromisoformat(text(payload, "occurred_at")) if payload else receipt.created_at,
        effects=tuple(
            AmountRow(text(row, "label"), text(row, "amount"), text(row, "note")) for row in rows(payload, "effects")
        ),
        key_fingerprint=text(payload, "key_fingerprint"),
        platform=text(payload, "platform"),
        verify_url=verify_url(receipt.number),
        language=language,
        signature=SignatureLine(text(receipt.statement, "fingerprint"), text(receipt.statement, "signature")),
    )


@freelancer_page
@require_GET
def receipts(request: StudioRequest) -> HttpResponse:
    page: Page[ModelReceipt] = paginate(
        selectors.receipts_of(actor=request.actor), page=request.GET.get("page"), per_page=20
    )
    return render(request, "studio/receipts.html", {"page": page})


@freelancer_page
@require_GET
def receipt(request: StudioRequest, receipt_id: UUID) -> HttpResponse:
    found = desk.receipt_own(actor=request.actor, receipt_id=receipt_id)
    return render(
        request,
        "studio/receipt.html",
        {
            "record": found,
            "receipt": event_receipt(found, language=request.user.locale),
            "valid": port("credentials", Credentials).verify_statement(found.statement),
        },
    )


@freelancer_page
@require_GET
def receipt_pdf(request: StudioRequest, receipt_id: UUID) -> HttpResponse:
    found = desk.receipt_own(actor=request.actor, receipt_id=receipt_id)
    document = port("documents", Documents).event_receipt(event_receipt(found, language=request.user.locale))
    headers = {"Content-Disposition": f'attachment; filename="{found.number}.pdf"'}
    return HttpResponse(document, "application/pdf", headers=headers)


@freelancer_page
@require_GET
def receipt_json(request: StudioRequest, receipt_id: UUID) -> HttpResponse:
    """The signed statement itself: verifies without this installation."""
    found = desk.receipt_own(actor=request.actor, receipt_id=receipt_id)
    headers = {"Content-Disposition": f'attachment; filename="{found.number}.json"'}
    return JsonResponse(found.statement, json_dumps_params={"indent": 2, "ensure_ascii": False}, headers=headers)
