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
    PictureTooLargeError,
    PictureUnreadableError,
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
    "PictureBlankError",
    "PictureTooLargeError",
    "PictureTooSmallError",
    "PictureUnreadableError",
    "RecordingUnfitError",
    "RecordingUnreadableError",
    "SeveralPicturesError",
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


class PictureTooSmallError(FileRefusedError):
    """Too few pixels to show how somebody draws."""

    code = "picture_too_small"


class PictureBlankError(FileRefusedError):
    """A picture of one colour, or of nothing."""

    code = "picture_blank"


class SeveralPicturesError(FileRefusedError):
    """An animation, or a document of several pages."""

    code = "several_pictures"


class RecordingUnreadableError(FileRefusedError):
    """A recording that cannot be decoded, or not with the time and memory that it is given."""

    code = "recording_unreadable"


class RecordingUnfitError(FileRefusedError):
    """Nothing that a voice can be learned from; context ``reason``: too_short, too_long, low_rate, silent, clipped."""

    code = "recording_unfit"


class WorksListInvalidError(FileRefusedError):
    """A ``works.json`` that cannot be understood; without it rights could be lost, so nothing beside it is taken."""

    code = "works_list_invalid"
