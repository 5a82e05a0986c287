"""Sketches of pictures: what is kept of a picture's descriptor so that copies are found by whoever has the key.

A sketch is the descriptor (a vector of unit length) in 512 steps from -127 to 127, and a perceptual hash of 64 bits: 520 bytes,
in an order and with signs that only the key tells. It says nothing about a picture to whoever lacks the key, while
cosines and distances between sketches of one key are what they were. It is no cipher: with some hundred known
pictures the order can be found out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

DESCRIPTOR_SIZE = 512
HASH_BITS = 64
SKETCH_BYTES = DESCRIPTOR_SIZE + HASH_BITS // 8

_STEPS = 127


def picture_sketch(vector: Sequence[float] | NDArray[np.float32], perceptual_hash: int, key: bytes) -> bytes:
    """The 520 bytes kept of a descriptor (512 numbers) and its perceptual hash (64 bits)."""
    veiled, turned = veil(np.asarray(vector, dtype=np.float32), perceptual_hash, key)
    steps = np.round(veiled * (_STEPS / max(float(np.abs(veiled).max()), 1e-12))).astype(np.int8)
    return steps.tobytes() + turned.to_bytes(HASH_BITS // 8, "little")


def veil(vector: NDArray[np.float32], perceptual_hash: int, key: bytes) -> tuple[NDArray[np.float32], int]:
    """The descriptor in the key's order and signs, and the hash with the key's bits turned over."""
    seed = hashlib.blake2b(b"order of pictures", digest_size=16, key=key).digest()
    rng = np.random.Generator(np.random.PCG64(int.from_bytes(seed, "little")))
    order = rng.permutation(DESCRIPTOR_SIZE)
    signs = rng.choice(np.array([-1, 1], dtype=np.float32), DESCRIPTOR_SIZE)
    turned = hashlib.blake2b(b"bits of pictures", digest_size=HASH_BITS // 8, key=key).digest()
    return vector[order] * signs, perceptual_hash ^ int.from_bytes(turned, "little")
