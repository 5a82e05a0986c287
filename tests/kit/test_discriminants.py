"""Linear discriminants: they part what one covariance can part, and weigh what counts more."""

from __future__ import annotations

import numpy as np

from oeuvre.kit.discriminants import discriminants_learn


def _near(centres: list[list[float]], each: int) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(1)
    classes = np.repeat(np.arange(len(centres)), each)
    return np.array(centres)[classes] + chance.normal(scale=0.3, size=(len(classes), len(centres[0]))), classes


def test_a_vector_is_likeliest_in_the_class_it_lies_in() -> None:
    vectors, classes = _near([[2, 0, 0], [0, 2, 0], [0, 0, 2]], each=40)

    weights, offsets = discriminants_learn(vectors, classes, 3)

    found = (vectors @ weights + offsets).argmax(1)
    assert weights.shape == (3, 3)
    assert (found == classes).mean() > 0.99


def test_a_border_lies_midway_however_many_vectors_a_class_has() -> None:
    vectors = np.array([[-1.0, 0.1], [-1, -0.1], [-1, 0.2], [-1, -0.2], [1, 0.1], [1, -0.1]])
    classes = np.array([0, 0, 0, 0, 1, 1])

    weights, offsets = discriminants_learn(vectors, classes, 2)

    low, high = np.array([0.0, 0]) @ weights + offsets
    assert abs(low - high) < 1e-9


def test_what_counts_more_draws_its_class_towards_itself() -> None:
    vectors = np.array([[0.0], [1], [4], [5]])
    classes = np.array([0, 0, 1, 1])

    def border(counts: list[float]) -> float:
        weights, offsets = discriminants_learn(vectors, classes, 2, np.array(counts))
        return float((offsets[0] - offsets[1]) / (weights[0, 1] - weights[0, 0]))

    assert border([1, 9, 1, 1]) > border([1, 1, 1, 1]) > border([9, 1, 1, 1])


def test_a_class_without_a_vector_takes_no_place() -> None:
    vectors, classes = _near([[2, 0], [0, 2]], each=10)

    weights, offsets = discriminants_learn(vectors, classes, 3)

    assert np.isfinite(weights).all()
    assert (vectors @ weights + offsets).argmax(1).max() < 2
