"""The loop: noise is put on a work's latents and predicted again (Ho et al. 2020), the U-Net's matrices learn, the rest is frozen."""

from __future__ import annotations

import dataclasses
import math
import pkgutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from oeuvre_studio import checkpoint
from oeuvre_studio.errors import RunCancelledError
from oeuvre_studio.image.diffusion.base import DiffusionBase
from oeuvre_studio.image.diffusion.dataset import Examples
from oeuvre_studio.image.diffusion.lora import FlatLora
from oeuvre_studio.progress import Reporter
from oeuvre_studio.protocol import LossPoint, ProgressEvent
from oeuvre_studio.schedule import row_order, warm_cosine


@dataclasses.dataclass(frozen=True)
class DiffusionSettings:
    """How a version is trained."""

    learning_rate: float = 1e-4
    """At its peak; what diffusers' own LoRA examples take."""
    warmup: float = 0.05
    floor: float = 0.1
    clip: float = 1.0
    batch: int = 2
    """Works in a step."""
    epochs: int = 60
    """How often every work is seen, unless ``max_steps`` ends it before."""
    max_steps: int = 2000
    dropout: float = 0.1
    """Share of captions left out, for classifier-free guidance (Ho & Salimans 2022)."""
    evaluations: int = 5
    evaluation_draws: int = 4
    """Noise levels at which each held-out work is measured, the same every time."""
    checkpoint_every: int = 25

    def steps_for(self, works: int) -> int:
        """How many steps so many works get."""
        return max(1, min(math.ceil(works * self.epochs / self.batch), self.max_steps))


@dataclasses.dataclass(frozen=True)
class TrainedLora:
    """The matrices with the lowest held-out loss, and how it came to them. ``base_loss``: without any."""

    tensors: dict[str, Tensor]
    steps: int
    curve: tuple[LossPoint, ...]
    loss: float
    base_loss: float


