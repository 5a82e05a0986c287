"""The words on a licensed design: its buyer changes them, without another charge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.creation import opening, selectors
from oeuvre.domains.creation.errors import TopicRefusedError
from oeuvre.domains.creation.modalities.table import file_formats
from oeuvre.domains.creation.papers import title_of
from oeuvre.domains.creation.services import rewording
from oeuvre.domains.creation.states import LicenceState, WordingState
from oeuvre.interfaces.site.downloads import played, saved
from oeuvre.interfaces.site.errors import FormErrors
from oeuvre.interfaces.site.market.common import BuyerRequest, buyer_page, status_of
from oeuvre.interfaces.site.market.forms import WordsForm
from oeuvre.interfaces.site.market.plates import model_facts
from oeuvre.interfaces.site.market.views.downloads import stem_of

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oeuvre.domains.creation.models import Licence
    from oeuvre.domains.creation.models_wording import LicenceWording

MOST_SHOWN = 10
"""Former wordings on the page; all of them stay verifiable."""


@buyer_page
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="15/m", method="POST")
def words(request: BuyerRequest, licence_id: UUID) -> HttpResponse:
    """The words as they stand, to be changed, and the files of each wording."""
    found = selectors.licence_get(actor=request.actor, licence_id=licence_id)
    is_open = not selectors.is_closed(model=found.generation.model, actor=request.actor)
    if found.status != LicenceState.ACTIVE or not is_open or not rewording.can_reword(found.generation):
        raise Http404
    form = WordsForm(
        request.POST or None,
        texts=[text for text in found.generation.modality.texts if text.name in rewording.roles_of(found.generation)],
        initial=rewording.texts_now(found),
    )
    if request.method == "POST" and form.is_valid():
        with FormErrors(form):
            try:
                rewording.licence_reword(actor=request.actor, licence_id=found.pk, texts=form.cleaned_data)
            except TopicRefusedError as error:
                return redirect("refusal", error.context["refusal"].pk)
            messages.success(request, _("The words are being set. It takes some seconds."))
            return redirect("licences:words", found.pk)
    return render(request, "market/words.html", _shown(found, form), status=status_of(form.is_bound))


def _shown(found: Licence, form: WordsForm) -> dict[str, Any]:
    wordings = selectors.wordings_of(licence=found)
    labels = {fmt.suffix: fmt.label for fmt in found.generation.modality.formats}
    return {
        "licence": found,
        "generation": found.generation,
        "form": form,
        **model_facts(found.generation.model),
        "title": title_of(found.generation),
        "left": rewording.rewordings_left(found),
        "most": rewording.MOST_A_DAY,
        "waits": any(wording.status == WordingState.QUEUED for wording in wordings),
        "wordings": [(wording, _files(wording, labels)) for wording in wordings[:MOST_SHOWN]],
    }


def _files(wording: LicenceWording, labels: dict[str, Any]) -> list[tuple[Any, Any]]:
    rows = sorted(wording.files.all(), key=lambda file: list(labels).index(file.format))
    return [(file, labels[file.format]) for file in rows]


@buyer_page
@require_safe
@ratelimit(key="user", rate="60/m")
def file(request: BuyerRequest, licence_id: UUID, wording_id: UUID, fmt: str) -> HttpResponse:
    """The piece in other words, in one format."""
    found, data, _ = opening.licence_file(actor=request.actor, licence_id=licence_id, fmt=fmt, wording_id=wording_id)
    return saved(data, media_type=file_formats()[fmt].mime, name=f"{stem_of(found.licence)}-words.{fmt}")


@buyer_page
@require_safe
@ratelimit(key="user", rate="600/m")
def shown(request: BuyerRequest, licence_id: UUID, wording_id: UUID) -> HttpResponse:
    """The same on its page."""
    found, data, _ = opening.licence_file(actor=request.actor, licence_id=licence_id, fmt="png", wording_id=wording_id)
    return played(request, data, media_type=file_formats()[found.format].mime)
