"""Envelope encryption: AES-256-GCM under a data key of the owner's, wrapped by the key provider's master key.

Imported by other domains through ``accounts.services``.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import IntegrityError, transaction
from django.utils import timezone

from oeuvre.domains.accounts.errors import CiphertextError, KeyDestroyedError
from oeuvre.domains.accounts.models import DataKey
from oeuvre.domains.accounts.ports import KeyProvider
from oeuvre.domains.audit import services as audit
from oeuvre.kit.ports import port

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from uuid import UUID

    from oeuvre.kit.actor import Actor

_NONCE = 12
"""Bytes of nonce that AES-GCM takes (NIST SP 800-38D, 5.2.1.1); random, and far from 2³² messages a key."""


def _data_key(owner_type: str, owner_id: UUID) -> bytes:
    keys = port("keys", KeyProvider)
    context = f"{owner_type}:{owner_id}"
    row = DataKey.objects.filter(owner_type=owner_type, owner_id=owner_id).first()
    if row is None:
        try:
            with transaction.atomic():
                row = DataKey.objects.create(
                    owner_type=owner_type,
                    owner_id=owner_id,
                    wrapped=keys.wrap(AESGCM.generate_key(256), context),
                )
        except IntegrityError:  # another process made it meanwhile; one key an owner, so theirs is the key
            row = DataKey.objects.get(owner_type=owner_type, owner_id=owner_id)
    if row.wrapped is None:
        raise KeyDestroyedError("The key of this was destroyed; it can never be read again.", owner=context)
    return keys.unwrap(bytes(row.wrapped), context)


def vault_encrypt(*, owner_type: str, owner_id: UUID, data: bytes, context: str) -> bytes:
    """Nonce and ciphertext of ``data``, bound to ``context`` (for instance ``work:<id>``): it opens nowhere else.

    Raises KeyDestroyedError for an owner whose key is gone.
    """
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(_data_key(owner_type, owner_id)).encrypt(nonce, data, context.encode())


def vault_decrypt(*, owner_type: str, owner_id: UUID, data: bytes, context: str) -> bytes:
    """What ``vault_encrypt`` was given. Raises KeyDestroyedError, or CiphertextError for changed bytes or context."""
    return _open(AESGCM(_data_key(owner_type, owner_id)), data, context)


def vault_decrypt_many(*, owner_type: str, owner_id: UUID, items: Sequence[tuple[bytes, str]]) -> list[bytes]:
    """Several ``(data, context)`` of one owner with one look at the key. Raises what ``vault_decrypt`` raises."""
    if not items:
        return []
    cipher = AESGCM(_data_key(owner_type, owner_id))
    return [_open(cipher, data, context) for data, context in items]


def vault_opener(*, owner_type: str, owner_id: UUID) -> Callable[[bytes, str], bytes]:
    """``open(data, context)`` for many things of one owner, with one look at the key, when the first of them is opened.

    It raises what ``vault_decrypt`` raises.
    """
    ciphers: list[AESGCM] = []

    def open_(data: bytes, context: str) -> bytes:
        if not ciphers:
            ciphers.append(AESGCM(_data_key(owner_type, owner_id)))
        return _open(ciphers[0], data, context)

    return open_


def vault_decrypt_groups(
    *, owner_type: str, groups: Mapping[UUID, Sequence[tuple[bytes, str]]]
) -> dict[UUID, list[bytes] | None]:
    """What belongs to several owners, by owner, with one look at all their keys; None for an owner whose key is gone.

    Raises CiphertextError for changed bytes or context.
    """
    keys = port("keys", KeyProvider)
    wanted = [owner_id for owner_id, items in groups.items() if items]
    rows = DataKey.objects.filter(owner_type=owner_type, owner_id__in=wanted) if wanted else ()
    wrapped = {row.owner_id: row.wrapped for row in rows}
    found: dict[UUID, list[bytes] | None] = {owner_id: [] for owner_id in groups}
    for owner_id in wanted:
        held = wrapped.get(owner_id)
        if held is None:
            found[owner_id] = None
            continue
        cipher = AESGCM(keys.unwrap(bytes(held), f"{owner_type}:{owner_id}"))
        found[owner_id] = [_open(cipher, data, context) for data, context in groups[owner_id]]
    return found


def _open(cipher: AESGCM, data: bytes, context: str) -> bytes:
    try:
        return cipher.decrypt(data[:_NONCE], data[_NONCE:], context.encode())
    except InvalidTag:
        raise CiphertextError("These stored bytes were changed or belong elsewhere.", context=context) from None


def vault_destroy(*, actor: Actor, owner_type: str, owner_id: UUID) -> DataKey:
    """Destroy the owner's data key for good; safe to repeat. A key never made is recorded as destroyed as well."""
    with transaction.atomic():
        row, _ = DataKey.objects.select_for_update().get_or_create(
            owner_type=owner_type,
            owner_id=owner_id,
            defaults={"wrapped": None, "destroyed_at": timezone.now()},
        )
        if row.wrapped is not None:
            row.wrapped = None
            row.destroyed_at = timezone.now()
            row.save(update_fields=["wrapped", "destroyed_at", "updated_at"])
        audit.record(actor=actor, code="data_key.destroyed", subject=row, owner=f"{owner_type}:{owner_id}")
    return row


def vault_fingerprint(*, owner_type: str, owner_id: UUID) -> str:
    """SHA-256 of the wrapped data key, lower-case hex: names a key without telling anything of it; empty without one."""
    row = DataKey.objects.filter(owner_type=owner_type, owner_id=owner_id).first()
    return hashlib.sha256(bytes(row.wrapped)).hexdigest() if row and row.wrapped else ""
