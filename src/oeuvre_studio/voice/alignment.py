"""Which phoneme is said when in a recording, how high and how loud: what the network has to be given to say the same thing
in the same way, so that its sound can be compared with the recording moment by moment.

Whisper writes the words down, espeak-ng says their phonemes, the network reads them, and dynamic time warping (Sakoe and
Chiba 1978) lays its reading over the recording.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence

import numba
import numpy as np
import scipy.fft
import scipy.ndimage
import torch
from numpy.typing import NDArray

from oeuvre_studio.voice.audio import SPEECH_RATE, Samples, frame_levels, resample, without_pauses
from oeuvre_studio.voice.kokoro import RATE, Pack
from oeuvre_studio.voice.mels import mel_bands
from oeuvre_studio.voice.network.layers import STYLE
from oeuvre_studio.voice.network.model import KokoroNetwork
from oeuvre_studio.voice.phonemes import LIMIT
from oeuvre_studio.voice.pitch import HOP as PITCH_HOP
from oeuvre_studio.voice.pitch import WINDOW as PITCH_WINDOW
from oeuvre_studio.voice.pitch import pitch_track

CURVE = 200
"""Samples at 16 kHz that one value of the curves of pitch and energy stands for: 12.5 ms; a frame of the text has two."""

SHORTEST, LONGEST = 4.0, 12.0
"""Seconds of a stretch; Whisper hears 30 s at most, and the warping's memory grows with the square."""
FEWEST = 8
"""Phonemes; with less the network's reading says too little to be laid over anything."""

UNVOICED = 9.4
"""Hz that the network itself gives moments without a pitch; from 10 on it hums."""
VOICED = 50.0

LEVEL = 0.1
"""Root mean square that sounds are brought to before they are compared, pauses left out: -20 dBFS."""

FFT = 400
CEPSTRA = 14
STEADY = 0.15
"""What a step of the warping costs that goes on in one of the two only; a usual distance is 0.7."""
FAR = 1.15
"""Stretches whose reading lies this many times as far off as the middle one are left out: what was heard is not what is said."""


@dataclasses.dataclass(frozen=True)
class Aligned:
    """A stretch of a recording at 16 kHz with what says the same in the network: ``tokens``, ``durations`` in frames of 25 ms (one
    for each token and both ends), and ``pitch`` in Hz and ``energy`` every 12.5 ms.
    """

    samples: Samples
    tokens: tuple[int, ...]
    durations: NDArray[np.int64]
    pitch: NDArray[np.float32]
    energy: NDArray[np.float32]


@dataclasses.dataclass(frozen=True)
class _Laid:
    """A stretch with the network's reading laid over it. ``loudness`` of both, and the network's own curve of ``energy``."""

    samples: Samples
    tokens: tuple[int, ...]
    durations: NDArray[np.int64]
    loudness: NDArray[np.float64]
    read_loudness: NDArray[np.float64]
    read_energy: NDArray[np.float32]
    cost: float


