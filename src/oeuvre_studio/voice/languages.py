"""The languages that voices read."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from oeuvre_studio.errors import UsageError


@dataclasses.dataclass(frozen=True)
class Language:
    """``code`` as the studio writes it, ``espeak`` as the phonemes' maker knows it, ``spoken`` as Whisper does,
    ``stock`` the letter its stock voices begin with.
    """

    code: str
    name: str
    espeak: str
    spoken: str
    stock: str


LANGUAGES = {
    language.code: language
    for language in (
        Language("en-us", "American English", "en-us", "en", "a"),
        Language("en-gb", "British English", "en-gb", "en", "b"),
        Language("pt-br", "Brazilian Portuguese", "pt-br", "pt", "p"),
        Language("fr", "French", "fr-fr", "fr", "f"),
        Language("es", "Spanish", "es", "es", "e"),
    )
}


def language(code: str) -> Language:
    """A language by its code.

    Raises:
        UsageError: voices do not read it.
    """
    if code not in LANGUAGES:
        raise UsageError(f"Voices do not read {code!r}. They read: {', '.join(LANGUAGES)}.")
    return LANGUAGES[code]


def language_spoken(spoken: str, read: Iterable[str] = ()) -> Language | None:
    """The language that Whisper knows by this code, in the variety (``read``: codes) in which the person read aloud, else in the
    first; ``None`` where voices read none.
    """
    found = [known for known in LANGUAGES.values() if known.spoken == spoken]
    own = [known for known in found if known.code in set(read)]
    return next(iter([*own, *found]), None)
