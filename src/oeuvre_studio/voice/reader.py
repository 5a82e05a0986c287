"""A voice as it is heard by whoever asks for it: the text read, levelled, and marked."""

from __future__ import annotations

import dataclasses

import numpy as np

from oeuvre_studio.voice.audio import Samples, level
from oeuvre_studio.voice.kokoro import RATE, Kokoro, Pack
from oeuvre_studio.voice.speech import Reading, speak
from oeuvre_studio.voice.voices import StockSpace
from oeuvre_studio.voice.watermark import Watermark

TAKE = 0.2
"""How far another take's prosody lies from the voice's own, in standard deviations of the stock voices."""

TAKE_DIRECTIONS = 10
"""The directions of prosody in which stock voices differ most; takes differ in these."""


@dataclasses.dataclass(frozen=True)
class Reader:
    """A pack with what it needs to be heard. ``watermark``: ``None`` leaves the inaudible mark out."""

    kokoro: Kokoro
    pack: Pack
    space: StockSpace
    watermark: Watermark | None

    def read(self, text: str, reading: Reading, *, seed: int = 0) -> Samples:
        """The text at 24 kHz. Kokoro has no chance in it, so a seed other than 0 is another take: a slightly other prosody.
        The same seed gives the same samples.

        Raises:
            UsageError: nothing can be read, or too much, or a speed outside 0.5 to 2.
        """
        samples = speak(self.kokoro, take(self.pack, self.space, seed), text, reading)
        if self.watermark is None:
            return samples
        return level(self.watermark.put(samples, RATE), RATE)


def take(pack: Pack, space: StockSpace, seed: int) -> Pack:
    """The pack of a take; that of seed 0 is the pack itself."""
    if seed == 0:
        return pack
    coordinates = np.zeros(len(space.timbre) + len(space.prosody), dtype=np.float32)
    drawn = np.random.default_rng(seed).standard_normal(TAKE_DIRECTIONS)
    coordinates[len(space.timbre) : len(space.timbre) + TAKE_DIRECTIONS] = TAKE * drawn[: len(space.prosody)]
    return space.moved(pack, coordinates)
