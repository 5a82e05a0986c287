"""What the platform asks about voices: whether a reading is of the voice that it should be of, and how words can be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from oeuvre.domains.creation.ports import VoiceCheck
from oeuvre.integrations.studio_client.http import HttpStudio
from oeuvre_studio.protocol.pronunciations import LONGEST_ENTRY, fits, unknown_phonemes

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


class StudioPronouncer:
    """The port ``pronouncer``, by the studio's own rules; asks nobody."""

    def problem(self, *, word: str, said: str) -> str:
        """See the port."""
        if not fits(word, said):
            return _("a word and how it is said have at most %(most)d characters each.") % {"most": LONGEST_ENTRY}
        if unknown := unknown_phonemes(said):
            return _("no voice knows the phonemes %(signs)s. Write it with others, or as a respelling.") % {
                "signs": " ".join(unknown)
            }
        return ""
