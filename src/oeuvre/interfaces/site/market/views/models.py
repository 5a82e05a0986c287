"""A model's public page, where prompts are written, and what its rules turned away."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.creation import consenting, opening, selectors, services
from oeuvre.domains.creation.errors import TopicRefusedError
from oeuvre.domains.creation.modalities.table import MODALITIES
from oeuvre.domains.creation.services.generations import previews_left
from oeuvre.domains.creation.shop import generation_ask_again
from oeuvre.domains.creation.states import ModelState, RefusalState
from oeuvre.domains.creation.works_shown import work_thumbnail, works_shown
from oeuvre.interfaces.site.catalogue.common import absolute
from oeuvre.interfaces.site.downloads import played
from oeuvre.interfaces.site.errors import FormErrors
from oeuvre.interfaces.site.market.common import BuyerRequest, actor_of, buyer_page, number_of, status_of
from oeuvre.interfaces.site.market.forms import AppealForm, PromptForm
from oeuvre.interfaces.site.market.plates import model_facts, model_url
from oeuvre.interfaces.site.market.report import public_report
from oeuvre.interfaces.site.market.split import priced
from oeuvre.kit.errors import NotFoundError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from oeuvre.domains.creation.models import CreationModel, Generation
    from oeuvre.domains.creation.works_shown import ShownWork
    from oeuvre.kit.actor import Actor

THUMBNAIL_CACHE = "private, max-age=300"
_KEPT = "prompt_kept"
"""Where a prompt waits in the session while its writer logs in."""


@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user_or_ip", rate="15/m", method="POST")
def model(request: HttpRequest, handle: str, slug: str) -> HttpResponse:
    """The page of a model; sending its form asks for a piece."""
    actor = actor_of(request.user)
    found = selectors.model_public(actor=actor, handle=handle, slug=slug)
    is_owner = actor.user_id == found.owner_id
    if found.status == ModelState.DISABLED and not is_owner:
        return render(request, "market/off.html", model_facts(found), status=410)
    modality = MODALITIES[found.modality]
    works = works_shown(model=found)
    is_sent = request.method == "POST"
    form = PromptForm(
        request.POST if is_sent else None,
        request.FILES if is_sent else None,
        modality=modality,
        works=works,
        takes_files=request.user.is_authenticated,
        initial=None if is_sent else _initial(request, actor, found),
    )
    if form.is_bound and form.is_valid():
        if not request.user.is_authenticated:
            request.session[_KEPT] = {"model": str(found.pk), **form.kept}
            return redirect_to_login(f"{model_url(found)}#write")
        answer = _ask(request, actor, found, form)
        if answer is not None:
            return answer
    context = {
        "form": form,
        "shown_works": _choosable(form, works),
        "is_owner": is_owner,
        "canonical": absolute(model_url(found)),
        "voice_source": consenting.synthetic_source(found.current_version),
        **model_facts(found),
        **_shown(actor, found),
    }
    return render(request, "market/model.html", context, status=status_of(form.is_bound))


@require_safe
@ratelimit(key="user_or_ip", rate="600/m")
def sample(request: HttpRequest, handle: str, slug: str, sample_number: int) -> HttpResponse:
    """A sample of a model's page that is a picture or recording."""
    actor = actor_of(request.user)
    found = selectors.model_public(actor=actor, handle=handle, slug=slug)
    if selectors.is_closed(model=found, actor=actor):
        raise Http404
    media = opening.sample_content(model=found, number=sample_number)
    return played(request, media.data, media_type=media.mime)


@require_safe
@ratelimit(key="user_or_ip", rate="600/m")
def work(request: HttpRequest, handle: str, slug: str, work_id: UUID) -> HttpResponse:
    """A work that the freelancer shows, small and marked."""
    actor = actor_of(request.user)
    found = selectors.model_public(actor=actor, handle=handle, slug=slug)
    if selectors.is_closed(model=found, actor=actor):
        raise Http404
    answer = played(request, work_thumbnail(model=found, work_id=work_id), media_type="image/webp")
    answer.headers["Cache-Control"] = THUMBNAIL_CACHE
    return answer