class DiffusionTrainer:
    """One run. It can be stopped after any step and resumed from its checkpoint with the same outcome."""

    def __init__(
        self,
        base: DiffusionBase,
        settings: DiffusionSettings,
        *,
        seed: int,
        folder: Path,
        fingerprint: str,
        reporter: Reporter,
        cancelled: Callable[[], bool],
    ) -> None:
        """The base has to have fresh matrices, see `fresh_lora`."""
        self._base = base
        self._settings = settings
        self._seed = seed
        self._folder = folder
        self._fingerprint = fingerprint
        self._reporter = reporter
        self._cancelled = cancelled
        self._flat = FlatLora(base)
        self._weights = torch.nn.Parameter(self._flat.values)
        self._weights.grad = self._flat.grad
        self._best = self._flat.values.clone()
        self._optimiser = torch.optim.AdamW([self._weights], lr=settings.learning_rate, weight_decay=0.0)
        self._noise = noise_of(base)
        self._curve: list[LossPoint] = []
        self._best_loss = math.inf
        self._base_loss = math.inf
        self._step = 0
        self._steps = 0

    def run(
        self, training: Examples, held_out: Examples, *, resume: bool, max_minutes: float | None = None
    ) -> TrainedLora:
        """Train until the schedule ends or the time is up.

        Raises:
            RunCancelledError: asked to stop; a checkpoint was written.
            CheckpointMismatchError: the checkpoint to resume from is another run's.
        """
        self._steps = self._settings.steps_for(len(training))
        self._base_loss = self._best_loss = self._measure(held_out)
        if resume:
            self._restore()
        order = row_order(len(training), seed=self._seed, needed=self._steps * self._settings.batch)
        started, first = time.monotonic(), self._step
        while self._step < self._steps:
            if self._cancelled():
                self._save()
                raise RunCancelledError("The run was stopped. Go on with --resume.")
            loss = self._train_step(training, order)
            held_out_loss = self._judge(held_out) if self._is_measured() else None
            self._note(loss, held_out_loss, (time.monotonic() - started) / (self._step - first))
            if self._step % self._settings.checkpoint_every == 0:
                self._save()
            if max_minutes is not None and time.monotonic() - started > 60 * max_minutes:
                self._judge(held_out)
                break
        self._save()
        tensors = self._flat.tensors(self._best)
        return TrainedLora(tensors, self._step, tuple(self._curve), self._best_loss, self._base_loss)

    def _is_measured(self) -> bool:
        every = max(1, math.ceil(self._steps / self._settings.evaluations))
        return self._step % every == 0 or self._step == self._steps

    def _train_step(self, training: Examples, order: list[int]) -> float:
        size = self._settings.batch
        rows = order[self._step * size : (self._step + 1) * size]
        draw = torch.Generator().manual_seed(self._seed * 1_000_003 + self._step)
        latents, states = training.latents[rows], training.states[rows].clone()
        left_out = torch.rand(len(rows), generator=draw) < self._settings.dropout
        states[left_out.to(states.device)] = training.empty.to(states)
        times = torch.randint(0, self._noise.config.num_train_timesteps, (len(rows),), generator=draw)
        noise = torch.randn(latents.shape, generator=draw)
        for group in self._optimiser.param_groups:
            group["lr"] = warm_cosine(
                self._step,
                self._steps,
                peak=self._settings.learning_rate,
                warmup=self._settings.warmup,
                floor=self._settings.floor,
            )
        self._flat.grad.zero_()
        loss = denoising_loss(self._base, self._noise, latents, states, times, noise)
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it unannotated
        torch.nn.utils.clip_grad_norm_([self._weights], self._settings.clip)
        self._optimiser.step()
        self._step += 1
        return float(loss.detach())

    def _measure(self, held_out: Examples) -> float:
        return held_out_loss(self._base, held_out, self._settings, seed=self._seed)

    def _judge(self, held_out: Examples) -> float:
        loss = self._measure(held_out)
        if loss < self._best_loss:
            self._best_loss = loss
            self._best.copy_(self._flat.values)
        return loss

    def _note(self, loss: float, held_out_loss: float | None, pace: float) -> None:
        self._curve.append(LossPoint(step=self._step, loss=loss, held_out_loss=held_out_loss))
        self._reporter.progress(
            ProgressEvent(
                phase="training",
                step=self._step,
                steps=self._steps,
                loss=round(loss, 4),
                held_out_loss=None if held_out_loss is None else round(held_out_loss, 4),
                eta_seconds=round(pace * (self._steps - self._step), 1),
            )
        )

    def _save(self) -> None:
        state = checkpoint.CheckpointState(
            fingerprint=self._fingerprint,
            step=self._step,
            steps=self._steps,
            best_loss=self._best_loss,
            evaluations_without_gain=0,
            curve=tuple(self._curve),
            finished=self._step >= self._steps,
        )
        checkpoint.save(self._folder, state, self._weights, self._best, self._optimiser)

    def _restore(self) -> None:
        state = checkpoint.load(self._folder, self._fingerprint, self._weights, self._best, self._optimiser)
        if state is None:
            return
        self._step, self._steps, self._best_loss = state.step, state.steps, state.best_loss
        self._curve = list(state.curve)
        self._reporter.say(f"Resuming after step {self._step} of {self._steps}.")


def noise_of(base: DiffusionBase) -> Any:
    """What puts noise on latents. A scheduler of its own: a pipeline's may be one for drawing that cannot add noise."""
    return pkgutil.resolve_name("diffusers:DDPMScheduler").from_config(base.pipeline.scheduler.config)


def denoising_loss(
    base: DiffusionBase, scheduler: Any, latents: Tensor, states: Tensor, times: Tensor, noise: Tensor
) -> Tensor:
    """The mean squared error of what the U-Net predicts of latents with noise on them (Ho et al. 2020)."""
    times, noise = times.to(latents.device), noise.to(latents)
    noisy = scheduler.add_noise(latents, noise, times)
    predicted = base.unet(noisy, times, encoder_hidden_states=states).sample
    wanted = noise
    if scheduler.config.prediction_type == "v_prediction":
        wanted = scheduler.get_velocity(latents, noise, times)
    return torch.nn.functional.mse_loss(predicted.float(), wanted.float())


@torch.no_grad()
def held_out_loss(base: DiffusionBase, held_out: Examples, settings: DiffusionSettings, *, seed: int) -> float:
    """The mean loss over held-out works at fixed noise, so that measurements can be compared."""
    scheduler = noise_of(base)
    draw = torch.Generator().manual_seed(seed)
    steps = scheduler.config.num_train_timesteps
    levels = torch.linspace(0.1, 0.9, settings.evaluation_draws)
    losses = []
    for row in range(len(held_out)):
        for level in levels:
            latents, states = held_out.latents[row : row + 1], held_out.states[row : row + 1]
            noise = torch.randn(latents.shape, generator=draw)
            times = torch.tensor([int(float(level) * (steps - 1))])
            losses.append(denoising_loss(base, scheduler, latents, states, times, noise))
    return float(torch.stack(losses).mean())
