"""Who did it. Every service takes an actor first."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from oeuvre.kit.errors import PermissionDeniedError

if TYPE_CHECKING:
    from uuid import UUID


class Role(StrEnum):
    FREELANCER = "freelancer"
    BUYER = "buyer"
    OPERATOR = "operator"
    SYSTEM = "system"
    """A schedule or a worker acting for nobody in particular."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (``user_id``) or the system, with the roles they hold right now."""

    user_id: UUID | None
    roles: frozenset[Role]

    @classmethod
    def system(cls) -> Actor:
        return cls(None, frozenset({Role.SYSTEM}))

    @classmethod
    def anonymous(cls) -> Actor:
        return cls(None, frozenset())

    def has(self, *roles: Role) -> bool:
        return any(role in self.roles for role in roles)

    @property
    def is_system(self) -> bool:
        return Role.SYSTEM in self.roles

    @property
    def is_operator(self) -> bool:
        return Role.OPERATOR in self.roles

    @property
    def person_id(self) -> UUID:
        """The person's id. Raises PermissionDeniedError for the system and for somebody not logged in."""
        if self.user_id is None:
            raise PermissionDeniedError("Log in first.")
        return self.user_id

    def require(self, *roles: Role) -> None:
        """Raises PermissionDeniedError unless the actor holds one of the roles."""
        if not self.has(*roles):
            wanted = " or ".join(roles)
            raise PermissionDeniedError(f"This needs the role {wanted}.", roles=roles)

    def __str__(self) -> str:
        return str(self.user_id) if self.user_id else ("system" if self.is_system else "anonymous")
