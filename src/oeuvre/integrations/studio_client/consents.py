"""The port ``consents``: what a person agreed to, signed so that it can travel with the version that needed it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from oeuvre.integrations.studio_client.keys import ensure_signing_key, load_key
from oeuvre_studio.protocol import dump, sign_consent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class StudioConsents:
    """Signs with the key that signs versions, which lies in ``home``."""

    def __init__(self, *, home: str) -> None:
        self._home = Path(home)

    def sign(
        self, *, kind: str, statement: str, given_at: datetime, checks: Mapping[str, float | str | bool]
    ) -> dict[str, Any]:
        """See the port: the consent as manifests hold it (`oeuvre_studio.protocol.Consent`)."""
        key = load_key(ensure_signing_key(self._home))
        moment = given_at.isoformat(timespec="seconds")
        return dump(sign_consent(kind=kind, statement=statement, given_at=moment, checks=checks, key=key))
