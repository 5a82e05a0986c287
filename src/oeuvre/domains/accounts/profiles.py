"""What a freelancer shows to everybody. Imported through ``accounts.services``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.validators import MaxLengthValidator
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from oeuvre.domains.accounts.errors import HandleInvalidError, HandleTakenError, ProfileNotFoundError
from oeuvre.domains.accounts.models import FreelancerProfile
from oeuvre.domains.audit import services as audit
from oeuvre.kit.actor import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from oeuvre.domains.accounts.models import User
    from oeuvre.kit.actor import Actor

HANDLE_MIN = 3
BIO_MAX = 2000
RESERVED_HANDLES = frozenset(
    {
        "about",
        "account",
        "accounts",
        "admin",
        "api",
        "help",
        "me",
        "new",
        "oeuvre",
        "operator",
        "settings",
        "studio",
        "system",
    }
)
"""Words that a person must not be able to pass as."""


_followers: list[Callable[[UUID], None]] = []


def profile_follow(follower: Callable[[UUID], None]) -> None:
    """Let a domain hear whose name or profile changed, in the change's transaction; called once, from ``AppConfig.ready``."""
    _followers.append(follower)


def profile_changed(user_id: UUID) -> None:
    """Tell who follows. Runs in the caller's transaction."""
    for follower in _followers:
        follower(user_id)


def _free_handle(wanted: str) -> str:
    """``wanted`` as a slug, with the smallest number that makes it free."""
    base = slugify(wanted)[:32].strip("-")
    if len(base) < HANDLE_MIN or base in RESERVED_HANDLES:
        base = f"{base}-works".strip("-")
    handle, number = base, 1
    while FreelancerProfile.objects.filter(handle=handle).exists():
        number += 1
        handle = f"{base}-{number}"
    return handle


def profile_open(*, user: User) -> FreelancerProfile:
    """A new freelancer's profile, under a handle made from the name. Runs in the caller's transaction."""
    profile = FreelancerProfile.objects.create(user=user, handle=_free_handle(user.display_name or "freelancer"))
    audit.record(actor=user.actor, code="profile.created", subject=profile, handle=profile.handle)
    return profile


def profile_update(
    *,
    actor: Actor,
    handle: str,
    headline: str = "",
    bio: str = "",
    trade: str = "",
    location: str = "",
    languages: Sequence[str] = (),
) -> FreelancerProfile:
    """Change the actor's own profile.

    Raises ProfileNotFoundError, HandleInvalidError, HandleTakenError, or Django's ValidationError for a text
    that is too long.
    """
    actor.require(Role.FREELANCER)
    handle = handle.strip().lower()
    if len(handle) < HANDLE_MIN or handle != slugify(handle) or handle in RESERVED_HANDLES:
        raise HandleInvalidError(
            f"Use at least {HANDLE_MIN} letters, digits or hyphens, and a name that is not the site's own.",
            handle=handle,
        )
    try:
        with transaction.atomic():
            mine = FreelancerProfile.objects.select_for_update()
            profile = mine.filter(user_id=actor.user_id).first() if actor.user_id else None
            if profile is None:
                raise ProfileNotFoundError("You have no public profile yet. Become a freelancer first.")
            profile.handle = handle
            profile.headline, profile.bio, profile.trade, profile.location = headline, bio, trade, location
            profile.languages = list(dict.fromkeys(languages))
            profile.full_clean(validate_unique=False)
            MaxLengthValidator(BIO_MAX)(bio)
            profile.save()
            audit.record(actor=actor, code="profile.updated", subject=profile, handle=handle)
            profile_changed(profile.user_id)
    except IntegrityError:
        raise HandleTakenError("Somebody else has this handle. Choose another one.", handle=handle) from None
    return profile
