"""Does a picture copy somebody else's work? The search for near copies among everybody's sketches.

A sketch (`oeuvre_studio.protocol.picture_sketches`) is 520 bytes that only the index's key makes comparable. An index is a
file of `oeuvre_studio.protocol.sketches`, as for texts.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from oeuvre_studio.errors import OthersIndexError
from oeuvre_studio.image.descriptors import COPY, DOUBTFUL, HASH_COPY, Descriptor
from oeuvre_studio.protocol import read_index, read_sketch_key
from oeuvre_studio.protocol.picture_sketches import DESCRIPTOR_SIZE, SKETCH_BYTES, picture_sketch, veil

_CHUNK = 4096
"""Works compared at a time: 8 MB."""

Verdict = Literal["copy", "doubtful"]


@dataclasses.dataclass(frozen=True)
class NearCopy:
    """A picture near somebody's work: which of the pictures asked about, the work's id, how near.

    ``similarity`` is the cosine of their descriptors, ``hash_distance`` the bits of 64 in which their hashes differ.
    """

    picture: int
    work: str
    similarity: float
    hash_distance: int

    @property
    def verdict(self) -> Verdict:
        """A copy, or something a person should look at."""
        return "copy" if self.similarity >= COPY else "doubtful"


@dataclasses.dataclass(frozen=True)
class PictureIndex:
    """Everybody's sketches, in memory: 520 bytes a work. ``vectors`` is works × 512, ``hashes`` 64 bits each."""

    key: bytes
    works: tuple[str, ...]
    vectors: NDArray[np.int8]
    hashes: NDArray[np.uint64]

    @classmethod
    def of(cls, sketches: Iterable[tuple[str, bytes]], key: bytes) -> PictureIndex:
        """An index of ``(id, sketch)``, the sketches made with ``key``.

        Raises:
            OthersIndexError: one is no sketch of a picture.
        """
        works: list[str] = []
        data = bytearray()
        for work, sketch in sketches:
            if len(sketch) != SKETCH_BYTES:
                raise OthersIndexError("This is no index of others' pictures, but of another kind of work.")
            works.append(work)
            data += sketch
        rows = np.frombuffer(bytes(data), dtype=np.uint8).reshape(-1, SKETCH_BYTES)
        hashes = np.ascontiguousarray(rows[:, DESCRIPTOR_SIZE:]).view("<u8").reshape(-1).astype(np.uint64)
        return cls(key, tuple(works), np.ascontiguousarray(rows[:, :DESCRIPTOR_SIZE]).view(np.int8), hashes)

    def near(self, vector: NDArray[np.float32], picture_hash: int) -> Iterator[tuple[str, float, int]]:
        """``(id, cosine, bits)`` of the works that a person should look at, for a veiled descriptor."""
        for start in range(0, len(self.works), _CHUNK):
            rows = self.vectors[start : start + _CHUNK].astype(np.float32)
            cosines = rows @ vector / np.maximum(np.linalg.norm(rows, axis=1), 1e-12)
            differ = self.hashes[start : start + _CHUNK] ^ np.uint64(picture_hash)
            distances = np.unpackbits(differ[:, None].view(np.uint8), axis=1).sum(axis=1)
            for place in np.flatnonzero((cosines >= DOUBTFUL) | (distances <= HASH_COPY)):
                yield self.works[start + place], float(cosines[place]), int(distances[place])


def open_picture_index(file: Path | None, key_file: Path | None) -> PictureIndex | None:
    """The index in a file, or none where none is given.

    Raises:
        OthersIndexError: one of the two is not given, missing or damaged, holds another kind of work, or the index was
            made with another key.
    """
    if file is None and key_file is None:
        return None
    if file is None or key_file is None:
        raise OthersIndexError(
            "An index of others' works and its key go together: give --others-index and --others-key."
        )
    key = read_sketch_key(key_file)
    try:
        with file.open("rb") as stream:
            return PictureIndex.of(read_index(stream, key=key), key)
    except OSError as error:
        raise OthersIndexError(f"The index {file} cannot be read: {error}") from error


def sketch(descriptor: Descriptor, key: bytes) -> bytes:
    """What the index keeps of a picture."""
    return picture_sketch(descriptor.vector, descriptor.hash, key)


def near_copies(pictures: Sequence[Descriptor], index: PictureIndex) -> list[NearCopy]:
    """Every picture with every work of the index that is near it, the nearest first."""
    found = [
        NearCopy(number, work, round(similarity, 4), distance)
        for number, picture in enumerate(pictures)
        for work, similarity, distance in index.near(*veil(picture.vector, picture.hash, index.key))
    ]
    return sorted(found, key=lambda copy: (-copy.similarity, copy.hash_distance, copy.picture, copy.work))
