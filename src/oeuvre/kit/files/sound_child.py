"""Takes recordings apart and puts them into other forms: ``python sound_child.py COMMAND SECONDS MEMORY ARGUMENTS < file``.

Recordings come from strangers, and decoders of sound have had their holes. So decoding has a process of its own, whose
time and memory the system limits; the exit status says how it ended. Run as a file: it knows nothing of the rest of the
package, inherits no secrets and starts quickly. `oeuvre.kit.files.sounds` calls it and says what goes in and out.
"""

from __future__ import annotations

import hashlib
import io
import json
import resource
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

UNREADABLE, OTHER_FORMAT, TOO_LONG = 3, 4, 5
"""Exit statuses; 0 says that standard output is the answer, anything else is a crash or a limit."""

CONTAINERS = {
    "audio/wav": ("WAV", "WAVEX", "RF64"),
    "audio/flac": ("FLAC",),
    "audio/mpeg": ("MP3", "MPEG"),
}
"""What libsndfile calls a file of each media type."""
WRITTEN = {
    "audio/wav": ("WAV", "PCM_16"),
    "audio/flac": ("FLAC", "PCM_16"),
    "audio/mpeg": ("MP3", "MPEG_LAYER_III"),
}

_BLOCK = 1 << 17
"""Frames decoded at a time."""
_LIGHT_RATE = 24_000
"""Hz that the light copy has at most; speech has little above 12 kHz."""
_LIGHT_LEVEL = 0.75
"""libsndfile's compression of MP3, 0 to 1: at 24 kHz and one channel about 48 kbit/s."""
_MP3_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_LOW_RATE = 5_000
"""Hz that the signature needs at least (Haitsma and Kalker hear up to 2 kHz)."""
_CLIPPED = 0.999
_FLAT_TOP = 3
"""Samples in a row at the limit that no undistorted wave has."""
_PART = 0.1
"""Seconds of the parts that loudness is measured on."""
_QUIET = 0.1
"""A part this far below the loud ones (20 dB) is a pause and does not count for loudness."""

WINDOW = 0.37
"""Seconds of a frame of the signature."""
HOP = WINDOW / 8
"""Seconds from one frame to the next."""
BANDS = 33
RANGE = (300.0, 2000.0)
"""Hz."""
_SILENT = 1e-4
"""A frame with this little of the loudest one's energy has no sub-fingerprint."""


