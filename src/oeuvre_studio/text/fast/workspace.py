"""The memory one shard computes in, allocated once: fresh memory for every step would cost as much as it computes."""

from __future__ import annotations

import dataclasses

import numpy as np
import torch
from torch import Tensor

from oeuvre_studio.text.batch.shape import LlamaShape

QUERIES = 128
"""Tokens whose attention is computed at once: against the keys up to the last of them, not against all."""

LOGITS = 256
"""Rows of logits held at a time: the output layer is read once for so many."""


def blocks_of(starts: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[tuple[int, int, int]]:
    """Attention in parts: ``(first token, past the last, first key)`` of tokens whose segments begin at ``starts``."""
    tokens = len(starts)
    return [(first, min(first + QUERIES, tokens), int(starts[first])) for first in range(0, tokens, QUERIES)]


@dataclasses.dataclass
class Kept:
    """What a block's backward pass needs of its forward pass. Matrices end in their group's low-rank columns."""

    entered: Tensor
    attention_inverse: np.ndarray[tuple[int], np.dtype[np.float32]]
    attention_input: Tensor
    q: Tensor
    k: Tensor
    v: Tensor
    shares: Tensor
    attended: Tensor
    between: Tensor
    middle_inverse: np.ndarray[tuple[int], np.dtype[np.float32]]
    middle_input: Tensor
    gate_up: Tensor
    gated: Tensor


class Workspace:
    """Buffers for shards of up to ``tokens`` tokens; ``keep`` blocks' activations (1: forward passes only)."""

    def __init__(self, shape: LlamaShape, rank: int, dtype: torch.dtype, *, tokens: int, keep: int) -> None:
        self.tokens, self.rank, self.keep = tokens, rank, keep
        self._shape, self._dtype = shape, dtype
        self.kept = [self._kept() for _ in range(keep)]
        self.left = self._empty(tokens, shape.hidden)
        self.qkv = self._empty(tokens, shape.query_size + 2 * shape.key_size)
        self.context = self._empty(tokens * shape.query_size)
        self.logits = self._empty(LOGITS, shape.vocabulary)
        if keep > 1:
            self.slope = self._empty(tokens, shape.hidden)
            self.grown = self._empty(tokens * (max(shape.middle, shape.query_size, shape.hidden) + 3 * rank))
            self.by_query = self._empty(tokens * shape.query_size)
            self.by_key = self._empty(2 * tokens * shape.key_size)
            self.share_slope = self._empty(shape.heads * QUERIES * tokens)

    def _empty(self, *size: int) -> Tensor:
        return torch.empty(*size, dtype=self._dtype)

    def _kept(self) -> Kept:
        shape, n, rank = self._shape, self.tokens, self.rank
        pairs = sum((last - first) * last for first, last, _ in blocks_of(np.zeros(n, np.int64)))
        return Kept(
            entered=self._empty(n, shape.hidden),
            attention_inverse=np.empty(n, np.float32),
            attention_input=self._empty(n, shape.hidden + 3 * rank),
            q=self._empty(n * shape.query_size),
            k=self._empty(n * shape.key_size),
            v=self._empty(n * shape.key_size),
            shares=self._empty(shape.heads * pairs),
            attended=self._empty(n, shape.query_size + rank),
            between=self._empty(n, shape.hidden),
            middle_inverse=np.empty(n, np.float32),
            middle_input=self._empty(n, shape.hidden + 2 * rank),
            gate_up=self._empty(n, 2 * shape.middle),
            gated=self._empty(n, shape.middle + rank),
        )
