"""Unpacking what a freelancer packed, trusting nothing that the archive says about itself."""

from __future__ import annotations

import io
import json
import stat
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from oeuvre.domains.portfolio import errors
from oeuvre.domains.portfolio.limits import LIMITS, in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKS_LIST = "works.json"
_CHUNK = 1 << 16
_ENCRYPTED = 0x1
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""How entries may be packed. The others are rare, and LZMA's header may ask for gigabytes of memory."""
_DIRECTORY_ENTRY = b"PK\x01\x02"
_MOST_ENTRIES = 50_000
"""Entries of an archive and of the documents in it, beyond which not even its directory is read."""
_JUNK = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_DETAILS = frozenset({"title", "kind", "keywords", "year", "language", "rights", "evidence", "terms"})


@dataclass(frozen=True, slots=True)
class WorksList:
    """What a ``works.json`` says of the files beside it, by file name."""

    folder: str = ""
    """Where in the archive it is; file names are relative to it."""
    details: dict[str, dict[str, Any]] = field(default_factory=dict)

    def about(self, filename: str) -> dict[str, Any]:
        return self.details.get(filename.removeprefix(self.folder), {})


def works_list_read(data: bytes, *, folder: str = "") -> WorksList:
    """``[{"file": …, "title": …}, …]`` or ``{"works": […]}``; keys that are not known here are left alone.

    Raises WorksListInvalidError.
    """
    try:
        loaded = json.loads(data.decode("utf-8-sig"))
        entries = loaded["works"] if isinstance(loaded, dict) else loaded
        details = {entry["file"]: {key: entry[key] for key in _DETAILS & entry.keys()} for entry in entries}
        if not all(isinstance(name, str) for name in details):
            raise TypeError
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise errors.WorksListInvalidError(
            _(
                "works.json must be a list of objects with at least “file”, in UTF-8. "
                "Mend or remove it and upload again; nothing beside it was taken."
            )
        ) from None
    return WorksList(folder, details)


class Archive:
    """A ZIP file, checked before anything is unpacked.

    Raises on construction ArchiveUnreadableError, TooManyEntriesError, ArchiveBombError and FileTooLargeError.
    """

    def __init__(self, data: bytes, *, entries: int = LIMITS.archive_entries) -> None:
        if len(data) > LIMITS.archive:
            raise errors.FileTooLargeError(
                _("An archive may be %(limit)s; pack your works into several.") % {"limit": in_words(LIMITS.archive)}
            )
        self._packed = len(data)
        self._unpacked = 0
        if (count := data.count(_DIRECTORY_ENTRY)) > _MOST_ENTRIES:
            raise _too_many(entries, count)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, NotImplementedError, ValueError, UnicodeError, OSError):
            raise _unreadable() from None
        self._members = [member for member in self._zip.infolist() if not _is_junk(member)]
        if len(self._members) > entries:
            raise _too_many(entries, len(self._members))
        self._check_bomb(sum(member.file_size for member in self._zip.infolist()))

    def _check_bomb(self, unpacked: int) -> None:
        too_dense = unpacked > LIMITS.ratio_free and unpacked > self._packed * LIMITS.archive_ratio
        if unpacked > LIMITS.archive_unpacked or too_dense:
            raise errors.ArchiveBombError(
                _("This archive unpacks to more than %(limit)s, or suspiciously densely. Upload the files themselves.")
                % {"limit": in_words(LIMITS.archive_unpacked)}
            )

    @property
    def names(self) -> list[str]:
        return [member.filename for member in self._members]

    def works_list(self) -> WorksList:
        """From the ``works.json`` that is nearest to the top; without one, a list that knows nothing."""
        lists = [member for member in self._members if PurePosixPath(member.filename).name == WORKS_LIST]
        if not lists:
            return WorksList()
        member = min(lists, key=lambda item: item.filename.count("/"))
        try:
            data = self._read(member, LIMITS.works_list)
        except errors.FileTooLargeError:
            data = b""
        return works_list_read(data, folder=member.filename.removesuffix(WORKS_LIST))

    def files(self) -> Iterator[tuple[str, bytes | errors.FileRefusedError]]:
        """Each file with its bytes, or with the reason why it stays where it is. Raises ArchiveBombError midway."""
        for member in self._members:
            if PurePosixPath(member.filename).name == WORKS_LIST:
                continue
            try:
                yield member.filename, self.read(member)
            except errors.ArchiveBombError:
                raise
            except errors.FileRefusedError as refusal:
                yield _shown(member.filename), refusal

    def read(self, member: zipfile.ZipInfo) -> bytes:
        """One entry's bytes. Raises the errors of unsafe names, links, passwords, nesting, size and damage."""
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0] or not path.name:
            raise errors.UnsafeNameError(
                _("The name points outside the archive. Pack the folder again without absolute paths.")
            )
        mode = member.external_attr >> 16
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            raise errors.LinkEntryError(_("This is a link, not a file. Pack the file that it points to."))
        if member.flag_bits & _ENCRYPTED:
            raise errors.PasswordProtectedError(_("Packed with a password. Pack it again without one."))
        data = self._read(member, LIMITS.document)
        if data[:4] in (b"PK\x03\x04", b"PK\x05\x06") and path.suffix.lower() == ".zip":
            raise errors.NestedArchiveError(_("An archive in an archive. Upload the inner one by itself."))
        return data

    def _read(self, member: zipfile.ZipInfo, limit: int) -> bytes:
        """At most ``limit`` bytes; what the directory says about sizes is not believed."""
        if member.compress_type not in _METHODS:
            raise errors.ArchiveUnreadableError(
                _("It is packed in an unusual way. Pack the archive again as an ordinary ZIP file.")
            )
        chunks: list[bytes] = []
        size = 0
        try:
            with self._zip.open(member) as stream:
                while chunk := stream.read(_CHUNK):
                    size += len(chunk)
                    self._unpacked += len(chunk)
                    self._check_bomb(self._unpacked)
                    if size > limit:
                        raise errors.FileTooLargeError(
                            _("A file may be %(limit)s; split it.") % {"limit": in_words(limit)}
                        )
                    chunks.append(chunk)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError):
            raise _unreadable() from None
        return b"".join(chunks)


def _unreadable() -> errors.ArchiveUnreadableError:
    return errors.ArchiveUnreadableError(_("The archive is damaged. Pack it again as an ordinary ZIP file."))


def _too_many(limit: int, count: int) -> errors.TooManyEntriesError:
    return errors.TooManyEntriesError(
        _("An archive may hold %(limit)d files; this one has %(count)d. Pack them into several.")
        % {"limit": limit, "count": count}
    )


def _is_junk(member: zipfile.ZipInfo) -> bool:
    """What operating systems put into archives on their own account, and folders."""
    path = PurePosixPath(member.filename)
    return (
        member.is_dir()
        or "__MACOSX" in path.parts
        or path.name.lower() in _JUNK
        or (path.name.startswith("._") and len(path.name) > 2)
    )


def _shown(name: str) -> str:
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in name)[:255]
