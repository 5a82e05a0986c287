"""Linear discriminants: classes of vectors, taken for normal distributions with one covariance.

That has a closed form (Hastie, Tibshirani and Friedman 2009, "The Elements of Statistical Learning", 4.10), so that everything is
learnt in milliseconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

SHRINKAGE = 0.5
"""How far the covariance is drawn towards a ball: there are hardly more vectors than dimensions."""


def discriminants_learn(
    vectors: NDArray[np.floating], classes: NDArray[np.integer], count: int, counts: Numbers | None = None
) -> tuple[Numbers, Numbers]:
    """Weights ``(dimensions, count)`` and one offset a class: ``vector @ weights + offsets`` is the logarithm of how likely the vector
    is in each class, but for a constant; every class is as likely as any other beforehand.

    Args:
        vectors: ``(vectors, dimensions)``, at least one.
        classes: the class of each vector, from 0 to ``count`` - 1.
        count: classes there are; one without a vector lies at 0.
        counts: how much each vector counts, as much as any other if none are given.
    """
    matrix = vectors.astype(np.float64)
    shares = np.ones(len(matrix)) if counts is None else counts
    totals = np.bincount(classes, weights=shares, minlength=count)
    means = np.zeros((count, matrix.shape[1]))
    np.add.at(means, classes, matrix * shares[:, None])
    means /= np.maximum(totals, 1e-9)[:, None]
    spread = (matrix - means[classes]) * np.sqrt(shares / shares.sum())[:, None]
    covariance = spread.T @ spread
    size = len(covariance)
    ball = np.trace(covariance) / size * np.eye(size)
    weights = np.linalg.solve((1 - SHRINKAGE) * covariance + SHRINKAGE * ball, means.T)
    return weights, -0.5 * np.einsum("cd,dc->c", means, weights)
