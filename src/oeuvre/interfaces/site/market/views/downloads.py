"""What a buyer takes away. The selectors decide whether anything leaves; nothing here does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import UUID

from django.http import Http404
from django.utils.text import slugify
from django.views.decorators.http import require_safe
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.creation import opening, selectors, shop
from oeuvre.domains.creation.modalities.table import file_formats
from oeuvre.domains.creation.papers import title_of
from oeuvre.interfaces.site.downloads import saved
from oeuvre.interfaces.site.market.common import BuyerRequest, buyer_page

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oeuvre.domains.creation.models import Licence

SIDECAR_MIME = "application/c2pa"
_LONGEST_NAME = 50


def stem_of(licence: Licence) -> str:
    """A file name that says what is in it, of plain characters only."""
    words = slugify(title_of(licence.generation))
    short = words if len(words) <= _LONGEST_NAME else words[:_LONGEST_NAME].rsplit("-", 1)[0]
    return f"{short or 'piece'}-{licence.number.lower()}"


def _json(statement: dict[str, object]) -> bytes:
    return json.dumps(statement, indent=2, ensure_ascii=False).encode()


@buyer_page
@require_safe
@ratelimit(key="user", rate="60/m")
def file(request: BuyerRequest, licence_id: UUID, fmt: str) -> HttpResponse:
    """The clean piece in one format."""
    found, data, _ = opening.licence_file(actor=request.actor, licence_id=licence_id, fmt=fmt)
    mime = file_formats()[fmt].mime
    mime = f"{mime}; charset=utf-8" if mime.startswith("text/") else mime
    return saved(data, media_type=mime, name=f"{stem_of(found.licence)}.{fmt}")


@buyer_page
@require_safe
@ratelimit(key="user", rate="60/m")
def sidecar(request: BuyerRequest, licence_id: UUID, fmt: str) -> HttpResponse:
    """The credentials of a format that cannot carry them inside."""
    found, _, beside = opening.licence_file(actor=request.actor, licence_id=licence_id, fmt=fmt)
    if beside is None:
        raise Http404
    return saved(beside, media_type=SIDECAR_MIME, name=f"{stem_of(found.licence)}.{fmt}.c2pa")


@buyer_page
@require_safe
@ratelimit(key="user", rate="20/m")
def bundle(request: BuyerRequest, licence_id: UUID) -> HttpResponse:
    """Every format, credential and paper in one ZIP."""
    licence = selectors.licence_get(actor=request.actor, licence_id=licence_id)
    stem = stem_of(licence)
    statement = _json(shop.statement_of(actor=request.actor, licence_id=licence_id))
    data = shop.bundle_zip(actor=request.actor, licence_id=licence_id, stem=stem, statement=statement)
    return saved(data, media_type="application/zip", name=f"{stem}.zip")


@buyer_page
@require_safe
@ratelimit(key="user", rate="30/m")
def certificate(request: BuyerRequest, licence_id: UUID) -> HttpResponse:
    """The licence certificate as a page; also after the model was switched off."""
    data = shop.certificate_pdf(actor=request.actor, licence_id=licence_id)
    return saved(data, media_type="application/pdf", name=f"certificate-{_number(request, licence_id)}.pdf")


@buyer_page
@require_safe
@ratelimit(key="user", rate="30/m")
def receipt(request: BuyerRequest, licence_id: UUID) -> HttpResponse:
    """The receipt with the split as a page; also after the model was switched off."""
    data = shop.receipt_pdf(actor=request.actor, licence_id=licence_id)
    return saved(data, media_type="application/pdf", name=f"receipt-{_number(request, licence_id)}.pdf")


@buyer_page
@require_safe
def statement(request: BuyerRequest, licence_id: UUID) -> HttpResponse:
    """The signed statement behind the certificate, for programs."""
    data = _json(shop.statement_of(actor=request.actor, licence_id=licence_id))
    return saved(data, media_type="application/json", name=f"certificate-{_number(request, licence_id)}.json")


def _number(request: BuyerRequest, licence_id: UUID) -> str:
    return selectors.licence_get(actor=request.actor, licence_id=licence_id).number.lower()
