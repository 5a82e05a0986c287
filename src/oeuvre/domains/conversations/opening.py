"""From sealed rows to words: one look at the keys of all the authors of a page."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oeuvre.domains.accounts.services import vault_decrypt_groups

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from oeuvre.domains.conversations.models import Attachment, Message

OWNER_TYPE = "account"


@dataclass(frozen=True, slots=True)
class Opened:
    """Words of messages and names of files by id; None where they, or their author's key, are gone."""

    bodies: dict[UUID, str | None]
    names: dict[UUID, str | None]


def message_context(message_id: UUID) -> str:
    """What a message's ciphertext is bound to."""
    return f"message:{message_id}"


def file_context(attachment_id: UUID, part: str = "") -> str:
    """What an attachment's ciphertext is bound to. ``part`` is empty for the file, else ``:name`` or ``:small``."""
    return f"attachment:{attachment_id}{part}"


def opened(messages: Iterable[Message], files: Iterable[Attachment] = ()) -> Opened:
    """Everything of these rows that can be read."""
    found = Opened({}, {})
    waiting: dict[UUID, list[tuple[dict[UUID, str | None], UUID, bytes, str]]] = defaultdict(list)
    for message in messages:
        sealed = bytes(message.sealed)
        found.bodies[message.pk] = None if message.erased_at else ""
        if sealed and message.author_id and not message.erased_at:
            waiting[message.author_id].append((found.bodies, message.pk, sealed, message_context(message.pk)))
    for file in files:
        sealed = bytes(file.sealed_name)
        found.names[file.pk] = None
        if sealed:
            waiting[file.author_id].append((found.names, file.pk, sealed, file_context(file.pk, ":name")))
    groups = {author: [(sealed, context) for _into, _id, sealed, context in rows] for author, rows in waiting.items()}
    texts = vault_decrypt_groups(owner_type=OWNER_TYPE, groups=groups)
    for author, rows in waiting.items():
        clear = texts[author]
        for place, (into, row_id, _sealed, _context) in enumerate(rows):
            into[row_id] = None if clear is None else clear[place].decode()
    return found
