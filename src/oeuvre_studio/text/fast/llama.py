"""A Llama-like model over one shard of packed tokens: losses, and the adapter's gradient, written out by hand.

What autograd would do with some thousand nodes a step is here a fixed sequence of matrix products (oneDNN's, through
PyTorch) and compiled loops (`kernels`) on memory that is allocated once. Only what an adapter needs is computed: no
gradient of a frozen weight, no attention across segments or into the future, no logits where there is no target.
`oeuvre_studio.text.compute` holds the general path; both give the same numbers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from oeuvre_studio.text.batch.shape import bits
from oeuvre_studio.text.dataset import IGNORED, Rows
from oeuvre_studio.text.fast import kernels
from oeuvre_studio.text.fast.weights import Block, Group, LlamaWeights
from oeuvre_studio.text.fast.workspace import LOGITS, Kept, Workspace, blocks_of


@dataclasses.dataclass(frozen=True)
class Shard:
    """A row without its padding: tokens ``(n,)``, where each one's segment starts, and which of them predict what."""

    tokens: Tensor
    starts: np.ndarray[Any, Any]
    chosen: Tensor
    targets: np.ndarray[Any, Any]

    def __len__(self) -> int:
        return len(self.starts)

    @staticmethod
    def of(rows: Rows, number: int) -> Shard:
        """One row; its segments stay apart."""
        segments = rows.segments[number]
        inside = segments > 0
        numbers, targets = segments[inside].numpy(), rows.targets[number][inside]
        first = np.concatenate([[True], numbers[1:] != numbers[:-1]])
        starts = np.maximum.accumulate(np.where(first, np.arange(len(numbers)), 0))
        chosen = (targets != IGNORED).nonzero().squeeze(1)
        return Shard(rows.tokens[number][inside], starts, chosen, targets[chosen].numpy())


class GroupSlopes:
    """Views into one shard's gradient for each group of a block: A's, stacked, and every B's (without ``scale``)."""

    def __init__(self, group: Group, gradient: Tensor, places: dict[str, tuple[int, int]]) -> None:
        rank, width = group.rank, group.width
        first = places[group.names[0]][0]
        self.a = gradient[first : first + group.low * width].view(group.low, width)
        self.b = [
            gradient[places[name][1] : places[name][1] + size * rank].view(size, rank)
            for name, size in zip(group.names, group.sizes, strict=True)
        ]


