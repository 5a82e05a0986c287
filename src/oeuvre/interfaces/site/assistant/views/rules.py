"""The rules, section by section."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.assistant import selectors, services
from oeuvre.interfaces.site.assistant.common import AssistantRequest, assistant_page
from oeuvre.interfaces.site.assistant.reply_forms import AwayForm
from oeuvre.interfaces.site.assistant.rules import BY_KEY, SECTIONS, Editor, Section, following
from oeuvre.interfaces.site.errors import FormErrors, MessageErrors

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oeuvre.domains.assistant.content import SettingsContent


@assistant_page
@require_GET
def rules(request: AssistantRequest) -> HttpResponse:
    return redirect(SECTIONS[0].href)


@assistant_page
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="user", rate="120/h", method="POST")
def section(request: AssistantRequest, section_key: str) -> HttpResponse:
    """One section. Buttons that only change the rows on the page store nothing."""
    here = BY_KEY.get(section_key)
    if here is None:
        raise Http404
    settings = selectors.settings_of(actor=request.actor)
    editor = here.editor(settings, request.POST if request.method == "POST" else None)
    do = request.POST.get("do", "")
    if request.method != "POST" or editor.rearrange(do):
        return _page(request, here, editor, settings)
    if editor.is_valid() and _is_saved(request, editor, settings):
        messages.success(request, _("Saved: %(section)s.") % {"section": here.label})
        after = following(here)
        return redirect(after.href if after and do == "next" else here.href)
    return _page(request, here, editor, settings, status=422)


def _is_saved(request: AssistantRequest, editor: Editor, settings: SettingsContent) -> bool:
    """What the service does not take stands on the form, or for a list of matters above the page."""
    with FormErrors(editor.form) if editor.form is not None else MessageErrors(request):
        services.settings_save(actor=request.actor, settings=replace(settings, **editor.changes))
        return True
    return False


def _page(
    request: AssistantRequest, here: Section, editor: Editor, settings: SettingsContent, status: int = 200
) -> HttpResponse:
    return render(
        request,
        "assistant/rules/section.html",
        {
            "assistant": request.assistant,
            "section": here,
            "sections": SECTIONS,
            "following": following(here),
            "editor": editor,
            "settings": settings,
            "is_wrong": status != 200,
            "away_form": AwayForm(initial={"until": settings.away_until}) if here.key == "hours" else None,
        },
        status=status,
    )
