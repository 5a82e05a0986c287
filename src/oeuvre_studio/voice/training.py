"""A fit from start to end: steps, candidates, checkpoints, progress, and the end of it."""

from __future__ import annotations

import dataclasses
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oeuvre_studio.errors import RunCancelledError
from oeuvre_studio.progress import Reporter, Stopwatch
from oeuvre_studio.protocol import LossPoint, ProgressEvent
from oeuvre_studio.voice import checkpoint
from oeuvre_studio.voice.checkpoint import Candidate, Progress
from oeuvre_studio.voice.choosing import Chooser
from oeuvre_studio.voice.fit import FitSettings, Fitter

SAVED_EVERY = 4
"""Steps between checkpoints; a step takes some seconds."""


@dataclasses.dataclass(frozen=True)
class Fitted:
    """What came of it: the chosen candidate, where it lies, and the curve."""

    chosen: Candidate
    coordinates: NDArray[np.float32]
    steps: int
    curve: tuple[LossPoint, ...]


class Training:
    """Runs a fitter to its end, or to the next cancellation."""

    def __init__(
        self,
        fitter: Fitter,
        chooser: Chooser,
        settings: FitSettings,
        *,
        folder: Path,
        fingerprint: str,
        reporter: Reporter,
        cancelled: Callable[[], bool],
        after: int = 0,
    ) -> None:
        """``after``: steps of other training that follow, for telling how far the whole is."""
        self._fitter, self._chooser, self._settings = fitter, chooser, settings
        self._folder, self._fingerprint = folder, fingerprint
        self._reporter, self._cancelled = reporter, cancelled
        self._after = after

    def run(self, *, resume: bool, max_minutes: float | None) -> Fitted:
        """Fit, and choose among the candidates.

        Raises:
            RunCancelledError: asked to stop; a checkpoint is there.
            CheckpointMismatchError: the checkpoint is of another run.
        """
        if not resume:
            shutil.rmtree(self._folder, ignore_errors=True)
        progress = checkpoint.load(self._folder, self._fingerprint) or self._begin()
        started, watch = time.monotonic(), Stopwatch()
        while progress.state.step < self._settings.steps:
            if self._cancelled():
                checkpoint.save(self._folder, self._fingerprint, progress)
                raise RunCancelledError("The run was stopped. Go on with --resume.")
            if max_minutes is not None and time.monotonic() - started > 60 * max_minutes:
                break
            progress = self._step(progress, watch)
        if progress.state.step not in {candidate.step for candidate in progress.candidates}:
            progress = self._look(progress)
        checkpoint.save(self._folder, self._fingerprint, progress)
        chosen, coordinates = progress.best
        return Fitted(chosen, coordinates, progress.state.step, progress.curve)

    def _begin(self) -> Progress:
        state = self._fitter.begin()
        return self._look(Progress(state))

    def _step(self, progress: Progress, watch: Stopwatch) -> Progress:
        state, loss = self._fitter.step(progress.state)
        point = LossPoint(step=state.step, loss=round(loss, 5))
        progress = dataclasses.replace(progress, state=state, curve=(*progress.curve, point))
        if state.step in self._settings.looks:
            progress = self._look(progress)
        if state.step % SAVED_EVERY == 0:
            checkpoint.save(self._folder, self._fingerprint, progress)
        self._reporter.progress(
            ProgressEvent(
                phase="training",
                step=state.step,
                steps=self._settings.steps + self._after,
                loss=round(loss, 4),
                held_out_loss=progress.curve[-1].held_out_loss,
                eta_seconds=watch.left(state.step, self._settings.steps + self._after),
            )
        )
        return progress

    def _look(self, progress: Progress) -> Progress:
        """Take where the fit stands as a candidate."""
        coordinates = progress.state.averaged()
        usual = progress.candidates[0].word_error_rate if progress.candidates else None
        candidate = self._chooser.score(progress.state.step, coordinates, usual_errors=usual)
        point = LossPoint(
            step=progress.state.step,
            loss=progress.curve[-1].loss if progress.curve else None,
            held_out_loss=round(1 - candidate.likeness, 5),
        )
        return Progress(
            progress.state,
            (*progress.candidates, candidate),
            (*progress.coordinates, coordinates),
            (*progress.curve[:-1], point),
        )
