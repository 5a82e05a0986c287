"""One entrant of the training benchmark, in a process of its own: ours, or the plain loop.

    python -m oeuvre_studio.bench.train_worker ours|plain SPEC

``SPEC`` is a JSON file with a `Spec`. Whenever there is something to measure, the entrant writes its adapter to a file,
prints a line with a `Point`, and waits for a line on standard input: ``on``, or ``stop``. Time spent waiting does not
count. Seconds count from the start of the process.
"""

from __future__ import annotations

import dataclasses
import json
import random
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import torch
from safetensors.torch import save_file

from oeuvre_studio.progress import SilentReporter
from oeuvre_studio.protocol import ProgressEvent, parse
from oeuvre_studio.text.base import DEFAULT_BASE, Base, load_base, open_base
from oeuvre_studio.text.dataset import IGNORED, LENGTH, Example, split_by_work
from oeuvre_studio.text.lora import ALPHA, RANK, Adapter
from oeuvre_studio.text.run import Prepared, prepare
from oeuvre_studio.text.train import Trainer, TrainSettings
from oeuvre_studio.text.works import read_folder

HELD_OUT, SEED = 0.15, 0
"""What ``studio train`` takes without being told."""

PLAIN_BATCH = 8
PLAIN_RATE = 3e-3
"""Constant after a short warm-up. 2e-3 and 4e-3 come to the same within 0.002 of the ratio after twelve steps, 1e-3 is far behind."""
PLAIN_WARMUP = 2


class StoppedError(Exception):
    """Enough was measured."""


@dataclasses.dataclass(frozen=True)
class Spec:
    """What both entrants are given."""

    corpus: str
    models_dir: str
    out: str


@dataclasses.dataclass(frozen=True)
class Point:
    """An adapter, how long it took, and how many tokens were computed for it, padding included."""

    file: str
    step: int
    seconds: float
    tokens: int
    peak_mib: int
    finished: bool


class Clock:
    """Seconds since this process was started, less those spent waiting to be measured."""

    def __init__(self) -> None:
        self._started = psutil.Process().create_time()
        self._waited = 0.0

    def seconds(self) -> float:
        """So far."""
        return time.time() - self._started - self._waited

    def report(self, spec: Spec, adapter: Adapter, *, step: int, tokens: int, finished: bool = False) -> None:
        """Hand an adapter over and wait.

        Raises:
            StoppedError: whoever measures has seen enough.
        """
        seconds, now = self.seconds(), time.time()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        file = Path(spec.out) / f"{step}.safetensors"
        save_file(adapter.tensors(), file)
        point = Point(str(file), step, round(seconds, 2), tokens, peak, finished)
        sys.stdout.write(json.dumps(dataclasses.asdict(point)) + "\n")
        sys.stdout.flush()
        answer = sys.stdin.readline().strip()
        self._waited += time.time() - now
        if answer != "on":
            raise StoppedError


def prepared_for(spec: Spec, base: Base) -> Prepared:
    """The very pairs of ``studio train``."""
    body = read_folder(Path(spec.corpus))
    training, held_out = split_by_work(body.works, share=HELD_OUT, seed=SEED)
    return prepare(base, body, training=training, held_out=held_out, canaries=5, seed=SEED, length=LENGTH)


class HandOver(SilentReporter):
    """Hands over ours whenever it has measured itself, which is part of its time."""

    def __init__(self, clock: Clock, spec: Spec, settings: TrainSettings) -> None:
        self._clock, self._spec = clock, spec
        self._tokens = settings.rows_per_step * settings.length
        self.trainer: Trainer | None = None

    def progress(self, event: ProgressEvent) -> None:
        """Only the steps after which the held-out loss is known."""
        if self.trainer is not None and event.held_out_loss is not None:
            adapter = self.trainer.adapter
            self._clock.report(self._spec, adapter, step=event.step, tokens=event.step * self._tokens)


