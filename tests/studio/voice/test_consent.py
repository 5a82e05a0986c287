"""Consent: who reads, what is read, and whether it is new. Stand-ins hear; the sounds are made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from oeuvre_studio.errors import UsageError
from oeuvre_studio.protocol import ConsentCheck, dump, parse
from oeuvre_studio.voice import consent
from oeuvre_studio.voice.audio import Samples, encode
from oeuvre_studio.voice.consent import check_consent
from oeuvre_studio.voice.encoders import Vector
from oeuvre_studio.voice.phrases import LISTS, WORDS, phrase
from tests.studio.voice.made import RATE, SpeechAnywhere, babble

PHRASE = "anchor baker candle dragon ferry garden island"


class Written:
    """Stands in for Whisper: hears what the test says."""

    def __init__(self, text: str = PHRASE) -> None:
        self.text = text

    def words(self, samples: Samples, rate: int, spoken: str) -> str:
        return self.text


class Voices:
    """Stands in for an encoder: a recording's voice is how alike it was told to be."""

    def __init__(self, alike: float) -> None:
        self.alike = alike

    def vector(self, samples: Samples, rate: int) -> Vector:
        own = len(samples) % 2 == 0  # works have an odd number of samples
        rest = np.sqrt(1 - self.alike**2)
        return np.array([1, 0] if own else [self.alike, rest], dtype=np.float32)


def sound(seed: int, seconds: float = 5.0, *, work: bool = False) -> bytes:
    samples = babble(seed, seconds)
    samples = samples[: len(samples) // 2 * 2]
    return encode(samples[:-1] if work else samples, RATE, "wav")


Check = Callable[..., ConsentCheck]


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch) -> Check:
    def run(recording: bytes, *, alike_a: float = 0.9, alike_b: float = 0.9, heard: str = PHRASE, works: int = 3,
            earlier: tuple[bytes, ...] = ()) -> ConsentCheck:  # fmt: skip
        monkeypatch.setattr(consent, "load_encoder_a", lambda folder: Voices(alike_a))
        monkeypatch.setattr(consent, "load_encoder_b", lambda folder: Voices(alike_b))
        monkeypatch.setattr(consent, "load_listener", lambda folder: Written(heard))
        monkeypatch.setattr(consent, "load_detector", lambda folder: SpeechAnywhere())
        references = [sound(100 + number, work=True) for number in range(works)]
        return check_consent(
            recording, phrase=PHRASE, language="en-us", references=references, earlier=earlier, models_dir=Path()
        )

    return run


def test_consent__own_voice_with_the_phrase_passes_and_says_what_was_measured(check: Check) -> None:
    found = check(sound(1))
    assert found.passed
    assert found.reasons == ()
    assert found.scores["likeness_a_lowest"] == 0.9
    assert found.scores["word_error_rate"] == 0
    assert found.scores["works"] == 3
    assert parse(ConsentCheck, dump(found)) == found


@pytest.mark.parametrize("alike", [{"alike_a": 0.78}, {"alike_b": 0.74}])
def test_consent__a_voice_that_only_one_encoder_takes_for_the_person_is_refused(
    check: Check, alike: dict[str, float]
) -> None:
    found = check(sound(1), **alike)
    assert not found.passed
    assert len(found.reasons) == 1
    assert "not that of every recording" in found.reasons[0]


def test_consent__one_misheard_word_passes_and_another_phrase_does_not(check: Check) -> None:
    assert check(sound(1), heard=PHRASE.replace("ferry", "fairy")).passed
    assert "Other words" in check(sound(1), heard="what I said last week is still true").reasons[0]


def test_consent__a_copy_of_a_work_or_of_an_earlier_recording_is_refused(check: Check) -> None:
    of_work = check(encode(0.5 * babble(100, 5), RATE, "mp3"))
    assert "handed in before" in of_work.reasons[0]
    earlier = check(sound(1), earlier=(sound(7), encode(0.7 * babble(1, 5), RATE, "flac")))
    assert "handed in before" in earlier.reasons[0]
    same = check(sound(1), earlier=(sound(1),))
    assert same.scores["same_file"] is True


@pytest.mark.parametrize(("seconds", "told"), [(15.0, "do not fit 7 words"), (1.0, "at least 2 s"), (3.0, "")])
def test_consent__the_length_has_to_fit_the_phrase(check: Check, seconds: float, told: str) -> None:
    reasons = check(sound(1, seconds)).reasons
    assert (told in " ".join(reasons)) if told else reasons == ()


def test_consent__silence_is_no_reading(check: Check) -> None:
    silent = encode(np.zeros(5 * RATE, dtype=np.float32), RATE, "wav")
    assert any("No speech" in reason for reason in check(silent).reasons)


def test_consent__what_is_no_sound_or_has_nothing_to_compare_with_is_refused_in_words(check: Check) -> None:
    assert "WAV, FLAC or MP3" in check(b"not a sound at all").reasons[0]
    assert "no recording of the voice" in check(sound(1), works=0).reasons[0]


@pytest.mark.parametrize("language", ["en-us", "en-gb", "pt-br", "fr"])
def test_phrase__is_seven_different_words_and_never_the_same_again(language: str) -> None:
    found = [phrase(language) for _ in range(20)]
    assert len(set(found)) == 20
    assert all(len(set(one.split())) == WORDS for one in found)
    assert phrase(language, 1) == phrase(language, 1)


def test_phrase__word_lists_have_no_word_twice_and_enough_words() -> None:
    for words in LISTS.values():
        assert len(set(words)) == len(words) >= 90
    with pytest.raises(UsageError, match="no phrases"):
        phrase("es")
