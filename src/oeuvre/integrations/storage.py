"""Sealed bytes in files or in S3-compatible storage, through Django's storage API (port ``BlobStore``)."""

from __future__ import annotations

import contextlib
import os
import re
import secrets

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

_KEY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{32}")


class DjangoBlobStore:
    """Keeps blobs in the storage ``alias`` of the setting ``STORAGES``: ``<2 hex>/<32 hex>``, spread over 256 folders."""

    def __init__(self, alias: str) -> None:
        self._alias = alias

    @property
    def _storage(self) -> Storage:
        return storages[self._alias]

    def put(self, data: bytes) -> str:
        name = secrets.token_hex(16)
        key = self._storage.save(f"{name[:2]}/{name}", ContentFile(data))
        with contextlib.suppress(NotImplementedError):  # a storage without local paths is durable by contract
            _sync(self._storage.path(key))
        return key

    def get(self, key: str) -> bytes:
        if not _KEY.fullmatch(key):
            raise KeyError(key)
        try:
            with self._storage.open(key, "rb") as file:
                data: bytes = file.read()
                return data
        except FileNotFoundError:
            raise KeyError(key) from None

    def delete(self, key: str) -> None:
        if _KEY.fullmatch(key):
            self._storage.delete(key)


def _sync(path: str) -> None:
    """Bring file and folder entry to the disk: a row that names the blob may be committed right after."""
    for target in (path, os.path.dirname(path)):
        handle = os.open(target, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
