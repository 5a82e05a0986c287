"""Files of briefs: sealed with the buyer's key like the words, opened for those who may read the brief."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from oeuvre.domains.accounts.errors import KeyDestroyedError
from oeuvre.domains.accounts.services import blob_open, blobs_delete_later, vault_decrypt_groups, vault_encrypt
from oeuvre.domains.briefs.errors import BriefFileNotFoundError
from oeuvre.domains.briefs.models import BriefFile
from oeuvre.domains.briefs.sealing import OWNER_TYPE
from oeuvre.domains.conversations.selectors import FileContent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from uuid import UUID

    from django.db.models import QuerySet

    from oeuvre.domains.briefs.models import Brief
    from oeuvre.kit.files.checking import CheckedFile

_NAME = ":name"


@dataclass(frozen=True, slots=True)
class BriefFileShown:
    """A file in the list on the brief's page."""

    id: UUID
    name: str
    size: int
    """Bytes."""


def _context(file_id: UUID, part: str = "") -> str:
    return f"brief_file:{file_id}{part}"


def file_keep(brief: Brief, checked: CheckedFile, seal: Callable[[bytes, str], str]) -> BriefFile:
    """Put a checked file away and write its row, inside the caller's ``blobs_sealing``. Raises KeyDestroyedError."""
    file = BriefFile(brief=brief, media_type=checked.media_type, size=len(checked.data))
    file.sealed_name = vault_encrypt(
        owner_type=OWNER_TYPE, owner_id=brief.buyer_id, data=checked.name.encode(), context=_context(file.pk, _NAME)
    )
    file.blob_key = seal(checked.data, _context(file.pk))
    file.save(force_insert=True)
    return file


def files_erase(files: QuerySet[BriefFile]) -> int:
    """Delete rows, and their bytes once the present transaction comes about; returns how many there were."""
    rows = list(files)
    blobs_delete_later(keys=[file.blob_key for file in rows])
    files.filter(pk__in=[file.pk for file in rows]).delete()
    return len(rows)


def files_shown(brief: Brief) -> tuple[BriefFileShown, ...]:
    """A brief's files in the order in which they came; none where its buyer has left. One query for the key where there are
    any, and one for the files where they did not come with the brief."""
    rows = list(brief.files.all())
    names = _names(brief.buyer_id, rows) if rows else ()
    return tuple(BriefFileShown(row.pk, name, row.size) for row, name in zip(rows, names, strict=False))


def file_content(file: BriefFile) -> FileContent:
    """A file that the caller may read. Raises BriefFileNotFoundError where its bytes are gone."""
    owner_id = file.brief.buyer_id
    try:
        data = blob_open(owner_id=owner_id, key=file.blob_key, context=_context(file.pk))
    except (KeyDestroyedError, KeyError):
        raise file_gone() from None
    (name,) = _names(owner_id, [file])
    return FileContent(name, file.media_type, data)


def file_gone() -> BriefFileNotFoundError:
    return BriefFileNotFoundError(_("There is no such file here, or it was taken out of the brief."))


def _names(owner_id: UUID, rows: Iterable[BriefFile]) -> list[str]:
    """The names of files; none where the key is gone."""
    items = [(bytes(row.sealed_name), _context(row.pk, _NAME)) for row in rows]
    opened = vault_decrypt_groups(owner_type=OWNER_TYPE, groups={owner_id: items})[owner_id]
    return [name.decode() for name in opened or ()]
