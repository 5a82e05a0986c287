"""The vector of what somebody typed: asked for once, kept for a while, and done without where nobody answers."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

import structlog

from oeuvre.domains.search.errors import EmbeddingsUnavailableError
from oeuvre.domains.search.ports import Embeddings
from oeuvre.kit.ports import port

if TYPE_CHECKING:
    from collections.abc import Sequence

_log = structlog.get_logger(__name__)
KEPT = 1_000
"""Vectors that a process keeps, of the texts that were searched for last: 12 MB. Texts are never written down."""
PAUSE_SECONDS = 30.0
"""After a failure nobody asks for so long: one search waits for the time-out, and not every one."""


class QueryVectors:
    """Vectors of short texts, shared by a process's threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, list[float]] = OrderedDict()
        self._asks_again_at = float("-inf")

    def of(self, text: str) -> list[float] | None:
        """The text's vector, or None while the embeddings are away."""
        key = " ".join(text.lower().split())
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            if time.monotonic() < self._asks_again_at:
                return None
        try:
            vector = port("embeddings", Embeddings).embed([key])[0]
        except EmbeddingsUnavailableError as error:
            _log.warning("search_embeddings_away", reason=error.context.get("reason", ""))
            self._asks_again_at = time.monotonic() + PAUSE_SECONDS
            return None
        with self._lock:
            self._kept[key] = vector
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return vector

    def forget(self) -> None:
        """Keep nothing, and ask again at once."""
        with self._lock:
            self._kept.clear()
            self._asks_again_at = float("-inf")


query_vectors = QueryVectors()


def as_literal(vector: Sequence[float]) -> str:
    """The vector as pgvector reads it; half precision has no use for more than five digits."""
    return "[" + ",".join(f"{number:.5g}" for number in vector) + "]"
