"""Other people's voices on the same installation, as vectors nobody can listen to: is somebody else's nearer than the own?"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from oeuvre_studio.errors import OthersIndexError
from oeuvre_studio.protocol import read_index, read_sketch_key
from oeuvre_studio.voice.encoders import SIZE, Vector, mean_vector


@dataclasses.dataclass(frozen=True)
class OthersIndex:
    """The file and the key that its sketches were made with."""

    file: Path
    key: bytes


def open_index(file: Path | None, key_file: Path | None) -> OthersIndex | None:
    """The index in a file, read through once, so that a damaged one is refused before the long part of a run.

    Raises:
        OthersIndexError: one of the two is not given, missing or damaged, or the index was made with another key.
    """
    if file is None and key_file is None:
        return None
    if file is None or key_file is None:
        raise OthersIndexError(
            "An index of others' works and its key go together: give --others-index and --others-key."
        )
    index = OthersIndex(file=file, key=read_sketch_key(key_file))
    try:
        nearest_other(index, np.zeros(SIZE, dtype=np.float32))
    except OSError as error:
        raise OthersIndexError(f"The index {file} cannot be read: {error}") from error
    return index


def sketch_of(vectors: Iterable[Vector]) -> bytes:
    """A person's sketch: the middle of their recordings on encoder B, a byte for each number."""
    middle = mean_vector(list(vectors))
    return bytes(np.round(127 * middle / np.abs(middle).max()).astype(np.int8).tobytes())


def nearest_other(index: OthersIndex, vector: Vector) -> float | None:
    """The likeness of the nearest voice in the index; ``None`` where it has none.

    Raises:
        OthersIndexError: a sketch is not a voice's.
    """
    nearest: float | None = None
    with index.file.open("rb") as stream:
        for work, sketch in read_index(stream, key=index.key):
            other = np.frombuffer(sketch, dtype=np.int8).astype(np.float32)
            if len(other) != SIZE:
                raise OthersIndexError(f"The sketch of {work} in {index.file} is not a voice's. Make the index again.")
            alike = float(other @ vector / max(float(np.linalg.norm(other)), 1e-6))
            nearest = alike if nearest is None else max(nearest, alike)
    return nearest
