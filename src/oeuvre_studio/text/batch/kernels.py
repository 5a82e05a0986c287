"""What happens between the matrix products of a Llama layer, row by row, compiled.

A *row* is one token of one text. Every kernel computes each row by itself and always in the same order, so a row's
numbers never depend on which other rows share the step. Arrays hold bf16 as ``uint16`` or float32 (`numbers`); the
residual stream is float32. ``slots[i]`` is the adapter slot of row ``i``, negative for the base alone.

Shapes: ``n`` rows, ``d`` hidden, ``r`` rank, ``S`` slots, ``h`` heads, ``g`` key-value heads, ``e`` head size,
``P`` pages of `PAGE` tokens.
"""

# numba types these functions itself
# mypy: disable-error-code="no-untyped-def,no-untyped-call,untyped-decorator"

from __future__ import annotations

import functools

import numpy as np
from numba import njit, prange

from oeuvre_studio.text.batch.numbers import FAST, exponential, narrow, widen

PAGE = 64
"""Tokens in a page: enough for long inner loops, few enough to waste little at the end of a text."""


@njit(fastmath=FAST)
def _low(x, a, scale, low):
    """``low (r,) = scale · A x`` with ``a (r, k)``, ``x (k,)`` float32."""
    for j in range(a.shape[0]):
        total = np.float32(0)
        for i in range(x.shape[0]):
            total += x[i] * widen(a[j, i])
        low[j] = total * scale


@njit(fastmath=FAST)
def _add_up(y, low, b):
    """``y (out,) += lowᵀ b`` with ``b (r, out)``: B transposed, so that outputs lie side by side."""
    r = b.shape[0]
    whole = r - r % 4
    for j in range(0, whole, 4):
        l0, l1, l2, l3 = low[j], low[j + 1], low[j + 2], low[j + 3]
        for o in range(y.shape[0]):
            y[o] += l0 * widen(b[j, o]) + l1 * widen(b[j + 1, o]) + l2 * widen(b[j + 2, o]) + l3 * widen(b[j + 3, o])
    for j in range(whole, r):
        for o in range(y.shape[0]):
            y[o] += low[j] * widen(b[j, o])


@njit(fastmath=FAST)
def _norm(h, weight, epsilon, x):
    """Root-mean-square normalisation (Zhang & Sennrich 2019) of ``h (d,)`` into ``x (d,)``."""
    squares = np.float32(0)
    for i in range(h.shape[0]):
        squares += h[i] * h[i]
    factor = np.float32(1) / np.sqrt(squares / np.float32(h.shape[0]) + epsilon)
    for i in range(h.shape[0]):
        x[i] = narrow(h[i] * factor * weight[i], x)


@njit(fastmath=FAST)
def _widened(x, wide):
    for i in range(x.shape[0]):
        wide[i] = widen(x[i])


@njit(parallel=True, nogil=True, fastmath=FAST, cache=True)
def norm_rows(h, weight, epsilon, x):
    """``x (n, d)`` = the normalised residual ``h (n, d)``."""
    for i in prange(h.shape[0]):
        _norm(h[i], weight, epsilon, x[i])


@njit(parallel=True, nogil=True, fastmath=FAST, cache=True)
def finish_residual(h, y, x, a, b, scales, slots, weight, epsilon, out):
    """``h += y + scale · B A x`` and ``out`` = the normalised new residual.

    ``y (n, d)`` is the frozen product of ``x (n, k)``; ``a (S, r, k)``, ``b (S, r, d)``.
    """
    for i in prange(h.shape[0]):
        row = h[i]
        for o in range(row.shape[0]):
            row[o] += widen(y[i, o])
        slot = slots[i]
        if slot >= 0:
            wide = np.empty(x.shape[1], np.float32)
            low = np.empty(a.shape[1], np.float32)
            _widened(x[i], wide)
            _low(wide, a[slot], scales[slot], low)
            _add_up(row, low, b[slot])
        _norm(row, weight, epsilon, out[i])


