"""What disputes need from outside: somebody who signs the list of a bundle's parts (port ``credentials``)."""

from __future__ import annotations

from typing import Any, Protocol


class Statements(Protocol):
    def sign_statement(self, payload: dict[str, Any]) -> dict[str, Any]:
        """``payload`` beside its ``signature`` (base64) and the ``fingerprint`` of the platform's key."""
        ...
