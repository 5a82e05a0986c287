"""The elementwise parts of a Llama block as compiled loops over a shard of tokens, forward and backward.

Arrays hold bf16 as ``uint16`` or float32 (see `oeuvre_studio.text.batch.numbers`); everything is computed in float32.
No kernel holds the interpreter's lock, so that shards run side by side, each on its own core. A row of a matrix may be
wider than what a kernel looks at: the low-rank products stand to the right of the activations.

Helpers are inlined where they are called. A helper left as a function of its own can be compiled twice, and which copy runs
depends on whether the machine code is new or was kept from an earlier process: the last bit would, too.

Shapes: ``n`` tokens, ``d`` hidden, ``f`` width of the gated layer, ``h`` heads in ``kv`` groups of ``g``, ``e`` a head's.
"""

# numba types these functions itself
# mypy: disable-error-code="no-untyped-def,no-untyped-call,untyped-decorator"

from __future__ import annotations

import numpy as np
from numba import njit

from oeuvre_studio.text.batch.numbers import FAST, exponential, narrow, widen

ZERO, ONE = np.float32(0), np.float32(1)
LOWEST = np.float32(-3.0e38)
LANES = 64


@njit(cache=True, nogil=True, fastmath=FAST, error_model="numpy")
def norm(x, weight, epsilon, out, inverse):
    """RMSNorm (Zhang & Sennrich 2019) of ``x (n, d)`` into the first columns of ``out``; keeps 1 / rms ``(n,)``."""
    width = x.shape[1]
    for t in range(x.shape[0]):
        squares = ZERO
        for j in range(width):
            squares += widen(x[t, j]) * widen(x[t, j])
        factor = np.float32(ONE / np.sqrt(squares / np.float32(width) + epsilon))
        inverse[t] = factor
        for j in range(width):
            out[t, j] = narrow(widen(x[t, j]) * factor * weight[j], out)


@njit(cache=True, nogil=True, fastmath=FAST, error_model="numpy")
def norm_back(slope, x, weight, inverse, grown):
    """Add the norm's input gradient to ``grown (n, d)``; the output's is in the first columns of ``slope``."""
    width = x.shape[1]
    for t in range(x.shape[0]):
        total = ZERO
        for j in range(width):
            total += widen(slope[t, j]) * weight[j] * widen(x[t, j])
        factor = inverse[t]
        pull = total * factor * factor * factor / np.float32(width)
        for j in range(width):
            change = widen(slope[t, j]) * weight[j] * factor - widen(x[t, j]) * pull
            grown[t, j] = narrow(widen(grown[t, j]) + change, grown)


@njit(inline="always", fastmath=FAST, error_model="numpy")
def _rotate(source, cos, sin, scale, out):
    """One head of one token, ``(e,)``, turned by its position (Su et al. 2021) and scaled."""
    half = cos.shape[0] // 2
    left, right = source[:half], source[half:]
    for j in range(half):
        out[j] = narrow((widen(left[j]) * cos[j] - widen(right[j]) * sin[j]) * scale, out)
    cos, sin, out = cos[half:], sin[half:], out[half:]
    for j in range(half):
        out[j] = narrow((widen(right[j]) * cos[j] + widen(left[j]) * sin[j]) * scale, out)


@njit(inline="always", fastmath=FAST, error_model="numpy")
def _rotate_back(source, cos, sin, scale, out):
    """The transpose of `_rotate`."""
    half = cos.shape[0] // 2
    left, right = source[:half], source[half:]
    upper_cos, upper_sin, upper = cos[half:], sin[half:], out[half:]
    for j in range(half):
        out[j] = narrow((widen(left[j]) * cos[j] + widen(right[j]) * upper_sin[j]) * scale, out)
    for j in range(half):
        upper[j] = narrow((widen(right[j]) * upper_cos[j] - widen(left[j]) * sin[j]) * scale, upper)


@njit(cache=True, nogil=True, fastmath=FAST, error_model="numpy")
def split_heads(qkv, cos, sin, scale, q, k, v):
    """``qkv (n, (h + 2 kv) e)`` by key head: ``q (kv, n, g, e)`` rotated and scaled, ``k, v (kv, n, e)``.

    ``cos, sin (n, e)``. All of a key head's queries form one matrix, so that no key is copied for each query head.
    """
    kv, tokens, group, width = q.shape
    for t in range(tokens):
        row, c, s = qkv[t], cos[t], sin[t]
        for head in range(kv):
            for member in range(group):
                at = (head * group + member) * width
                _rotate(row[at : at + width], c, s, scale, q[head, t, member])
            at = (kv * group + head) * width
            _rotate(row[at : at + width], c, s, ONE, k[head, t])
            at = (kv * group + kv + head) * width
            for j in range(width):
                v[head, t, j] = row[at + j]


