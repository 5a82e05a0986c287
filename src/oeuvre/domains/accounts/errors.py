"""What can go wrong with accounts and their keys."""

from oeuvre.kit.errors import ConflictError, DomainError, NotFoundError


class KeyDestroyedError(DomainError):
    """The data key was destroyed on its owner's wish; what it protected cannot be read by anybody any more."""

    code = "key_destroyed"
    status = 410


class CiphertextError(DomainError):
    """The stored bytes were changed, or belong to something else."""

    code = "ciphertext_invalid"
    status = 500


class UserNotFoundError(NotFoundError):
    code = "user_not_found"


class ProfileNotFoundError(NotFoundError):
    code = "profile_not_found"


class HandleTakenError(ConflictError):
    code = "handle_taken"


class HandleInvalidError(DomainError):
    """Not a slug, too short, or a word that the site keeps for itself."""

    code = "handle_invalid"
    status = 422


class RoleNotOpenError(DomainError):
    """The role is given by an operator, not taken."""

    code = "role_not_open"
    status = 422


class LocaleUnknownError(DomainError):
    code = "locale_unknown"
    status = 422


class PasswordWrongError(DomainError):
    """The password that was asked for again does not fit."""

    code = "password_wrong"
    status = 403


class DeletionBlockedError(ConflictError):
    """Something of the account must be settled before it can go, for instance money that is held."""

    code = "deletion_blocked"


class ExportNotReadyError(ConflictError):
    code = "export_not_ready"


class ExportNotFoundError(NotFoundError):
    code = "export_not_found"
