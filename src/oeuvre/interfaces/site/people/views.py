"""Settings and public profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_ratelimit.decorators import ratelimit

from oeuvre.domains.accounts import selectors, services
from oeuvre.domains.accounts.errors import HandleInvalidError, HandleTakenError, PasswordWrongError
from oeuvre.domains.audit import selectors as audit
from oeuvre.domains.catalog import selectors as catalog
from oeuvre.domains.reviews.selectors import reputations_elsewhere, reviews_of_freelancer
from oeuvre.domains.search.states import Kind
from oeuvre.interfaces.site.catalogue.common import Numbers, absolute, gig_card, language_name, numbers_of
from oeuvre.interfaces.site.catalogue.structured import person_ld
from oeuvre.interfaces.site.market.plates import newest_plates
from oeuvre.interfaces.site.people.forms import AccountForm, DeleteForm, ProfileForm
from oeuvre.kit.actor import Actor, Role
from oeuvre.kit.pagination import paginate

if TYPE_CHECKING:
    from uuid import UUID

    from django import forms
    from django.http import HttpRequest

    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.audit.models import AuditRecord
    from oeuvre.kit.pagination import Page


GIGS_SHOWN = 24


def _me(request: HttpRequest) -> User:
    user: Any = request.user
    return user  # type: ignore[no-any-return]  # login_required has seen to it


def _refused(form: forms.Form, error: ValidationError) -> None:
    """Put a model's complaints at the form's fields."""
    for name, problems in error.message_dict.items():
        form.add_error(name if name in form.fields else None, list(problems))


@login_required
@require_http_methods(["GET", "POST"])
def settings_home(request: HttpRequest) -> HttpResponse:
    me = _me(request)
    form = AccountForm(request.POST or None, initial={"display_name": me.display_name, "locale": me.locale})
    if request.method == "POST" and form.is_valid():
        services.account_rename(actor=me.actor, display_name=form.cleaned_data["display_name"])
        services.account_locale_set(actor=me.actor, locale=form.cleaned_data["locale"])
        messages.success(request, _("Your account is up to date."))
        answer = redirect("settings:home")
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            form.cleaned_data["locale"],
            max_age=31_536_000,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
        return answer
    return render(request, "settings/home.html", {"form": form})


@login_required
@ratelimit(key="user", rate="30/h", method="POST")
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    actor = _me(request).actor
    own = selectors.profile_own(actor=actor)
    known = {name: getattr(own, name) for name in ProfileForm.base_fields}
    form = ProfileForm(request.POST or None, initial=known)
    form.keep_languages((code, language_name(code)) for code in own.languages)
    if request.method == "POST" and form.is_valid():
        try:
            services.profile_update(actor=actor, **form.cleaned_data)
        except (HandleTakenError, HandleInvalidError) as error:
            form.add_error("handle", error.message)
        except ValidationError as error:
            _refused(form, error)
        else:
            messages.success(request, _("Your public profile is up to date."))
            return redirect("settings:profile")
    return render(request, "settings/profile.html", {"form": form, "profile": own})


@login_required
@require_http_methods(["GET", "POST"])
def roles(request: HttpRequest) -> HttpResponse:
    me = _me(request)
    if request.method == "POST":
        wanted = request.POST.get("role", "")
        role = Role(wanted) if wanted in {Role.FREELANCER, Role.BUYER} else Role.SYSTEM
        services.account_role_add(actor=me.actor, role=role)
        messages.success(request, _("Done. You have a new start page."))
        return redirect("home_by_role" if role is Role.BUYER else "settings:profile")
    return render(request, "settings/roles.html")


@login_required
@require_GET
def activity(request: HttpRequest) -> HttpResponse:
    """What the person did, from the audit log."""
    page: Page[AuditRecord] = paginate(
        audit.log(actor=selectors.account(actor=_me(request).actor).actor), page=request.GET.get("page")
    )
    return render(request, "settings/activity.html", {"page": page})


@login_required
@require_GET
def exports(request: HttpRequest) -> HttpResponse:
    return render(request, "settings/exports.html", {"exports": selectors.exports(actor=_me(request).actor)})


@login_required
@ratelimit(key="user", rate="5/h", method="POST")
@require_POST
def export_request(request: HttpRequest) -> HttpResponse:
    services.account_export_request(actor=_me(request).actor)
    messages.success(request, _("We are packing your copy. This page says when it is ready."))
    return redirect("settings:exports")


@login_required
@ratelimit(key="user", rate="30/h")
@require_GET
def export_download(request: HttpRequest, export_id: UUID) -> HttpResponse:
    content = services.account_export_content(actor=_me(request).actor, export_id=export_id)
    return HttpResponse(
        content,
        content_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="oeuvre-{export_id.hex[:8]}.zip"',
            "Cache-Control": "private, no-store",
        },
    )


@login_required
@ratelimit(key="user", rate="10/h", method="POST")
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    me = _me(request)
    form = DeleteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.account_delete(actor=me.actor, password=form.cleaned_data["password"])
        except PasswordWrongError as error:
            form.add_error("password", error.message)
        else:
            logout(request)
            return redirect("account_deleted")
    return render(request, "settings/delete.html", {"form": form, "effects": services.deletion_effects(actor=me.actor)})


@require_GET
def deleted(request: HttpRequest) -> HttpResponse:
    return render(request, "settings/deleted.html")


@require_GET
def freelancer(request: HttpRequest, handle: str) -> HttpResponse:
    """A freelancer's public page."""
    found = selectors.profile_public(handle=handle)
    skills = catalog.skills_of(freelancer_id=found.user_id)
    counted = numbers_of([found.user_id])
    numbers = counted.get((Kind.FREELANCER, found.user_id), Numbers())
    owner_numbers = counted.get(("owner", found.user_id), Numbers())
    rated, page = numbers.rating_count > 0, request.GET.get("page")
    reviews = reviews_of_freelancer(actor=Actor.anonymous(), freelancer_id=found.user_id, page=page) if rated else None
    gigs = catalog.gigs_of(actor=Actor.anonymous(), owner_id=found.user_id)[:GIGS_SHOWN]
    context = {
        "profile": found,
        "languages_spoken": [language_name(code) for code in found.languages],
        "models": newest_plates(owner_id=found.user_id),
        "gigs": [gig_card(gig) for gig in gigs],
        "skills": skills,
        "numbers": numbers,
        "owner_numbers": owner_numbers,
        "reviews": reviews,
        "elsewhere": reputations_elsewhere(freelancer_id=found.user_id),
        "ask_url": reverse("conversations:new", args=[found.handle]),
        "is_own": found.user_id == request.user.pk,
        "canonical": absolute(reverse("freelancer", args=[found.handle])),
        "structured": person_ld(found, skills, numbers, reviews.items if reviews else ()),
    }
    return render(request, "freelancers/freelancer.html", context)
