"""What the portfolio needs from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection


class DeliveryConsents(Protocol):
    """Knows which files were delivered to buyers through this marketplace, and whether those buyers consented."""

    def without_consent(self, sha256s: Collection[str]) -> frozenset[str]:
        """Those of the hashes that were delivered to a buyer who has not agreed to training on them.

        A work is asked for by the hash of its file and by that of what is in it (``Work.content_sha256``).
        """
        ...


class PictureSketcher(Protocol):
    """Reduces a picture to what copies are found by, veiled with the key of ``Sketcher``."""

    def sketch(self, picture: bytes) -> bytes:
        """The sketch of a PNG, JPEG or WebP under that key. Raises a DomainError where it cannot be made now."""
        ...


class Sketcher(Protocol):
    """Reduces a text to keyed hashes, as whoever compares with them later does."""

    def key_id(self) -> str:
        """Names the key that is in use now: 16 hexadecimal digits."""
        ...

    def sketch(self, text: str) -> bytes:
        """The text's sketch under that key; empty where the text has too few words for one."""
        ...
