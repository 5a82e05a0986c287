"""The fast path's shards, each on a core of its own."""

from __future__ import annotations

import queue
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from oeuvre_studio.text.dataset import Rows
from oeuvre_studio.text.fast.llama import GroupSlopes, Pass, Shard
from oeuvre_studio.text.fast.weights import LlamaWeights
from oeuvre_studio.text.fast.workspace import Workspace
from oeuvre_studio.text.lora import Adapter, FlatAdapter, LoraLinear

T = TypeVar("T")


class LlamaEngine:
    """Losses and gradients of a Llama-like base with whatever adapter it was last given.

    Rows are computed one by one, side by side on as many threads as PyTorch may use. What a row gives does not depend
    on the others, and gradients are summed in the order of the rows, so the number of threads changes no figure
    as long as there are no more of them than rows.
    """

    def __init__(self, model: Any, layers: dict[str, LoraLinear]) -> None:
        self._weights = LlamaWeights(model, layers)
        self._spaces: queue.SimpleQueue[Workspace] = queue.SimpleQueue()
        self._scoring: queue.SimpleQueue[Workspace] = queue.SimpleQueue()
        self._gradients: list[Tensor] = []

    def losses(self, rows: Rows, adapter: Adapter | None) -> Tensor:
        """Cross-entropy in nats of every text token of ``rows``, row by row: ``(n,)``."""
        self._weights.adapt(adapter)
        rank = 0 if adapter is None else adapter.rank

        def score(number: int) -> np.ndarray[Any, Any]:
            shard = Shard.of(rows, number)
            space = _take(self._scoring, self._weights, rank, tokens=rows.tokens.shape[1], keep=1)
            found = Pass(self._weights, space, shard).losses()
            self._scoring.put(space)
            return found

        found = _side_by_side(score, len(rows))
        return torch.from_numpy(np.concatenate(found)) if found else torch.empty(0)

    def gradient(self, rows: Rows, flat: FlatAdapter) -> float:
        """Mean loss in nats over the rows' text tokens; its gradient goes to ``flat.grad``."""
        self._weights.adapt(flat.adapter)
        while len(self._gradients) < len(rows) or (self._gradients[0].numel() != flat.values.numel()):
            if self._gradients and self._gradients[0].numel() != flat.values.numel():
                self._gradients.clear()
            self._gradients.append(torch.empty(flat.values.numel(), dtype=self._weights.dtype))

        def learn(number: int) -> np.ndarray[Any, Any]:
            slopes = [
                [GroupSlopes(group, self._gradients[number], flat.places) for group in block.groups]
                for block in self._weights.blocks
            ]
            layers, rank = len(self._weights.blocks), flat.adapter.rank
            space = _take(self._spaces, self._weights, rank, tokens=rows.tokens.shape[1], keep=layers)
            losses = Pass(self._weights, space, Shard.of(rows, number)).losses_and_slopes(slopes)
            self._spaces.put(space)
            return losses

        losses = np.concatenate(_side_by_side(learn, len(rows)))
        flat.grad.copy_(self._gradients[0])
        for gradient in self._gradients[1 : len(rows)]:
            flat.grad.add_(gradient)
        flat.grad.div_(len(losses))
        flat.grad[flat.first_b :].mul_(flat.adapter.scale)
        return float(losses.mean(dtype=np.float64))


def _take(
    spaces: queue.SimpleQueue[Workspace], weights: LlamaWeights, rank: int, *, tokens: int, keep: int
) -> Workspace:
    """A workspace that nobody uses, large enough."""
    try:
        while (space := spaces.get_nowait()).tokens < tokens or space.rank != rank:
            continue
    except queue.Empty:
        space = Workspace(weights.shape, rank, weights.dtype, tokens=tokens, keep=keep)
    return space


def _side_by_side(work: Callable[[int], T], count: int) -> list[T]:
    """``work(0)``, ``work(1)`` …, as many at once as there are threads, which they share."""
    threads = torch.get_num_threads()
    workers = max(1, min(threads, count))

    def one(number: int) -> T:
        torch.set_num_threads(max(1, threads // workers))  # a setting of this very thread
        with torch.no_grad():
            return work(number)

    if workers == 1:
        with torch.no_grad():
            return [work(number) for number in range(count)]
    try:
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(one, range(count)))
    finally:
        torch.set_num_threads(threads)
