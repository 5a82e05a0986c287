"""Which recordings a piece is owed to: an estimate. A fitted voice is one voice, made of all recordings together."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from oeuvre_studio.protocol import CreditShare, ManifestWork
from oeuvre_studio.voice.encoders import EncoderA, Vector
from oeuvre_studio.voice.recordings import Recording

if TYPE_CHECKING:
    from torch import Tensor

WIDTH = 0.05
"""A recording this much less like the piece counts a third."""


@dataclasses.dataclass(frozen=True)
class Credit:
    """``vectors`` on encoder A (works × 256) and ``seconds`` of speech of the ``works`` a voice was fitted to."""

    works: tuple[ManifestWork, ...]
    vectors: NDArray[np.float32]
    seconds: NDArray[np.float32]


def credit_of(works: Sequence[Recording], listed: Sequence[ManifestWork], encoder: EncoderA) -> Credit:
    """The credit of recordings, as the manifest lists them."""
    return Credit(
        works=tuple(listed),
        vectors=np.stack([encoder.vector(*work.heard) for work in works]),
        seconds=np.array([work.speech for work in works], dtype=np.float32),
    )


def credit_from(tensors: Mapping[str, Tensor], works: Sequence[ManifestWork]) -> Credit:
    """A version's credit."""
    return Credit(tuple(works), tensors["vectors"].numpy(), tensors["seconds"].numpy())


def shares(credit: Credit, vector: Vector) -> tuple[CreditShare, ...]:
    """Each work's share in a piece: its seconds, weighed by how like the piece it sounds. They sum to 1."""
    alike = credit.vectors @ vector
    weights = credit.seconds * np.exp((alike - alike.max()) / WIDTH)
    found = weights / weights.sum()
    return tuple(
        CreditShare(work=work.sha256, title=work.title, share=float(share))
        for work, share in sorted(zip(credit.works, found, strict=True), key=lambda entry: -entry[1])
    )
