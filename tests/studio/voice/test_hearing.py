"""What can be told from sound: pitch, likeness of two recordings, words that differ."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.signal

from oeuvre_studio.voice.audio import decode, encode
from oeuvre_studio.voice.hearing import plain_words, word_errors
from oeuvre_studio.voice.likeness import SAME, likeness, picture
from oeuvre_studio.voice.mels import mel_bands
from oeuvre_studio.voice.pitch import pitch_figures, pitch_track
from tests.studio.voice.made import RATE, babble, voiced


@pytest.mark.parametrize("hertz", [80.0, 120.0, 220.0, 400.0])
def test_pitch__of_a_held_vowel_is_its_own(hertz: float) -> None:
    figures = pitch_figures(voiced(hertz, 1), RATE)
    assert figures is not None
    assert figures.median == pytest.approx(hertz, rel=0.01)
    assert figures.spread < 0.02


def test_pitch__follows_a_glide() -> None:
    times = np.arange(2 * RATE) / RATE
    glide = scipy.signal.chirp(times, 100, 2, 200).astype(np.float32)
    track = pitch_track(glide, RATE)
    assert track[20] == pytest.approx(110, abs=4)
    assert track[170] == pytest.approx(187, abs=5)


def test_pitch__noise_has_none() -> None:
    noise = np.random.default_rng(0).standard_normal(RATE).astype(np.float32)
    assert pitch_figures(noise, RATE) is None


def test_likeness__finds_a_softer_cut_copy_through_mp3() -> None:
    samples = babble(3, 8)
    copy, rate = decode(encode(0.3 * samples[2 * RATE : 6 * RATE], RATE, "mp3"))
    assert likeness(picture(samples, RATE), picture(copy, rate)) > SAME


def test_likeness__of_other_words_in_the_same_voice_is_low() -> None:
    assert likeness(picture(babble(3, 6), RATE), picture(babble(4, 6), RATE)) < 0.6


def test_likeness__says_nothing_about_less_than_two_seconds() -> None:
    samples = babble(3, 1.5)
    assert likeness(picture(samples, RATE), picture(samples, RATE)) == 0.0


def test_mel_bands__are_slaneys() -> None:
    bands = mel_bands(400)
    assert bands.shape == (40, 201)
    # numbers of librosa.filters.mel(sr=16000, n_fft=400, n_mels=40), which the encoder was trained with
    assert bands[0, 1:3] == pytest.approx([0.00739021, 0.01240452], rel=1e-5)
    assert bands[39, 195] == pytest.approx(0.00060758, rel=1e-4)
    assert bands[39].argmax() > bands[38].argmax() > bands[20].argmax()


def test_word_errors__counts_words_and_no_punctuation() -> None:
    assert word_errors("Hello, you there!", "hello you there") == 0
    assert word_errors("one two three four", "one too three") == pytest.approx(0.5)
    assert plain_words("L'été, déjà.") == ["l", "été", "déjà"]
