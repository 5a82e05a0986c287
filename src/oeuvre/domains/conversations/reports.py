"""Messages that somebody shows to the operator, and the operator's answer. Imported through ``services``.

An operator sees what was shown and nothing else of the conversation. The copies are sealed with the report's own key.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.accounts.errors import KeyDestroyedError
from oeuvre.domains.accounts.services import (
    blob_open,
    blobs_delete_later,
    blobs_sealing,
    vault_decrypt_many,
    vault_destroy,
    vault_encrypt,
)
from oeuvre.domains.audit import services as audit
from oeuvre.domains.conversations.attachments import FileContent, content_of
from oeuvre.domains.conversations.errors import (
    AttachmentNotFoundError,
    OwnReportError,
    ReportInvalidError,
    ReportNotFoundError,
)
from oeuvre.domains.conversations.limits import NOTE_CHARACTERS, REPORT_KEPT_DAYS, REPORTED_MESSAGES
from oeuvre.domains.conversations.models import Message, Report, ReportedFile, ReportedMessage
from oeuvre.domains.conversations.notices import report_answered_send
from oeuvre.domains.conversations.opening import opened
from oeuvre.domains.conversations.states import DECISIONS, REPORT, ReportReason, ReportState
from oeuvre.domains.conversations.threads import attachments_of, conversation_get, counterpart
from oeuvre.kit.actor import Role
from oeuvre.kit.files.checking import label_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from django.db.models import QuerySet

    from oeuvre.domains.conversations.models import Attachment
    from oeuvre.kit.actor import Actor

_KEY_OWNER = "report"


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file of a message that was shown."""

    id: UUID
    name: str
    media_type: str
    size: int

    @property
    def label(self) -> str:
        return label_of(self.media_type)


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """One message that was shown."""

    author: str
    is_reported: bool
    """Whether the reported person wrote it; else it is the reporter's own, shown beside it."""
    body: str
    created_at: datetime
    files: tuple[ShownFile, ...]


@dataclass(frozen=True, slots=True)
class ReportText:
    """A report that can be read. ``messages`` is empty for the reporter, and for all once its time is over."""

    report: Report
    note: str
    answer: str
    messages: tuple[ShownMessage, ...] = ()


def report_create(
    *, actor: Actor, conversation_id: UUID, message_ids: Sequence[UUID], reason: str, note: str = ""
) -> Report:
    """Show messages of a conversation to the operator, at least one of them the other person's.

    Copies of them, their files included, are sealed with a key of the report's. Raises ConversationNotFoundError,
    ReportInvalidError.
    """
    conversation = conversation_get(actor=actor, conversation_id=conversation_id)
    other = counterpart(actor=actor, conversation=conversation)
    note = note.replace("\r\n", "\n").replace("\x00", "").strip()
    if reason not in ReportReason.values:
        raise ReportInvalidError(_("Choose what is wrong."), field="reason")
    if len(note) > NOTE_CHARACTERS:
        raise ReportInvalidError(_("Say it in %(most)d characters.") % {"most": NOTE_CHARACTERS}, field="note")
    shown = list(Message.objects.filter(conversation=conversation, pk__in=message_ids).order_by("created_at", "id"))
    if not any(message.author_id == other.pk for message in shown):
        raise ReportInvalidError(_("Choose at least one message that the other one wrote."), field="messages")
    if len(shown) > REPORTED_MESSAGES:
        raise ReportInvalidError(_("Choose at most %(most)d messages.") % {"most": REPORTED_MESSAGES}, field="messages")
    report = Report(
        pk=uuid.uuid4(), conversation=conversation, reporter_id=actor.person_id, reported=other, reason=reason
    )
    with blobs_sealing(owner_id=report.pk, owner_type=_KEY_OWNER) as seal, transaction.atomic():
        report.sealed_note = _seal(report, note, "note")
        report.save(force_insert=True)
        _copy(report, shown, seal)
        audit.record(
            actor=actor, code="report.created", subject=report, reason=reason, messages=[str(row.pk) for row in shown]
        )
    return report


