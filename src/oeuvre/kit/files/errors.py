"""What can be wrong with a file itself. Nothing of a refused file is kept."""

from __future__ import annotations

from oeuvre.kit.errors import DomainError


class FileRefusedError(DomainError):
    """The family of everything here; the message says what to do instead."""

    code = "file_refused"
    status = 422


class FileEmptyError(FileRefusedError):
    code = "file_empty"


class FileTooLargeError(FileRefusedError):
    code = "file_too_large"
    status = 413


class TypeRefusedError(FileRefusedError):
    """The bytes are of no type that is taken here."""

    code = "type_refused"
    status = 415


class TypeMismatchError(FileRefusedError):
    """The name promises something else than the bytes are."""

    code = "type_mismatch"
    status = 415


class ProgramError(FileRefusedError):
    """Something that a computer runs when it is opened, or an archive with such a thing in it."""

    code = "file_is_program"
    status = 415


class ActiveContentError(FileRefusedError):
    """A document or picture that does something by itself: scripts, macros, links to elsewhere."""

    code = "active_content"


class InfectedError(FileRefusedError):
    """The scanner knows it."""

    code = "file_infected"


class EncodingError(FileRefusedError):
    """Text in no character encoding that can be made out."""

    code = "encoding_unknown"


class BinaryTextError(FileRefusedError):
    """NUL bytes or control characters in what should be text."""

    code = "binary_in_text"


class PasswordProtectedError(FileRefusedError):
    code = "password_protected"


class PictureUnreadableError(FileRefusedError):
    code = "picture_unreadable"


class PictureTooLargeError(FileRefusedError):
    """Few bytes, but so many pixels that opening it fills the memory."""

    code = "picture_too_large"
    status = 413


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


class ScannerUnavailableError(DomainError):
    """The installation has a scanner for files, and it does not answer; until it does, no file is taken."""

    code = "scanner_unavailable"
    status = 503
