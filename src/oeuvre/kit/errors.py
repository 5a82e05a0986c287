"""The root of every error that a person may be shown."""

from __future__ import annotations

from typing import Any, ClassVar


class DomainError(Exception):
    """A rule of the product was not met. Subclasses: one a failure, each with a stable ``code``.

    ``message`` says what happened and what to do; ``context`` carries the objects involved for
    templates and API answers. ``status`` is the HTTP status that every interface answers with.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400

    def __init__(self, message: str, **context: Any) -> None:
        super().__init__(message)
        self.message = message
        self.context = context


class NotFoundError(DomainError):
    """The thing does not exist, or the actor may not know that it does."""

    code = "not_found"
    status = 404


class PermissionDeniedError(DomainError):
    """The actor is known and may see the thing, but may not do this to it."""

    code = "permission_denied"
    status = 403


class ConflictError(DomainError):
    """The thing changed meanwhile, or is not in a state that allows this."""

    code = "conflict"
    status = 409


class SetupError(Exception):
    """This installation cannot start or go on as it is set up.

    The message says what is wrong and what to do; a command prints it without a traceback and exits with 1.
    """
