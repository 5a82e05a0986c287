"""Other people's pictures to compare with: folders, versions, and an index of everybody's works.

In an index of others' works (`oeuvre_studio.protocol.sketches`) a picture's record is its descriptor as 512 half-precision numbers and
its perceptual hash as 8 bytes, little-endian; records of another length are other works' and left out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from oeuvre_studio.artifacts import is_version_folder, load_version, read_files
from oeuvre_studio.errors import OthersIndexError, WorksUnusableError
from oeuvre_studio.image.descriptors import Descriptor, describe
from oeuvre_studio.image.index import Portfolio
from oeuvre_studio.image.patch.pieces import make_piece
from oeuvre_studio.image.style import Figures, style_of
from oeuvre_studio.image.works import read_folder
from oeuvre_studio.protocol import read_index, read_sketch_key

NUMBERS = 512
RECORD_BYTES = 2 * NUMBERS + 8


@dataclasses.dataclass(frozen=True)
class OtherArtist:
    """Somebody else's works: what each is called, how it looks, its style."""

    name: str
    files: tuple[str, ...]
    descriptors: tuple[Descriptor, ...]
    styles: tuple[Figures, ...] = ()
    """Empty where only descriptors are known."""


def read_other(folder: Path, models_dir: Path) -> OtherArtist:
    """A folder given as ``--others``: a version's if it holds one, else works.

    Raises:
        WorksUnusableError: there is no usable work in it.
    """
    if is_version_folder(folder):
        version = load_version(read_files(folder))
        held = Portfolio.from_tensors(version.adapter, version.credit)
        descriptors = tuple(held.descriptor(number) for number in range(len(held.works)))
        styles = tuple(style_of(work.piece) for work in held.works)
        return OtherArtist(version.manifest.model, tuple(work.file for work in held.works), descriptors, styles)
    body = read_folder(folder)
    if not body.works:
        raise WorksUnusableError(f"{folder} holds no usable picture to compare with.")
    return OtherArtist(
        name=body.author or folder.name,
        files=tuple(work.file for work in body.works),
        descriptors=tuple(describe([work.picture for work in body.works], models_dir)),
        styles=tuple(style_of(make_piece(work.picture, key=work.sha256)) for work in body.works),
    )


def read_everybody(index: Path | None, key: Path | None) -> OtherArtist | None:
    """The pictures in an index of others' works; ``None`` where none was given.

    Raises:
        OthersIndexError: the index or its key cannot be used.
    """
    if index is None:
        return None
    if key is None:
        raise OthersIndexError("An index of others' works needs the key that it was made with: --others-key.")
    try:
        with Path(index).open("rb") as stream:
            found = [
                (name, content)
                for name, content in read_index(stream, key=read_sketch_key(Path(key)))
                if len(content) == RECORD_BYTES
            ]
    except OSError as error:
        raise OthersIndexError(f"{index} cannot be read: {error.strerror}.") from error
    return OtherArtist("", tuple(name for name, _ in found), tuple(from_record(content) for _, content in found))


def to_record(descriptor: Descriptor) -> bytes:
    """A picture's record in an index of others' works."""
    return descriptor.vector.astype("<f2").tobytes() + descriptor.hash.to_bytes(8, "little")


def from_record(record: bytes) -> Descriptor:
    """The inverse of `to_record`."""
    vector = np.frombuffer(record[: 2 * NUMBERS], "<f2").astype(np.float32)
    length = max(float(np.linalg.norm(vector)), 1e-12)
    return Descriptor(vector / length, int.from_bytes(record[2 * NUMBERS :], "little"))


def nearest(descriptor: Descriptor, others: Sequence[OtherArtist]) -> tuple[float, str, str]:
    """The likeness, artist and file of the other work that a picture is most like; -1 where there are none."""
    best = (-1.0, "", "")
    for other in others:
        if other.descriptors:
            likeness = np.stack([known.vector for known in other.descriptors]) @ descriptor.vector
            place = int(likeness.argmax())
            best = max(best, (float(likeness[place]), other.name, other.files[place]))
    return best
