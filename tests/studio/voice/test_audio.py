"""Levels, formats, pauses."""

from __future__ import annotations

import numpy as np
import pytest

from oeuvre_studio.errors import UsageError
from oeuvre_studio.voice.audio import (
    LOUDNESS,
    TRUE_PEAK,
    decode,
    encode,
    level,
    loudness,
    resample,
    true_peak,
    without_pauses,
)
from tests.studio.voice.made import RATE, babble, tone


@pytest.mark.parametrize("given", [0.005, 0.1, 0.9])
def test_level__brings_soft_and_loud_speech_to_the_same_loudness(given: float) -> None:
    levelled = level(babble(1, 6, level=given), RATE)
    assert loudness(levelled, RATE) == pytest.approx(LOUDNESS, abs=0.6)
    assert true_peak(levelled) <= TRUE_PEAK


def test_level__holds_single_peaks_down_and_keeps_the_rest() -> None:
    samples = babble(1, 6, level=0.1)
    samples[30_000:30_003] = 0.9
    levelled = level(samples, RATE)
    assert true_peak(levelled) <= TRUE_PEAK
    far = slice(40_000, 60_000)
    gain = np.linalg.norm(levelled[far]) / np.linalg.norm(samples[far])
    assert np.allclose(levelled[far], samples[far] * gain, atol=1e-4)
    assert gain > 1.2


def test_level__leaves_silence_silent() -> None:
    assert not level(np.zeros(RATE, dtype=np.float32), RATE).any()


@pytest.mark.parametrize(("fmt", "error"), [("wav", 1e-4), ("flac", 1e-4), ("mp3", 0.06)])
def test_encode__every_format_gives_the_sound_back_and_the_same_bytes_twice(fmt: str, error: float) -> None:
    samples = babble(2, 2, rate=24_000)
    content = encode(samples, 24_000, fmt)
    again, rate = decode(content)
    assert rate == 24_000
    assert content == encode(samples, 24_000, fmt)
    length = min(len(again), len(samples))
    assert np.sqrt(np.mean((again[:length] - samples[:length]) ** 2)) < error


def test_encode__refuses_an_unknown_format() -> None:
    with pytest.raises(UsageError, match="wav, flac, mp3"):
        encode(tone(200, 1), RATE, "ogg")


def test_decode__mixes_two_channels_to_one() -> None:
    both = np.stack([tone(200, 1), np.zeros(RATE, dtype=np.float32)], axis=1)
    mixed, _ = decode(encode(both, RATE, "wav"))
    assert mixed.shape == (RATE,)
    assert np.abs(mixed).max() == pytest.approx(0.15, abs=0.01)


def test_resample__keeps_a_tone_at_its_height() -> None:
    there = resample(tone(440, 1, rate=24_000), 24_000, 16_000)
    assert len(there) == 16_000
    assert np.argmax(np.abs(np.fft.rfft(there))) == 440


def test_without_pauses__takes_out_long_silences_and_keeps_short_ones() -> None:
    long, short = np.zeros(RATE, dtype=np.float32), np.zeros(RATE // 20, dtype=np.float32)
    samples = np.concatenate([tone(200, 1), long, tone(200, 1), short, tone(200, 1)])
    left = len(without_pauses(samples, RATE)) / RATE
    assert 3.0 < left < 3.4
