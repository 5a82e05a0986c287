"""Looking through one's own conversations.

Messages are sealed, and an index of their words would be a copy of them. So nothing is indexed: messages are opened in
batches, newest first, and compared, for as long as one page may take. The answer says how far it came, and from there the
next page goes on.
"""

from __future__ import annotations

import time
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext as _

from oeuvre.domains.conversations.errors import MessageInvalidError
from oeuvre.domains.conversations.models import Message
from oeuvre.domains.conversations.opening import opened
from oeuvre.domains.conversations.sides import is_of
from oeuvre.domains.conversations.threads import attachments_of, counterpart

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from oeuvre.domains.conversations.models import Conversation
    from oeuvre.kit.actor import Actor

BATCH = 1000
SECONDS = 1.5
"""How long one page looks, at the most; at least one batch."""
HITS = 20
"""Hits after which a page is full."""
MOST_WORDS = 8
_BEFORE, _AFTER = 60, 180
"""Characters of a message that are shown around the first word found."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A message with the words in it. ``parts`` are pieces of it in order, each with whether it is one of the words."""

    message_id: UUID
    conversation: Conversation
    other: str
    author: str
    is_own: bool
    created_at: datetime
    parts: tuple[tuple[str, bool], ...]
    file_name: str
    """The file whose name holds the words, where the message itself does not."""


@dataclass(frozen=True, slots=True)
class SearchStep:
    """What one page of looking found. ``looked`` of ``total`` messages were opened so far."""

    hits: tuple[Hit, ...]
    looked: int
    total: int
    reached: datetime | None
    """When the oldest message that was looked at was written."""
    further: UUID | None
    """Where the next page goes on; None when all was looked through."""


def messages_search(
    *, actor: Actor, words: str, conversation_id: UUID | None = None, before: UUID | None = None
) -> SearchStep:
    """Messages of the actor's conversations, or of one, that hold every word; case and accents do not matter.

    Looks at those older than the message ``before``. Raises MessageInvalidError for no words, or too many.
    """
    wanted = [plain for word in words.split() if (plain := plain_of(word))]
    if not 1 <= len(wanted) <= MOST_WORDS:
        raise MessageInvalidError(_("Search for one to %(most)d words.") % {"most": MOST_WORDS}, field="q")
    own = _own(actor, conversation_id)
    total, rows = own.count(), own
    anchor = own.filter(pk=before).first() if before else None
    if anchor:
        rows = own.filter(_older(anchor))
    started, looked = time.monotonic(), total - rows.count() if anchor else 0
    hits: list[Hit] = []
    last: Message | None = anchor
    while True:
        part = list((rows.filter(_older(last)) if last else rows)[:BATCH])
        for place, (message, hit) in enumerate(_matched(actor, part, wanted), 1):
            last = message
            if hit:
                hits.append(hit)
            if len(hits) == HITS and (place < len(part) or len(part) == BATCH):
                return SearchStep(tuple(hits), looked + place, total, message.created_at, message.pk)
        looked += len(part)
        reached = last.created_at if last else None
        if len(part) < BATCH:
            return SearchStep(tuple(hits), looked, total, reached, None)
        if time.monotonic() - started > SECONDS:
            return SearchStep(tuple(hits), looked, total, reached, last.pk if last else None)


def plain_of(text: str) -> str:
    """A text without case and accents."""
    if text.isascii():
        return text.casefold()
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in spread if not unicodedata.combining(character))


def _places(text: str) -> list[int]:
    """For each character of ``plain_of(text)`` the place in ``text`` that it comes from."""
    return [place for place, character in enumerate(text) for _plain in plain_of(character)]


def _matched(actor: Actor, rows: list[Message], wanted: list[str]) -> list[tuple[Message, Hit | None]]:
    """Every message of a batch, with its hit if it is one."""
    files = attachments_of(rows)
    clear = opened(rows, (file for found in files.values() for file in found))
    found: list[tuple[Message, Hit | None]] = []
    for row in rows:
        body = clear.bodies[row.pk] or ""
        names = [clear.names[file.pk] or "" for file in files[row.pk]]
        found.append((row, _hit(actor, row, body, names, wanted)))
    return found


def _hit(actor: Actor, row: Message, body: str, names: list[str], wanted: list[str]) -> Hit | None:
    plain = plain_of(body)
    is_in_body = all(word in plain for word in wanted)
    file_name = "" if is_in_body else next((name for name in names if all(w in plain_of(name) for w in wanted)), "")
    if not is_in_body and not file_name:
        return None
    other = counterpart(actor=actor, conversation=row.conversation)
    is_own = row.author_id == actor.user_id
    return Hit(
        message_id=row.pk,
        conversation=row.conversation,
        other=other.public_name,
        author="" if is_own else other.public_name,
        is_own=is_own,
        created_at=row.created_at,
        parts=_parts(body, plain, wanted) if is_in_body else (),
        file_name=file_name,
    )


def _parts(body: str, plain: str, wanted: list[str]) -> tuple[tuple[str, bool], ...]:
    """The surroundings of the first word found, cut where words begin and end."""
    places = _places(body)
    marked: set[int] = set()
    for word in wanted:
        at = plain.find(word)
        while at >= 0:
            marked.update(range(places[at], places[at + len(word) - 1] + 1))
            at = plain.find(word, at + len(word))
    first = min(marked)
    start, end = max(first - _BEFORE, 0), min(first + _AFTER, len(body))
    parts: list[tuple[str, bool]] = [("… ", False)] if start else []
    run = ""
    for place in range(start, end):
        if run and (place in marked) != ((place - 1) in marked):
            parts.append((run, (place - 1) in marked))
            run = ""
        run += body[place]
    parts.append((run, (end - 1) in marked))
    return (*parts, (" …", False)) if end < len(body) else tuple(parts)


def _own(actor: Actor, conversation_id: UUID | None) -> QuerySet[Message]:
    rows = Message.objects.filter(is_of(actor.person_id, "conversation__")).exclude(author=None)
    if conversation_id:
        rows = rows.filter(conversation_id=conversation_id)
    related = ("conversation__buyer", "conversation__freelancer")
    return rows.filter(erased_at=None).select_related(*related).order_by("-created_at", "-id")


def _older(anchor: Message) -> Q:
    return Q(created_at__lt=anchor.created_at) | Q(created_at=anchor.created_at, id__lt=anchor.pk)