class _Decimator:
    """Lowers the rate by a whole number, block after block, behind a windowed-sinc low-pass."""

    def __init__(self, factor: int) -> None:
        self.factor = factor
        half = 8 * factor
        reach = np.arange(-half, half + 1)
        taps = np.sinc(reach * 0.9 / factor) * np.blackman(len(reach))
        self._taps = (taps / taps.sum()).astype(np.float32)
        self._tail = np.zeros(half, dtype=np.float32)
        """What the next block's first outputs reach back to; half a filter of silence, so that time stays in place."""

    def __call__(self, block: Samples) -> Samples:
        if self.factor == 1:
            return block
        joined = np.concatenate([self._tail, block])
        outputs = max(0, (len(joined) - len(self._taps)) // self.factor + 1)
        if not outputs:
            self._tail = joined
            return joined[:0]
        windows = np.lib.stride_tricks.sliding_window_view(joined, len(self._taps))[:: self.factor][:outputs]
        self._tail = joined[outputs * self.factor :]
        return np.asarray(windows @ self._taps, dtype=np.float32)

    def rest(self) -> Samples:
        """What is still inside once all blocks went in."""
        return self(np.zeros(len(self._taps) // 2, dtype=np.float32)) if self.factor > 1 else self._tail[:0]


class _Meter:
    """What is measured of a recording while it goes by."""

    def __init__(self, rate: int, channels: int) -> None:
        self.frames = 0
        self.peak = 0.0
        self.clipped = 0
        self.parts: list[float] = []
        self.hash = hashlib.sha256(f"{rate}\n".encode())
        self._part = max(1, round(rate * _PART))
        self._tail = np.zeros(0, dtype=np.float32)
        self._channels = channels

    def add(self, block: Samples) -> Samples:
        """Measure a block of frames by channels; gives it back as one channel."""
        self.frames += len(block)
        if len(block):
            self.peak = max(self.peak, float(np.abs(block).max()))
        self.clipped += sum(_flat_tops(block[:, channel]) for channel in range(self._channels))
        mono = np.ascontiguousarray(block.mean(axis=1), dtype=np.float32)
        self.hash.update(np.rint(np.clip(mono, -1, 1) * 32767).astype("<i2").tobytes())
        joined = np.concatenate([self._tail, mono])
        whole = len(joined) // self._part * self._part
        self.parts += [float(value) for value in (joined[:whole].reshape(-1, self._part) ** 2).mean(axis=1)]
        self._tail = joined[whole:]
        return mono

    def loudness(self) -> float:
        """Root mean square in dBFS of what is no pause; -120 where there is nothing."""
        energies = np.array(self.parts or [0.0])
        loud = energies[energies >= np.quantile(energies, 0.95) * _QUIET**2]
        return _decibels(float(np.sqrt(loud.mean())))


def _flat_tops(channel: Samples) -> int:
    """Samples at the limit with others of them beside, at least three in a row."""
    at_limit = (np.abs(channel) >= _CLIPPED).astype(np.int8)
    if not at_limit.any():
        return 0
    edges = np.flatnonzero(np.diff(np.concatenate([[0], at_limit, [0]])))
    runs = edges[1::2] - edges[::2]
    return int(runs[runs >= _FLAT_TOP].sum())


def _decibels(value: float) -> float:
    return float(20 * np.log10(max(value, 1e-6)))


def _low(rate: int, least: int) -> int:
    """By how much a rate may be divided so that it stays at ``least`` or above."""
    return max(1, rate // least)


def _light_factor(rate: int) -> int:
    """The smallest divisor that brings a rate to one that MP3 has and that is at most 24 kHz; 0 where none does."""
    fitting = (by for by in range(1, 17) if rate % by == 0 and rate // by in _MP3_RATES and rate // by <= _LIGHT_RATE)
    return next(fitting, 0)


def _blocks(sound: soundfile.SoundFile) -> Iterator[Samples]:
    while len(block := sound.read(_BLOCK, dtype="float32", always_2d=True)):
        yield block


def _opened(data: bytes, media_type: str) -> soundfile.SoundFile:
    sound = soundfile.SoundFile(io.BytesIO(data))
    if sound.format not in CONTAINERS[media_type]:
        sys.exit(OTHER_FORMAT)
    return sound


def _mp3(samples: Samples, rate: int) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(
        buffer,
        np.clip(samples, -1, 1),
        rate,
        format="MP3",
        subtype="MPEG_LAYER_III",
        compression_level=_LIGHT_LEVEL,
        bitrate_mode="CONSTANT",
    )
    return buffer.getvalue()


def inspect(data: bytes, media_type: str, longest: str) -> tuple[dict[str, Any], list[bytes]]:
    """Facts of a recording, its light copy and its signature."""
    sound = _opened(data, media_type)
    rate, channels = int(sound.samplerate), int(sound.channels)
    most = round(float(longest) * rate)
    factor = _light_factor(rate)
    light_by = factor or max(1, rate // _LIGHT_RATE)
    meter = _Meter(rate, channels)
    light, low = _Decimator(light_by), _Decimator(_low(rate // light_by, _LOW_RATE))
    kept: list[Samples] = []
    lower: list[Samples] = []
    for block in _blocks(sound):
        if meter.frames + len(block) > most:
            sys.exit(TOO_LONG)
        kept.append(light(meter.add(block)))
        lower.append(low(kept[-1]))
    kept.append(light.rest())
    lower += [low(kept[-1]), low.rest()]
    small, light_rate = np.concatenate(kept), rate // light_by
    signature = sub_fingerprints(np.concatenate(lower), rate / light_by / low.factor)
    if not factor:
        small, light_rate = _at(small, rate / light_by, 22_050), 22_050
    facts = {
        "seconds": meter.frames / rate,
        "sample_rate": rate,
        "channels": channels,
        "peak": _decibels(meter.peak),
        "loudness": meter.loudness(),
        "clipped": meter.clipped / max(1, meter.frames * channels),
        "content_sha256": meter.hash.hexdigest(),
    }
    return facts, [_mp3(small, light_rate) if len(small) else b"", signature.astype("<u4").tobytes()]


def _at(samples: Samples, rate: float, to: int) -> Samples:
    """At another rate, by straight lines between the samples: for light copies of recordings with an odd rate."""
    times = np.arange(round(len(samples) / rate * to)) / to
    return np.interp(times, np.arange(len(samples)) / rate, samples).astype(np.float32)


def sub_fingerprints(samples: Samples, rate: float) -> NDArray[np.uint32]:
    """What a recording is recognised by: 32 bits for each frame, 0 for a silent one.

    J. Haitsma and T. Kalker, *A Highly Robust Audio Fingerprinting System*, ISMIR 2002: a bit says whether the difference
    of energy between two neighbouring bands rose or fell since the frame before. Frames are further apart here (46 ms
    instead of 12), so that a recording takes a quarter of the room; that a copy is cut by half a hop costs few bits.
    """
    size = round(WINDOW * rate)
    if len(samples) < size:
        return np.zeros(0, dtype=np.uint32)
    starts = np.rint(np.arange(int((len(samples) - size) / (HOP * rate)) + 1) * HOP * rate).astype(int)
    edges = np.geomspace(*RANGE, BANDS + 1)
    borders = np.clip(np.rint(edges / rate * size).astype(int), 0, size // 2)
    window = np.hanning(size).astype(np.float32)
    found = []
    for part in range(0, len(starts), 256):
        frames = np.stack([samples[start : start + size] for start in starts[part : part + 256]]) * window
        power = np.abs(np.fft.rfft(frames)) ** 2
        found.append(np.add.reduceat(power, borders[:-1], axis=1))
    energies = np.concatenate(found)
    across = energies[:, :-1] - energies[:, 1:]
    bits = np.diff(across, axis=0) > 0
    words = (bits.astype(np.uint64) << np.arange(BANDS - 1, dtype=np.uint64)).sum(axis=1).astype(np.uint32)
    loud = energies.sum(axis=1)
    words[loud[1:] <= _SILENT * loud.max()] = 0
    return np.asarray(words, dtype=np.uint32)


def convert(data: bytes, media_type: str, to: str) -> tuple[dict[str, Any], list[bytes]]:
    """The same recording in another form, at its own rate."""
    sound = _opened(data, media_type)
    samples = sound.read(dtype="float32", always_2d=True)
    container, encoding = WRITTEN[to]
    buffer = io.BytesIO()
    soundfile.write(buffer, np.clip(samples, -1, 1), sound.samplerate, format=container, subtype=encoding)
    return {"seconds": len(samples) / sound.samplerate, "sample_rate": int(sound.samplerate)}, [buffer.getvalue()]


_COMMANDS = {"inspect": inspect, "convert": convert}


def main(command: str, seconds: str, memory: str, *arguments: str) -> None:
    """The answer: facts in JSON on the first line, with the sizes of the ``parts`` that follow it."""
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    try:
        facts, parts = _COMMANDS[command](sys.stdin.buffer.read(), *arguments)
    except Exception:  # decoders meet hostile files here and fail in many ways, MemoryError among them
        sys.exit(UNREADABLE)
    sys.stdout.buffer.write(json.dumps({**facts, "parts": [len(part) for part in parts]}).encode() + b"\n")
    for part in parts:
        sys.stdout.buffer.write(part)


if __name__ == "__main__":
    main(*sys.argv[1:])
