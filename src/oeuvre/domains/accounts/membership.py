"""Opening an account and what a person sets about themselves. Imported through ``accounts.services``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from oeuvre.domains.accounts.errors import LocaleUnknownError, RoleNotOpenError, UserNotFoundError
from oeuvre.domains.accounts.models import FreelancerProfile, User
from oeuvre.domains.accounts.profiles import profile_changed, profile_open
from oeuvre.domains.audit import services as audit
from oeuvre.kit.actor import Role

if TYPE_CHECKING:
    from oeuvre.kit.actor import Actor

_FLAGS = {Role.FREELANCER: "is_freelancer", Role.BUYER: "is_buyer"}
"""The roles that a person may take on alone; operators are made by other operators, on the command line."""


def own_account(actor: Actor) -> User:
    """The actor's own row, locked. Raises UserNotFoundError for nobody in particular."""
    found = User.objects.select_for_update().filter(deleted_at=None)
    user = found.filter(pk=actor.user_id).first() if actor.user_id else None
    if user is None:
        raise UserNotFoundError("There is no account for this. Log in first.")
    return user


def account_open(*, actor: Actor, freelancer: bool, display_name: str = "", locale: str = "") -> User:
    """Settle what was chosen at sign-up: roles, name, language; a freelancer gets a profile. Safe to repeat."""
    with transaction.atomic():
        user = own_account(actor)
        user.is_freelancer = user.is_freelancer or freelancer
        user.display_name = display_name or user.display_name
        user.locale = locale if locale in dict(settings.LANGUAGES) else user.locale
        user.full_clean(exclude=["password"])
        user.save(update_fields=["is_freelancer", "display_name", "locale"])
        audit.record(actor=user.actor, code="account.created", subject=user, roles=sorted(user.roles))
        if user.is_freelancer and not FreelancerProfile.objects.filter(user=user).exists():
            profile_open(user=user)
    return user


def account_role_add(*, actor: Actor, role: Role) -> User:
    """Become a freelancer or a buyer as well; safe to repeat. Raises RoleNotOpenError for any other role."""
    if role not in _FLAGS:
        raise RoleNotOpenError("Nobody can take this role alone. Ask the operator of this site.", role=role)
    with transaction.atomic():
        user = own_account(actor)
        if not getattr(user, _FLAGS[role]):
            setattr(user, _FLAGS[role], True)
            user.save(update_fields=[_FLAGS[role]])
            audit.record(actor=actor, code="account.role_added", subject=user, role=str(role))
        if role is Role.FREELANCER and not FreelancerProfile.objects.filter(user=user).exists():
            profile_open(user=user)
    return user


def account_rename(*, actor: Actor, display_name: str) -> User:
    """The name that other people see. Raises ValidationError for one that is too long."""
    with transaction.atomic():
        user = own_account(actor)
        user.display_name = " ".join(display_name.split())
        user.full_clean(exclude=["password"])
        user.save(update_fields=["display_name"])
        audit.record(actor=actor, code="account.renamed", subject=user)
        profile_changed(user.pk)
    return user


def account_locale_set(*, actor: Actor, locale: str) -> User:
    """The language of pages and mails. Raises LocaleUnknownError for one that the site does not speak."""
    if locale not in dict(settings.LANGUAGES):
        raise LocaleUnknownError("This site does not speak that language yet.", locale=locale)
    with transaction.atomic():
        user = own_account(actor)
        if user.locale != locale:
            user.locale = locale
            user.save(update_fields=["locale"])
            audit.record(actor=actor, code="account.locale_set", subject=user, locale=locale)
    return user