@njit(cache=True, nogil=True, fastmath=FAST, error_model="numpy")
def split_heads_back(q, k, v, cos, sin, scale, qkv):
    """The gradient of `split_heads`, from slopes by head into ``qkv``."""
    kv, tokens, group, width = q.shape
    for t in range(tokens):
        row, c, s = qkv[t], cos[t], sin[t]
        for head in range(kv):
            for member in range(group):
                at = (head * group + member) * width
                _rotate_back(q[head, t, member], c, s, scale, row[at : at + width])
            at = (kv * group + head) * width
            _rotate_back(k[head, t], c, s, ONE, row[at : at + width])
            at = (kv * group + kv + head) * width
            for j in range(width):
                row[at + j] = v[head, t, j]


@njit(inline="always", fastmath=FAST, error_model="numpy")
def _highest(row, lanes):
    """The largest number of a row, found in as many ``lanes`` at once as there is scratch for."""
    lanes[:] = LOWEST
    whole = row.shape[0] // LANES * LANES
    for at in range(0, whole, LANES):
        part = row[at : at + LANES]
        for lane in range(LANES):  # one running maximum would be one number at a time: its order is fixed by NaN
            number = widen(part[lane])
            lanes[lane] = number if number > lanes[lane] else lanes[lane]
    top = LOWEST
    for lane in range(LANES):
        top = max(top, lanes[lane])
    for j in range(whole, row.shape[0]):
        top = max(top, widen(row[j]))
    return top


@njit(inline="always", fastmath=FAST, error_model="numpy")
def _softmax(row, lanes, powers):
    top = _highest(row, lanes)
    total = ZERO
    for j in range(row.shape[0]):
        power = exponential(widen(row[j]) - top)
        powers[j] = power
        total += power
    share = ONE / total
    for j in range(row.shape[0]):
        row[j] = narrow(powers[j] * share, row)


@njit(cache=True, nogil=True, fastmath=FAST, error_model="numpy")
def softmax(scores, starts, first, low):
    """Softmax in place of ``scores (kv, m, g, keys)`` of the ``m`` tokens from ``first`` on.

    A token looks at the keys from its segment's start, ``starts (m,)``, up to itself; keys are counted from ``low``.
    """
    lanes, powers = np.empty(LANES, np.float32), np.empty(scores.shape[3], np.float32)
    for head in range(scores.shape[0]):
        for m in range(scores.shape[1]):
            begin, end = starts[m] - low, first + m - low + 1
            for member in range(scores.shape[2]):
                row = scores[head, m, member]
                row[:begin] = 0
                _softmax(row[begin:end], lanes, powers)
                row[end:] = 0


@njit(cache=True, nogil=True, fastmath=FAST, error_model="numpy")
def softmax_back(shares, slope):
    """The scores' gradient in place of the shares', both ``(lines, keys)``: ``s (g - Σ s g)``."""
    for line in range(shares.shape[0]):
        row, grown = shares[line], slope[line]
        total = ZERO
        for j in range(row.shape[0]):
            total += widen(row[j]) * widen(grown[j])
        for j in range(row.shape[0]):
            grown[j] = narrow(widen(row[j]) * (widen(grown[j]) - total), grown)


@njit(cache=True, nogil=True, fastmath=FAST, error_model="numpy")
def swiglu(gate_up, out):
    """``silu(gate) · up`` (Shazeer 2020) of ``gate_up (n, 2 f)`` into the first columns of ``out``."""
    width = gate_up.shape[1] // 2
    for t in range(gate_up.shape[0]):
        gates, ups, row = gate_up[t, :width], gate_up[t, width:], out[t]
        for j in range(width):
            gate = widen(gates[j])
            row[j] = narrow(gate / (ONE + exponential(-gate)) * widen(ups[j]), row)


@njit(cache=True, nogil=True, fastmath=FAST, error_model="numpy")
def swiglu_back(gate_up, slope):
    """Its gradient in place of ``gate_up``, from the output's in the first columns of ``slope``."""
    width = gate_up.shape[1] // 2
    for t in range(gate_up.shape[0]):
        gates, ups, row = gate_up[t, :width], gate_up[t, width:], slope[t]
        for j in range(width):
            gate, grown = widen(gates[j]), widen(row[j])
            share = ONE / (ONE + exponential(-gate))
            change = grown * widen(ups[j]) * share * (ONE + gate * (ONE - share))
            ups[j] = narrow(grown * gate * share, ups)
            gates[j] = narrow(change, gates)


@njit(cache=True, nogil=True, fastmath=FAST, error_model="numpy")
def cross_entropy(logits, targets, with_slope, losses):
    """Cross-entropy in nats of ``targets (n,)`` given ``logits (n, v)``; its gradient in their place where asked."""
    lanes = np.empty(LANES, np.float32)
    for t in range(logits.shape[0]):
        row, target = logits[t], targets[t]
        top = _highest(row, lanes)
        total = ZERO
        for j in range(row.shape[0]):
            total += exponential(widen(row[j]) - top)
        losses[t] = np.log(total) + top - widen(row[target])
        if with_slope:
            share = ONE / total
            for j in range(row.shape[0]):
                row[j] = narrow(exponential(widen(row[j]) - top) * share, row)
            row[target] = narrow(widen(row[target]) - ONE, row)
