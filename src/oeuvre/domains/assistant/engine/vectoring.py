"""Vectors, each text's asked for once: what repeats from message to message (phrases, sources) is remembered."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from oeuvre.domains.assistant.engine.types import Vectors

    Matrix = NDArray[np.float32]

MOST = 20_000
"""Vectors that a process remembers: 30 MB."""
_kept: OrderedDict[tuple[str, str], Matrix] = OrderedDict()
_lock = threading.Lock()


def matrix_of(vectors: Vectors | None, texts: Sequence[str]) -> Matrix | None:
    """One row a text, of length 1; None while nobody can tell. Remembered by the kind of ``vectors``, for one installation
    has one model."""
    if vectors is None or not texts:
        return None
    kind = f"{type(vectors).__module__}.{type(vectors).__qualname__}"
    with _lock:
        missing = [text for text in dict.fromkeys(texts) if (kind, text) not in _kept]
    if missing:
        found = vectors.of(missing)
        if found is None:
            return None
        with _lock:
            for text, vector in zip(missing, found, strict=True):
                _kept[kind, text] = np.asarray(vector, dtype=np.float32)
    with _lock:
        rows = [_kept.get((kind, text)) for text in texts]
        for text in texts:
            if (kind, text) in _kept:
                _kept.move_to_end((kind, text))
        while len(_kept) > MOST:
            _kept.popitem(last=False)
    if any(row is None for row in rows):
        return None
    return np.array(rows, dtype=np.float32)


def forget() -> None:
    """Drop what is remembered; for tests, and when another model takes over."""
    with _lock:
        _kept.clear()
