"""A training run from works to a signed version: prepare, train, evaluate, write."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
import sys
from collections import Counter
from pathlib import Path

import safetensors
import tokenizers
import torch
import transformers
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from oeuvre_studio.artifacts import signing_key, write_version
from oeuvre_studio.errors import RunCancelledError, WorksUnusableError
from oeuvre_studio.modalities import TrainRequest
from oeuvre_studio.progress import Reporter
from oeuvre_studio.protocol import (
    FORMAT,
    Card,
    Manifest,
    ManifestWork,
    ProgressEvent,
    Report,
    ReportSummary,
    TrainResult,
    canonical_json,
    dump,
    model_slug,
)
from oeuvre_studio.report import write_report
from oeuvre_studio.text.base import DEFAULT_BASE, Base, load_base
from oeuvre_studio.text.canaries import Canary, make_canaries
from oeuvre_studio.text.credit import CreditIndex, build_index
from oeuvre_studio.text.dataset import Example, PairMaker, Passage, Rows, make_example, pack, passages_of, split_by_work
from oeuvre_studio.text.embeddings import load_embedder
from oeuvre_studio.text.gate import PASSAGE_TOKENS, Gate, Subject, read_other
from oeuvre_studio.text.lora import Adapter
from oeuvre_studio.text.measures.near_duplicates import open_index
from oeuvre_studio.text.options import TrainOptions
from oeuvre_studio.text.report_page import report_page
from oeuvre_studio.text.samples import credited_passages
from oeuvre_studio.text.train import Trained, Trainer, TrainSettings
from oeuvre_studio.text.works import BodyOfWork, read_folder, read_lines

CHECKPOINT = "checkpoint"
LIMITS = (
    "A small model: it catches an author's manner, not facts. Names, figures and claims in its outputs are made up"
    " until checked. Credit per work is an estimate."
)


@dataclasses.dataclass(frozen=True)
class Prepared:
    """What the loop and the gate need, made from the works."""

    body: BodyOfWork
    training: tuple[int, ...]
    held_out: tuple[int, ...]
    passages: list[Passage]
    canaries: tuple[Canary, ...]
    examples: list[Example]
    held_out_examples: list[Example]
    rows: Rows
    held_out_rows: Rows


def prepare(
    base: Base, body: BodyOfWork, *, training: list[int], held_out: list[int], canaries: int, seed: int, length: int
) -> Prepared:
    """Rows to train on and to measure, from works that were split.

    Raises:
        WorksUnusableError: the held-out works hold no text.
    """
    passages = passages_of(body.works, training, base.tokenizer, PASSAGE_TOKENS)
    pairs = PairMaker(body.works, passages, base.tokenizer)
    planted = tuple(make_canaries(canaries, seed=seed))
    examples = [pairs.example(passage, length=length) for passage in passages]
    examples += [make_example(base.tokenizer, canary.instruction, canary.text, work=-1) for canary in planted]
    held = passages_of(body.works, held_out, base.tokenizer, PASSAGE_TOKENS)
    measured = [pairs.example(passage, length=length) for passage in held]
    if not measured:
        raise WorksUnusableError("The held-out works hold no text to measure on. Add works.")
    return Prepared(
        body=body,
        training=tuple(training),
        held_out=tuple(held_out),
        passages=passages,
        canaries=planted,
        examples=examples,
        held_out_examples=measured,
        rows=pack(examples, length=length),
        held_out_rows=pack(measured, length=length),
    )


class TrainingRun:
    """One run. Deterministic: works, settings, seed and base decide every byte of the version."""

    def __init__(
        self, request: TrainRequest, options: TrainOptions, settings: TrainSettings, reporter: Reporter
    ) -> None:
        self._request = request
        self._options = options
        self._settings = settings
        self._reporter = reporter

    def run(self) -> TrainResult:
        """Do all of it.

        Raises:
            WorksUnusableError: fewer than two works can be used.
            RunCancelledError: asked to stop; ``--resume`` goes on.
            ModelUnavailableError: a base model was not pulled.
            OthersIndexError: the index of others' works or its key cannot be used.
        """
        request = self._request
        self._prepare_step(0)
        index = open_index(self._options.others_index, self._options.others_key)
        body = read_lines(sys.stdin) if request.works == "-" else read_folder(Path(request.works))
        for refusal in body.refused:
            self._reporter.say(f"Left out {refusal.file}: {refusal.reason}")
        split = split_by_work(body.works, share=request.held_out, seed=request.seed)
        key = signing_key(request.signing_key, request.models_dir)
        embedder = load_embedder(request.models_dir)
        base = load_base(request.base or DEFAULT_BASE, request.models_dir)
        others = [read_other(folder, base_sha256=base.sha256) for folder in request.others]
        self._prepare_step(1)
        prepared = prepare(
            base,
            body,
            training=split[0],
            held_out=split[1],
            canaries=self._options.canaries,
            seed=request.seed,
            length=self._settings.length,
        )
        self._prepare_step(2)
        trained = self._train(base, prepared)
        adapter = trained.adapter.to(torch.bfloat16)  # what is measured is what is published
        passages = credited_passages(prepared.passages, prepared.training)
        credit = build_index(embedder, [[passage.text for passage in work] for work in passages])
        subject = Subject(
            model=self._name(body),
            kind=_usual_kind(body),
            adapter=adapter,
            works=body.works,
            training=prepared.training,
            held_out=prepared.held_out,
            credit=credit,
            manifest_works=_manifest_works(body, prepared.training, held_out=False),
            canaries=prepared.canaries,
            curve=tuple(trained.curve),
            refused=body.refused,
        )
        gate = Gate(base, embedder, subject, others_index=index, reporter=self._reporter, cancelled=request.cancelled)
        report = gate.report(others, seed=request.seed)
        manifest = self._manifest(base, prepared, trained, report)
        return self._write(base, subject, manifest, report, adapter, credit, key)

    def _prepare_step(self, step: int) -> None:
        if self._request.cancelled():
            raise RunCancelledError("The run was stopped before training began.")
        self._reporter.progress(ProgressEvent(phase="preparing", step=step, steps=2))

    def _name(self, body: BodyOfWork) -> str:
        folder = "" if self._request.works == "-" else Path(self._request.works).resolve().name
        return model_slug(self._request.name or body.author or folder)

    def _train(self, base: Base, prepared: Prepared) -> Trained:
        folder = self._request.out / CHECKPOINT
        if not self._request.resume:
            shutil.rmtree(folder, ignore_errors=True)
        trainer = Trainer(
            base,
            self._settings,
            seed=self._request.seed,
            folder=folder,
            fingerprint=self._fingerprint(base, prepared),
            reporter=self._reporter,
            cancelled=self._request.cancelled,
        )
        return trainer.run(
            prepared.rows,
            prepared.held_out_rows,
            resume=self._request.resume,
            max_minutes=self._request.max_minutes,
        )

    def _fingerprint(self, base: Base, prepared: Prepared) -> str:
        """What has to be the same for a checkpoint to be this run's."""
        facts = {
            "works": [work.sha256 for work in prepared.body.works],
            "held_out": prepared.held_out,
            "settings": dataclasses.asdict(self._settings),
            "seed": self._request.seed,
            "canaries": self._options.canaries,
            "base": base.sha256,
        }
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

    def _manifest(self, base: Base, prepared: Prepared, trained: Trained, report: Report) -> Manifest:
        return Manifest(
            format=FORMAT,
            modality="text",
            model=report.model,
            base=base.name,
            base_sha256=base.sha256,
            unit="words",
            works=(
                *_manifest_works(prepared.body, prepared.training, held_out=False),
                *_manifest_works(prepared.body, prepared.held_out, held_out=True),
            ),
            hyperparameters={
                **dataclasses.asdict(self._settings),
                "steps": trained.steps,
                "canaries": self._options.canaries,
                "canary_seed": self._request.seed,
            },
            seed=self._request.seed,
            software={
                "oeuvre-studio": FORMAT,
                "torch": torch.__version__,
                "transformers": transformers.__version__,
                "tokenizers": tokenizers.__version__,
                "safetensors": safetensors.__version__,
            },
            report=ReportSummary(status=report.status, bars=report.bars),
        )

    def _write(
        self,
        base: Base,
        subject: Subject,
        manifest: Manifest,
        report: Report,
        adapter: Adapter,
        credit: CreditIndex,
        key: Ed25519PrivateKey,
    ) -> TrainResult:
        out = self._request.out
        card = Card(
            format=FORMAT,
            name=subject.model,
            modality="text",
            base=base.name,
            base_licence=base.licence,
            kind=subject.kind,
            summary=f"Writes in the manner of {len(subject.training)} works by one author.",
            intended_use="Drafts in the author's manner, under the author's terms.",
            limits=LIMITS,
        )
        version = write_version(
            out, adapter=adapter.tensors(), credit=credit.tensors(), manifest=manifest, card=card, key=key
        )
        (out / "report.json").write_bytes(canonical_json(dump(report)))
        write_report(out, report, report_page(report), version=version)
        shutil.rmtree(out / CHECKPOINT, ignore_errors=True)
        return TrainResult(
            version=version,
            dir=str(out),
            status=report.status,
            seconds=0.0,
            works=len(subject.works),
            held_out=len(subject.held_out),
            refused=subject.refused,
            steps=int(manifest.hyperparameters["steps"]),
            bars=report.bars,
        )


def _usual_kind(body: BodyOfWork) -> str:
    """What most of the works are; the first in alphabetical order where several are equally common."""
    counts = Counter(work.kind for work in body.works)
    return min(counts, key=lambda kind: (-counts[kind], kind))


def _manifest_works(body: BodyOfWork, indices: tuple[int, ...], *, held_out: bool) -> tuple[ManifestWork, ...]:
    return tuple(
        ManifestWork(
            sha256=work.sha256,
            file=work.file,
            title=work.title,
            kind=work.kind,
            rights=work.rights,
            size=work.words,
            held_out=held_out,
        )
        for work in (body.works[index] for index in indices)
    )
