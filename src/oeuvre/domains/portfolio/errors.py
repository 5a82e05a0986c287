"""What can go wrong with works. ``FileRefusedError`` is the family of everything wrong with a file itself."""

from oeuvre.kit.errors import ConflictError, DomainError, NotFoundError


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


class FileRefusedError(DomainError):
    """Something is wrong with a file itself; nothing of it was kept."""

    code = "file_refused"
    status = 422


class FileEmptyError(FileRefusedError):
    code = "file_empty"


class FileTooLargeError(FileRefusedError):
    code = "file_too_large"
    status = 413


class TypeRefusedError(FileRefusedError):
    """The bytes are of no type that can be read here."""

    code = "type_refused"
    status = 415


class TypeMismatchError(FileRefusedError):
    """The name promises something else than the bytes are."""

    code = "type_mismatch"
    status = 415


class EncodingError(FileRefusedError):
    """Text in no character encoding that can be made out."""

    code = "encoding_unknown"


class BinaryTextError(FileRefusedError):
    """NUL bytes or control characters in what should be text."""

    code = "binary_in_text"


class PasswordProtectedError(FileRefusedError):
    code = "password_protected"


class NoTextError(FileRefusedError):
    """A file that can be opened but holds no words: a scan, or only pictures."""

    code = "no_text"


class DocumentUnreadableError(FileRefusedError):
    """Broken, or too complicated to be read in the time it is given."""

    code = "document_unreadable"


class ArchiveUnreadableError(FileRefusedError):
    code = "archive_unreadable"


class ArchiveBombError(FileRefusedError):
    """Unpacks to far more than it should."""

    code = "archive_bomb"
    status = 413


class TooManyEntriesError(FileRefusedError):
    code = "archive_too_many_entries"
    status = 413


class NestedArchiveError(FileRefusedError):
    code = "archive_nested"


class UnsafeNameError(FileRefusedError):
    """An entry that would land outside its folder."""

    code = "archive_unsafe_name"


class LinkEntryError(FileRefusedError):
    """An entry that is a link or a device, not a file."""

    code = "archive_link"


class WorksListInvalidError(FileRefusedError):
    """A ``works.json`` that cannot be understood; without it rights could be lost, so nothing beside it is taken."""

    code = "works_list_invalid"
