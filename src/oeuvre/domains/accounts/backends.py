"""Who is asking: logging in is allauth's, reading the person again with each request is ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.auth_backends import AuthenticationBackend

from oeuvre.domains.accounts.models import User

if TYPE_CHECKING:
    from uuid import UUID


class PersonBackend(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    """Reads a person together with the profile, which the header of every page shows, in one query."""

    def get_user(self, user_id: UUID) -> User | None:
        person = User.objects.select_related("profile").filter(pk=user_id).first()
        return person if person is not None and self.user_can_authenticate(person) else None
