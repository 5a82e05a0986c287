"""What assistants need from outside: somebody who reads, and somebody who writes. Vectors come from the port of search."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from oeuvre.domains.search.errors import EmbeddingsUnavailableError
from oeuvre.domains.search.ports import Embeddings
from oeuvre.kit.ports import port

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oeuvre.domains.assistant.engine.types import Chat, Reader

_KEPT = 20_000
"""Vectors that a process keeps, about 60 MB of them: the sources of the assistants that were asked last."""


def chat() -> Chat | None:
    """The port ``chat``: the configured chat model, or none; then replies are approved wording and templates only."""
    return cast("Chat | None", port("chat", cast("type[Any]", object)))


def reader() -> Reader:
    """The port ``reader``: who reads a message and a freelancer's sources together."""
    return cast("Reader", port("reader", cast("type[Any]", object)))


class KeptVectors:
    """The engine's ``Vectors``: those of the port ``embeddings``, kept by this process under a hash of the text.

    A source stands in its freelancer's knowledge or it does not; that its vector is at hand says nothing to anybody.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, list[float]] = OrderedDict()
        self._lock = Lock()

    def of(self, texts: Sequence[str]) -> list[list[float]] | None:
        """A vector of length 1 for each, or None while nobody can tell."""
        keys = [blake2b(text.encode(), digest_size=16).digest() for text in texts]
        with self._lock:
            found = {key: self._kept[key] for key in keys if key in self._kept}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if missing:
            try:
                new = port("embeddings", Embeddings).embed(list(missing.values()), patient=True)
            except EmbeddingsUnavailableError:
                return None
            found |= dict(zip(missing, new, strict=True))
            self._keep(dict(zip(missing, new, strict=True)))
        return [found[key] for key in keys]

    def _keep(self, new: dict[bytes, list[float]]) -> None:
        with self._lock:
            self._kept.update(new)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)


VECTORS = KeptVectors()
