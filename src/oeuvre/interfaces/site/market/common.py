"""What the buyer's pages share: as whom they ask, and what must never be kept by a cache."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from oeuvre.interfaces.site.middleware import PRIVATE
from oeuvre.kit.actor import Actor, Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import AnonymousUser

    from oeuvre.domains.accounts.models import User

P = ParamSpec("P")


class BuyerRequest(HttpRequest):
    """A request of somebody who is logged in. ``actor`` is them without an operator's powers, which would show an
    operator who also buys everybody's things among their own."""

    user: User
    actor: Actor


def actor_of(user: User | AnonymousUser) -> Actor:
    """The visitor of a public page as an actor."""
    if not user.is_authenticated:
        return Actor.anonymous()
    return Actor(user.pk, user.roles - {Role.OPERATOR})


def buyer_page(
    view: Callable[Concatenate[BuyerRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Asks for a login, says who asks, and keeps the answer out of every cache."""

    @login_required
    @wraps(view)
    def wrapper(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        known = cast("BuyerRequest", request)
        known.actor = actor_of(known.user)
        answer = view(known, *args, **kwargs)
        answer.headers["Cache-Control"] = PRIVATE
        return answer

    return cast("Callable[Concatenate[HttpRequest, P], HttpResponse]", wrapper)


_LONGEST_NUMBER = 15


def number_of(text: str) -> int | None:
    """A whole number as it came in an address, a hidden field or a header; None for anything else, and beyond reason."""
    return int(text) if text.isdecimal() and len(text) <= _LONGEST_NUMBER else None


def status_of(form_is_bound: bool) -> int:
    """200 for a fresh form, 422 for one that was sent and not taken."""
    return 422 if form_is_bound else 200
