"""Drawing the next token of many texts at once, each from its own random number."""

# numba types these functions itself
# mypy: disable-error-code="no-untyped-def,no-untyped-call,untyped-decorator"

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray
from torch import Tensor

from oeuvre_studio.text.batch.numbers import FAST, exponential
from oeuvre_studio.text.sampling import Sampling

NEGLIGIBLE = 25.0
"""A token whose score is this far below the best one's is never drawn: it has 10⁻¹¹ of its probability."""


BLOCK = 128
"""Scores looked at together."""


@dataclasses.dataclass
class Choice:
    """One place where a token is drawn: the rules, what was written before, and a number in [0, 1)."""

    sampling: Sampling
    written: Sequence[int]
    chance: float


def penalise(scores: NDArray[np.float32], written: Sequence[int], sampling: Sampling) -> None:
    """Lower the scores ``(vocabulary,)`` of tokens that were written, in place.

    Repetition divides (Keskar et al. 2019) over the last `Sampling.penalty_window` tokens; presence and frequency
    subtract over the whole text, as OpenAI's API defines them.
    """
    if sampling.repetition_penalty != 1.0:
        recent = np.unique(np.asarray(written[-sampling.penalty_window :], dtype=np.int64))
        picked = scores[recent]
        penalty = np.float32(sampling.repetition_penalty)
        scores[recent] = np.where(picked > 0, picked / penalty, picked * penalty)
    if written and (sampling.presence_penalty or sampling.frequency_penalty):
        tokens, counts = np.unique(np.asarray(written, dtype=np.int64), return_counts=True)
        scores[tokens] -= np.float32(sampling.presence_penalty) + np.float32(sampling.frequency_penalty) * counts


def draw(logits: Tensor, choices: Sequence[Choice]) -> NDArray[np.int64]:
    """A token for each row of ``logits (n, vocabulary)`` in float32, whose rows are used up.

    Temperature 0 takes the likeliest token. Else the candidates are the `Sampling.top_k` likeliest, of these the fewest
    that together reach `Sampling.top_p` (Holtzman et al. 2020), of these those at least `Sampling.min_p` times as likely
    as the best (Nguyen et al. 2024).
    """
    scores = logits.numpy()
    for row, choice in enumerate(choices):
        penalise(scores[row], choice.written, choice.sampling)
    tokens = np.empty(len(choices), np.int64)

    def each(name: str) -> NDArray[np.float32]:
        return np.array([getattr(choice.sampling, name) for choice in choices], np.float32)

    _draw_rows(
        scores,
        each("temperature"),
        each("top_p"),
        each("min_p"),
        np.array([choice.sampling.top_k for choice in choices], np.int64),
        np.array([choice.chance for choice in choices], np.float32),
        tokens,
    )
    return tokens


@njit(parallel=True, nogil=True, cache=True)
def _draw_rows(scores, temperatures, top_ps, min_ps, top_ks, chances, tokens):
    for i in prange(scores.shape[0]):
        if temperatures[i] <= 0:
            tokens[i] = np.argmax(scores[i])
        else:
            tokens[i] = _draw_row(scores[i], temperatures[i], top_ps[i], min_ps[i], top_ks[i], chances[i])


@njit(nogil=True, fastmath={"nnan"})
def _best(scores):
    """The largest of some numbers, none of them NaN: told so, the compiler looks at many at a time."""
    best = scores[0]
    for score in scores:
        best = max(best, score)
    return best


@njit(nogil=True, fastmath=FAST)
def _total(scores, best, temperature):
    """The sum of ``e^((score - best) / temperature)``."""
    total = np.float32(0)
    for score in scores:
        total += exponential((score - best) / temperature)
    return total


@njit(nogil=True)
def _likeliest(scores, most):
    """Where the ``most`` largest scores are, and where those that equal the least of them are.

    The ``most``-th largest of the blocks' best scores is no more than the ``most``-th largest score, so only blocks that
    reach it are looked into.
    """
    blocks = (len(scores) + BLOCK - 1) // BLOCK
    bests = np.empty(blocks, np.float32)
    for i in range(blocks):
        bests[i] = _best(scores[i * BLOCK : (i + 1) * BLOCK])
    lowest = np.float32(-np.inf) if blocks <= most else np.partition(bests, blocks - most)[blocks - most]
    found = np.empty(len(scores), np.int64)
    count = 0
    for i in range(blocks):
        if bests[i] >= lowest:
            for j in range(i * BLOCK, min((i + 1) * BLOCK, len(scores))):
                if scores[j] >= lowest:
                    found[count] = j
                    count += 1
    found = found[:count]
    if count > most:
        least = np.partition(scores[found], count - most)[count - most]
        found = found[scores[found] >= least]
    return found


@njit(nogil=True)
def _draw_row(scores, temperature, top_p, min_p, top_k, chance):
    best = _best(scores)
    total = _total(scores, best, temperature)
    candidates = _likeliest(scores, top_k)
    likely = np.empty(len(candidates), np.float32)
    for j in range(len(candidates)):
        likely[j] = exponential((scores[candidates[j]] - best) / temperature)
    order = np.argsort(-likely, kind="mergesort")[:top_k]  # ties stay in the vocabulary's order
    reached = np.float32(0)
    last = 0
    for j in range(len(order)):
        share = likely[order[j]]
        if j > 0 and (reached >= top_p * total or share < min_p):
            break
        reached += share
        last = j
    aim = chance * reached
    passed = np.float32(0)
    for j in range(last + 1):
        passed += likely[order[j]]
        if aim < passed:
            return candidates[order[j]]
    return candidates[order[last]]
