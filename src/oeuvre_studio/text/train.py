"""The training loop: AdamW on the adapter's matrices, warm-up and cosine, early stopping, checkpoints."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable
from pathlib import Path

import torch

from oeuvre_studio import checkpoint
from oeuvre_studio.errors import RunCancelledError
from oeuvre_studio.progress import Reporter
from oeuvre_studio.protocol import LossPoint, ProgressEvent
from oeuvre_studio.schedule import row_order, warm_cosine
from oeuvre_studio.text.base import Base
from oeuvre_studio.text.compute import CHECKPOINT_FROM, engine_of
from oeuvre_studio.text.dataset import LENGTH, Rows
from oeuvre_studio.text.lora import ALPHA, RANK, Adapter, FlatAdapter, initial_adapter
from oeuvre_studio.text.pace import Pace


@dataclasses.dataclass(frozen=True)
class TrainSettings:
    """How a version is trained. Defaults were chosen on held-out loss across several bodies of work at once."""

    rank: int = RANK
    """Columns of the low-rank matrices. One for the whole installation, so that versions can share a batch.
    """
    alpha: float = ALPHA
    """The adapter's product is scaled by alpha / rank."""
    length: int = LENGTH
    """Tokens in a row."""
    rows_per_step: int = 2
    """Rows in a step, each computed by a core of its own. More rows teach less than more steps from the same text:
    two to come as far as one take about a tenth more of it.
    """
    learning_rate: float = 2.5e-3
    """At its peak. LoRA takes about ten times what full fine-tuning takes."""
    warmup: float = 0.06
    """Share of the steps in which the learning rate rises."""
    floor: float = 0.05
    """The learning rate at the end, as a share of the peak."""
    clip: float = 1.0
    """The largest gradient norm."""
    token_budget: int = 65_536
    """Most tokens to train on, rows being counted in full; a large body of work is sampled evenly."""
    max_epochs: int = 4
    """Most times to see the same row, for a small body of work."""
    evaluations: int = 4
    """How often the held-out loss is measured on the way."""
    evaluation_rows: int = 8
    """Held-out rows used for that; the gate at the end uses more."""
    patience: int = 2
    """Measurements without a gain before stopping early."""
    checkpoint_every: int = 25
    """Steps between checkpoints."""
    max_steps: int = 0
    """Most steps; 0: no limit beyond the token budget."""
    checkpoint_from: int = CHECKPOINT_FROM
    """Parameters from which a base's activations are computed again on the way back (gradient checkpointing), where
    PyTorch's autograd trains it.
    """

    def steps_for(self, rows: int) -> int:
        """How many steps a body of work of so many rows gets."""
        seen = min(rows * self.max_epochs, self.token_budget // self.length)
        steps = max(1, math.ceil(seen / self.rows_per_step))
        return min(steps, self.max_steps) if self.max_steps else steps


@dataclasses.dataclass
class Trained:
    """What the loop gave: the adapter with the lowest held-out loss, and how it got there."""

    adapter: Adapter
    steps: int
    curve: list[LossPoint]


def learning_rate(settings: TrainSettings, step: int, steps: int) -> float:
    """The learning rate of a step, see `warm_cosine`."""
    return warm_cosine(step, steps, peak=settings.learning_rate, warmup=settings.warmup, floor=settings.floor)


class Trainer:
    """One run of the loop. It can be stopped after any step and resumed from its checkpoint with the same
    outcome.
    """

    def __init__(
        self,
        base: Base,
        settings: TrainSettings,
        *,
        seed: int,
        folder: Path,
        fingerprint: str,
        reporter: Reporter,
        cancelled: Callable[[], bool],
    ) -> None:
        self._settings = settings
        self._seed = seed
        self._folder = folder
        self._fingerprint = fingerprint
        self._reporter = reporter
        self._cancelled = cancelled
        fresh = initial_adapter(base.layers, seed=seed, rank=settings.rank, alpha=settings.alpha)
        self._flat = FlatAdapter(fresh, base.device)
        self._engine = engine_of(base, checkpoint_from=settings.checkpoint_from)
        self._weights = torch.nn.Parameter(self._flat.values)
        self._weights.grad = self._flat.grad
        self._best = self._flat.values.clone()
        # weight decay would pull towards the base, which the small number of steps does already
        self._optimiser = torch.optim.AdamW(
            [self._weights], lr=settings.learning_rate, betas=(0.9, 0.95), weight_decay=0.0, fused=True
        )
        self._curve: list[LossPoint] = []
        self._best_loss = math.inf
        self._idle = 0
        self._step = 0
        self._steps = 0
        self._finished = False

    @property
    def adapter(self) -> Adapter:
        """The adapter as it is now, for whoever watches."""
        return self._flat.snapshot(self._flat.values.cpu())

    def run(self, training: Rows, held_out: Rows, *, resume: bool, max_minutes: float | None) -> Trained:
        """Train until the schedule ends, the held-out loss stops falling, or the time is up.

        Raises:
            RunCancelledError: asked to stop; a checkpoint was written.
            CheckpointMismatchError: the checkpoint to resume from is another run's.
        """
        self._steps = self._settings.steps_for(len(training))
        if resume:
            self._restore()
        measured = held_out.take(range(min(len(held_out), self._settings.evaluation_rows)))
        needed = self._settings.steps_for(len(training)) * self._settings.rows_per_step
        order = row_order(len(training), seed=self._seed, needed=needed)
        self._loop(training, measured, order, max_minutes)
        self._finished = True
        self._save()
        best = self._flat.snapshot(self._best.cpu())
        return Trained(adapter=best, steps=self._step, curve=self._curve)

    def _loop(self, training: Rows, measured: Rows, order: list[int], max_minutes: float | None) -> None:
        deadline = None if max_minutes is None else time.monotonic() + 60 * max_minutes
        started, first = time.monotonic(), self._step
        pace = Pace(rows_per_step=self._settings.rows_per_step, rows_measured=len(measured))
        while self._step < self._steps and not self._finished:
            if self._cancelled():
                self._save()
                raise RunCancelledError("The run was stopped. Go on with --resume.")
            with pace.step():
                loss = self._train_step(training, order)
            held_out_loss = None
            if self._step % self._every == 0 or self._step >= self._steps:
                with pace.measurement():
                    held_out_loss = self._measure(measured)
            self._note(loss, held_out_loss, pace)
            if self._step % self._settings.checkpoint_every == 0:
                self._save()
            if deadline is not None and self._step - first == 3:
                self._shorten(started, deadline)

    @property
    def _every(self) -> int:
        """Steps between two measurements of the held-out loss; the last step is followed by one, too."""
        return max(1, math.ceil(self._steps / self._settings.evaluations))

    def _train_step(self, training: Rows, order: list[int]) -> float:
        size = self._settings.rows_per_step
        batch = training.take(order[self._step * size : (self._step + 1) * size])
        for group in self._optimiser.param_groups:
            group["lr"] = learning_rate(self._settings, self._step, self._steps)
        loss = self._engine.gradient(batch, self._flat)
        torch.nn.utils.clip_grad_norm_([self._weights], self._settings.clip)
        self._optimiser.step()
        self._step += 1
        return loss

    def _measure(self, measured: Rows) -> float:
        loss = float(self._engine.losses(measured, self._flat.adapter).mean())
        if loss < self._best_loss - 1e-3:
            self._best_loss, self._idle = loss, 0
            self._best.copy_(self._flat.values)
        else:
            self._idle += 1
            self._finished = self._idle >= self._settings.patience
        return loss

    def _note(self, loss: float, held_out_loss: float | None, pace: Pace) -> None:
        self._curve.append(LossPoint(step=self._step, loss=loss, held_out_loss=held_out_loss))
        measurements = math.ceil(self._steps / self._every) - self._step // self._every
        left = pace.left(steps=self._steps - self._step, measurements=measurements)
        self._reporter.progress(
            ProgressEvent(
                phase="training",
                step=self._step,
                steps=self._steps,
                loss=round(loss, 4),
                held_out_loss=None if held_out_loss is None else round(held_out_loss, 4),
                eta_seconds=left,
            )
        )

    def _shorten(self, started: float, deadline: float) -> None:
        """Fit the whole schedule, not just its beginning, into the time there is."""
        pace = (time.monotonic() - started) / 3
        affordable = self._step + int((deadline - time.monotonic()) / pace * 0.9)  # a tenth for measuring
        if affordable < self._steps:
            self._steps = max(affordable, self._step + 1)
            self._reporter.say(f"Shortened to {self._steps} steps to fit the time limit.")

    def _save(self) -> None:
        state = checkpoint.CheckpointState(
            fingerprint=self._fingerprint,
            step=self._step,
            steps=self._steps,
            best_loss=self._best_loss,
            evaluations_without_gain=self._idle,
            curve=tuple(self._curve),
            finished=self._finished,
        )
        checkpoint.save(self._folder, state, self._weights, self._best, self._optimiser)

    def _restore(self) -> None:
        state = checkpoint.load(self._folder, self._fingerprint, self._weights, self._best, self._optimiser)
        if state is None:
            return
        self._step, self._steps = state.step, state.steps
        self._best_loss, self._idle = state.best_loss, state.evaluations_without_gain
        self._curve, self._finished = list(state.curve), state.finished
        self._reporter.say(f"Resuming after step {self._step} of {self._steps}.")
