"""What the studio calls the people who ask: enough to let them take turns, nothing that says who they are."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def tenant_name(key: Ed25519PrivateKey, asker: UUID) -> str:
    """Somebody's name at the studio: always the same, and not to be traced back without the key that signs grants.

    A keyed BLAKE2b (RFC 7693) of the person's id; its parameter ``person`` names what the hash is for.
    """
    name = hashlib.blake2b(asker.bytes, key=key.private_bytes_raw(), person=b"oeuvre.tenant", digest_size=16)
    return name.hexdigest()
