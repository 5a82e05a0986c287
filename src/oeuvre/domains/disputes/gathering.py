"""What belongs into a bundle of evidence: all that both sides know of the order already, and nothing else.

Messages come from the copy that whoever opened the dispute could take of the conversation themselves; opening it says so.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from oeuvre.domains.audit import selectors as audit
from oeuvre.domains.conversations import selectors as conversations
from oeuvre.domains.conversations import services as conversation_services
from oeuvre.domains.conversations.errors import AttachmentNotFoundError, ConversationNotFoundError
from oeuvre.domains.conversations.states import Subject
from oeuvre.domains.disputes.archives import Entry, json_entry
from oeuvre.domains.disputes.common import person_of
from oeuvre.domains.disputes.limits import LIMITS
from oeuvre.domains.disputes.reading import entries_of
from oeuvre.domains.disputes.states import Side
from oeuvre.domains.orders import selectors as orders
from oeuvre.domains.orders.errors import FileNotFoundInOrderError
from oeuvre.domains.orders.states import DeliveryState
from oeuvre.kit.actor import Actor
from oeuvre.kit.files.checking import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from oeuvre.domains.conversations.models import Conversation
    from oeuvre.domains.conversations.threads import FileEntry, MessageText
    from oeuvre.domains.disputes.models import Dispute
    from oeuvre.domains.orders.pricing import Quote
    from oeuvre.domains.orders.selectors import Delivered, OrderPage

SYSTEM = Actor.system()


@dataclass
class Room:
    """How many bytes of files still fit."""

    left: int = LIMITS.bundle

    def take(self, size: int) -> bool:
        if size > self.left:
            return False
        self.left -= size
        return True


@dataclass(frozen=True, slots=True)
class Gathered:
    """The parts, and how many messages of which conversations are among them."""

    entries: list[Entry]
    messages: dict[str, int]


def gather(dispute: Dispute) -> Gathered:
    """All parts as they are now. Raises KeyDestroyedError where the buyer's account is gone, and the order's words with it."""
    page = orders.order_page(actor=SYSTEM, order_id=dispute.order_id)
    room = Room()
    entries = [
        json_entry("order.json", _order(page), "What was agreed on, and where it stands"),
        json_entry(
            "deliveries.json", [_delivery(one) for one in page.deliveries], "What was handed over, and the checks"
        ),
        json_entry("changes.json", _changes(page), "What was proposed and agreed on meanwhile"),
        json_entry("history.json", _history(page), "What happened to the order, by the audit log"),
        json_entry("dispute.json", entries_of(dispute), "What was said and proposed in the dispute"),
        *_draft_file(page, room),
        *_delivered_files(page, room),
        *_requirement_files(page, room),
    ]
    counts: dict[str, int] = {}
    for conversation in _conversations(dispute):
        rows = _messages(dispute, conversation, room)
        counts[str(conversation.pk)] = len(rows[0])
        about = "Messages of the conversation, as whoever opened the dispute sees them"
        entries.append(json_entry(f"messages-{conversation.pk.hex[:8]}.json", rows[0], about))
        entries += rows[1]
    return Gathered(entries, counts)


def _order(page: OrderPage) -> dict[str, Any]:
    order = page.order
    return {
        "number": order.number,
        "title": order.title,
        "source": order.source,
        "gig": order.gig_id,
        "gig version": order.gig_version_id,
        "package": order.package,
        "offer": order.offer_id,
        "buyer": order.buyer.public_name,
        "freelancer": order.freelancer.public_name,
        "scope": page.scope,
        "rights": {"licence": order.rights, "terms": order.rights_terms},
        "ai policy": order.ai_policy,
        "requirements": order.requirements,
        "answers": page.answers,
        "criteria": [
            {"kind": row.kind, "label": row.label, "needed": row.spec, "met": row.met} for row in page.criteria
        ],
        "milestones": [
            {
                "title": row.title,
                "days": row.days,
                "state": row.status,
                "revisions": row.revisions,
                "revisions used": row.revisions_used,
                "started": row.started_at,
                "first delivered": row.delivered_at,
                "on time": row.on_time,
                "accepted": row.accepted_at,
            }
            for row in page.milestones
        ],
        "money": {
            "agreed": _quote(page.money.agreed),
            "held": _quote(page.money.held),
            "earned": _quote(page.money.earned),
            "returned": _quote(page.money.returned),
        },
        "times": {
            "ordered": order.created_at,
            "paid": order.paid_at,
            "started": order.started_at,
            "due": order.due_at,
            "clock stands since": order.paused_at,
        },
        "state before the dispute": order.disputed_from,
        "draft": _draft(page),
    }


def _is_handed_over(page: OrderPage) -> bool:
    """Whether work was handed over: before that nothing depends on the draft, and a buyer who never paid in the end
    would have it from here."""
    return any(one.delivery.status != DeliveryState.DRAFT for one in page.deliveries)


def _draft(page: OrderPage) -> dict[str, str] | None:
    if page.draft is None:
        return None
    facts = {"version": page.draft.version, "seed": str(page.draft.seed)}
    return facts | ({"text": page.draft.text} if page.draft.text and _is_handed_over(page) else {})


def _draft_file(page: OrderPage, room: Room) -> Iterator[Entry]:
    """A draft that is no text, as a file."""
    if page.draft is None or not page.draft.media_type or not _is_handed_over(page):
        return
    data = orders.draft_content(actor=SYSTEM, order_id=page.order.pk).data
    kind = KINDS.get(page.draft.media_type)
    path = f"draft{kind.suffixes[0]}" if kind else "draft"
    yield _file(path, "The draft", len(data), hashlib.sha256(data).hexdigest(), room, lambda: data)


def _quote(quote: Quote) -> dict[str, str]:
    return {
        "price": str(quote.price),
        "buyer fee": str(quote.buyer_fee),
        "tax": str(quote.tax),
        "commission": str(quote.commission),
        "total": str(quote.total),
    }


def _delivery(one: Delivered) -> dict[str, Any]:
    row = one.delivery
    return {
        "number": row.number,
        "milestone": row.milestone_id,
        "state": row.status,
        "handed over": row.submitted_at,
        "decided": row.decided_at,
        "note": one.note,
        "declared AI use": row.ai_use,
        "AI note": one.ai_note,
        "checked": row.checked_at,
        "check findings": row.findings,
        "revision asked for": one.revision,
        "files": [
            {
                "name": file.name,
                "type": file.media_type,
                "size": file.size,
                "sha256": file.sha256,
                "sha256 with credentials": file.signed_sha256,
                "words": file.words,
                "language": file.language,
                "seconds": file.seconds,
                "width": file.width,
                "height": file.height,
                "credentials when it came": file.credentials,
                "credentials say made by a model": file.made_by_model,
            }
            for file in one.files
        ],
    }


def _changes(page: OrderPage) -> dict[str, Any]:
    return {
        "proposals": [
            {
                "kind": row.kind,
                "by": "buyer" if row.proposer_id == page.order.buyer_id else "freelancer",
                "at": row.created_at,
                "title": row.title,
                "why": why,
                "price": row.price,
                "days": row.days,
                "revisions": row.revisions,
                "back": row.back,
                "state": row.status,
                "answered": row.answered_at,
            }
            for row, why in page.changes
        ],
        "questions": [
            {"at": row.created_at, "text": text, "answer": answer, "answered": row.answered_at}
            for row, text, answer in page.questions
        ],
    }


def _history(page: OrderPage) -> list[dict[str, Any]]:
    names = {page.order.buyer_id: "buyer", page.order.freelancer_id: "freelancer"}
    return [
        {
            "at": entry.at,
            "code": entry.code,
            "by": names.get(entry.actor_id, "operator") if entry.actor_id else "system",
            "data": entry.data,
        }
        for entry in audit.history(subject=page.order).order_by("at")
    ]


def _delivered_files(page: OrderPage, room: Room) -> Iterator[Entry]:
    for one in page.deliveries:
        for file in one.files:
            path = f"deliveries/{one.delivery.number}/{file.name}"
            about = f"Delivery {one.delivery.number}"
            yield _file(path, about, file.size, file.sha256, room, partial(_delivered, file.pk))


def _delivered(file_id: UUID) -> bytes:
    return orders.delivery_file(actor=SYSTEM, file_id=file_id)[1]


def _requirement_files(page: OrderPage, room: Room) -> Iterator[Entry]:
    for file in page.requirement_files:
        path = f"requirements/{file.question}/{file.name}"
        yield _file(path, "The buyer's answer", file.size, file.sha256, room, partial(_given, file.pk))


def _given(file_id: UUID) -> bytes:
    return orders.requirement_file(actor=SYSTEM, file_id=file_id)[1]


def _file(path: str, about: str, size: int, sha256: str, room: Room, data: Callable[[], bytes]) -> Entry:
    """The file itself while there is room, else its name and hash; also for one that is gone."""
    if room.take(size):
        try:
            return Entry(path, data(), about)
        except (FileNotFoundInOrderError, AttachmentNotFoundError, KeyError):
            pass
    return Entry(path, None, about, sha256, size)


def _conversations(dispute: Dispute) -> Iterator[Conversation]:
    """The one that the order came from, and the one about the order; where there are any."""
    opener = person_of(dispute, Side(dispute.side)).actor
    about = conversations.conversation_find(
        actor=dispute.buyer.actor,
        freelancer_id=dispute.freelancer_id,
        subject_type=Subject.ORDER,
        subject_id=dispute.order_id,
    )
    found = {one for one in (dispute.order.conversation_id, about.pk if about else None) if one}
    for conversation_id in sorted(found):
        try:
            yield conversation_services.conversation_take(actor=opener, conversation_id=conversation_id)
        except ConversationNotFoundError:
            continue


def _messages(dispute: Dispute, conversation: Conversation, room: Room) -> tuple[list[dict[str, Any]], list[Entry]]:
    opener = person_of(dispute, Side(dispute.side)).actor
    rows, files = [], []
    for message in conversations.conversation_history(actor=opener, conversation_id=conversation.pk):
        rows.append(_message(dispute, message))
        for file in message.files:
            files.append(_attachment(conversation, file, room, opener))
    return rows, files


def _message(dispute: Dispute, message: MessageText) -> dict[str, Any]:
    side = Side(dispute.side)
    by = str(side if message.is_own else side.other) if message.author else ""
    return {
        "at": message.created_at,
        "by": by,
        "body": message.body,
        "card": message.card.label if message.card else "",
        "files": [file.name for file in message.files],
    }


def _attachment(conversation: Conversation, file: FileEntry, room: Room, opener: Actor) -> Entry:
    def data() -> bytes:
        found = conversations.attachment_content(actor=opener, conversation_id=conversation.pk, attachment_id=file.id)
        return found.data

    path = f"attachments/{file.id.hex[:8]}-{file.name or 'removed'}"
    return _file(path, "Attached to a message", file.size, "", room, data)
