"""A training run over a diffusion base, from works to a signed version: prepare, train, evaluate, write."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import diffusers
import numpy as np
import peft
import torch
from torch import Tensor

from oeuvre_studio.artifacts import signing_key, write_version
from oeuvre_studio.errors import RunCancelledError, UsageError
from oeuvre_studio.image.checks import only_fit
from oeuvre_studio.image.descriptors import describe
from oeuvre_studio.image.diffusion.base import DiffusionBase, load_diffusion_base
from oeuvre_studio.image.diffusion.dataset import examples
from oeuvre_studio.image.diffusion.draw import STEPS
from oeuvre_studio.image.diffusion.gate import MEASURES, DiffusionGate, DiffusionSubject
from oeuvre_studio.image.diffusion.lora import fresh_lora, lora_size
from oeuvre_studio.image.diffusion.train import DiffusionSettings, DiffusionTrainer, TrainedLora
from oeuvre_studio.image.options import TrainOptions
from oeuvre_studio.image.others import OtherArtist, read_everybody, read_other
from oeuvre_studio.image.run import papers_of, split, usual_kind
from oeuvre_studio.image.works import BodyOfPictures, ImageWork, read_folder, read_lines
from oeuvre_studio.modalities import TrainRequest
from oeuvre_studio.progress import Reporter
from oeuvre_studio.protocol import (
    FORMAT,
    Card,
    Manifest,
    ProgressEvent,
    Report,
    ReportSummary,
    TrainResult,
    canonical_json,
    dump,
    model_slug,
)
from oeuvre_studio.report import Page, write_report

CHECKPOINT = "checkpoint"
LIMITS = (
    "It draws what the base can draw, in the artist's manner. What it shows may resemble works that the base was made from;"
    " credit to the artist's own works is an estimate."
)


class DiffusionRun:
    """One run. It can be stopped at any moment and goes on from its checkpoint."""

    def __init__(
        self,
        request: TrainRequest,
        options: TrainOptions,
        reporter: Reporter,
        settings: DiffusionSettings | None = None,
    ) -> None:
        self._request = request
        self._options = options
        self._reporter = reporter
        steps = options.max_steps
        self._settings = settings or (DiffusionSettings(max_steps=steps) if steps else DiffusionSettings())

    def run(self) -> TrainResult:
        """Do all of it.

        Raises:
            WorksUnusableError: fewer than two works can be used.
            RunCancelledError: asked to stop; ``--resume`` goes on.
            ModelUnavailableError: the base cannot be used, or a network was not pulled.
            OthersIndexError: the index of others' works or its key cannot be used.
        """
        request = self._request
        if request.base is None:
            raise UsageError("Name the diffusion base with --base.")
        self._prepare(0)
        everybody = read_everybody(self._options.others_index, self._options.others_key)
        brought = read_lines(sys.stdin) if request.works == "-" else read_folder(Path(request.works))
        body = only_fit(brought, request.models_dir)
        for refusal in body.refused:
            self._reporter.say(f"Left out {refusal.file}: {refusal.reason}")
        training, held_out = split(body.works, share=request.held_out, seed=request.seed)
        self._prepare(1)
        base = load_diffusion_base(request.base, request.models_dir)
        others = [read_other(folder, request.models_dir) for folder in request.others]
        others += [everybody] if everybody is not None else []
        self._prepare(2)
        model = self._name(body)
        trained, size = self._train(base, model, training, held_out)
        report = self._measured(base, model, trained, training, held_out, body, others)
        return self._write(base, trained, size, report, training, held_out, body)

    def _prepare(self, step: int) -> None:
        if self._request.cancelled():
            raise RunCancelledError("The run was stopped before training began.")
        self._reporter.progress(ProgressEvent(phase="preparing", step=step, steps=2))

    def _name(self, body: BodyOfPictures) -> str:
        folder = "" if self._request.works == "-" else Path(self._request.works).resolve().name
        return model_slug(self._request.name or body.author or folder)

    def _train(
        self, base: DiffusionBase, model: str, training: Sequence[ImageWork], held_out: Sequence[ImageWork]
    ) -> tuple[TrainedLora, dict[str, int | float | str]]:
        folder = self._request.out / CHECKPOINT
        if not self._request.resume:
            shutil.rmtree(folder, ignore_errors=True)
        facts = {
            "works": [work.sha256 for work in (*training, *held_out)],
            "settings": dataclasses.asdict(self._settings),
            "seed": self._request.seed,
            "base": base.sha256,
            "model": model,
        }
        with fresh_lora(base, seed=self._request.seed):
            trainer = DiffusionTrainer(
                base,
                self._settings,
                seed=self._request.seed,
                folder=folder,
                fingerprint=hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest(),
                reporter=self._reporter,
                cancelled=self._request.cancelled,
            )
            trained = trainer.run(
                examples(base, training, model),
                examples(base, held_out, model),
                resume=self._request.resume,
                max_minutes=self._request.max_minutes,
            )
            return trained, lora_size(base)

    def _measured(
        self,
        base: DiffusionBase,
        model: str,
        trained: TrainedLora,
        training: Sequence[ImageWork],
        held_out: Sequence[ImageWork],
        body: BodyOfPictures,
        others: Sequence[OtherArtist],
    ) -> Report:
        subject = DiffusionSubject(
            model=model,
            tensors=trained.tensors,
            training=tuple(training),
            held_out=tuple(held_out),
            refused=body.refused,
            curve=trained.curve,
            loss_ratio=trained.loss / trained.base_loss,
        )
        gate = DiffusionGate(
            base,
            subject,
            models_dir=self._request.models_dir,
            steps=STEPS,
            reporter=self._reporter,
            cancelled=self._request.cancelled,
        )
        return gate.report(others, seed=self._request.seed)

    def _write(
        self,
        base: DiffusionBase,
        trained: TrainedLora,
        size: dict[str, int | float | str],
        report: Report,
        training: Sequence[ImageWork],
        held_out: Sequence[ImageWork],
        body: BodyOfPictures,
    ) -> TrainResult:
        out = self._request.out
        manifest = Manifest(
            format=FORMAT,
            modality="image",
            model=report.model,
            base=base.name,
            base_sha256=base.sha256,
            unit="pixels",
            works=(*papers_of(training, held_out=False), *papers_of(held_out, held_out=True)),
            hyperparameters={**dataclasses.asdict(self._settings), **size, "steps": trained.steps},
            seed=self._request.seed,
            software={
                "oeuvre-studio": FORMAT,
                "diffusers": diffusers.__version__,
                "peft": peft.__version__,
                "torch": torch.__version__,
            },
            report=ReportSummary(status=report.status, bars=report.bars),
        )
        card = Card(
            format=FORMAT,
            name=report.model,
            modality="image",
            base=base.name,
            base_licence="see the base's own card",
            kind=usual_kind(body.works),
            summary=f"Draws in the manner of {len(training)} works by one artist.",
            intended_use="Pictures in the artist's manner, under the artist's terms.",
            limits=LIMITS,
        )
        version = write_version(
            out,
            adapter=trained.tensors,
            credit=self._credit(training),
            manifest=manifest,
            card=card,
            key=signing_key(self._request.signing_key, self._request.models_dir),
        )
        (out / "report.json").write_bytes(canonical_json(dump(report)))
        write_report(out, report, Page(measures=MEASURES, samples="What it draws"), version=version)
        shutil.rmtree(out / CHECKPOINT, ignore_errors=True)
        return TrainResult(
            version=version,
            dir=str(out),
            status=report.status,
            seconds=0.0,
            works=len(body.works),
            held_out=len(held_out),
            refused=body.refused,
            steps=trained.steps,
            bars=report.bars,
        )

    def _credit(self, training: Sequence[ImageWork]) -> dict[str, Tensor]:
        vectors = np.stack([one.vector for one in describe([w.picture for w in training], self._request.models_dir)])
        return {"descriptors": torch.from_numpy(vectors)}
