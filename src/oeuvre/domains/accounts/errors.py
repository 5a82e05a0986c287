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


class HandleTakenError(ConflictError):
    code = "handle_taken"
