"""The second half of a training: a tone over the fitted pack, and how much of it is taken."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from oeuvre_studio.errors import RunCancelledError
from oeuvre_studio.progress import Reporter, Stopwatch
from oeuvre_studio.protocol import ProgressEvent
from oeuvre_studio.voice import tone as checkpoint
from oeuvre_studio.voice.choosing import Chooser
from oeuvre_studio.voice.kokoro import Pack, Tone
from oeuvre_studio.voice.tone import ToneFitter, ToneSettings, ToneState
from oeuvre_studio.voice.training import SAVED_EVERY

SHARES = (1.0, 0.75, 0.5, 0.25)
"""Of the tone that are tried, until the pack alone is beaten and less of the tone is worse: part of a tone keeps more of how clearly
the pack reads (Wortsman et al. 2022, arXiv:2109.01903, found the same of weights between a network and its fine-tuned
form).
"""


@dataclasses.dataclass(frozen=True)
class Toned:
    """``tone``: what was taken, ``None`` where the pack alone did best; ``share`` of the fitted tone; how far the network's sound
    is from recordings kept apart ``before`` and with it (see `ToneFitter.apart`).
    """

    tone: Tone | None
    share: float
    before: float
    after: float
    steps: int


NO_TONE = Toned(tone=None, share=0.0, before=0.0, after=0.0, steps=0)


class Toning:
    """Runs a tone's fit to its end, or to the next cancellation."""

    def __init__(
        self, fitter: ToneFitter, chooser: Chooser, settings: ToneSettings, *, folder: Path, fingerprint: str,
        reporter: Reporter, cancelled: Callable[[], bool], before: int,
    ) -> None:  # fmt: skip
        self._fitter, self._chooser, self._settings = fitter, chooser, settings
        self._folder, self._fingerprint = folder, fingerprint
        self._reporter, self._cancelled = reporter, cancelled
        self._before = before

    def run(self, pack: Pack, *, resume: bool, max_minutes: float | None) -> Toned:
        """Fit, and choose how much of it reads best over ``pack``.

        Raises:
            RunCancelledError: asked to stop; a checkpoint is there.
        """
        if not resume:
            (self._folder / checkpoint.FILE).unlink(missing_ok=True)
        state = checkpoint.load(self._folder, self._fingerprint) or self._fitter.begin()
        started, watch = time.monotonic(), Stopwatch()
        while state.step < self._settings.tone_steps:
            if self._cancelled():
                checkpoint.save(self._folder, self._fingerprint, state)
                raise RunCancelledError("The run was stopped. Go on with --resume.")
            if max_minutes is not None and time.monotonic() - started > 60 * max_minutes:
                break
            state = self._step(state, watch)
        return self._chosen(state, pack)

    def _step(self, state: ToneState, watch: Stopwatch) -> ToneState:
        state, _ = self._fitter.step(state)
        if state.step % SAVED_EVERY == 0:
            checkpoint.save(self._folder, self._fingerprint, state)
        self._reporter.progress(
            ProgressEvent(
                phase="training",
                step=self._before + state.step,
                steps=self._before + self._settings.tone_steps,
                eta_seconds=watch.left(state.step, self._settings.tone_steps),
            )
        )
        return state

    def _chosen(self, state: ToneState, pack: Pack) -> Toned:
        """The share of the tone that scores best on the sentences that choose, none among them."""
        plain = self._chooser.heard(pack, None, usual_errors=None)
        tone = state.moments.value
        tried = {0.0: plain.score}
        for share in SHARES if state.step else ():
            found = self._chooser.heard(pack, np.float32(share) * tone, usual_errors=plain.word_error_rate)
            if plain.score < max(tried.values()) > found.score:
                break
            tried[share] = found.score
        share = max(tried, key=lambda one: (tried[one], -one))
        taken = np.asarray(np.float32(share) * tone, dtype=np.float32)
        return Toned(
            taken if share else None,
            share,
            self._fitter.apart(np.zeros_like(tone)),
            self._fitter.apart(taken),
            state.step,
        )
