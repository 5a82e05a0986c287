"""Versions that wait for an operator: the queue, and one version as buyers would see it, with a word about each part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from oeuvre.domains.audit import selectors as audit
from oeuvre.domains.catalog import selectors, services
from oeuvre.domains.catalog.desk import versions_unread
from oeuvre.domains.catalog.errors import VersionNotWaitingError
from oeuvre.domains.catalog.states import ReviewSection, VersionState, WaitReason
from oeuvre.domains.creation import selectors as creation
from oeuvre.interfaces.backoffice.access import operator_page
from oeuvre.interfaces.backoffice.gigs.forms import PUBLISH, QueueFilter, ReviewForm
from oeuvre.interfaces.site.catalogue.common import Numbers, numbers_of
from oeuvre.interfaces.site.catalogue.views.gig import version_context
from oeuvre.interfaces.site.errors import FormErrors
from oeuvre.kit.pagination import paginate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from django.forms import BoundField
    from django.http import HttpRequest, HttpResponse
    from django_stubs_ext import StrOrPromise

    from oeuvre.domains.catalog.models import GigVersion
    from oeuvre.domains.catalog.selectors import ReviewPage
    from oeuvre.kit.actor import Actor
    from oeuvre.kit.pagination import Page

_UNREAD = "unread"
_NAMED = 20
"""What of a gig's history is listed."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the page as buyers see it, and the fields for what must change there."""

    key: str
    title: StrOrPromise
    fields: Sequence[BoundField]
    is_changed: bool
    """Since what buyers see now."""

    @property
    def is_open(self) -> bool:
        return any(field.errors or field.value() for field in self.fields)


_S = ReviewSection
_PARTS: tuple[tuple[str, StrOrPromise, tuple[ReviewSection, ...]], ...] = (
    ("words", gettext_lazy("Title and summary"), (_S.TITLE, _S.SUMMARY)),
    ("samples", gettext_lazy("Samples"), (_S.SAMPLES,)),
    ("packages", gettext_lazy("Packages"), (_S.PACKAGES,)),
    ("about", gettext_lazy("Description"), (_S.DESCRIPTION,)),
    (
        "facts",
        gettext_lazy("Category, attributes, use of AI"),
        (_S.CATEGORY, _S.ATTRIBUTES, _S.LANGUAGES, _S.AI_POLICY),
    ),
    ("extras", gettext_lazy("Extras"), (_S.EXTRAS,)),
    ("terms", gettext_lazy("Questions and criteria"), (_S.REQUIREMENTS, _S.CRITERIA)),
    ("faq", gettext_lazy("Answered questions"), (_S.FAQ,)),
)


@require_GET
@operator_page
def queue(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What waits, oldest first; all of it or for one reason."""
    form = QueueFilter(request.GET)
    because = WaitReason(form.cleaned_data["because"]) if form.is_valid() and form.cleaned_data["because"] else None
    rows = selectors.review_queue(actor=actor, because=because)
    page: Page[GigVersion] = paginate(rows, page=request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(row, WaitReason(getattr(row, "because", WaitReason.EVERY)).label) for row in page.items],
        **_tabs(because or ""),
    }
    return render(request, "gigs_desk/queue.html", context)


@require_GET
@operator_page
def unread(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What went live without an operator, because the settings ask for none."""
    page: Page[GigVersion] = paginate(versions_unread(actor=actor), page=request.GET.get("page"))
    return render(request, "gigs_desk/unread.html", {"page": page, **_tabs(_UNREAD)})


def _tabs(current: str) -> dict[str, Any]:
    """The queue for each reason, and beside it what never waited; with the rule that divides them."""
    here = reverse("gigs_desk:queue")
    tabs = [(_("All"), here, not current)]
    tabs += [(str(reason.label), f"{here}?because={reason}", reason == current) for reason in WaitReason]
    tabs.append((_("Live and unread"), reverse("gigs_desk:unread"), current == _UNREAD))
    return {"tabs": tabs, "rule": settings.GIG_REVIEW}


@require_http_methods(["GET", "POST"])
@operator_page
def review(request: HttpRequest, actor: Actor, waiting_id: UUID) -> HttpResponse:
    """One version: what buyers would see, what changed, who offers it, and the decision."""
    page = selectors.review_page(actor=actor, version_id=waiting_id)
    form = ReviewForm(request.POST or None, initial={"revision": page.shown.version.revision})
    if request.method == "POST" and form.is_valid():
        with FormErrors(form):
            try:
                _decide(request, actor, waiting_id, form)
            except VersionNotWaitingError as error:
                messages.error(request, error.message)
                return redirect("gigs_desk:review", waiting_id)
            return redirect("gigs_desk:queue")
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "gigs_desk/review.html", _context(actor, page, form), status=status)


def _decide(request: HttpRequest, actor: Actor, version_id: UUID, form: ReviewForm) -> None:
    given = form.cleaned_data
    if given["decision"] == PUBLISH:
        services.gig_version_publish(actor=actor, version_id=version_id, revision=given["revision"])
        messages.success(request, _("Published. Buyers find it from now on, and the freelancer has a mail."))
    else:
        services.gig_version_return(
            actor=actor,
            version_id=version_id,
            reasons=given["reasons"],
            sections=form.sections,
            revision=given["revision"],
        )
        messages.success(request, _("Returned. The freelancer reads your reasons, each beside its part."))


def _context(actor: Actor, page: ReviewPage, form: ReviewForm) -> dict[str, Any]:
    gig, version = page.gig, page.shown.version
    changed = {one.field.partition(".")[0] for one in page.differences}
    waits = version.status == VersionState.IN_REVIEW
    applied = creation.applications(actor=actor).filter(freelancer_id=gig.owner_id).order_by("-created_at").first()
    counted = numbers_of([gig.owner_id])
    return {
        **version_context(gig, page.shown),
        "page": page,
        "form": form if waits else None,
        "parts": [
            Part(key, title, form.of(sections), bool(changed & {str(one) for one in sections}))
            for key, title, sections in _PARTS
        ],
        "application": applied,
        "numbers": counted.get(("owner", gig.owner_id), Numbers()),
        "history": audit.history(subject=gig)[:_NAMED],
    }


@require_GET
@operator_page
def preview(request: HttpRequest, actor: Actor, waiting_id: UUID) -> HttpResponse:
    """The version on the public page of a gig, exactly as buyers would see it."""
    version = selectors.gig_version(actor=actor, version_id=waiting_id)
    gig = version.gig
    shown = selectors.version_shown(version, owner_id=gig.owner_id)
    counted = numbers_of([gig.pk, gig.owner_id])
    context = {
        **version_context(gig, shown),
        "numbers": counted.get(("gig", gig.pk), Numbers()),
        "owner_numbers": counted.get(("owner", gig.owner_id), Numbers()),
        "is_preview": True,
        "back": reverse("gigs_desk:review", args=[waiting_id]),
        "back_label": _("Back to the review"),
    }
    return render(request, "catalogue/gig.html", context)