def report_decide(*, actor: Actor, report_id: UUID, decision: str, answer: str) -> Report:
    """Answer a report; the reporter reads the answer and is told by mail, the reported person is told nothing.

    Operators only, and not one of the two. Raises ReportNotFoundError, OwnReportError, ReportInvalidError,
    IllegalTransitionError for one that was answered already.
    """
    actor.require(Role.OPERATOR)
    answer = answer.replace("\r\n", "\n").replace("\x00", "").strip()
    if decision not in DECISIONS:
        raise ReportInvalidError(_("Decide whether it is against the rules."), field="decision")
    if not answer or len(answer) > NOTE_CHARACTERS:
        raise ReportInvalidError(
            _("Answer in 1 to %(most)d characters; the reporter reads it.") % {"most": NOTE_CHARACTERS}, field="answer"
        )
    with transaction.atomic():
        report = _found(report_id)
        if actor.user_id in (report.reporter_id, report.reported_id):
            raise OwnReportError(_("You are part of this report. Another operator answers it."))
        REPORT.transition(
            report,
            decision,
            actor=actor,
            sealed_answer=_seal(report, answer, "answer"),
            decided_by_id=actor.person_id,
            decided_at=timezone.now(),
        )
        if report.reporter.is_active and not report.reporter.deleted_at:
            report_answered_send(report=report, reporter=report.reporter)
    return report


def reports_purge(*, actor: Actor) -> int:
    """Destroy the keys and files of reports that were answered long enough ago; returns of how many."""
    before = timezone.now() - timedelta(days=REPORT_KEPT_DAYS)
    due = list(Report.objects.filter(decided_at__lt=before, purged_at=None).values_list("pk", flat=True))
    for report_id in due:
        with transaction.atomic():
            report = Report.objects.select_for_update().get(pk=report_id)
            if report.purged_at:
                continue
            files = ReportedFile.objects.filter(shown__report=report)
            blobs_delete_later(keys=[file.blob for file in files])
            files.update(blob="")
            vault_destroy(actor=actor, owner_type=_KEY_OWNER, owner_id=report.pk)
            report.purged_at = timezone.now()
            report.save(update_fields=["purged_at", "updated_at"])
            audit.record(actor=actor, code="report.purged", subject=report)
    return len(due)


def reports(*, actor: Actor, is_open: bool = True) -> QuerySet[Report]:
    """The operator's queue, oldest first; or what was answered, newest first. Operators only."""
    actor.require(Role.OPERATOR)
    rows = Report.objects.select_related("reporter", "reported", "decided_by")
    if is_open:
        return rows.filter(status=ReportState.OPEN).order_by("created_at")
    return rows.exclude(status=ReportState.OPEN).order_by("-decided_at")


def report_get(*, actor: Actor, report_id: UUID) -> ReportText:
    """A report with what was shown, for an operator; that they looked is recorded.

    Raises PermissionDeniedError, ReportNotFoundError, OwnReportError.
    """
    actor.require(Role.OPERATOR)
    report = _found(report_id)
    if actor.user_id in (report.reporter_id, report.reported_id):
        raise OwnReportError(_("You are part of this report. Another operator answers it."))
    audit.record(actor=actor, code="report.opened", subject=report)
    return _text(report, with_messages=True)


def reports_own(*, actor: Actor, conversation_id: UUID) -> list[ReportText]:
    """What the actor reported of a conversation, and what was answered. Raises ConversationNotFoundError."""
    conversation = conversation_get(actor=actor, conversation_id=conversation_id)
    rows = Report.objects.filter(conversation=conversation, reporter_id=actor.person_id).order_by("-created_at")
    return [_text(report, with_messages=False) for report in rows]


