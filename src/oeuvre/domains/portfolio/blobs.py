"""A work's bytes in the blob store: sealed before they get there, gone again when the row does not come about."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from oeuvre.domains.accounts import services as accounts
from oeuvre.kit.ports import port
from oeuvre.kit.storage import BlobStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from uuid import UUID

_OWNER_TYPE = "account"
TEXT_PART = ":text"
"""Tells a work's extracted text from its file, so that one cannot be put in the other's place."""


def context_of(work_id: UUID, part: str = "") -> str:
    return f"work:{work_id}{part}"


def unseal(*, owner_id: UUID, key: str, context: str) -> bytes:
    """Raises KeyDestroyedError, CiphertextError, and KeyError for a blob that is gone."""
    data = port("storage", BlobStore).get(key)
    return accounts.vault_decrypt(owner_type=_OWNER_TYPE, owner_id=owner_id, data=data, context=context)


@contextmanager
def sealing(owner_id: UUID) -> Iterator[Callable[[bytes, str], str]]:
    """Gives ``seal(data, context) -> key``. Whatever was sealed is deleted again when the block raises."""
    store = port("storage", BlobStore)
    keys: list[str] = []

    def seal(data: bytes, context: str) -> str:
        sealed = accounts.vault_encrypt(owner_type=_OWNER_TYPE, owner_id=owner_id, data=data, context=context)
        keys.append(store.put(sealed))
        return keys[-1]

    try:
        yield seal
    except BaseException:
        delete(keys)
        raise


def delete(keys: Iterable[str]) -> None:
    """Delete blobs; those that are gone already are no error."""
    store = port("storage", BlobStore)
    for key in keys:
        store.delete(key)
