"""Files of an order in the blob store: sealed with the order's data key, opened for its two sides."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeVar

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.orders.common import KEY_OWNER

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from oeuvre.domains.orders.models.deliveries import SealedFile
    from oeuvre.kit.files.checking import CheckedFile

F = TypeVar("F", bound="SealedFile")


def context_of(file: SealedFile, part: str = "") -> str:
    return f"{file._meta.model_name}:{file.pk}{part}"


def file_keep(row: F, order_id: UUID, checked: CheckedFile, keep: Callable[[bytes, str], str]) -> F:
    """Seal a checked file and write its row, inside the caller's ``blobs_sealing``."""
    row.name = checked.name
    row.media_type = checked.media_type
    row.size = len(checked.data)
    row.sha256 = hashlib.sha256(checked.data).hexdigest()
    row.blob_key = keep(checked.data, context_of(row))
    row.save(force_insert=True)
    return row


def file_open(row: SealedFile, order_id: UUID, *, key: str = "", part: str = "") -> bytes:
    """The bytes. Callers have checked who asks. Raises KeyDestroyedError, KeyError for a blob that is gone."""
    return accounts.blob_open(
        owner_type=KEY_OWNER, owner_id=order_id, key=key or row.blob_key, context=context_of(row, part)
    )
