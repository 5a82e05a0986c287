"""Reading accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from django.utils import timezone

from oeuvre.domains.accounts.errors import ProfileNotFoundError, UserNotFoundError
from oeuvre.domains.accounts.models import AccountExport, FreelancerProfile, User

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from oeuvre.kit.actor import Actor


def account(*, actor: Actor) -> User:
    """The actor's own account. Raises UserNotFoundError for nobody in particular."""
    found = User.objects.select_related("profile").filter(deleted_at=None)
    user = found.filter(pk=actor.user_id).first() if actor.user_id else None
    if user is None:
        raise UserNotFoundError("There is no account for this. Log in first.")
    return user


def people(*, actor: Actor) -> QuerySet[User]:
    """Everybody, for operators; only oneself for anybody else."""
    everybody = User.objects.select_related("profile").order_by("-date_joined")
    if actor.is_operator or actor.is_system:
        return everybody
    return everybody.filter(pk=actor.user_id) if actor.user_id else everybody.none()


def profile_public(*, handle: str) -> FreelancerProfile:
    """What everybody may see of a freelancer. Raises ProfileNotFoundError; also for an account that was deleted."""
    found = (
        FreelancerProfile.objects.select_related("user")
        .filter(handle=handle.lower(), user__deleted_at=None, user__is_active=True, user__is_freelancer=True)
        .first()
    )
    if found is None:
        raise ProfileNotFoundError("There is no freelancer of this name here.", handle=handle)
    return found


def profile_own(*, actor: Actor) -> FreelancerProfile:
    """The actor's own profile. Raises ProfileNotFoundError when they are no freelancer."""
    profiles = FreelancerProfile.objects.select_related("user")
    found = profiles.filter(user_id=actor.user_id).first() if actor.user_id else None
    if found is None:
        raise ProfileNotFoundError("You have no public profile yet. Become a freelancer first.")
    return found


def freelancer_reachable(*, user_id: UUID) -> bool:
    """Whether this is a freelancer whom somebody can write to."""
    return User.objects.filter(pk=user_id, is_freelancer=True, is_active=True, deleted_at=None).exists()


BIO_CHARACTERS = 80
"""A bio shorter than this tells a buyer, and an operator who vets, too little."""


@dataclass(frozen=True, slots=True)
class VettingFacts:
    """What an operator's open criteria ask of an account."""

    email_verified: bool
    profile_complete: bool


def vetting_facts(*, user_id: UUID) -> VettingFacts:
    """Whether the e-mail address is confirmed and the profile says enough."""
    user = User.objects.get(pk=user_id)
    profile = FreelancerProfile.objects.filter(user=user).first()
    complete = bool(
        profile
        and user.display_name
        and profile.headline
        and profile.trade
        and len(profile.bio.strip()) >= BIO_CHARACTERS
    )
    verified = EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True).exists()
    return VettingFacts(verified, complete)


def exports(*, actor: Actor) -> QuerySet[AccountExport]:
    """The actor's own exports of the last 30 days, newest first."""
    if actor.user_id is None:
        return AccountExport.objects.none()
    since = timezone.now() - timedelta(days=30)
    return AccountExport.objects.filter(user_id=actor.user_id, created_at__gte=since)
