"""Making operators; from the command line only. Imported through ``accounts.services``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from oeuvre.domains.accounts.models import User
from oeuvre.domains.audit import services as audit
from oeuvre.kit.actor import Role

if TYPE_CHECKING:
    from oeuvre.kit.actor import Actor


def operator_create(*, actor: Actor, email: str, password: str | None, display_name: str = "") -> User:
    """An operator with a confirmed address. An existing person becomes one, and keeps the password without a new one.

    Raises PermissionDeniedError unless the system or an operator asks, ValidationError for an address or a password
    that the site would refuse as well.
    """
    actor.require(Role.SYSTEM, Role.OPERATOR)
    with transaction.atomic():
        user = User.objects.select_for_update().filter(email__iexact=email, deleted_at=None).first()
        if user is None:
            user = User(email=email.lower())
        if password is not None:
            validate_password(password, user)
            user.set_password(password)
        user.is_staff = user.is_active = True
        user.display_name = display_name or user.display_name
        user.full_clean(exclude=["password"])
        user.save()
        EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
        audit.record(actor=actor, code="operator.created", subject=user)
    return user
