"""Accounts of the demo's people."""

from __future__ import annotations

from allauth.account.models import EmailAddress

from oeuvre.domains.accounts.models import User

OPERATOR = "operator@demo.oeuvre.example"
BUYER = "buyer@demo.oeuvre.example"


def person_put(email: str, name: str, password: str, **fields: bool) -> User:
    """The person of this address, made where there is none yet."""
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, password, display_name=name, **fields)
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user