@njit(parallel=True, nogil=True, fastmath=FAST, cache=True)
def finish_qkv(qkv, x, a, b_q, b_k, b_v, scales, slots, positions, texts, pages, cosine, sine, keys, values, queries):
    """Add the low-rank products, turn queries and keys by their position, and put keys and values away.

    ``qkv (n, (h + 2g) e)``, ``a (S, 3r, d)``, ``b_q (S, r, h e)``, ``b_k, b_v (S, r, g e)``; ``positions, texts
    (n,)``; ``pages (texts, …)`` page numbers; ``cosine, sine (context, e / 2)``; ``keys (P, g, e, PAGE)``, ``values
    (P, g, PAGE, e)``; ``queries (n, h, e)`` float32, divided by the root of ``e``.
    """
    head = queries.shape[2]
    heads, key_heads = queries.shape[1], keys.shape[1]
    half = head // 2
    rank = b_q.shape[1]
    shrink = np.float32(1) / np.sqrt(np.float32(head))
    for i in prange(qkv.shape[0]):
        row = np.empty(qkv.shape[1], np.float32)
        _widened(qkv[i], row)
        slot = slots[i]
        if slot >= 0:
            wide = np.empty(x.shape[1], np.float32)
            low = np.empty(3 * rank, np.float32)
            _widened(x[i], wide)
            _low(wide, a[slot], scales[slot], low)
            _add_up(row[: heads * head], low[:rank], b_q[slot])
            _add_up(row[heads * head : (heads + key_heads) * head], low[rank : 2 * rank], b_k[slot])
            _add_up(row[(heads + key_heads) * head :], low[2 * rank :], b_v[slot])
        position = positions[i]
        for one in range(heads):
            at = one * head
            for j in range(half):
                c, s = cosine[position, j], sine[position, j]
                first, second = row[at + j], row[at + half + j]
                queries[i, one, j] = (first * c - second * s) * shrink
                queries[i, one, half + j] = (second * c + first * s) * shrink
        page, place = pages[texts[i], position // PAGE], position % PAGE
        for one in range(key_heads):
            at = (heads + one) * head
            for j in range(half):
                c, s = cosine[position, j], sine[position, j]
                first, second = row[at + j], row[at + half + j]
                keys[page, one, j, place] = narrow(first * c - second * s, keys)
                keys[page, one, half + j, place] = narrow(second * c + first * s, keys)
            at += key_heads * head
            for j in range(head):
                values[page, one, place, j] = narrow(row[at + j], values)


@functools.cache
def attention(head):
    """Causal attention of every row over its own text, for heads of this size (a multiple of eight).

    The kernel takes ``queries (n, h, e)``, ``keys``, ``values``, ``positions``, ``texts`` and ``pages`` as
    `finish_qkv` leaves them, and writes ``out (n, h e)``. Both inner loops have a length known to the compiler, which
    makes them three times faster.
    """

    @njit(parallel=True, nogil=True, fastmath=FAST, cache=True)
    def attend(queries, keys, values, positions, texts, pages, out):
        heads = queries.shape[1]
        group = heads // keys.shape[1]
        for index in prange(queries.shape[0] * heads):
            i, one = index // heads, index % heads
            source = one // group
            length = positions[i] + 1
            used = (length + PAGE - 1) // PAGE
            scores = np.zeros(used * PAGE, np.float32)
            for p in range(used):
                page, at = pages[texts[i], p], p * PAGE
                for j in range(0, head, 4):
                    q0, q1, q2, q3 = (
                        queries[i, one, j],
                        queries[i, one, j + 1],
                        queries[i, one, j + 2],
                        queries[i, one, j + 3],
                    )
                    for t in range(PAGE):
                        scores[at + t] += (
                            q0 * widen(keys[page, source, j, t])
                            + q1 * widen(keys[page, source, j + 1, t])
                            + q2 * widen(keys[page, source, j + 2, t])
                            + q3 * widen(keys[page, source, j + 3, t])
                        )
            most = scores[0]
            for t in range(length):
                most = max(most, scores[t])
            for t in range(length):
                scores[t] = exponential(scores[t] - most)
            total = np.float32(0)
            for t in range(length):
                total += scores[t]
            for t in range(length, used * PAGE):
                scores[t] = np.float32(0)
            mixed = np.zeros(head, np.float32)
            for p in range(used):
                page = pages[texts[i], p]
                for t in range(0, PAGE, 4):
                    at = p * PAGE + t
                    w0, w1, w2, w3 = scores[at], scores[at + 1], scores[at + 2], scores[at + 3]
                    for j in range(head):
                        mixed[j] += (
                            w0 * widen(values[page, source, t, j])
                            + w1 * widen(values[page, source, t + 1, j])
                            + w2 * widen(values[page, source, t + 2, j])
                            + w3 * widen(values[page, source, t + 3, j])
                        )
            for j in range(head):
                out[i, one * head + j] = narrow(mixed[j] / total, out)

    return attend


@njit(parallel=True, nogil=True, fastmath=FAST, cache=True)
def finish_gate_up(gate_up, x, a, b_gate, b_up, scales, slots, out):
    """Add the low-rank products and apply SwiGLU (Shazeer 2020): ``out (n, m) = silu(gate) · up``.

    ``gate_up (n, 2m)``, ``a (S, 2r, d)``, ``b_gate, b_up (S, r, m)``.
    """
    middle = out.shape[1]
    rank = b_gate.shape[1]
    for i in prange(gate_up.shape[0]):
        row = np.empty(2 * middle, np.float32)
        _widened(gate_up[i], row)
        slot = slots[i]
        if slot >= 0:
            wide = np.empty(x.shape[1], np.float32)
            low = np.empty(2 * rank, np.float32)
            _widened(x[i], wide)
            _low(wide, a[slot], scales[slot], low)
            _add_up(row[:middle], low[:rank], b_gate[slot])
            _add_up(row[middle:], low[rank:], b_up[slot])
        for o in range(middle):
            gate = row[o]
            out[i, o] = narrow(gate / (np.float32(1) + exponential(-gate)) * row[middle + o], out)
