"""What accounts need from outside."""

from typing import Protocol


class KeyProvider(Protocol):
    """Holds the master key that wraps everybody's data keys (envelope encryption); may be a file, an HSM or a cloud KMS."""

    def wrap(self, data_key: bytes, context: str) -> bytes:
        """The 32-byte data key, encrypted and bound to ``context``."""
        ...

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """The data key again. Raises ValueError when bytes or context were changed."""
        ...
