"""What search needs from outside: somebody who turns texts into vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

DIMENSIONS = 384
"""Numbers in a vector: those of all-MiniLM-L6-v2. Another model needs a migration, and every document embedded anew."""


class Embeddings(Protocol):
    """Embeds texts with all-MiniLM-L6-v2. The port is called ``embeddings``."""

    def embed(self, texts: Sequence[str], *, patient: bool = False) -> list[list[float]]:
        """Vectors of ``DIMENSIONS`` numbers and of length 1, in the texts' order.

        Somebody waits for the answer, so it comes within a second, or not at all: EmbeddingsUnavailableError.
        ``patient`` is for background work, which can wait minutes.
        """
        ...