def ours(spec: Spec, clock: Clock) -> None:
    """The training phase of ``studio train``, up to the adapter."""
    base = load_base(DEFAULT_BASE, Path(spec.models_dir))
    prepared = prepared_for(spec, base)
    settings = TrainSettings()
    hand_over = HandOver(clock, spec, settings)
    trainer = Trainer(
        base,
        settings,
        seed=SEED,
        folder=Path(spec.out) / "checkpoint",
        fingerprint="",
        reporter=hand_over,
        cancelled=lambda: False,
    )
    hand_over.trainer = trainer
    trained = trainer.run(prepared.rows, prepared.held_out_rows, resume=False, max_minutes=None)
    steps = trained.steps
    clock.report(spec, trained.adapter, step=steps + 1, tokens=steps * settings.rows_per_step * LENGTH, finished=True)


def plain(spec: Spec, clock: Clock) -> None:
    """What one would write with transformers and peft: fp32, every linear layer, padded batches, AdamW."""
    from peft import LoraConfig, get_peft_model  # noqa: PLC0415 - ours does not wait for what only the peer needs

    model, tokenizer, _ = open_base(DEFAULT_BASE, Path(spec.models_dir))
    names = [name for name, part in model.named_modules() if isinstance(part, torch.nn.Linear) and name != "lm_head"]
    examples = prepared_for(spec, Base("", "", "", model, tokenizer, {})).examples
    model = model.float()
    model.set_attn_implementation("sdpa")  # the library's own default
    torch.manual_seed(SEED)
    model = get_peft_model(model, LoraConfig(r=RANK, lora_alpha=round(ALPHA), target_modules="all-linear"))
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(weights, lr=PLAIN_RATE)
    state = dict(model.named_parameters())
    clock.report(spec, _peft_adapter(state, names), step=0, tokens=0)
    for step, batch in enumerate(_batches(examples), start=1):
        for group in optimiser.param_groups:
            group["lr"] = PLAIN_RATE * min(1.0, step / PLAIN_WARMUP)
        loss = model(**_padded(batch)).loss
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        clock.report(spec, _peft_adapter(state, names), step=step, tokens=step * PLAIN_BATCH * LENGTH)


def _batches(examples: list[Example]) -> Iterator[list[Example]]:
    """Shuffled anew every epoch."""
    source = random.Random(SEED)  # noqa: S311 - a reproducible order, nothing secret
    while True:
        order = source.sample(examples, len(examples))
        for start in range(0, len(order) - PLAIN_BATCH + 1, PLAIN_BATCH):
            yield order[start : start + PLAIN_BATCH]


def _padded(examples: list[Example]) -> dict[str, torch.Tensor]:
    """Sequences of 512, loss on the texts alone."""
    shape = (len(examples), LENGTH)
    tokens, mask = torch.zeros(shape, dtype=torch.long), torch.zeros(shape, dtype=torch.long)
    labels = torch.full(shape, IGNORED)
    for number, example in enumerate(examples):
        whole = torch.tensor([*example.prompt, *example.text])
        tokens[number, : len(whole)] = whole
        mask[number, : len(whole)] = 1
        labels[number, len(example.prompt) : len(whole)] = whole[len(example.prompt) :]
    return {"input_ids": tokens, "attention_mask": mask, "labels": labels}


def _peft_adapter(state: dict[str, Any], names: list[str]) -> Adapter:
    """PEFT's matrices under our names."""
    pairs = {
        name: (
            state[f"base_model.model.{name}.lora_A.default.weight"],
            state[f"base_model.model.{name}.lora_B.default.weight"],
        )
        for name in names
    }
    return Adapter(pairs=pairs, scale=ALPHA / RANK)


def main() -> None:
    """Run one entrant."""
    clock = Clock()
    entrant, file = sys.argv[1:]
    spec = parse(Spec, json.loads(Path(file).read_text()))
    try:
        {"ours": ours, "plain": plain}[entrant](spec, clock)
    except StoppedError:
        return


if __name__ == "__main__":
    main()
