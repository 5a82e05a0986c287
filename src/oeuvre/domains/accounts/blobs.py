"""Files in the blob store, sealed with a data key before they get there. Imported through ``accounts.services``."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from oeuvre.domains.accounts.vault import vault_decrypt, vault_encrypt
from oeuvre.kit.ports import port
from oeuvre.kit.storage import BlobStore
from oeuvre.kit.tasks import defer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from uuid import UUID

_OWNER_TYPE = "account"


def blob_open(*, owner_id: UUID, key: str, context: str, owner_type: str = _OWNER_TYPE) -> bytes:
    """What was sealed. Raises KeyDestroyedError, CiphertextError, and KeyError for a blob that is gone."""
    data = port("storage", BlobStore).get(key)
    return vault_decrypt(owner_type=owner_type, owner_id=owner_id, data=data, context=context)


def blob_sealed(*, key: str) -> bytes:
    """The bytes as they lie, for a ``vault_opener``. Raises KeyError for a blob that is gone."""
    return port("storage", BlobStore).get(key)


@contextmanager
def blobs_sealing(*, owner_id: UUID, owner_type: str = _OWNER_TYPE) -> Iterator[Callable[[bytes, str], str]]:
    """Gives ``seal(data, context) -> key``. Whatever was sealed is deleted again when the block raises.

    The block holds the transaction that writes the keys down, never the other way round: rolled back, it leaves no blob.
    """
    store = port("storage", BlobStore)
    keys: list[str] = []

    def seal(data: bytes, context: str) -> str:
        keys.append(store.put(vault_encrypt(owner_type=owner_type, owner_id=owner_id, data=data, context=context)))
        return keys[-1]

    try:
        yield seal
    except BaseException:
        blobs_delete(keys=keys)
        raise


def blobs_delete(*, keys: Iterable[str]) -> None:
    """Delete blobs; those that are gone already are no error."""
    store = port("storage", BlobStore)
    for key in keys:
        store.delete(key)


def blobs_delete_later(*, keys: Iterable[str]) -> None:
    """Delete blobs if, and only if, the present transaction comes about; a crash leaves none behind."""
    named = [key for key in keys if key]
    if named:
        defer("accounts.blobs_delete", keys=named)
