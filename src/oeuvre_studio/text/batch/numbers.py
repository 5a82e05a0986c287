"""Numbers inside compiled kernels: bf16 kept as ``uint16``, and an exponential that vectorises.

numba knows no bf16. A bf16 number is the upper half of a float32, so reading one is a shift, and writing one
a rounding shift; both vectorise. Kernels are written once and work on ``uint16`` (bf16) and ``float32`` arrays.
"""

# numba types these functions itself
# mypy: disable-error-code="no-untyped-def,no-untyped-call,untyped-decorator,call-arg,var-annotated,unreachable"

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic, overload

FAST = {"reassoc", "contract", "nsz", "arcp"}
"""Sums may be reordered, once and for all at compile time: the same code gives the same bits every time."""


@intrinsic
def _as_float(typing_context, bits):
    def build(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir.FloatType())

    return types.float32(types.uint32), build


@intrinsic
def _as_bits(typing_context, number):
    def build(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir.IntType(32))

    return types.uint32(types.float32), build


def widen(number):
    """A stored number (bf16 bits or float32) as float32; inside kernels only."""
    raise NotImplementedError


@overload(widen, inline="always")
def _widen(number):
    if isinstance(number, types.Integer):
        return lambda number: _as_float(np.uint32(number) << np.uint32(16))
    return lambda number: number


def narrow(number, like):
    """A float32 as ``like``'s elements are stored, bf16 rounded to nearest, ties to even; inside kernels only."""
    raise NotImplementedError


@overload(narrow, inline="always")
def _narrow(number, like):
    if isinstance(like.dtype, types.Integer):

        def to_bf16(number, like):
            bits = _as_bits(np.float32(number))
            return np.uint16((bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16))

        return to_bf16
    return lambda number, like: np.float32(number)


@njit(inline="always")
def exponential(x):
    """e^x in float32, relative error below 3e-7; 0 far below, so that a softmax of long lists stays exact.

    Cody and Waite's reduction to [-ln 2 / 2, ln 2 / 2] and the Taylor series to the seventh power.
    """
    x = min(max(x, np.float32(-87.0)), np.float32(88.0))
    whole = np.floor(x * np.float32(1.4426950408889634) + np.float32(0.5))
    rest = x - whole * np.float32(0.693359375)
    rest = rest - whole * np.float32(-2.12194440e-4)
    series = np.float32(1.0 / 5040.0)
    series = series * rest + np.float32(1.0 / 720.0)
    series = series * rest + np.float32(1.0 / 120.0)
    series = series * rest + np.float32(1.0 / 24.0)
    series = series * rest + np.float32(1.0 / 6.0)
    series = series * rest + np.float32(0.5)
    series = series * rest + np.float32(1.0)
    series = series * rest + np.float32(1.0)
    return series * _as_float(np.uint32(np.int32(whole) + np.int32(127)) << np.uint32(23))
