"""Estimated credit: which training works an output leans on, as shares that sum to 1.

An estimate from likeness, not a proof of influence: each work's score is the cosine of its best-matching
passage with the output (MiniLM embeddings), and a softmax turns scores into shares. Gradient-based
attribution would need every training step kept.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from oeuvre_studio.errors import VersionDamagedError
from oeuvre_studio.protocol import CreditShare, ManifestWork
from oeuvre_studio.text.embeddings import Embedder

PASSAGES_PER_WORK = 12
"""Passages of a work that are embedded, evenly spread. Bounds a version's size whatever the works' length."""

SHARPNESS = 12.0
"""Inverse temperature of the softmax: a cosine higher by 0.1 gets 3.3 times the share."""


@dataclasses.dataclass(frozen=True)
class CreditIndex:
    """Embeddings ``(passages, size)`` of training passages and, for each, the number of its work
    ``(passages,)``.

    Works are numbered as the training works of the manifest are, in its order.
    """

    embeddings: Tensor
    work: Tensor

    def tensors(self) -> dict[str, Tensor]:
        """For ``credit.safetensors``; half precision is plenty for likeness."""
        return {"embeddings": self.embeddings.to(torch.float16).contiguous(), "work": self.work.contiguous()}

    @staticmethod
    def from_tensors(tensors: Mapping[str, Tensor]) -> CreditIndex:
        """The inverse of `tensors`.

        Raises:
            VersionDamagedError: a tensor is missing, unexpected, or of the wrong shape.
        """
        if set(tensors) != {"embeddings", "work"} or len(tensors["embeddings"]) != len(tensors["work"]):
            raise VersionDamagedError("credit.safetensors does not hold one work number for each embedding.")
        return CreditIndex(embeddings=tensors["embeddings"].float(), work=tensors["work"])


def spread(count: int, most: int) -> list[int]:
    """At most ``most`` of ``count`` places, evenly spread, the first among them."""
    if count <= most:
        return list(range(count))
    return [round(i * (count - 1) / (most - 1)) for i in range(most)] if most > 1 else [0]


def build_index(embedder: Embedder, passages: Sequence[Sequence[str]]) -> CreditIndex:
    """Embed the given passages, listed per training work in the manifest's order."""
    texts = [text for work in passages for text in work]
    numbers = [number for number, work in enumerate(passages) for _ in work]
    stored = embedder.embed(texts).half().float()  # as a reader of the version will see them
    return CreditIndex(embeddings=stored, work=torch.tensor(numbers, dtype=torch.int64))


def estimate(index: CreditIndex, works: Sequence[ManifestWork], output: Tensor) -> tuple[CreditShare, ...]:
    """Shares of the training ``works`` in an output with embedding ``output (size,)``, largest first; they
    sum to 1.
    """
    likeness = index.embeddings @ output.float()  # (passages,)
    best = torch.full((len(works),), -1.0).scatter_reduce(0, index.work, likeness, "amax")
    shares = torch.softmax(best * SHARPNESS, dim=0).double()
    shares /= shares.sum()
    ranked = shares.argsort(descending=True, stable=True).tolist()
    return tuple(CreditShare(work=works[i].sha256, title=works[i].title, share=float(shares[i])) for i in ranked)
