"""Looking into a ZIP file, trusting nothing that it says about itself."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from oeuvre.kit.files import errors
from oeuvre.kit.files.naming import MB, in_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

_CHUNK = 1 << 16
_ENCRYPTED = 0x1
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""How entries may be packed. The others are rare, and LZMA's header may ask for gigabytes of memory."""
_DIRECTORY_ENTRY = b"PK\x01\x02"
_MOST_ENTRIES = 50_000
"""Entries of an archive and of the documents in it, beyond which not even its directory is read."""
_JUNK = frozenset({".ds_store", "thumbs.db", "desktop.ini"})


@dataclass(frozen=True, slots=True)
class ZipLimits:
    """What an archive may be. Sizes are bytes."""

    packed: int
    """The archive as it arrives."""
    entries: int
    entry: int
    """One entry, unpacked."""
    unpacked: int = 200 * MB
    """All of it."""
    ratio: int = 100
    """Unpacked to packed. Prose packs about 3 to 1 and repetitive source code about 20 to 1."""
    ratio_free: int = 1 * MB
    """Below this unpacked size the ratio does not matter: nothing that small is a bomb."""


class SafeZip:
    """A ZIP file, checked before anything is unpacked: bytes, or a file that is read where it lies.

    Raises on construction ArchiveUnreadableError, TooManyEntriesError, ArchiveBombError and FileTooLargeError.
    """

    def __init__(self, data: bytes | IO[bytes], limits: ZipLimits) -> None:
        self.limits = limits
        stream = io.BytesIO(data) if isinstance(data, bytes) else data
        self._packed = stream.seek(0, io.SEEK_END)
        if self._packed > limits.packed:
            raise errors.FileTooLargeError(
                _("An archive may be %(limit)s; pack what is in it into several.") % {"limit": in_words(limits.packed)}
            )
        self._unpacked = 0
        if (count := _directory_entries(stream)) > _MOST_ENTRIES:
            raise _too_many(limits.entries, count)
        try:
            self._zip = zipfile.ZipFile(stream)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, UnicodeError, OSError):
            raise _unreadable() from None
        self._members = [member for member in self._zip.infolist() if not _is_junk(member)]
        if len(self._members) > limits.entries:
            raise _too_many(limits.entries, len(self._members))
        self._check_bomb(sum(member.file_size for member in self._zip.infolist()))

    def _check_bomb(self, unpacked: int) -> None:
        limits = self.limits
        too_dense = unpacked > limits.ratio_free and unpacked > self._packed * limits.ratio
        if unpacked > limits.unpacked or too_dense:
            raise errors.ArchiveBombError(
                _("This archive unpacks to more than %(limit)s, or suspiciously densely. Upload the files themselves.")
                % {"limit": in_words(limits.unpacked)}
            )

    @property
    def names(self) -> list[str]:
        return [member.filename for member in self._members]

    def entries(self) -> Iterator[tuple[str, bytes]]:
        """Each file's name and bytes. Raises what is wrong with the first that may not be unpacked."""
        for member in self._members:
            yield member.filename, self.read(member)

    def read(self, member: zipfile.ZipInfo) -> bytes:
        """One entry's bytes. Raises the errors of unsafe names, links, passwords, nesting, size and damage."""
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or not path.name or ":" in path.parts[0]:
            raise errors.UnsafeNameError(
                _("The name points outside the archive. Pack the folder again without absolute paths.")
            )
        mode = member.external_attr >> 16
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            raise errors.LinkEntryError(_("This is a link, not a file. Pack the file that it points to."))
        if member.flag_bits & _ENCRYPTED:
            raise errors.PasswordProtectedError(_("Packed with a password. Pack it again without one."))
        data = self.unpack(member, self.limits.entry)
        if data[:4] in (b"PK\x03\x04", b"PK\x05\x06") and path.suffix.lower() == ".zip":
            raise errors.NestedArchiveError(_("An archive in an archive. Upload the inner one by itself."))
        return data

    def unpack(self, member: zipfile.ZipInfo, limit: int) -> bytes:
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


def _directory_entries(stream: IO[bytes]) -> int:
    """At least as many as an archive's directory has; those on the seam of two chunks are counted too."""
    stream.seek(0)
    count, seam = 0, b""
    while chunk := stream.read(_CHUNK):
        count += (seam + chunk).count(_DIRECTORY_ENTRY)
        seam = (seam + chunk)[1 - len(_DIRECTORY_ENTRY) :]
    return count


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
