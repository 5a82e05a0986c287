"""Pronunciation lists: how a voice says particular words, written one a line as ``word = how it is said``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from oeuvre.domains.creation.errors import PronunciationsInvalidError
from oeuvre.domains.creation.ports import Pronouncer
from oeuvre.kit.ports import port

if TYPE_CHECKING:
    from collections.abc import Mapping

SIGN = "="
MOST_OF_OWNER, MOST_OF_BUYER = 480, 20
"""Entries of a model's list, and those that a buyer may add for one piece: together as many as the studio reads."""


def pronunciations_read(text: str, *, most: int) -> dict[str, str]:
    """The entries of a list, empty lines left out; at most ``most``.

    Raises PronunciationsInvalidError, whose message names every line that is wrong and why.
    """
    found: dict[str, str] = {}
    wrong: list[str] = []
    for number, line in enumerate(text.replace("\x00", "").splitlines(), start=1):
        if not line.strip():
            continue
        word, sign, said = (part.strip() for part in line.partition(SIGN))
        if problem := _problem(word, sign, said, found):
            wrong.append(_("Line %(number)d: %(problem)s") % {"number": number, "problem": problem})
        else:
            found[word] = said
    if len(found) > most:
        wrong.append(_("These are %(count)d entries; %(most)d fit.") % {"count": len(found), "most": most})
    if wrong:
        raise PronunciationsInvalidError(" ".join(wrong), lines=wrong)
    return found


def _problem(word: str, sign: str, said: str, found: Mapping[str, str]) -> str:
    if not sign or not word or not said:
        return _("write it as “SQL = sequel”, or with phonemes as “Zoë = /zoʊi/”.")
    if word in found:
        return _("“%(word)s” is there already.") % {"word": word}
    return port("pronouncer", Pronouncer).problem(word=word, said=said)


def pronunciations_said(entries: Mapping[str, str]) -> str:
    """A list as people write it."""
    return "\n".join(f"{word} {SIGN} {said}" for word, said in entries.items())
