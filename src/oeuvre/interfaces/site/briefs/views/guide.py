"""The guide: a need in the visitor's words, at most five questions, what fits, and the draft of a brief. For everybody."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.briefs import selectors, services
from oeuvre.domains.briefs.errors import GuideAnswerError, NeedInvalidError
from oeuvre.domains.briefs.limits import LIMITS
from oeuvre.domains.briefs.selectors import Answer, guide
from oeuvre.interfaces.site.briefs.forms import BriefForm, NeedForm, posted_initial
from oeuvre.interfaces.site.briefs.need import Need, need_forget, need_keep, need_of
from oeuvre.interfaces.site.briefs.shown import examples, found_cards, proposal_of, ways_shown
from oeuvre.interfaces.site.errors import FormErrors
from oeuvre.interfaces.site.market.common import actor_of, status_of
from oeuvre.interfaces.site.middleware import PRIVATE

if TYPE_CHECKING:
    from django.http import HttpRequest

    from oeuvre.domains.briefs.selectors import GuideShown

QUESTIONS = 5
"""More are never asked."""
MOST_KEPT = 200_000
"""Letters of what a session keeps of a draft. The longest one that can be saved, in a script that takes nine a letter when it
is sent, has fewer."""


@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user_or_ip", rate="30/m", method="POST")
def start(request: HttpRequest) -> HttpResponse:
    """What do you need? ``?need=`` fills it in, so that any page can lead here with words."""
    before = need_of(request)
    form = NeedForm(request.POST or None, initial={"text": request.GET.get("need", before.text)[: LIMITS.need]})
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"].strip()
        need = before if text == before.text else Need(text=text)
        with FormErrors(form):
            asks = guide(actor=actor_of(request.user), text=text).question is not None
            onward = redirect("briefs:question", 1) if asks else redirect("briefs:proposals")
            return _kept(request, onward, need)
    context = {"form": form, "examples": examples(), "need": before, "questions": QUESTIONS}
    return _private(render(request, "briefs/start.html", context, status=status_of(form.is_bound)))


@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user_or_ip", rate="120/m", method=ratelimit.ALL)
def question(request: HttpRequest, number: int) -> HttpResponse:
    """One question on a page of its own address, so that back and reload are what a visitor expects."""
    need = need_of(request)
    if not need.text:
        return redirect("briefs:start")
    if not 1 <= number <= min(len(need.answers) + 1, QUESTIONS):
        return redirect("briefs:proposals")
    before = need.answers[: number - 1]
    found = _guide(request, replace(need, answers=before))
    asked = found.question
    if asked is None:
        return redirect("briefs:proposals")
    choice = request.POST.get("choice", "")
    if request.method == "POST" and asked.label(choice) is not None:
        words = (asked.text, asked.label(choice) or "")
        said = _answered(need, number, Answer(asked.key, choice), words)
        return _kept(request, _after(number), said)
    context = {
        "need": need,
        "number": number,
        "questions": QUESTIONS,
        "asked": asked,
        "chosen": need.known.get(asked.key, ""),
        "found": found,
        "back": reverse("briefs:question", args=[number - 1]) if number > 1 else reverse("briefs:start"),
        "problem": _("Choose one of the answers. “I don't know” is one.") if request.method == "POST" else "",
    }
    return _private(render(request, "briefs/question.html", context, status=status_of(request.method == "POST")))


def _answered(need: Need, number: int, answer: Answer, words: tuple[str, str]) -> Need:
    """The same answer again changes nothing; another one makes those after it needless, since other questions follow."""
    same = need.answers[number - 1 : number] == (answer,)
    answers = need.answers if same else (*need.answers[: number - 1], answer)
    known = {**need.known, answer.question: answer.choice}
    said = {**need.said, answer.question: words}
    return need if same else replace(need, answers=answers, known=known, said=said, category="", use_case="", form="")


def _after(number: int) -> HttpResponse:
    return redirect("briefs:question", number + 1) if number < QUESTIONS else redirect("briefs:proposals")


@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user_or_ip", rate="120/m", method=ratelimit.ALL)
def proposals(request: HttpRequest) -> HttpResponse:
    """What fits, why, what it costs, what there is to look at; the one that is chosen becomes a draft."""
    need = need_of(request)
    if not need.text:
        return redirect("briefs:start")
    if request.method == "POST":
        category, use_case = request.POST.get("category", ""), request.POST.get("use_case", "")
        is_same = (category, use_case) == (need.category, need.use_case)
        chosen = need if is_same else replace(need, category=category, use_case=use_case, form="")
        return _kept(request, redirect("briefs:draft"), chosen)
    found = _guide(request, need)
    first = proposal_of(found, request.GET.get("category") or need.category)
    context = {
        "need": need,
        "found": found,
        "first": first,
        "others": [one for one in found.proposals if one is not first],
        "cards": found_cards(text=need.text, category=first.category),
        "ways": ways_shown(found),
        "unanswered": found.question is not None,
        "next_question": len(need.answers) + 1,
    }
    return _private(render(request, "briefs/proposals.html", context))


@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user_or_ip", rate="120/m", method=ratelimit.ALL)
def draft(request: HttpRequest) -> HttpResponse:
    """The draft of a brief: every field can be edited, and only saving it needs an account.

    ``keep`` holds what is typed, for a visitor who goes back; ``again`` shows what another category asks for.
    """
    need = need_of(request)
    if not need.text:
        return redirect("briefs:start")
    if "keep" in request.POST and "again" not in request.POST:
        return _kept(request, HttpResponse(status=204), replace(need, form=request.POST.urlencode()))
    found = _guide(request, need)
    options: dict[str, Any] = {"answers": found.draft.answers, "category": found.draft.category}
    if request.method == "POST" and "again" not in request.POST:
        form = BriefForm(request.POST, **options)
        if not request.user.is_authenticated:
            kept = replace(need, form=request.POST.urlencode())
            return _kept(request, redirect_to_login(request.get_full_path()), kept)
        if form.is_valid():
            with FormErrors(form):
                brief = services.brief_create(actor=actor_of(request.user), content=form.content)
                return need_forget(request, redirect("briefs:brief", brief.pk))
    elif request.method == "POST" or need.form:
        given = request.POST if request.method == "POST" else QueryDict(need.form)
        form = BriefForm(initial=posted_initial(given), **options)
    else:
        form = BriefForm.of(found.draft, **options)
    context = {
        "form": form,
        "need": need,
        "proposal": next((one for one in found.proposals if one.category == form.leaf_key), None),
        "ask": found.ask if found.draft.category == form.leaf_key else (),
        "is_kept": bool(need.form) and request.user.is_authenticated,
    }
    return _private(render(request, "briefs/draft.html", context, status=status_of(form.is_bound)))


@require_http_methods(["POST"])
def forget(request: HttpRequest) -> HttpResponse:
    """Throw away what was told."""
    return need_forget(request, redirect("briefs:start"))


def _guide(request: HttpRequest, need: Need) -> GuideShown:
    """The guide's word on a need. An answer that is not offered any more, as the catalogue changed meanwhile, is left out."""
    try:
        return selectors.guide(
            actor=actor_of(request.user),
            text=need.text,
            answers=need.answers,
            category=need.category,
            use_case=need.use_case,
        )
    except GuideAnswerError as error:
        left = tuple(one for one in need.answers if one.question != error.context["question"])
        return _guide(request, replace(need, answers=left))


def _kept(request: HttpRequest, answer: HttpResponse, need: Need) -> HttpResponse:
    """Keep what was said for who goes on. Raises NeedInvalidError for more than a form of ours sends: anybody can send it."""
    if len(need.form) + len(need.category) + len(need.use_case) > MOST_KEPT:
        raise NeedInvalidError(_("This is longer than a brief can be. Shorten it, then send it again."))
    return need_keep(request, answer, need)


def _private(answer: HttpResponse) -> HttpResponse:
    """A need is nobody else's, logged in or not."""
    answer.headers["Cache-Control"] = PRIVATE
    return answer
