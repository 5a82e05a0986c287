"""What reviews need from outside: somebody who signs statements and who tells who signed one (port ``credentials``)."""

from __future__ import annotations

from typing import Any, Protocol


class Statements(Protocol):
    """Ed25519 on canonical JSON (RFC 8785)."""

    def sign_statement(self, payload: dict[str, Any]) -> dict[str, Any]:
        """``payload`` beside its ``signature`` (base64), ``publicKey`` (base64) and the key's ``fingerprint``.

        Raises CredentialError for what has no canonical form: fractions, integers past ±2⁵³.
        """
        ...

    def verify_statement(self, statement: dict[str, Any]) -> bool:
        """Whether this installation signed exactly this."""
        ...

    def statement_fingerprint(self) -> str:
        """The fingerprint of the key that this installation signs with."""
        ...

    def statement_signer(self, statement: Any) -> str:
        """The fingerprint of the key that signed exactly this, whoever holds it; empty where nobody did."""
        ...
