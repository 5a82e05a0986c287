"""What the server answers when it cannot do what was asked: a status, OpenAI's error type, a stable code."""

from __future__ import annotations

from typing import ClassVar

from oeuvre_studio.errors import StudioError


class RequestError(StudioError):
    """A request that cannot be served as it stands."""

    code = "invalid_request"
    status: ClassVar[int] = 400
    type: ClassVar[str] = "invalid_request_error"
    retry_after: ClassVar[int] = 0
    """Seconds after which the same request may succeed; 0: asking again changes nothing."""

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.param = param


class UnsupportedError(RequestError):
    """A field of OpenAI's that this server does not act on, and must not silently ignore."""

    code = "unsupported"


class UnknownParameterError(RequestError):
    """A field that nobody knows."""

    code = "unknown_parameter"


class ContextTooLongError(RequestError):
    """Prompt and answer together do not fit."""

    code = "context_length_exceeded"


class NameMismatchError(RequestError):
    """A version was put under another name than its content has."""

    code = "name_mismatch"


class TooLargeError(RequestError):
    """A body larger than any version is."""

    code = "too_large"
    status = 413


class UnauthorisedError(RequestError):
    """No grant, or none that holds."""

    code = "grant_refused"
    status = 401
    type = "authentication_error"


class ReplayedError(UnauthorisedError):
    """A grant that was used already."""

    code = "grant_replayed"


class ForbiddenError(RequestError):
    """A grant for something else."""

    code = "grant_scope"
    status = 403
    type = "permission_error"


class NotLoadedError(RequestError):
    """A version that is not in memory: put it, then ask again."""

    code = "model_not_loaded"
    status = 404


class NotFoundError(RequestError):
    """No such address."""

    code = "not_found"
    status = 404


class QueueFullError(RequestError):
    """More requests are waiting than the server accepts."""

    code = "queue_full"
    status = 429
    type = "rate_limit_error"
    retry_after = 2


class EvictedError(RequestError):
    """The version was taken away while it was writing."""

    code = "model_evicted"
    status = 410


class EngineFailedError(RequestError):
    """The engine could not finish; the log says why."""

    code = "engine_failed"
    status = 500
    type = "server_error"


class EngineAwayError(RequestError):
    """What computes the texts is on another machine or in another process, and does not answer."""

    code = "engine_away"
    status = 503
    type = "server_error"


class ClientGoneError(RequestError):
    """Nobody is there to read the answer."""

    code = "client_gone"
    status = 499