class Pass:
    """One shard through the model, forward and, if asked, back."""

    def __init__(self, weights: LlamaWeights, space: Workspace, shard: Shard) -> None:
        self._weights = weights
        self._shape = weights.shape
        self._space = space
        self._shard = shard
        self._blocks = blocks_of(shard.starts)
        self._n = len(shard)
        self._epsilon = np.float32(self._shape.epsilon)
        self._scale = np.float32(self._shape.head**-0.5)
        self._cos, self._sin = weights.turns(np.arange(self._n) - shard.starts)

    def losses(self) -> np.ndarray[Any, Any]:
        """Cross-entropy in nats of every target, ``(targets,)`` fp32."""
        losses, _ = self._head(self._forward(), with_slope=False)
        return losses

    def losses_and_slopes(self, slopes: Sequence[Sequence[GroupSlopes]]) -> np.ndarray[Any, Any]:
        """The losses; the gradient of their sum goes to ``slopes``, four for each block."""
        losses, top = self._head(self._forward(), with_slope=True)
        slope = self._space.slope[: self._n].zero_()
        slope[self._shard.chosen] = top
        for block, kept, places in zip(
            reversed(self._weights.blocks), reversed(self._space.kept), reversed(slopes), strict=True
        ):
            self._block_back(block, kept, places, slope)
        return losses

    def _forward(self) -> Tensor:
        """The last block's output ``(n, hidden)``."""
        space, n = self._space, self._n
        kept = space.kept[0]
        torch.index_select(self._weights.embedding, 0, self._shard.tokens, out=kept.entered[:n])
        for number, block in enumerate(self._weights.blocks):
            kept = space.kept[number % space.keep]
            following = number + 1
            out = space.left if following == len(self._weights.blocks) else space.kept[following % space.keep].entered
            self._block(block, kept, out[:n])
        return space.left[:n]

    def _block(self, block: Block, kept: Kept, out: Tensor) -> None:
        n, space = self._n, self._space
        entered, between, attended = kept.entered[:n], kept.between[:n], kept.attended[:n]
        normed = kept.attention_input[:n]
        kernels.norm(bits(entered), block.attention_norm, self._epsilon, bits(normed), kept.attention_inverse)
        block.qkv.project(normed, space.qkv[:n])
        q, k, v = self._by_head(kept.q, kept.k, kept.v)
        kernels.split_heads(bits(space.qkv[:n]), self._cos, self._sin, self._scale, bits(q), bits(k), bits(v))
        context = self._attend(q, k, v, kept.shares)
        self._side_by_side(attended).copy_(context.permute(1, 0, 2, 3))
        block.o.add_to(entered, attended, between)
        normed, gated = kept.middle_input[:n], kept.gated[:n]
        kernels.norm(bits(between), block.middle_norm, self._epsilon, bits(normed), kept.middle_inverse)
        block.gate_up.project(normed, kept.gate_up[:n])
        kernels.swiglu(bits(kept.gate_up[:n]), bits(gated))
        block.down.add_to(between, gated, out)

    def _by_head(self, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Flat memory as ``q (kv, n, group, e)``, ``k, v (kv, n, e)``."""
        shape, n = self._shape, self._n
        kv, e = shape.key_heads, shape.head
        return (
            q[: n * shape.query_size].view(kv, n, shape.heads // kv, e),
            k[: n * shape.key_size].view(kv, n, e),
            v[: n * shape.key_size].view(kv, n, e),
        )

    def _side_by_side(self, wide: Tensor) -> Tensor:
        """The first columns of ``wide (n, heads e + …)`` as ``(n, kv, group, e)``."""
        kv, e = self._shape.key_heads, self._shape.head
        return wide[:, : self._shape.query_size].view(len(wide), kv, self._shape.heads // kv, e)

    def _parts(self, shares: Tensor) -> list[tuple[int, int, int, Tensor]]:
        """Attention's parts with their place in ``shares``: first token, past the last, first key, ``(kv, m group, keys)``."""
        kv, group = self._shape.key_heads, self._shape.heads // self._shape.key_heads
        parts: list[tuple[int, int, int, Tensor]] = []
        at = 0
        for first, last, low in self._blocks:
            size = kv * group * (last - first) * (last - low)
            parts.append((first, last, low, shares[at : at + size].view(kv, group * (last - first), last - low)))
            at += size
        return parts

    def _attend(self, q: Tensor, k: Tensor, v: Tensor, shares: Tensor) -> Tensor:
        """Attention's outputs ``(kv, n, group, e)``; keeps the shares."""
        context, _, _ = self._by_head(self._space.context, k.flatten(), v.flatten())
        for first, last, low, part in self._parts(shares):
            kv, rows, keys = part.shape
            torch.bmm(q[:, first:last].flatten(1, 2), k[:, low:last].transpose(1, 2), out=part)
            lines = part.view(kv, last - first, rows // (last - first), keys)
            kernels.softmax(bits(lines), self._shard.starts[first:last], first, low)
            context[:, first:last] = torch.bmm(part, v[:, low:last]).view(kv, last - first, -1, self._shape.head)
        return context

    def _head(self, x: Tensor, *, with_slope: bool) -> tuple[np.ndarray[Any, Any], Tensor]:
        """Losses through the final norm and the output layer, and the gradient of the chosen tokens' states."""
        weights, targets = self._weights, self._shard.targets
        x = x[self._shard.chosen]
        normed, inverse = torch.empty_like(x), np.empty(len(x), np.float32)
        kernels.norm(bits(x), weights.final_norm, self._epsilon, bits(normed), inverse)
        losses = np.empty(len(targets), np.float32)
        slope = torch.empty_like(x)
        for start in range(0, len(targets), LOGITS):
            rows = slice(start, min(start + LOGITS, len(targets)))
            logits = self._space.logits[: rows.stop - start]
            torch.mm(normed[rows], weights.head.t(), out=logits)
            kernels.cross_entropy(bits(logits), targets[rows], with_slope, losses[rows])
            if with_slope:
                torch.mm(logits, weights.head, out=slope[rows])
        grown = torch.zeros_like(x)
        if with_slope:
            kernels.norm_back(bits(slope), bits(x), weights.final_norm, inverse, bits(grown))
        return losses, grown

    def _block_back(self, block: Block, kept: Kept, slopes: Sequence[GroupSlopes], slope: Tensor) -> None:
        """Turn ``slope (n, hidden)``, the gradient of a block's output, into that of its input."""
        n, space = self._n, self._space
        qkv, o, gate_up, down = slopes
        gated = self._grown(block.down)
        block.down.back(slope, kept.gated[:n], gated, down.a, down.b)
        kernels.swiglu_back(bits(kept.gate_up[:n]), bits(gated))
        normed = self._grown(block.gate_up)
        block.gate_up.back(kept.gate_up[:n], kept.middle_input[:n], normed, gate_up.a, gate_up.b)
        kernels.norm_back(bits(normed), bits(kept.between[:n]), block.middle_norm, kept.middle_inverse, bits(slope))
        attended = self._grown(block.o)
        block.o.back(slope, kept.attended[:n], attended, o.a, o.b)
        self._attend_back(kept, attended)
        normed = self._grown(block.qkv)
        block.qkv.back(space.qkv[:n], kept.attention_input[:n], normed, qkv.a, qkv.b)
        inverse = kept.attention_inverse
        kernels.norm_back(bits(normed), bits(kept.entered[:n]), block.attention_norm, inverse, bits(slope))

    def _grown(self, group: Group) -> Tensor:
        """Scratch for a group's input gradient, ``(n, in + low)``."""
        width = group.width + group.low
        return self._space.grown[: self._n * width].view(self._n, width)

    def _attend_back(self, kept: Kept, attended: Tensor) -> None:
        """From the gradient of attention's outputs, ``attended (n, heads e + …)``, to that of q, k, v in ``qkv``."""
        n, space, shape = self._n, self._space, self._shape
        q, k, v = self._by_head(kept.q, kept.k, kept.v)
        half = n * shape.key_size
        q_slope, k_slope, v_slope = self._by_head(space.by_query, space.by_key, space.by_key[half:])
        context, _, _ = self._by_head(space.context, space.by_key, space.by_key)
        context.copy_(self._side_by_side(attended).permute(1, 0, 2, 3))
        k_slope.zero_()
        v_slope.zero_()
        for first, last, low, shares in self._parts(kept.shares):
            grown = context[:, first:last].flatten(1, 2)
            slope = space.share_slope[: shares.numel()].view(shares.shape)
            torch.bmm(grown, v[:, low:last].transpose(1, 2), out=slope)
            v_slope[:, low:last].baddbmm_(shares.transpose(1, 2), grown)
            kernels.softmax_back(bits(shares.flatten(0, 1)), bits(slope.flatten(0, 1)))
            q_slope[:, first:last] = torch.bmm(slope, k[:, low:last]).view(q_slope[:, first:last].shape)
            k_slope[:, low:last].baddbmm_(slope.transpose(1, 2), q[:, first:last].flatten(1, 2))
        kernels.split_heads_back(
            bits(q_slope), bits(k_slope), bits(v_slope), self._cos, self._sin, self._scale, bits(space.qkv[:n])
        )
