"""What can go wrong with works. ``FileRefusedError`` is the family of everything wrong with a file itself."""

from oeuvre.kit.errors import ConflictError, DomainError, NotFoundError
from oeuvre.kit.files.errors import (
    ArchiveBombError,
    ArchiveUnreadableError,
    BinaryTextError,
    EncodingError,
    FileEmptyError,
    FileRefusedError,
    FileTooLargeError,
    LinkEntryError,
    NestedArchiveError,
    PasswordProtectedError,
    TooManyEntriesError,
    TypeMismatchError,
    TypeRefusedError,
    UnsafeNameError,
)

__all__ = [
    "AlreadyThereError",
    "ArchiveBombError",
    "ArchiveUnreadableError",
    "BinaryTextError",
    "DecisionInvalidError",
    "DocumentUnreadableError",
    "EncodingError",
    "EvidenceMissingError",
    "FileEmptyError",
    "FileRefusedError",
    "FileTooLargeError",
    "LinkEntryError",
    "MatchNotFoundError",
    "NestedArchiveError",
    "NoTextError",
    "PasswordProtectedError",
    "TermsMissingError",
    "TooManyEntriesError",
    "TooManyWorksError",
    "TypeMismatchError",
    "TypeRefusedError",
    "UnsafeNameError",
    "WorkInvalidError",
    "WorkNotFoundError",
    "WorksListInvalidError",
]


class WorkNotFoundError(NotFoundError):
    code = "work_not_found"


class MatchNotFoundError(NotFoundError):
    code = "match_not_found"


class WorkInvalidError(DomainError):
    """A detail that was given with a work does not do; context ``field`` names it."""

    code = "work_invalid"
    status = 422


class EvidenceMissingError(DomainError):
    """Client-consented works need evidence."""

    code = "evidence_missing"
    status = 422


class TermsMissingError(DomainError):
    """Licensed works need the licence's terms."""

    code = "terms_missing"
    status = 422


class AlreadyThereError(ConflictError):
    """The same text is in this body of work already; context ``work``."""

    code = "already_there"


class TooManyWorksError(ConflictError):
    code = "too_many_works"


class DecisionInvalidError(DomainError):
    """No decision that an operator may take of a match, or the reason for it is missing."""

    code = "decision_invalid"
    status = 422


class NoTextError(FileRefusedError):
    """A file that can be opened but holds no words: a scan, or only pictures."""

    code = "no_text"


class DocumentUnreadableError(FileRefusedError):
    """Broken, or too complicated to be read in the time it is given."""

    code = "document_unreadable"


class WorksListInvalidError(FileRefusedError):
    """A ``works.json`` that cannot be understood; without it rights could be lost, so nothing beside it is taken."""

    code = "works_list_invalid"
