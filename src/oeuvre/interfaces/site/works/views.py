"""A freelancer's works: bringing them, seeing which may be trained on, and saying on what ground."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from django.contrib import messages
from django.http import StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.audit import selectors as audit
from oeuvre.domains.portfolio import selectors, services
from oeuvre.domains.portfolio.limits import LIMITS
from oeuvre.domains.portfolio.modalities.table import MODALITIES
from oeuvre.interfaces.site.downloads import saved, shown
from oeuvre.interfaces.site.errors import FormErrors
from oeuvre.interfaces.site.studio.common import freelancer_page, status_of
from oeuvre.interfaces.site.works.forms import DetailsForm, FilterForm, PasteForm, RightsForm, UploadForm
from oeuvre.kit.pagination import paginate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from django.core.files.uploadedfile import UploadedFile
    from django.http import HttpResponse

    from oeuvre.domains.portfolio.models import Work
    from oeuvre.interfaces.site.studio.common import StudioRequest
    from oeuvre.kit.pagination import Page

_PER_PAGE = 40
_EXCERPT = 1600
"""Characters of a work shown on its page."""
_REPORTED = 100
"""Refused files named after one upload; the session carries them over the redirect."""
_REFUSED = "works_refused"


@dataclass(frozen=True, slots=True)
class Row:
    """A work with its verdict."""

    work: Work
    refusals: list[selectors.Refusal]

    @property
    def is_ready(self) -> bool:
        return not self.refusals

    @property
    def is_heard(self) -> bool:
        """Whether it is played rather than read."""
        return MODALITIES[self.work.modality].shown_type.startswith("audio/")

    @property
    def is_gallery(self) -> bool:
        return MODALITIES[self.work.modality].is_gallery


def _rows(request: StudioRequest, filters: FilterForm) -> Page[Row]:
    chosen = filters.cleaned_data if filters.is_valid() else {}
    works = list(
        selectors.works_of(
            actor=request.actor,
            owner_id=request.user.pk,
            rights=chosen.get("rights", ""),
            query=chosen.get("q", ""),
            modality=chosen.get("modality", ""),
        ).defer("signature")
    )
    found = selectors.verdicts(works)
    rows = [Row(work, found[work.pk]) for work in works]
    if verdict := chosen.get("verdict"):
        rows = [row for row in rows if row.is_ready == (verdict == FilterForm.READY)]
    return paginate(rows, page=request.GET.get("page"), per_page=_PER_PAGE)


def _list_page(request: StudioRequest, form: UploadForm, *, status: int = 200) -> HttpResponse:
    filters = FilterForm(request.GET)
    page = _rows(request, filters)
    context = {
        "form": form,
        "filters": filters,
        "page": page,
        "is_gallery": all(row.is_gallery for row in page.items),
        "is_filtered": any(filters.cleaned_data.values()) if filters.is_valid() else False,
        "summary": selectors.portfolio_summary(actor=request.actor, owner_id=request.user.pk),
        "refused": request.session.pop(_REFUSED, []),
        "limits": LIMITS,
    }
    return render(request, "works/list.html", context, status=status)


@require_GET
@freelancer_page
def works_list(request: StudioRequest) -> HttpResponse:
    return _list_page(request, UploadForm())


def _contents(files: list[UploadedFile[Any]]) -> Iterator[tuple[str, IO[bytes]]]:
    """Names and open files: the service reads one at a time, and says what is too large."""
    for file in files:
        yield file.name or "", file.file or io.BytesIO()


@require_POST
@freelancer_page
@ratelimit(key="user", rate="60/h", method="POST")
def works_upload(request: StudioRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _list_page(request, form, status=422)
    given = form.cleaned_data
    result = services.works_add_many(
        actor=request.actor,
        files=_contents(given["works"]),
        rights=given["rights"],
        evidence=given["evidence"],
        terms=given["terms"],
    )
    if result.added:
        count = len(result.added)
        messages.success(request, ngettext("%(count)d work added.", "%(count)d works added.", count) % {"count": count})
    request.session[_REFUSED] = [list(refused) for refused in result.refused[:_REPORTED]]
    return redirect("works:list")


@require_http_methods(["GET", "POST"])
@freelancer_page
@ratelimit(key="user", rate="120/h", method="POST")
def work_paste(request: StudioRequest) -> HttpResponse:
    form = PasteForm(request.POST or None)
    if form.is_valid():
        with FormErrors(form):
            work = services.work_paste(actor=request.actor, **form.cleaned_data)
            messages.success(request, _("“%(title)s” added.") % {"title": work.title})
            return redirect("works:list")
    return render(request, "works/paste.html", {"form": form}, status=status_of(form.is_bound))


@require_GET
@freelancer_page
@ratelimit(key="user", rate="20/h")
def works_export(request: StudioRequest) -> StreamingHttpResponse:
    stream = services.works_export(actor=request.actor, owner_id=request.user.pk)
    headers = {"Content-Disposition": 'attachment; filename="works.zip"', "Cache-Control": "private, no-store"}
    return StreamingHttpResponse(stream, content_type="application/zip", headers=headers)


def _row_context(request: StudioRequest, work: Work) -> dict[str, Any]:
    return {"row": Row(work, selectors.refusals(work))}


@require_http_methods(["GET", "POST"])
@freelancer_page
@ratelimit(key="user", rate="300/h", method="POST")
def work_detail(request: StudioRequest, work_id: UUID) -> HttpResponse:
    work = selectors.work_get(actor=request.actor, work_id=work_id)
    form = DetailsForm.of(work, request.POST or None)
    if form.is_valid():
        with FormErrors(form):
            given = form.cleaned_data
            services.work_update(actor=request.actor, work_id=work_id, clear_year=given["year"] is None, **given)
            messages.success(request, _("Changes saved."))
            return redirect("works:detail", work_id)
    modality = MODALITIES[work.modality]
    text = modality.excerpt(services.work_kept(actor=request.actor, work_id=work_id))
    context = {
        **_row_context(request, work),
        "work": work,
        "form": form,
        "rights_form": RightsForm.of(work, None),
        "shown": f"works/shown/{work.modality}.html",
        "size_label": modality.size_label,
        "size_number": modality.number(work.size),
        "excerpt": text[:_EXCERPT],
        "is_cut": len(text) > _EXCERPT,
        "similar": selectors.similar_own_works(actor=request.actor, work=work),
        "history": audit.history(subject=work)[:30],
    }
    return render(request, "works/work.html", context, status=status_of(form.is_bound))


@require_GET
@freelancer_page
def work_row(request: StudioRequest, work_id: UUID) -> HttpResponse:
    """One line of the list, for whoever opened the rights there and keeps them as they are."""
    work = selectors.work_get(actor=request.actor, work_id=work_id)
    return render(request, "works/row.html", _row_context(request, work))


@require_http_methods(["GET", "POST"])
@freelancer_page
@ratelimit(key="user", rate="600/h", method="POST")
def work_rights(request: StudioRequest, work_id: UUID) -> HttpResponse:
    """The rights of a work: within its line of the list where htmx asks, else on a page of their own."""
    work = selectors.work_get(actor=request.actor, work_id=work_id)
    form = RightsForm.of(work, request.POST or None)
    is_inline = bool(getattr(request, "htmx", False))
    if form.is_valid():
        with FormErrors(form):
            work = services.work_rights_set(actor=request.actor, work_id=work_id, **form.cleaned_data)
            if not is_inline:
                messages.success(request, _("Rights of “%(title)s” saved.") % {"title": work.title})
                return redirect("works:detail", work_id)
            summary = selectors.portfolio_summary(actor=request.actor, owner_id=request.user.pk)
            line = "works/card.html" if request.POST.get("place") == "card" else "works/row.html"
            saved_context = {**_row_context(request, work), "summary": summary, "line": line}
            return render(request, "works/row_saved.html", saved_context)
    context = {"work": work, "form": form, "is_inline": is_inline}
    if not is_inline:
        return render(request, "works/rights.html", context, status=status_of(form.is_bound))
    answer = render(request, "works/rights_form.html", context)
    answer["HX-Retarget"], answer["HX-Reswap"] = f"#work-{work.pk}-rights", "innerHTML"
    return answer


@require_GET
@freelancer_page
@ratelimit(key="user", rate="600/h")
def work_file(request: StudioRequest, work_id: UUID) -> HttpResponse:
    """The file as it came; always to be saved, never shown as a page of this site."""
    work = selectors.work_get(actor=request.actor, work_id=work_id)
    data = services.work_content(actor=request.actor, work_id=work_id)
    answer = saved(data, name=work.filename, media_type="application/octet-stream")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@require_GET
@freelancer_page
@ratelimit(key="user", rate="6000/h")
def work_shown(request: StudioRequest, work_id: UUID) -> HttpResponse:
    """What pages show of a work: the small picture or light recording that was made of it here, or its text."""
    work = selectors.work_get(actor=request.actor, work_id=work_id)
    kept = services.work_kept(actor=request.actor, work_id=work_id)
    return shown(kept, media_type=MODALITIES[work.modality].shown_type or "text/plain; charset=utf-8")


@require_POST
@freelancer_page
def work_remove(request: StudioRequest, work_id: UUID) -> HttpResponse:
    work = selectors.work_get(actor=request.actor, work_id=work_id)
    services.work_remove(actor=request.actor, work_id=work_id)
    messages.success(
        request, _("“%(title)s” removed. Its file and what pages showed of it are deleted.") % {"title": work.title}
    )
    return redirect("works:list")
