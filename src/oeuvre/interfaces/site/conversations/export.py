"""One conversation as a ZIP file: for programs, for reading, and its files. Made while it is sent, a piece at a time."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.template.loader import render_to_string
from django.utils import timezone

from oeuvre.domains.conversations import selectors
from oeuvre.domains.conversations.errors import AttachmentNotFoundError
from oeuvre.kit.files.naming import base_name

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from uuid import UUID

    from oeuvre.domains.conversations.models import Conversation
    from oeuvre.domains.conversations.selectors import FileEntry, MessageText
    from oeuvre.kit.actor import Actor

JSON_NAME, PAGE_NAME, FOLDER = "conversation.json", "conversation.html", "files"
_PLACE = "oeuvre-messages-go-here"
_STORED = frozenset({"application/zip", "image/png", "image/jpeg", "image/webp", "video/mp4", "audio/mpeg"})
"""Types that are packed already."""


class _Sink(io.RawIOBase):
    """Where the ZIP file is written to; what was written is taken away as it comes."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


async def packed(*, actor: Actor, conversation: Conversation) -> AsyncIterator[bytes]:
    """The bytes of the ZIP file. One message, one file at a time is in memory."""
    pieces = _pieces(actor, conversation)
    step = sync_to_async(lambda: next(pieces, None))
    while (piece := await step()) is not None:
        if piece:
            yield piece


def _pieces(actor: Actor, conversation: Conversation) -> Iterator[bytes]:
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, lines in (
            (JSON_NAME, _json_lines(actor, conversation)),
            (PAGE_NAME, _page_lines(actor, conversation)),
        ):
            with archive.open(name, "w", force_zip64=True) as member:
                for line in lines:
                    member.write(line.encode())
                    yield sink.taken()
        for message in _history(actor, conversation.pk):
            for file in message.files:
                _add_file(archive, actor, conversation.pk, file)
                yield sink.taken()
    yield sink.taken()


def _history(actor: Actor, conversation_id: UUID) -> Iterator[MessageText]:
    return selectors.conversation_history(actor=actor, conversation_id=conversation_id)


def _add_file(archive: zipfile.ZipFile, actor: Actor, conversation_id: UUID, file: FileEntry) -> None:
    try:
        content = selectors.attachment_content(actor=actor, conversation_id=conversation_id, attachment_id=file.id)
    except AttachmentNotFoundError:
        return
    how = zipfile.ZIP_STORED if file.media_type in _STORED else zipfile.ZIP_DEFLATED
    archive.writestr(path_of(file), content.data, how)


def path_of(file: FileEntry) -> str:
    """Where a file is in the archive: its name, with enough of its id in front to tell it from others."""
    return f"{FOLDER}/{file.id.hex[:8]}-{base_name(file.name or '')}"


def _about(actor: Actor, conversation: Conversation) -> dict[str, Any]:
    return {
        "conversation": str(conversation.pk),
        "with": selectors.counterpart(actor=actor, conversation=conversation).public_name,
        "about": conversation.subject_label,
        "exported_at": timezone.now().isoformat(timespec="seconds"),
    }


def _json_lines(actor: Actor, conversation: Conversation) -> Iterator[str]:
    head = json.dumps(_about(actor, conversation), ensure_ascii=False, indent=1)
    yield head.rstrip("}\n") + ',\n "messages": ['
    between = "\n  "
    for message in _history(actor, conversation.pk):
        yield between + json.dumps(_json_message(message), ensure_ascii=False)
        between = ",\n  "
    yield "\n ]\n}\n"


def _json_message(message: MessageText) -> dict[str, Any]:
    return {
        "id": str(message.id),
        "at": message.created_at.isoformat(),
        "author": message.author,
        "by_assistant": message.by_assistant,
        "is_own": message.is_own,
        "body": message.body,
        "files": [
            {
                "name": file.name,
                "type": file.media_type,
                "bytes": file.size,
                "path": path_of(file) if file.name else None,
            }
            for file in message.files
        ],
        "card": {"kind": message.card.kind, "id": str(message.card.id), "label": message.card.label}
        if message.card
        else None,
    }


def _page_lines(actor: Actor, conversation: Conversation) -> Iterator[str]:
    page = render_to_string("conversations/export/page.html", {**_about(actor, conversation), "messages": _PLACE})
    head, _place, foot = page.partition(_PLACE)
    yield head
    for message in _history(actor, conversation.pk):
        files = [(file, path_of(file)) for file in message.files]
        yield render_to_string("conversations/export/message.html", {"message": message, "files": files})
    yield foot
