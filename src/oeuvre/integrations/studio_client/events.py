"""What a training run says while it goes on and when it ends, in the words of the creation domain."""

from __future__ import annotations

import json
import re
import signal
from collections import deque
from typing import Any

import structlog

from oeuvre.domains.creation.errors import TrainingFailedError
from oeuvre.domains.creation.ports import TrainingProgress
from oeuvre_studio.protocol import ErrorEvent, ProgressEvent, TrainResult, parse

_log = structlog.get_logger(__name__)
_TRACE = re.compile(r'^\s*File "[^"]+", line \d+|^[\w.]+(?:Error|Exception|Interrupt)\b')
"""Lines of a traceback that hold no data: where it was, and the name of the exception without its message."""
CANCELLED = 128 + signal.SIGTERM
"""Exit status of a run that was asked to stop."""


class Listener:
    """Makes sense of a run's standard error."""

    def __init__(self) -> None:
        self._error: ErrorEvent | None = None
        self._trace: deque[str] = deque(maxlen=12)

    def read(self, line: str) -> TrainingProgress | None:
        """The progress that a line reports; errors are kept for ``failure``, anything else is passed over."""
        try:
            data = json.loads(line)
        except ValueError:
            if found := _TRACE.match(line):
                self._trace.append(found.group(0).strip())
            return None
        kind = data.get("event") if isinstance(data, dict) else None
        try:
            if kind == "error":
                self._error = parse(ErrorEvent, data)
            elif kind == "progress":
                event = parse(ProgressEvent, data)
                return TrainingProgress(
                    event.phase, event.step, event.steps, event.loss, event.held_out_loss, event.eta_seconds
                )
        except ValueError as error:
            _log.warning("studio_event_unreadable", kind=kind, reason=str(error))
        return None

    def failure(self, status: int) -> TrainingFailedError:
        """Why a run that ended with ``status`` failed. A traceback is logged without its message, which may quote a work."""
        if self._error is not None:
            return _failed(self._error.code, self._error.message)
        _log.error("studio_train_failed", status=status, trace=list(self._trace))
        if status in (-signal.SIGKILL, -signal.SIGTERM, CANCELLED):
            return _failed(
                "killed",
                "The training was stopped from outside; the machine may be short of memory. "
                "Start it again: it goes on where it was.",
            )
        return _failed(
            "crashed", f"The studio ended unexpectedly (status {status}). Start again; if it stays, look at the log."
        )


def read_result(line: str) -> TrainResult:
    """The result of a run. Raises TrainingFailedError for anything else."""
    try:
        data: Any = json.loads(line)
        return parse(TrainResult, data)
    except ValueError as error:
        raise _failed("result_unreadable", "The studio's answer cannot be read; is it another release?") from error


def _failed(code: str, message: str) -> TrainingFailedError:
    return TrainingFailedError(message, reason=code)
