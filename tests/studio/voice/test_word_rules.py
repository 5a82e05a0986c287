"""The rules of pronunciation lists are the same for who writes one and for the voice that reads it."""

from __future__ import annotations

import pytest

from oeuvre_studio.errors import UsageError
from oeuvre_studio.protocol.pronunciations import PHONEMES, unknown_phonemes
from oeuvre_studio.voice.phonemes import Pronunciations, tokenizer


def test_phonemes__are_those_that_the_voice_was_trained_on() -> None:
    assert set(tokenizer().vocab) == PHONEMES


@pytest.mark.parametrize(("said", "unknown"), [("/zo7i/", "7"), ("zo7i", ""), ("/zoʊi/", ""), ("//", "")])
def test_unknown_phonemes__are_refused_by_the_voice_and_by_nobody_else(said: str, unknown: str) -> None:
    assert unknown_phonemes(said) == unknown
    if unknown:
        with pytest.raises(UsageError, match="does not know the phonemes 7"):
            Pronunciations({"Zoë": said})
    else:
        Pronunciations({"Zoë": said})