def report_file(*, actor: Actor, report_id: UUID, file_id: UUID) -> FileContent:
    """A file that was shown, for an operator. Raises PermissionDeniedError, ReportNotFoundError, AttachmentNotFoundError."""
    actor.require(Role.OPERATOR)
    report = _found(report_id)
    if actor.user_id in (report.reporter_id, report.reported_id):
        raise OwnReportError(_("You are part of this report. Another operator answers it."))
    file = ReportedFile.objects.filter(shown__report=report, pk=file_id).exclude(blob="").first()
    if file is None:
        raise AttachmentNotFoundError(_("There is no such file in this report."))
    data = blob_open(owner_id=report.pk, owner_type=_KEY_OWNER, key=file.blob, context=f"report_file:{file.pk}")
    audit.record(actor=actor, code="report.file_opened", subject=report)
    return FileContent(_open(report, [(file.sealed_name, f"file:{file.pk}")])[0], file.media_type, data)


def _copy(report: Report, shown: Sequence[Message], seal: Callable[[bytes, str], str]) -> None:
    files = attachments_of(shown)
    clear = opened(shown)
    for message in shown:
        row = ReportedMessage(pk=uuid.uuid4(), report=report, message=message)
        row.sealed = _seal(report, clear.bodies[message.pk] or "", f"message:{row.pk}")
        row.save(force_insert=True)
        for file in files[message.pk]:
            _copy_file(report, row, file, seal)


def _copy_file(report: Report, row: ReportedMessage, file: Attachment, seal: Callable[[bytes, str], str]) -> None:
    try:
        content = content_of(file)
    except AttachmentNotFoundError:
        return  # it went with its author's account
    pk = uuid.uuid4()
    ReportedFile.objects.create(
        pk=pk,
        shown=row,
        sealed_name=_seal(report, content.name, f"file:{pk}"),
        media_type=file.media_type,
        size=file.size,
        blob=seal(content.data, f"report_file:{pk}"),
    )


def _found(report_id: UUID) -> Report:
    rows = Report.objects.select_related("reporter", "reported", "conversation", "decided_by")
    report = rows.filter(pk=report_id).first()
    if report is None:
        raise ReportNotFoundError(_("There is no such report."))
    return report


def _text(report: Report, *, with_messages: bool) -> ReportText:
    rows = list(report.messages.select_related("message").order_by("message__created_at")) if with_messages else []
    files = list(ReportedFile.objects.filter(shown__in=rows).order_by("created_at")) if rows else []
    items: list[tuple[bytes | memoryview, str]] = [(report.sealed_note, "note"), (report.sealed_answer, "answer")]
    items += [(row.sealed, f"message:{row.pk}") for row in rows]
    items += [(file.sealed_name, f"file:{file.pk}") for file in files]
    try:
        note, answer, *texts = _open(report, items)
    except KeyDestroyedError:
        return ReportText(report, "", "")
    names = texts[len(rows) :]
    shown: dict[UUID, list[ShownFile]] = {row.pk: [] for row in rows}
    for file, name in zip(files, names, strict=True):
        shown[file.shown_id].append(ShownFile(file.pk, name, file.media_type, file.size))
    people = {person.pk: person for person in (report.reporter, report.reported)}
    messages = tuple(
        ShownMessage(
            author=people[row.message.author_id].public_name if row.message.author_id in people else "",
            is_reported=row.message.author_id == report.reported_id,
            body=body,
            created_at=row.message.created_at,
            files=tuple(shown[row.pk]),
        )
        for row, body in zip(rows, texts, strict=False)
    )
    return ReportText(report, note, answer, messages)


def _seal(report: Report, text: str, part: str) -> bytes:
    if not text:
        return b""
    return vault_encrypt(
        owner_type=_KEY_OWNER, owner_id=report.pk, data=text.encode(), context=f"report:{report.pk}:{part}"
    )


def _open(report: Report, items: Sequence[tuple[bytes | memoryview, str]]) -> list[str]:
    """Texts sealed by ``_seal``, in their order; empty ones stay empty. Raises KeyDestroyedError."""
    kept = [(bytes(sealed), f"report:{report.pk}:{part}") for sealed, part in items if sealed]
    clear = iter(vault_decrypt_many(owner_type=_KEY_OWNER, owner_id=report.pk, items=kept))
    return [next(clear).decode() if sealed else "" for sealed, _part in items]
