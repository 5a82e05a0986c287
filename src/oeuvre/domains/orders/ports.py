"""What orders need from outside: somebody who signs, and somebody who knows whom the site trusts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from oeuvre.kit.provenance import CredentialClaim, CredentialReport, Signed


class Credentials(Protocol):
    """C2PA credentials for files, Ed25519 signatures for statements."""

    def sign(self, data: bytes, mime: str, claim: CredentialClaim, parents: Sequence[Signed] = ()) -> Signed:
        """The file with its credentials, inside it where the format has room for them, else beside it.

        ``parents`` are what it was made from by hand. Raises CredentialError for a file that they do not go into.
        """
        ...

    def read(self, data: bytes, mime: str, sidecar: bytes | None = None) -> CredentialReport: ...

    def sign_statement(self, payload: dict[str, Any]) -> dict[str, Any]:
        """``payload`` beside its ``signature`` (base64) and the ``fingerprint`` of the platform's key."""
        ...

    def verify_statement(self, statement: dict[str, Any]) -> bool: ...


class Trust(Protocol):
    """Knows which freelancers the site trusts: their earnings clear sooner. The port is called ``trust``."""

    def is_trusted(self, *, freelancer_id: UUID) -> bool: ...
