"""The patch model's two inner loops: finding nearest patches, and putting a picture together from them.

PatchMatch: Barnes et al. 2009, "PatchMatch: A Randomized Correspondence Algorithm for Structural Image Editing": a field of
nearest neighbours is improved by looking at what the neighbours found and at random places nearer and nearer to what was
found. Distances are sums of squares of whole numbers, and chance comes from a generator of our own, so that a seed means
the same picture everywhere.

Shapes: ``h, w`` patches of the target (of a picture that wraps round: as many as pixels), ``n`` sources of ``H, W`` pixels,
``c`` channels, ``k`` pixels along a patch's edge. A field ``(h, w, 3)`` holds source, row and column of a patch's origin.
"""

# numba types these functions itself
# mypy: disable-error-code="no-untyped-def,no-untyped-call,untyped-decorator"

from __future__ import annotations

import numpy as np
from numba import njit

FAR = np.float32(3.0e38)


@njit(inline="always")
def _draw(state, below):
    """The next whole number under ``below``: xorshift (Marsaglia 2003)."""
    x = state[0]
    x ^= (x << np.uint64(13)) & np.uint64(0xFFFFFFFFFFFFFFFF)
    x ^= x >> np.uint64(7)
    x ^= (x << np.uint64(17)) & np.uint64(0xFFFFFFFFFFFFFFFF)
    state[0] = x
    return np.int64((x >> np.uint64(11)) % np.uint64(below))


@njit(inline="always")
def _cost(target, y, x, source, n, v, u, k, weight, best):
    """Squared difference of two patches times the source patch's weight; given up once it is over ``best``."""
    limit = best / weight
    total = np.int64(0)
    for a in range(k):
        for b in range(k):
            for c in range(target.shape[2]):
                gap = np.int64(target[y + a, x + b, c]) - np.int64(source[n, v + a, u + b, c])
                total += gap * gap
        if total >= limit:
            return FAR
    return np.float32(total) * weight


@njit(cache=True, nogil=True)
def match(target, wanted, source, weight, field, cost, k, rounds, wrap, seed):
    """Improve ``field`` and ``cost (h, w)`` in place.

    ``target`` has ``k - 1`` more rows and columns than the field. Where ``wanted (h, w)`` is false nothing is looked for.
    ``weight (n, H, W)`` multiplies the distance to the patch with that origin; 0 forbids it.
    """
    state = np.empty(1, np.uint64)
    state[0] = np.uint64(seed) * np.uint64(2654435769) + np.uint64(88172645463325252)
    height, width = field.shape[:2]
    sources, rows, columns = source.shape[0], source.shape[1] - k + 1, source.shape[2] - k + 1
    for y in range(height):
        for x in range(width):
            if wanted[y, x]:
                n, v, u = field[y, x, 0], field[y, x, 1], field[y, x, 2]
                own = weight[n, v, u]
                cost[y, x] = FAR if own == 0 else _cost(target, y, x, source, n, v, u, k, own, FAR)
    for turn in range(rounds):
        step = 1 if turn % 2 == 0 else -1
        for row in range(height):
            y = row if step == 1 else height - 1 - row
            for column in range(width):
                x = column if step == 1 else width - 1 - column
                if not wanted[y, x]:
                    continue
                best = cost[y, x]
                bn, bv, bu = field[y, x, 0], field[y, x, 1], field[y, x, 2]
                radius = max(rows, columns)
                look = 0
                while look < 2 or radius >= 1:
                    if look < 2:  # what the neighbour above, then beside, found
                        py = y - step if look == 0 else y
                        px = x if look == 0 else x - step
                        look += 1
                        if wrap:
                            py, px = py % height, px % width
                        elif py < 0 or py >= height or px < 0 or px >= width:
                            continue
                        if not wanted[py, px]:
                            continue
                        n = field[py, px, 0]
                        v = field[py, px, 1] + (step if look == 1 else 0)
                        u = field[py, px, 2] + (step if look == 2 else 0)
                    else:  # somewhere at random, nearer and nearer
                        n = bn if sources == 1 or _draw(state, 10) < 6 else _draw(state, sources)
                        v = bv + _draw(state, 2 * radius + 1) - radius
                        u = bu + _draw(state, 2 * radius + 1) - radius
                        radius //= 3
                    if v < 0 or u < 0 or v >= rows or u >= columns:
                        continue
                    own = weight[n, v, u]
                    if own == 0:
                        continue
                    found = _cost(target, y, x, source, n, v, u, k, own, best)
                    if found < best:
                        best, bn, bv, bu = found, n, v, u
                cost[y, x] = best
                field[y, x, 0], field[y, x, 1], field[y, x, 2] = bn, bv, bu


@njit(cache=True, nogil=True)
def vote(total, count, source, field, wanted, share, back, wrap):
    """Add what patches say about pixels to ``total (h', w', c)`` and ``count (h', w')``, both float32.

    Forwards, the field is the target's: its patch at ``(y, x)`` says what the source patch it found looks like. ``back``,
    it is a source's (``source`` holds that one only, the field's first number is 0): the source patch at ``(y, x)`` says
    what should stand where it found itself in the target. ``share (k, k)``: how much each pixel of a patch counts.
    """
    k = share.shape[0]
    height, width = count.shape
    for y in range(field.shape[0]):
        for x in range(field.shape[1]):
            if not wanted[y, x]:
                continue
            n, v, u = field[y, x, 0], field[y, x, 1], field[y, x, 2]
            if back:
                n, ty, tx, sy, sx = 0, v, u, y, x
            else:
                ty, tx, sy, sx = y, x, v, u
            for a in range(k):
                for b in range(k):
                    i, j = ty + a, tx + b
                    if wrap:
                        i, j = i % height, j % width
                    part = share[a, b]
                    count[i, j] += part
                    for c in range(total.shape[2]):
                        total[i, j, c] += part * np.float32(source[n, sy + a, sx + b, c])
