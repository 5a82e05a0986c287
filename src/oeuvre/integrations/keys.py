"""The master key in a file: the default key provider."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class FileKeyProvider:
    """Wraps data keys with a 256-bit master key kept in a file that only its owner can read (port ``KeyProvider``)."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def _master(self) -> AESGCM:
        if not self._path.exists():
            self._path.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
            try:
                handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                return AESGCM(self._path.read_bytes())
            with os.fdopen(handle, "wb") as file:
                file.write(AESGCM.generate_key(256))
        return AESGCM(self._path.read_bytes())

    def wrap(self, data_key: bytes, context: str) -> bytes:
        nonce = os.urandom(12)
        return nonce + self._master().encrypt(nonce, data_key, context.encode())

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        try:
            return self._master().decrypt(wrapped[:12], wrapped[12:], context.encode())
        except InvalidTag:
            raise ValueError("The wrapped key was changed, or the master key is another one.") from None
