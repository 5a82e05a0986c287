"""The public verify page: anybody may ask what a number, a hash or a file is."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.creation.verification import verify_file, verify_query
from oeuvre.domains.orders.verification import verify_order
from oeuvre.interfaces.site.market.common import number_of, status_of
from oeuvre.interfaces.site.market.facts import as_json, licence_facts, mime_of, order_json, order_verdict, verdict_of
from oeuvre.interfaces.site.market.forms import FILE_MEGABYTES, SIDECAR_MEGABYTES, VerifyForm
from oeuvre.kit.errors import DomainError
from oeuvre.kit.provenance import ValidationState

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile
    from django.http import HttpRequest

    from oeuvre.domains.creation.verification import Verification
    from oeuvre.domains.orders.verification import OrderVerification
    from oeuvre.kit.provenance import CredentialReport

_MOST_BYTES = (FILE_MEGABYTES + SIDECAR_MEGABYTES + 1) * 1024 * 1024
_MOST_CHARACTERS = 200


class UploadTooLargeError(DomainError):
    """The whole upload is over the limit; it is not read."""

    code = "upload_too_large"
    status = 413


@csrf_exempt
def verify(request: HttpRequest) -> HttpResponse:
    """Looks at the announced size before anything takes the form apart; the real view then checks the CSRF token."""
    length = number_of(request.headers.get("Content-Length", ""))
    if length is not None and length > _MOST_BYTES:
        raise UploadTooLargeError(
            _("Files of up to %(most)d MB can be uploaded. Paste the SHA-256 of a larger one.")
            % {"most": FILE_MEGABYTES}
        )
    answer: HttpResponse = _verify(request)
    return answer


@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="ip", rate="30/m")
def _verify(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").replace("\x00", "").strip()[:_MOST_CHARACTERS]
    form = VerifyForm(request.POST, request.FILES) if request.method == "POST" else VerifyForm()
    context: dict[str, Any] = {"form": form, "query": query, "most": FILE_MEGABYTES}
    taken = request.method != "POST" or form.is_valid()
    if request.method == "POST" and form.is_valid():
        context |= _of_upload(form.cleaned_data["file"], form.cleaned_data["sidecar"])
    elif query:
        found = verify_query(query=query)
        order = None if found.found else verify_order(query=query)
        context |= _of_order(order, uploaded=False) if order else _said(found, uploaded=False)
    answer = render(request, "market/verify.html", context, status=status_of(not taken))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _of_upload(file: UploadedFile[bytes], sidecar: UploadedFile[bytes] | None) -> dict[str, Any]:
    """The file is read, asked about and forgotten."""
    beside = sidecar.read() if sidecar else None
    data = file.read()
    found = verify_file(data=data, mime=mime_of(file.name or ""), sidecar=beside)
    order = None if found.found else _order_of(hashlib.sha256(data).hexdigest(), found.credentials)
    said = _of_order(order, uploaded=True) if order else _said(found, uploaded=True)
    return {"file_name": file.name, **said}


def _order_of(digest: str, report: CredentialReport | None) -> OrderVerification | None:
    """The order that handed exactly this file over, or the one that credentials of this platform's name.

    Anybody can sign a file that names one of our numbers, so a stranger's sound credentials name nothing.
    """
    exact = verify_order(query=digest)
    if exact or report is None or report.state != ValidationState.TRUSTED:
        return exact
    return verify_order(query=report.licence)


def _of_order(found: OrderVerification, *, uploaded: bool) -> dict[str, Any]:
    return {"order": found, "verdict": order_verdict(found, uploaded=uploaded), "uploaded": uploaded}


def _said(found: Verification, *, uploaded: bool) -> dict[str, Any]:
    return {
        "found": found,
        "verdict": verdict_of(found, uploaded=uploaded),
        "facts": licence_facts(found.licence) if found.licence else None,
        "uploaded": uploaded,
    }


@require_safe
@ratelimit(key="ip", rate="60/m")
def verify_json(request: HttpRequest, query: str) -> HttpResponse:
    """The same answer for programs; 404 for what nobody here knows."""
    query = query.replace("\x00", "")[:_MOST_CHARACTERS]
    found = verify_query(query=query)
    order = None if found.found else verify_order(query=query)
    said = order_json(query, order) if order else as_json(found)
    answer = JsonResponse(said, status=200 if found.found or order else 404)
    answer.headers["Cache-Control"] = "no-store"
    return answer
