"""What all pages of the studio share: who may open them, and as whom they ask."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from oeuvre.kit.actor import Actor, Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from oeuvre.domains.accounts.models import User

P = ParamSpec("P")


class StudioRequest(HttpRequest):
    """A request of a logged-in freelancer. ``actor`` is them without the operator's powers, which an operator who is
    also a freelancer has no use for among their own things."""

    user: User
    actor: Actor


def freelancer_page(
    view: Callable[Concatenate[StudioRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Lets freelancers in. Others get the login form, or a 403 that says which role is missing."""

    @login_required
    @wraps(view)
    def wrapper(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        known = cast("StudioRequest", request)
        known.actor = Actor(known.user.pk, known.user.roles - {Role.OPERATOR})
        known.actor.require(Role.FREELANCER)
        return view(known, *args, **kwargs)

    return cast("Callable[Concatenate[HttpRequest, P], HttpResponse]", wrapper)


def status_of(form_is_bound: bool) -> int:
    """200 for a fresh form, 422 for one that was sent and not taken."""
    return 422 if form_is_bound else 200
