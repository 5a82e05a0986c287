"""Scripted stand-ins for consent to voices: a checker of readings, and who signs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from oeuvre.domains.creation.ports import VoiceCheck
from oeuvre_studio.protocol import dump, sign_consent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

VOICE_PORTS: dict[str, tuple[str, dict[str, Any]]] = {
    "voice_checker": ("tests.support.fake_voice.FakeVoiceChecker", {}),
    "consents": ("tests.support.fake_voice.FakeConsents", {}),
}
SCORES: dict[str, float | str | bool] = {
    "works": 8,
    "seconds": 4.0,
    "word_error_rate": 0.0,
    "likeness_a_lowest": 0.91,
    "likeness_b_lowest": 0.86,
    "replay_likeness": 0.12,
    "same_file": False,
}


class FakeVoiceChecker:
    """The port ``VoiceChecker``: says what it is told to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answer = VoiceCheck(passed=True, scores=SCORES, reasons=())
        self.failures: list[Exception] = []
        self.asked: list[dict[str, Any]] = []

    def check(
        self,
        *,
        recording: bytes,
        phrase: str,
        language: str,
        references: Sequence[bytes],
        earlier: Sequence[bytes] = (),
    ) -> VoiceCheck:
        self.asked.append(
            {
                "recording": recording,
                "phrase": phrase,
                "language": language,
                "references": list(references),
                "earlier": list(earlier),
            }
        )
        if self.failures:
            raise self.failures.pop(0)
        return self.answer


class FakeConsents:
    """The port ``Consents`` with a key of its own."""

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()

    def sign(
        self, *, kind: str, statement: str, given_at: datetime, checks: Mapping[str, float | str | bool]
    ) -> dict[str, Any]:
        moment = given_at.isoformat(timespec="seconds")
        return dump(sign_consent(kind=kind, statement=statement, given_at=moment, checks=checks, key=self._key))
