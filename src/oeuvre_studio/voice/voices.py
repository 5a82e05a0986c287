"""Packs of styles: the 54 stock voices, the space they span, and a fitted voice in it."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from oeuvre_studio.catalog import model_folder
from oeuvre_studio.errors import ModelDamagedError
from oeuvre_studio.voice.files import KOKORO, VOICES_FOLDER
from oeuvre_studio.voice.kokoro import Pack
from oeuvre_studio.voice.phonemes import LIMIT

STYLE = 256
HALF = 128
"""The first half of a style is timbre, the second prosody."""

DIRECTIONS = 40
"""Principal directions that are kept of each half."""


@dataclasses.dataclass(frozen=True)
class StockSpace:
    """The stock voices by name, and for each half its principal directions, one standard deviation long: 40 × 128."""

    packs: dict[str, Pack]
    timbre: NDArray[np.float32]
    prosody: NDArray[np.float32]

    @functools.cached_property
    def directions(self) -> NDArray[np.float32]:
        """Both halves' directions as whole styles: 80 × 256."""
        return np.asarray(scipy.linalg.block_diag(self.timbre, self.prosody), dtype=np.float32)

    def moved(self, pack: Pack, coordinates: NDArray[np.float32]) -> Pack:
        """A pack with every row moved by the same step: 40 coordinates of timbre, then 40 of prosody."""
        return np.asarray(pack + coordinates @ self.directions, dtype=np.float32)


def principal_directions(rows: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """Directions in which the rows differ most, each as long as their standard deviation along it."""
    centred = rows - rows.mean(axis=0)
    _, lengths, directions = np.linalg.svd(centred, full_matrices=False)
    scaled = directions * (lengths / np.sqrt(len(rows)))[:, None]
    return np.asarray(scaled[:count], dtype=np.float32)


@functools.lru_cache(maxsize=1)
def stock_space(models_dir: Path) -> StockSpace:
    """The stock voices from the models folder.

    Raises:
        ModelUnavailableError: they were not pulled.
        ModelDamagedError: a file is not a pack of styles.
    """
    packs: dict[str, Pack] = {}
    for file in sorted((model_folder(KOKORO, models_dir) / VOICES_FOLDER).glob("*.bin")):
        numbers = np.fromfile(file, dtype="<f4")
        if numbers.size != LIMIT * STYLE:
            raise ModelDamagedError(f"{file} is not a pack of {LIMIT} styles. Run: studio models pull {KOKORO}")
        packs[file.stem] = numbers.reshape(LIMIT, STYLE)
    means = np.stack([pack.mean(axis=0) for pack in packs.values()])
    return StockSpace(
        packs=packs,
        timbre=principal_directions(means[:, :HALF], DIRECTIONS),
        prosody=principal_directions(means[:, HALF:], DIRECTIONS),
    )


BLEND = 6
BLEND_WIDTH = 0.05


def blend(space: StockSpace, ranked: Sequence[tuple[str, float]]) -> tuple[Pack, dict[str, float]]:
    """The six stock voices most like somebody as one pack, and the share of each.

    A voice's weight falls to a third for each 0.05 that it is less like the person. Such a blend is nearer to both people
    of docs/handbook/voice-models.md on both encoders than the voice that encoder A likes best.
    """
    best = sorted(ranked, key=lambda entry: (-entry[1], entry[0]))[:BLEND]
    weights = np.exp([(alike - best[0][1]) / BLEND_WIDTH for _, alike in best])
    shares = {voice: float(share) for (voice, _), share in zip(best, weights / weights.sum(), strict=True)}
    mixed = np.sum([share * space.packs[voice] for voice, share in shares.items()], axis=0)
    return np.asarray(mixed, dtype=np.float32), shares
