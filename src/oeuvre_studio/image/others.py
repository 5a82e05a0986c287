"""Other people's pictures to compare with: folders of works, versions, and the index of everybody's sketches."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from oeuvre_studio.artifacts import is_version_folder, load_version, read_files
from oeuvre_studio.errors import WorksUnusableError
from oeuvre_studio.image.copies import PictureIndex, near_copies, open_picture_index
from oeuvre_studio.image.descriptors import Descriptor, describe
from oeuvre_studio.image.index import Portfolio
from oeuvre_studio.image.patch.pieces import make_piece
from oeuvre_studio.image.style import Figures, style_of
from oeuvre_studio.image.works import read_folder


@dataclasses.dataclass(frozen=True)
class OtherArtist:
    """Somebody else's works: what each is called, how it looks, its style."""

    name: str
    files: tuple[str, ...]
    descriptors: tuple[Descriptor, ...]
    styles: tuple[Figures, ...] = ()
    """Empty where nothing is known but sketches."""
    index: PictureIndex | None = None
    """In the place of descriptors: everybody's sketches, which only say what is near."""


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
    """The sketches of everybody else's pictures; ``None`` where none were given.

    Raises:
        OthersIndexError: the index or its key cannot be used.
    """
    found = open_picture_index(index, key)
    return None if found is None else OtherArtist("", (), (), index=found)


def nearest(descriptor: Descriptor, others: Sequence[OtherArtist]) -> tuple[float, str, str]:
    """The likeness, artist and file of the other work that a picture is most like; 0 where none is near."""
    best = (0.0, "", "")
    for other in others:
        if other.index is not None:
            for copy in near_copies([descriptor], other.index)[:1]:
                best = max(best, (copy.similarity, other.name, copy.work))
        elif other.descriptors:
            likeness = np.stack([known.vector for known in other.descriptors]) @ descriptor.vector
            place = int(likeness.argmax())
            best = max(best, (float(likeness[place]), other.name, other.files[place]))
    return best
