"""The port ``voice_checker``: the studio listens whether a reading is of the voice that it should be of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oeuvre.domains.creation.ports import VoiceCheck
from oeuvre.integrations.studio_client.http import HttpStudio

if TYPE_CHECKING:
    from collections.abc import Sequence


class StudioVoiceChecker:
    """Asks the studio that makes speech; see the port."""

    def __init__(self, *, url: str, grant_key_path: str) -> None:
        self._studio = HttpStudio(url=url, grant_key_path=grant_key_path)

    def check(
        self,
        *,
        recording: bytes,
        phrase: str,
        language: str,
        references: Sequence[bytes],
        earlier: Sequence[bytes] = (),
    ) -> VoiceCheck:
        """See the port."""
        found = self._studio.check_voice(
            recording=recording, phrase=phrase, language=language, references=references, earlier=earlier
        )
        return VoiceCheck(passed=bool(found["passed"]), scores=dict(found["scores"]), reasons=tuple(found["reasons"]))