def stretches(samples: Samples) -> Iterator[Samples]:
    """A recording at 16 kHz cut at its pauses into stretches of 4 to 12 s; what is left over at the end may be shorter."""
    shortest, longest = round(SHORTEST * SPEECH_RATE), round(LONGEST * SPEECH_RATE)
    while len(samples) > longest:
        levels = frame_levels(samples[shortest:longest], SPEECH_RATE)
        quietest = int(scipy.ndimage.uniform_filter1d(levels, 15).argmin())
        cut = shortest + quietest * (SPEECH_RATE // 100)
        yield samples[:cut]
        samples = samples[cut:]
    yield samples


def align(
    heard: Sequence[Samples],
    *,
    words: Callable[[Samples], str],
    tokens: Callable[[str], list[int]],
    network: KokoroNetwork,
    pack: Pack,
    advance: Callable[[int, int], None],
) -> list[Aligned]:
    """The stretches (16 kHz) that could be laid under the network's reading of them; ``advance`` is told how many of how many
    were tried.
    """
    laid: list[_Laid] = []
    for number, samples in enumerate(heard):
        advance(number, len(heard))
        said = tuple(tokens(words(samples)))
        if FEWEST <= len(said) <= LIMIT:
            laid.append(_lay(to_level(samples), said, network, pack))
    if not laid:
        return []
    # what the network calls energy is the logarithm of loudness but for a factor and a summand: they agree at 0.98
    loudness = np.concatenate([one.read_loudness for one in laid])
    factor, summand = np.polyfit(loudness, np.concatenate([one.read_energy for one in laid]), 1)
    middle = float(np.median([one.cost for one in laid]))
    return [_aligned(one, factor, summand) for one in laid if one.cost <= FAR * middle]


def to_level(samples: Samples) -> Samples:
    """At -20 dBFS."""
    loud = without_pauses(samples, SPEECH_RATE)
    return np.asarray(samples * (LEVEL / max(float(np.sqrt((loud**2).mean())), 1e-6)), dtype=np.float32)


def _lay(samples: Samples, tokens: tuple[int, ...], network: KokoroNetwork, pack: Pack) -> _Laid:
    with torch.no_grad():
        phonemes = network.read(torch.tensor([[0, *tokens, 0]]))
        style = torch.from_numpy(pack[len(tokens) - 1].copy())
        plan = network.plan(phonemes, style)
        made = network.decoder(plan.spoken, plan.pitch, plan.energy, style[None, :STYLE])[0]
    reading, energy = to_level(resample(made.numpy(), RATE, SPEECH_RATE)), plan.energy[0].numpy()
    lengths = plan.durations.round().clamp(min=1).long().numpy()
    loud, read_loud = loudness(samples), loudness(reading)
    first, second = _features(reading), _features(samples)
    apart = np.sqrt(((first[:, None] - second[None]) ** 2).mean(axis=2))
    cost, path = _warp(apart)
    size = min(len(read_loud), len(energy))
    durations = _durations(path, lengths, len(second))
    return _Laid(samples, tokens, durations, loud, read_loud[:size], energy[:size], float(cost))


def _power(samples: Samples) -> NDArray[np.float64]:
    """Frames of 12.5 ms × 40 mel bands, in power."""
    padded = np.pad(samples, FFT // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, FFT)[::CURVE] * np.hanning(FFT)
    return np.asarray(np.abs(np.fft.rfft(frames, axis=1)) ** 2 @ mel_bands(FFT).T)


def loudness(samples: Samples) -> NDArray[np.float64]:
    """Every 12.5 ms, the logarithm of the sum of the mel bands' magnitudes."""
    return np.asarray(np.log(np.sqrt(_power(samples)).sum(axis=1) + 1e-6))


def _features(samples: Samples) -> NDArray[np.float64]:
    """What is laid over each other: cepstra of each frame and how they change, each of mean 0 and variance 1."""
    power = _power(samples)
    cepstra = scipy.fft.dct(np.log(power + 1e-4 * power.mean()), axis=1, norm="ortho")[:, :CEPSTRA]
    cepstra = (cepstra - cepstra.mean(axis=0)) / np.maximum(cepstra.std(axis=0), 1e-6)
    return np.concatenate([cepstra, 1.5 * np.gradient(cepstra, axis=0)], axis=1)


@numba.njit(cache=True)
def _warp(apart: NDArray[np.float64]) -> tuple[float, NDArray[np.int64]]:
    """The cheapest way through a table of distances from corner to corner: its cost a step, and the pairs on it."""
    rows, columns = apart.shape
    cost = np.full((rows + 1, columns + 1), 1e9)
    cost[0, 0] = 0.0
    came = np.zeros((rows, columns), dtype=np.int8)
    for i in range(rows):
        for j in range(columns):
            both, first, second = cost[i, j], cost[i, j + 1] + STEADY, cost[i + 1, j] + STEADY
            best = min(both, first, second)
            came[i, j] = 0 if best == both else (1 if best == first else 2)
            cost[i + 1, j + 1] = apart[i, j] + best
    path = np.zeros((rows + columns, 2), dtype=np.int64)
    i, j, size = rows - 1, columns - 1, 0
    while True:
        path[size, 0], path[size, 1] = i, j
        size += 1
        if i == 0 and j == 0:
            break
        step = came[i, j]
        if j == 0 or (i > 0 and step == 1):
            i -= 1
        elif i == 0 or step == 2:
            j -= 1
        else:
            i, j = i - 1, j - 1
    return float(cost[rows, columns] / size), path[:size][::-1]


def _durations(path: NDArray[np.int64], lengths: NDArray[np.int64], frames: int) -> NDArray[np.int64]:
    """How long each token lasts in the recording, in frames of 25 ms; the network's reading has ``lengths``."""
    places, first = np.unique(path[:, 0], return_index=True)
    borders = np.interp(2 * np.concatenate([[0], np.cumsum(lengths)]), places, path[first, 1])
    borders[0], borders[-1] = 0, frames
    return np.asarray(np.maximum(np.diff(np.round(borders / 2).astype(np.int64)), 1))


def _aligned(one: _Laid, factor: float, summand: float) -> Aligned:
    size = 2 * int(one.durations.sum())
    track = pitch_track(one.samples, SPEECH_RATE)
    moments = np.arange(size) * CURVE / SPEECH_RATE
    at = np.clip(np.round((moments - PITCH_WINDOW / 2) / PITCH_HOP).astype(int), 0, max(len(track) - 1, 0))
    pitch = track[at] if len(track) else np.zeros(size)
    energy = factor * np.interp(np.arange(size), np.arange(len(one.loudness)), one.loudness) + summand
    samples = np.pad(one.samples, (0, max(0, size * CURVE - len(one.samples))))[: size * CURVE]
    return Aligned(
        samples=samples,
        tokens=one.tokens,
        durations=one.durations,
        pitch=np.where(pitch > VOICED, pitch, UNVOICED).astype(np.float32),
        energy=energy.astype(np.float32),
    )
