"""Unpacking what a freelancer packed, trusting nothing that the archive says about itself."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from oeuvre.domains.portfolio import errors
from oeuvre.domains.portfolio.limits import LIMITS
from oeuvre.kit.files.zips import SafeZip, ZipLimits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

WORKS_LIST = "works.json"
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


class Archive(SafeZip):
    """A ZIP file of works, checked before anything is unpacked; raises what ``SafeZip`` raises."""

    def __init__(
        self,
        data: bytes | IO[bytes],
        *,
        entries: int = LIMITS.archive_entries,
        entry: int = LIMITS.document,
        unpacked: int = LIMITS.archive_unpacked,
    ) -> None:
        """``entries``: files in it at most; ``entry``: bytes of one of them; ``unpacked``: bytes of all of them."""
        limits = ZipLimits(
            packed=LIMITS.archive,
            entries=entries,
            entry=entry,
            unpacked=unpacked,
            ratio=LIMITS.archive_ratio,
            ratio_free=LIMITS.ratio_free,
        )
        super().__init__(data, limits)

    def works_list(self) -> WorksList:
        """From the ``works.json`` that is nearest to the top; without one, a list that knows nothing."""
        lists = [member for member in self._members if PurePosixPath(member.filename).name == WORKS_LIST]
        if not lists:
            return WorksList()
        member = min(lists, key=lambda item: item.filename.count("/"))
        try:
            data = self.unpack(member, LIMITS.works_list)
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


def _shown(name: str) -> str:
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in name)[:255]
