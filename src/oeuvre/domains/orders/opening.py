"""What is sealed in one order, opened for a page: one look at the order's key, however much there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oeuvre.domains.accounts import services as accounts
from oeuvre.domains.orders.common import KEY_OWNER

if TYPE_CHECKING:
    from uuid import UUID


class Opener:
    """Opens texts and files of an order. Raises KeyDestroyedError once the buyer's account is deleted."""

    def __init__(self, order_id: UUID) -> None:
        self._open = accounts.vault_opener(owner_type=KEY_OWNER, owner_id=order_id)

    def text(self, data: bytes | memoryview, context: str) -> str:
        """What ``common.seal`` was given."""
        return self._open(bytes(data), context).decode() if data else ""

    def blob(self, key: str, context: str) -> bytes:
        """A sealed file. Raises KeyError for one that is gone."""
        return self._open(accounts.blob_sealed(key=key), context)
