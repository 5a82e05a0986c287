"""Matching by meaning: linear discriminants over sentence vectors, learnt from the catalogue's own texts.

Everything is learnt anew in milliseconds whenever the catalogue changes, and nothing is shipped but texts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from oeuvre.kit.discriminants import discriminants_learn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from oeuvre.domains.briefs.guide.knowledge import Knowledge, Text

    Vector = NDArray[np.float32]

KIND_WEIGHTS = {"need": 1.0, "question": 0.6, "example": 0.8, "summary": 1.0, "aliases": 0.6}
"""How much a text counts in learning: a need is what will be asked, a question is only near it."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """The text about a leaf that is nearest to what the buyer wrote. ``cosine`` is 1 for the same meaning."""

    text: Text
    cosine: float


class Meaning:
    """The classifier and the vectors that it was learnt from. Leaves without a vector yet get no score of their own."""

    def __init__(self, knowledge: Knowledge, vectors: Mapping[str, Sequence[float]]) -> None:
        texts = [text for text in knowledge.texts() if text.sha256 in vectors]
        self._texts = texts
        self._keys = [leaf.key for leaf in knowledge.leaves]
        row_of = {key: number for number, key in enumerate(self._keys)}
        self._rows = np.array([row_of[text.leaf] for text in texts], dtype=int)
        self._vectors = np.array([vectors[text.sha256] for text in texts], dtype=np.float32)  # (texts, dimensions)
        self._cases: dict[str, list[int]] = {}
        for number, text in enumerate(texts):
            if text.use_case:
                self._cases.setdefault(text.use_case, []).append(number)
        if texts:
            self._weights, self._offsets = self._learn()

    @property
    def is_ready(self) -> bool:
        """Whether there is a text with a vector for every leaf."""
        return len(set(self._rows.tolist())) == len(self._keys) > 0

    def _learn(self) -> tuple[Vector, Vector]:
        """Weights ``(dimensions, leaves)`` and one offset a leaf."""
        kinds = np.array([KIND_WEIGHTS[text.kind] for text in self._texts])
        weights, offsets = discriminants_learn(self._vectors, self._rows, len(self._keys), kinds)
        return weights.astype(np.float32), offsets.astype(np.float32)

    def scores(self, vector: Sequence[float]) -> NDArray[np.float64]:
        """One number a leaf: the logarithm of how likely the vector is there, but for a constant."""
        return np.asarray(np.asarray(vector, dtype=np.float32) @ self._weights + self._offsets, dtype=np.float64)

    def cosines(self, vector: Sequence[float]) -> NDArray[np.float64]:
        """The likeness of each text, in their order."""
        return np.asarray(self._vectors @ np.asarray(vector, dtype=np.float32), dtype=np.float64)

    def nearest(self, cosines: NDArray[np.float64], leaf: int) -> Likeness | None:
        """The leaf's text that is most like the buyer's, among whole sentences."""
        rows = [n for n in np.flatnonzero(self._rows == leaf) if self._texts[n].kind in {"need", "question", "example"}]
        if not rows:
            return None
        best = max(rows, key=lambda number: cosines[number])
        return Likeness(self._texts[best], float(cosines[best]))

    def of_use_case(self, cosines: NDArray[np.float64], key: str) -> float:
        """How like the use case is: its question and its example, the better of both; 0 for one without vectors."""
        return max((float(cosines[number]) for number in self._cases.get(key, ())), default=0.0)
