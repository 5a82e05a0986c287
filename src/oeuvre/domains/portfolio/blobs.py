"""A work's bytes in the blob store: sealed with its owner's data key, bound to the work and the part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oeuvre.domains.accounts import services as accounts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager
    from uuid import UUID

KEPT_PART = ":text"
"""Tells what was read out of a work from its file, so that one cannot be put in the other's place. The word is that of
works which are there already: what they were sealed under opens them."""


def context_of(work_id: UUID, part: str = "") -> str:
    return f"work:{work_id}{part}"


def unseal(*, owner_id: UUID, key: str, context: str) -> bytes:
    """Raises KeyDestroyedError, CiphertextError, and KeyError for a blob that is gone."""
    return accounts.blob_open(owner_id=owner_id, key=key, context=context)


def sealing(owner_id: UUID) -> AbstractContextManager[Callable[[bytes, str], str]]:
    """Gives ``seal(data, context) -> key``. Whatever was sealed is deleted again when the block raises."""
    return accounts.blobs_sealing(owner_id=owner_id)


def delete(keys: Iterable[str]) -> None:
    """Delete blobs; those that are gone already are no error."""
    accounts.blobs_delete(keys=keys)
