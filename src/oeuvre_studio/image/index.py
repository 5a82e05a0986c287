"""What an image version holds: the works themselves, and how each reads and looks.

There is no network to fit. The adapter is the freelancer's pictures, losslessly encoded, with their titles and keywords; the credit
index is an embedding of those words, a copy-detection descriptor of each picture and how much its seams show.
"""

from __future__ import annotations

import dataclasses
import functools
import io
import json
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from oeuvre_studio.errors import VersionDamagedError
from oeuvre_studio.image.descriptors import Descriptor
from oeuvre_studio.image.patch.pieces import Piece, make_piece
from oeuvre_studio.image.patch.seams import Seams, picture_seams
from oeuvre_studio.image.works import ImageWork

MOST_BYTES = 120 * 1024 * 1024
"""Of all pictures together: a version of 128 MiB is the most that travels."""
EDGES = (1600, 1280, 1024, 768, 512)
"""Longest edges in pixels at which works are kept: the first at which all of them fit."""
PAPERS = "works.json"


@dataclasses.dataclass(frozen=True)
class KeptWork:
    """A work as a version holds it. ``picture`` is RGBA; ``source`` a drawing's SVG."""

    sha256: str
    file: str
    title: str
    kind: str
    keywords: tuple[str, ...]
    content: bytes
    """The picture as PNG."""
    source: str | None
    seams: Seams | None = None
    """See `oeuvre_studio.image.patch.seams`; ``None``: not measured."""

    @functools.cached_property
    def picture(self) -> Image.Image:
        """The picture, decoded once."""
        with Image.open(io.BytesIO(self.content), formats=["PNG"]) as image:
            return image.convert("RGBA")

    @functools.cached_property
    def piece(self) -> Piece:
        """Cut to its drawing."""
        return make_piece(
            self.picture,
            key=self.sha256,
            title=self.title,
            keywords=self.keywords,
            kind=self.kind,
            seams=self.seams,
        )

    @property
    def words(self) -> str:
        """What the work is about, in words."""
        return f"{self.title}. {', '.join(self.keywords)}" if self.keywords else self.title


@dataclasses.dataclass(frozen=True)
class Portfolio:
    """All works of a version with what is known of them; rows of the arrays are works."""

    works: tuple[KeptWork, ...]
    embeddings: NDArray[np.float32]
    """``(n, 384)``, of length 1."""
    descriptors: NDArray[np.float32]
    """``(n, 512)``, of length 1."""
    hashes: tuple[int, ...]

    def adapter(self) -> dict[str, Tensor]:
        """For ``adapter.safetensors``."""
        papers = [
            {"sha256": w.sha256, "file": w.file, "title": w.title, "kind": w.kind, "keywords": list(w.keywords)}
            for w in self.works
        ]
        tensors = {PAPERS: _bytes(json.dumps(papers, ensure_ascii=False).encode())}
        for number, work in enumerate(self.works):
            tensors[f"{number:04d}.png"] = _bytes(work.content)
            if work.source is not None:
                tensors[f"{number:04d}.svg"] = _bytes(work.source.encode())
        return tensors

    def credit(self) -> dict[str, Tensor]:
        """For ``credit.safetensors``."""
        return {
            "embeddings": torch.from_numpy(self.embeddings.astype(np.float16)),
            "descriptors": torch.from_numpy(self.descriptors.astype(np.float16)),
            "hashes": torch.from_numpy(np.array(self.hashes, np.uint64).astype(np.int64)),
            "seams": torch.tensor(
                [picture_seams(np.asarray(work.picture)) for work in self.works], dtype=torch.float32
            ),
        }

    @staticmethod
    def from_tensors(adapter: Mapping[str, Tensor], credit: Mapping[str, Tensor]) -> Portfolio:
        """The inverse of `adapter` and `credit`.

        Raises:
            VersionDamagedError: something is missing or does not fit.
        """
        try:
            papers = json.loads(_content(adapter[PAPERS]))
            seams = credit["seams"].tolist() if "seams" in credit else [None] * len(papers)
            works = tuple(
                KeptWork(
                    sha256=str(paper["sha256"]),
                    file=str(paper["file"]),
                    title=str(paper["title"]),
                    kind=str(paper["kind"]),
                    keywords=tuple(map(str, paper["keywords"])),
                    content=_content(adapter[f"{number:04d}.png"]),
                    source=_content(adapter[f"{number:04d}.svg"]).decode() if f"{number:04d}.svg" in adapter else None,
                    seams=None if seam is None else (float(seam[0]), float(seam[1])),
                )
                for number, (paper, seam) in enumerate(zip(papers, seams, strict=True))
            )
            vectors = [_unit(credit[name].float().numpy()) for name in ("embeddings", "descriptors")]
            hashes = tuple(int(value) for value in credit["hashes"].numpy().astype(np.uint64))
        except (KeyError, TypeError, ValueError) as error:
            raise VersionDamagedError(f"The version does not hold its pictures as it should: {error!r}.") from error
        if not works or {len(works)} != {len(vectors[0]), len(vectors[1]), len(hashes)}:
            raise VersionDamagedError("The version does not know one description for each of its pictures.")
        return Portfolio(works, vectors[0], vectors[1], hashes)

    def descriptor(self, number: int) -> Descriptor:
        """How one of the works looks."""
        return Descriptor(self.descriptors[number], self.hashes[number])


def kept(works: Sequence[ImageWork]) -> tuple[tuple[KeptWork, ...], int | None]:
    """Works as a version holds them, and the longest edge that they were scaled down to; ``None``: they are as they were."""
    longest = max(max(work.picture.size) for work in works)
    for edge in (longest, *(edge for edge in EDGES if edge < longest)):
        found = tuple(_kept(work, edge) for work in works)
        if sum(len(work.content) + len(work.source or "") for work in found) <= MOST_BYTES:
            break
    return found, (edge if edge < longest else None)


def _kept(work: ImageWork, edge: int) -> KeptWork:
    picture = work.picture
    if max(picture.size) > edge:
        picture = picture.copy()
        picture.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    target = io.BytesIO()
    picture.save(target, "PNG", optimize=False)
    return KeptWork(work.sha256, work.file, work.title, work.kind, work.keywords, target.getvalue(), work.source)


def _bytes(content: bytes) -> Tensor:
    return torch.frombuffer(bytearray(content), dtype=torch.uint8)


def _content(tensor: Tensor) -> bytes:
    if tensor.dtype is not torch.uint8 or tensor.dim() != 1:
        raise ValueError("a file is not held as bytes")
    return tensor.numpy().tobytes()


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    found: NDArray[np.float32] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return found.astype(np.float32)
