"""The studio's failures: one class each, a stable ``code``, and a message that says what to do."""

from __future__ import annotations

from typing import ClassVar


class StudioError(Exception):
    """Something the caller can mend. ``code`` is stable and goes over the wire; ``exit_status`` ends the
    command.
    """

    code: ClassVar[str] = "studio_error"
    exit_status: ClassVar[int] = 1

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class UsageError(StudioError):
    """The command was called wrongly."""

    code = "usage"
    exit_status = 2


class BarNotMetError(StudioError):
    """A measure missed its bar and the caller asked for a check."""

    code = "bar_not_met"
    exit_status = 3


class AdapterMismatchError(StudioError):
    """An adapter that does not fit the base model's layers."""

    code = "adapter_mismatch"


class BaseMismatchError(StudioError):
    """A version made for another base model than the one that is loaded."""

    code = "base_mismatch"


class VersionDamagedError(StudioError):
    """A version with a missing, unexpected or changed file, or without a valid signature."""

    code = "version_damaged"


class ModelUnavailableError(StudioError):
    """A base model that is not in the models folder or that no source could deliver."""

    code = "model_unavailable"


class ModelDamagedError(StudioError):
    """A downloaded file whose sha256 is not the catalogue's."""

    code = "model_damaged"


class WorksUnusableError(StudioError):
    """Too few usable works to do what was asked."""

    code = "works_unusable"


class OthersIndexError(StudioError):
    """An index of others' works, or its key, that cannot be used."""

    code = "others_index_unusable"


class CheckpointMismatchError(StudioError):
    """A checkpoint that was written by a run over other works or with other settings."""

    code = "checkpoint_mismatch"


class RunCancelledError(StudioError):
    """The run was asked to stop (SIGTERM, SIGINT); its checkpoint is kept."""

    code = "cancelled"
    exit_status = 143


class GrantRefusedError(StudioError):
    """A request without a grant, or with one that is not valid for it."""

    code = "grant_refused"
