"""Files of messages: looked at before anything is kept, sealed with the author's key, opened for the two people alone."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.accounts.errors import KeyDestroyedError
from oeuvre.domains.accounts.services import blob_open, vault_decrypt, vault_encrypt
from oeuvre.domains.conversations.errors import AttachmentNotFoundError, AttachmentsInvalidError
from oeuvre.domains.conversations.limits import attachment_limits
from oeuvre.domains.conversations.models import Attachment
from oeuvre.domains.conversations.opening import OWNER_TYPE, file_context
from oeuvre.domains.conversations.sides import is_of
from oeuvre.kit.files.checking import file_check
from oeuvre.kit.files.errors import FileRefusedError
from oeuvre.kit.files.naming import base_name, in_words
from oeuvre.kit.files.pictures import SMALL_TYPE
from oeuvre.kit.locks import lock_names

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from oeuvre.domains.conversations.models import Message
    from oeuvre.kit.actor import Actor
    from oeuvre.kit.files.checking import CheckedFile

NAME, SMALL = ":name", ":small"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came in."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file as it goes out."""

    name: str
    media_type: str
    data: bytes


def uploads_check(files: Sequence[Upload]) -> list[CheckedFile]:
    """Look at every file. Raises AttachmentsInvalidError that says of each refused one why, or ScannerUnavailableError.

    ``refused`` in the error's context are the names with the codes of ``kit.files.errors``.
    """
    limits = attachment_limits()
    if files and not limits.files:
        raise _invalid(_("Messages carry no files on this site."))
    if len(files) > limits.files:
        raise _invalid(
            _(
                "A message carries at most %(most)d files; these are %(found)d. Send them in several, or as one ZIP file."
            )
            % {"most": limits.files, "found": len(files)}
        )
    if sum(len(file.data) for file in files) > limits.message:
        raise _invalid(
            _("All files of a message together may have %(most)s. Send them in several messages.")
            % {"most": in_words(limits.message)}
        )
    checked: list[CheckedFile] = []
    refused: list[tuple[str, FileRefusedError]] = []
    for file in files:
        try:
            checked.append(file_check(file.name, file.data, most=limits.file))
        except FileRefusedError as error:
            refused.append((base_name(file.name) or _("a file without a name"), error))
    if refused:
        said = [_("%(name)s: %(reason)s") % {"name": name, "reason": error.message} for name, error in refused]
        raise AttachmentsInvalidError(
            " ".join([*said, _("Nothing was sent.")]),
            field="attachments",
            refused=[(name, error.code) for name, error in refused],
        )
    return checked


def _invalid(message: str) -> AttachmentsInvalidError:
    return AttachmentsInvalidError(message, field="attachments", refused=[])


def attachments_seal(
    *, author_id: UUID, files: Sequence[CheckedFile], seal: Callable[[bytes, str], str]
) -> list[Attachment]:
    """Rows for files, with their bytes put away by ``seal``; not saved, and of no message yet."""
    made = []
    for position, file in enumerate(files):
        pk = uuid.uuid4()
        name = vault_encrypt(
            owner_type=OWNER_TYPE, owner_id=author_id, data=file.name.encode(), context=file_context(pk, NAME)
        )
        made.append(
            Attachment(
                pk=pk,
                author_id=author_id,
                position=position,
                sealed_name=name,
                media_type=file.media_type,
                size=len(file.data),
                blob=seal(file.data, file_context(pk)),
                small_blob=seal(file.small.data, file_context(pk, SMALL)) if file.small else "",
                width=file.small.width if file.small else 0,
                height=file.small.height if file.small else 0,
            )
        )
    return made


def attachments_lock(author_id: UUID) -> None:
    """Let nobody else count what this person attached today until the transaction ends."""
    lock_names([f"conversations.attachments:{author_id}"])


def attachments_save(*, message: Message, attachments: Sequence[Attachment]) -> None:
    """Give rows to their message, in a transaction that holds ``attachments_lock``.

    Raises AttachmentsInvalidError for too much in 24 hours.
    """
    if not attachments:
        return
    most = attachment_limits().day
    recent = Attachment.objects.filter(author_id=attachments[0].author_id, created_at__gt=timezone.now() - _DAY)
    sent = recent.aggregate(size=Sum("size"))["size"] or 0
    if sent + sum(file.size for file in attachments) > most:
        raise _invalid(
            _("You can attach %(most)s in 24 hours, and these files would go beyond. Send them tomorrow.")
            % {"most": in_words(most)}
        )
    for file in attachments:
        file.message = message
    Attachment.objects.bulk_create(attachments)


def blob_keys(attachments: Sequence[Attachment]) -> list[str]:
    """Every blob of these rows."""
    return [key for file in attachments for key in (file.blob, file.small_blob) if key]


def attachment_content(*, actor: Actor, conversation_id: UUID, attachment_id: UUID, small: bool = False) -> FileContent:
    """A file of one of the actor's conversations, or its small copy. Raises AttachmentNotFoundError for anybody else's."""
    found = None
    if actor.user_id is not None:
        own = Attachment.objects.filter(is_of(actor.user_id, "message__conversation__"))
        found = own.filter(pk=attachment_id, message__conversation_id=conversation_id).first()
    key = (found.small_blob if small else found.blob) if found else ""
    if found is None or not key:
        raise _gone()
    return content_of(found, small=small)


def content_of(file: Attachment, *, small: bool = False) -> FileContent:
    """The bytes of a row that the caller may read. Raises AttachmentNotFoundError where they are gone."""
    key, part = (file.small_blob, SMALL) if small else (file.blob, "")
    try:
        data = blob_open(owner_id=file.author_id, key=key, context=file_context(file.pk, part))
        name = vault_decrypt(
            owner_type=OWNER_TYPE,
            owner_id=file.author_id,
            data=bytes(file.sealed_name),
            context=file_context(file.pk, NAME),
        )
    except (KeyDestroyedError, KeyError):
        raise _gone() from None
    return FileContent(name.decode(), SMALL_TYPE if small else file.media_type, data)


def _gone() -> AttachmentNotFoundError:
    return AttachmentNotFoundError(_("There is no such file here, or it was removed with its author's account."))
