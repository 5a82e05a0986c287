"""Vectors for the gigs: the studio's own model for a sample and for every search, the rest made from the sample's.

Embedding 100,000 texts takes the reference machine most of an hour, so ``SAMPLE`` gigs are embedded really (and kept for the next
run), and each other gig's vector is ``a + SPREAD * (b - c)``, made unit length, where a, b and c are three sampled gigs of its
leaf. That keeps each leaf's place and, nearly, its shape: differences between real gigs of the leaf, added to a real one. How near the
made ones come to the real ones is measured (``likeness``) and printed.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from oeuvre_studio.text.embeddings import EMBEDDER, load_embedder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

SAMPLE = 8_000
SPREAD = 0.4


class Embedder:
    """The studio's model in this process, with a folder that keeps what it made."""

    def __init__(self, models: Path, kept: Path) -> None:
        self._model = load_embedder(models)
        self._kept = kept

    def embed(self, texts: Sequence[str], *, patient: bool = False) -> list[list[float]]:
        """The port ``embeddings``."""
        found: list[list[float]] = self._model.embed(list(texts)).tolist()
        return found

    def remembered(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The texts' vectors ``(texts, 384)``, from the folder if they were made before."""
        name = hashlib.sha256(json.dumps([EMBEDDER, *texts]).encode()).hexdigest()[:16]
        path = self._kept / f"vectors-{name}.npy"
        if not path.exists():
            self._kept.mkdir(parents=True, exist_ok=True)
            draft = path.with_suffix(".new.npy")
            np.save(draft, self._model.embed(list(texts)).numpy())
            draft.rename(path)
        vectors: NDArray[np.float32] = np.load(path)
        return vectors


def made_vectors(
    texts: Sequence[str], leaves: Sequence[str], embedder: Embedder, *, seed: int = 0
) -> tuple[NDArray[np.float32], dict[str, float]]:
    """Unit vectors ``(texts, 384)``, the first ``SAMPLE`` of them real; and how alike real and made ones are."""
    count = min(SAMPLE, len(texts))
    real = embedder.remembered(texts[:count])
    of_leaf: dict[str, list[int]] = defaultdict(list)
    for number, leaf in enumerate(leaves[:count]):
        of_leaf[leaf].append(number)
    draw = np.random.default_rng(seed)
    everywhere = list(range(count))
    parts = np.array([draw.choice(of_leaf.get(leaf) or everywhere, 3) for leaf in leaves[count:]], dtype=np.int64)
    vectors = np.empty((len(texts), real.shape[1]), dtype=np.float32)
    vectors[:count] = real
    if len(parts):
        made = real[parts[:, 0]] + SPREAD * (real[parts[:, 1]] - real[parts[:, 2]])
        vectors[count:] = made / np.linalg.norm(made, axis=1, keepdims=True)
    vectors = vectors.astype(np.float16).astype(np.float32)  # as the index keeps them
    return vectors, likeness(vectors, leaves, count)


def likeness(vectors: NDArray[np.float32], leaves: Sequence[str], count: int) -> dict[str, float]:
    """Mean cosine of two gigs of one leaf, and of two of any leaves, among real and among made ones."""
    draw = np.random.default_rng(1)
    found: dict[str, float] = {}
    kinds = {"real": np.arange(count), "made": np.arange(count, len(vectors))}
    for name, numbers in kinds.items():
        if len(numbers) < 2:
            continue
        pairs = draw.choice(numbers, (20_000, 2))
        cosines = (vectors[pairs[:, 0]] * vectors[pairs[:, 1]]).sum(1)
        is_same = np.array([leaves[a] == leaves[b] and a != b for a, b in pairs])
        found[f"{name}, one leaf"] = round(float(cosines[is_same].mean()), 3) if is_same.any() else float("nan")
        found[f"{name}, any two"] = round(float(cosines.mean()), 3)
    return found
