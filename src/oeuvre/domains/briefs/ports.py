"""What briefs need from outside: somebody who turns the guide's texts into vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

DIMENSIONS = 384
"""Numbers in a vector: those of all-MiniLM-L6-v2. Another model needs a migration, and every text embedded anew."""


class Embeddings(Protocol):
    """Embeds texts. The port is called ``embeddings``; search asks it too."""

    def embed(self, texts: Sequence[str], *, patient: bool = False) -> list[list[float]]:
        """Vectors of ``DIMENSIONS`` numbers and of length 1, in the texts' order; ``patient`` waits minutes.

        Raises search's EmbeddingsUnavailableError.
        """
        ...
