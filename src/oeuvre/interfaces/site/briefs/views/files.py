"""Files beside a brief: its buyer adds and removes them, whoever may read the brief fetches them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.briefs import selectors, services
from oeuvre.interfaces.site.briefs.forms import FilesForm
from oeuvre.interfaces.site.conversations.common import actor_of
from oeuvre.interfaces.site.downloads import saved
from oeuvre.interfaces.site.errors import MessageErrors
from oeuvre.interfaces.site.market.common import BuyerRequest, buyer_page

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse


@login_required
@require_safe
@ratelimit(key="user", rate="120/m")
def file(request: HttpRequest, brief_id: UUID, brief_file_id: UUID) -> HttpResponse:
    found = selectors.brief_file(actor=actor_of(request), brief_id=brief_id, file_id=brief_file_id)
    return saved(found.data, name=found.name, media_type=found.media_type)


@buyer_page
@require_POST
@ratelimit(key="user", rate="30/h")
def add(request: BuyerRequest, brief_id: UUID) -> HttpResponse:
    form = FilesForm(request.POST, request.FILES)
    with MessageErrors(request):
        uploads = form.uploads if form.is_valid() else []
        services.brief_files_add(actor=request.actor, brief_id=brief_id, files=uploads)
        said = ngettext("%(count)d file added.", "%(count)d files added.", len(uploads)) % {"count": len(uploads)}
        messages.success(request, said)
    return redirect("briefs:brief", brief_id)


@buyer_page
@require_POST
@ratelimit(key="user", rate="60/h")
def remove(request: BuyerRequest, brief_id: UUID, brief_file_id: UUID) -> HttpResponse:
    with MessageErrors(request):
        services.brief_file_remove(actor=request.actor, brief_id=brief_id, file_id=brief_file_id)
        messages.success(request, _("Taken out. Freelancers do not see it any more."))
    return redirect("briefs:brief", brief_id)