def _choosable(form: PromptForm, works: list[ShownWork]) -> list[tuple[ShownWork, bool]]:
    """The works with whether each is chosen already."""
    field = form.works
    chosen = set(field.value() or ()) if field else set()
    return [(one, one.sha256 in chosen) for one in works]


def _initial(request: HttpRequest, actor: Actor, found: CreationModel) -> dict[str, Any]:
    """A sample prompt that was pressed (``?sample=``) or the wishes of a piece of the visitor's (``?piece=``), else what
    was kept while the visitor logged in."""
    before = request.GET.get("piece", "")
    if before and actor.user_id:
        with suppress(ValueError, NotFoundError):
            asked = generation_ask_again(actor=actor, generation_id=UUID(before))
            return {"prompt": asked.prompt, **_answers(asked)} if asked.model_id == found.pk else {}
    sample = number_of(request.GET.get("sample", ""))
    if sample is not None and sample < len(found.sample_prompts):
        return {"prompt": found.sample_prompts[sample]}
    kept = request.session.get(_KEPT) or {}
    return kept if kept.get("model") == str(found.pk) else {}


def _answers(asked: Generation) -> dict[str, Any]:
    """The options of a piece as the form asks for them."""
    options = asked.options
    chosen = {
        option.name: choice.key
        for option in asked.modality.options
        for choice in option.choices
        if all(options.get(name) == value for name, value in choice.options.items())
    }
    lists = {name: ", ".join(value) for name, value in options.items() if isinstance(value, list)}
    works = {asked.modality.works_option: options.get(asked.modality.works_option, [])}
    return {**options, **lists, **works, **chosen}


def _ask(request: HttpRequest, actor: Actor, found: CreationModel, form: PromptForm) -> HttpResponse | None:
    """Ask for the piece; None where the form says what is wrong."""
    with FormErrors(form):
        try:
            generation = services.generation_request(
                actor=actor,
                model_id=found.pk,
                prompt=form.cleaned_data["prompt"],
                options=form.options,
                files=form.brought,
                seed=form.cleaned_data["seed"],
            )
        except TopicRefusedError as error:
            return redirect("refusal", error.context["refusal"].pk)
        request.session.pop(_KEPT, None)
        return redirect("pieces:piece", generation.pk)
    return None


def _shown(actor: Actor, found: CreationModel) -> dict[str, Any]:
    """What the page says about a model."""
    version, modality = found.current_version, MODALITIES[found.modality]
    units = modality.units_expected(modality.usual_options())
    return {
        "samples": selectors.public_samples(model=found),
        "phrases": modality.phrases,
        "report": public_report(version, found.modality) if version else None,
        "uses": [priced(offer, modality=modality, units=units) for offer in selectors.uses_on_offer(model=found)],
        "edit_price": selectors.edit_price(model=found),
        "left": previews_left(model=found, buyer_id=actor.user_id) if actor.user_id else found.daily_previews,
    }


@buyer_page
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="10/m", method="POST")
def refusal(request: BuyerRequest, refusal_id: UUID) -> HttpResponse:
    """What the freelancer's rules turned away, why, and the appeal."""
    found = selectors.refusal_of_buyer(actor=request.actor, refusal_id=refusal_id)
    form = AppealForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with FormErrors(form):
            services.refusal_appeal(actor=request.actor, refusal_id=refusal_id, reason=form.cleaned_data["reason"])
            messages.success(request, _("Your appeal is with the freelancer."))
            return redirect("refusal", refusal_id)
    if found.status == RefusalState.OVERTURNED:
        request.session[_KEPT] = {"model": str(found.model_id), "prompt": found.prompt}
    context = {"refusal": found, "form": form, "word_for_word": found.score >= 1, **model_facts(found.model)}
    return render(request, "market/refusal.html", context, status=status_of(form.is_bound))
