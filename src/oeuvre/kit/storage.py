"""Where sealed bytes are kept. Every domain that stores files asks for ``port("storage", BlobStore)``."""

from __future__ import annotations

from typing import Protocol


class BlobStore(Protocol):
    """Keeps bytes under random keys. What is put here is already encrypted with its owner's data key."""

    def put(self, data: bytes) -> str:
        """Store the bytes durably and return their key (random, says nothing about the content)."""
        ...

    def get(self, key: str) -> bytes:
        """The bytes of ``key``. Raises KeyError when there are none."""
        ...

    def delete(self, key: str) -> None:
        """Remove them; a key that is not there is not an error."""
        ...
