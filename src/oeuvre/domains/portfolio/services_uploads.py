"""Many files at once, among them archives."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, NamedTuple, TypeAlias

from django.utils.translation import gettext as _

from oeuvre.domains.portfolio import sniffing
from oeuvre.domains.portfolio.archives import WORKS_LIST, Archive, WorksList, works_list_read
from oeuvre.domains.portfolio.errors import FileRefusedError
from oeuvre.domains.portfolio.models import Work
from oeuvre.domains.portfolio.readers import largest
from oeuvre.domains.portfolio.services_works import work_add
from oeuvre.domains.portfolio.states import Rights
from oeuvre.kit.actor import Actor, Role
from oeuvre.kit.errors import DomainError
from oeuvre.kit.files.naming import printable, suffix_of

if TYPE_CHECKING:
    from collections.abc import Iterable

Content: TypeAlias = bytes | IO[bytes]
"""A file's bytes, or where they lie."""


class RefusedFile(NamedTuple):
    """A file that was not taken, the stable code of the reason, and what to do about it."""

    filename: str
    code: str
    message: str


class UploadResult(NamedTuple):
    """What became of an upload, file by file."""

    added: list[Work]
    refused: list[RefusedFile]


def works_add_many(
    *,
    actor: Actor,
    files: Iterable[tuple[str, Content]],
    rights: str = Rights.OWN,
    evidence: str = "",
    terms: str = "",
) -> UploadResult:
    """Add every file that can be added and say of each other one why not; ZIP files are unpacked.

    A ``works.json`` in an archive, or among the files, gives titles, kinds, keywords, years and rights of the files
    beside it; where it is silent, ``rights`` and the rest given here count. Each work is its own transaction: one bad file
    costs no other. Of files that are given open, one at a time is in memory. Raises PermissionDeniedError only.
    """
    actor.require(Role.FREELANCER)
    upload = _Upload(actor, {"rights": rights, "evidence": evidence, "terms": terms})
    loose: list[tuple[str, Content]] = []
    listed = WorksList()
    for name, data in files:
        if PurePosixPath(name).name == WORKS_LIST:
            try:
                listed = works_list_read(_all_of(data))
            except FileRefusedError as refusal:
                return UploadResult([], [upload.refusal(name, refusal)])
        else:
            loose.append((name, data))
    for name, data in loose:
        if suffix_of(name) == ".zip":
            upload.archive(name, data)
        else:
            upload.file(name, _all_of(data), listed)
    return UploadResult(upload.added, upload.refused)


def _all_of(content: Content) -> bytes:
    """A file's bytes, of one that is too large as many as show it."""
    return content if isinstance(content, bytes) else content.read(largest() + 1)


class _Upload:
    """Collects the results of one upload."""

    def __init__(self, actor: Actor, grounds: dict[str, str]) -> None:
        self._actor = actor
        self._grounds = grounds
        self.added: list[Work] = []
        self.refused: list[RefusedFile] = []

    @staticmethod
    def refusal(name: str, error: DomainError) -> RefusedFile:
        return RefusedFile(printable(name)[-255:], error.code, error.message)

    def file(self, name: str, data: bytes, listed: WorksList) -> None:
        said = listed.about(name)
        grounds = {key: value for key, value in said.items() if key in self._grounds} if "rights" in said else {}
        details = {key: value for key, value in said.items() if key not in self._grounds}
        try:
            self.added.append(
                work_add(
                    actor=self._actor,
                    filename=PurePosixPath(name).name or name,
                    data=data,
                    **details,
                    **(grounds or self._grounds),
                )
            )
        except DomainError as error:
            self.refused.append(self.refusal(name, error))

    def archive(self, name: str, data: Content) -> None:
        try:
            if data == b"" or not (isinstance(data, bytes) or data.read(1)):
                sniffing.media_type_of(b"", name)
            archive = Archive(data, entry=largest())
            listed = archive.works_list()
            for entry, content in archive.files():
                if isinstance(content, FileRefusedError):
                    self.refused.append(self.refusal(entry, content))
                else:
                    self.file(entry, content, listed)
            self._report_missing(name, archive, listed)
        except FileRefusedError as refusal:
            self.refused.append(self.refusal(name, refusal))

    def _report_missing(self, name: str, archive: Archive, listed: WorksList) -> None:
        """Files that works.json speaks of and that are not there: a slip in a name would lose its rights."""
        present = set(archive.names)
        for filename in listed.details:
            if listed.folder + filename not in present:
                message = _("works.json speaks of it, but it is not in %(archive)s.") % {"archive": name}
                self.refused.append(RefusedFile(printable(filename)[-255:], "file_missing", message))
