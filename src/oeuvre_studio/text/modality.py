"""Text, as the command line sees it: works → dataset → train → evaluate → generate."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

from oeuvre_studio.errors import WorksUnusableError
from oeuvre_studio.modalities import EvaluateRequest, GenerateRequest, TrainRequest, read_options
from oeuvre_studio.progress import Reporter
from oeuvre_studio.protocol import Manifest, Report, TrainResult
from oeuvre_studio.text.base import load_base
from oeuvre_studio.text.canaries import Canary, make_canaries
from oeuvre_studio.text.credit import CreditIndex
from oeuvre_studio.text.embeddings import load_embedder
from oeuvre_studio.text.gate import Gate, Subject, adapter_of, read_other
from oeuvre_studio.text.generate import Author
from oeuvre_studio.text.measures.near_duplicates import open_index
from oeuvre_studio.text.options import EvaluateOptions, TrainOptions
from oeuvre_studio.text.run import TrainingRun
from oeuvre_studio.text.sampling import Sampling
from oeuvre_studio.text.train import TrainSettings
from oeuvre_studio.text.works import read_folder


class TextModality:
    """LoRA versions of a causal language model."""

    makes_files = False

    def train(self, request: TrainRequest, reporter: Reporter) -> TrainResult:
        """See `TrainingRun`."""
        started = time.monotonic()
        options = read_options(TrainOptions, request.options, modality="text")
        run = TrainingRun(request, options, TrainSettings(max_steps=options.max_steps), reporter)
        result = run.run()
        return dataclasses.replace(result, seconds=round(time.monotonic() - started, 1))

    def evaluate(self, request: EvaluateRequest, reporter: Reporter) -> Report:
        """The gate over a finished version: held out are the works it was not trained on.

        Raises:
            WorksUnusableError: every given work was trained on, or none was.
            OthersIndexError: the index of others' works or its key cannot be used.
        """
        manifest = request.version.manifest
        options = read_options(EvaluateOptions, request.options, modality="text")
        index = open_index(options.others_index, options.others_key)
        base = load_base(request.base or manifest.base, request.models_dir)
        base_checked = base.fit(adapter_of(request.version))  # a clear refusal before the long part
        body = read_folder(request.works)
        trained_on = {work.sha256 for work in manifest.works if not work.held_out}
        training = tuple(i for i, work in enumerate(body.works) if work.sha256 in trained_on)
        held_out = tuple(i for i, work in enumerate(body.works) if work.sha256 not in trained_on)
        if not held_out or not training:
            raise WorksUnusableError(
                "Give the folder the version was trained from: works it has seen, to look for copies, and works it"
                " has not seen, to measure it on."
            )
        credit = CreditIndex.from_tensors(request.version.credit)
        subject = Subject(
            model=manifest.model,
            kind=request.version.card.kind,
            adapter=base_checked,
            works=body.works,
            training=training,
            held_out=held_out,
            credit=credit,
            manifest_works=tuple(work for work in manifest.works if not work.held_out),
            canaries=planted(manifest) if options.canaries else (),
            refused=body.refused,
        )
        others = [read_other(folder, base_sha256=base.sha256) for folder in request.others]
        embedder = load_embedder(request.models_dir)
        gate = Gate(base, embedder, subject, others_index=index, reporter=reporter, cancelled=request.cancelled)
        return gate.report(others, seed=request.seed)

    def generate(self, request: GenerateRequest) -> list[dict[str, Any]]:
        """Texts with their seeds, ends and estimated credit."""
        base = load_base(request.base or request.version.manifest.base, request.models_dir)
        author = Author(base, load_embedder(request.models_dir), request.version)
        sampling = read_options(Sampling, request.options, modality="text")
        return [author.write(request.prompt, sampling, seed=request.seed + i) for i in range(request.n)]


def planted(manifest: Manifest) -> tuple[Canary, ...]:
    """The canaries that a version was trained with."""
    count, seed = (int(manifest.hyperparameters.get(name, 0)) for name in ("canaries", "canary_seed"))
    return tuple(make_canaries(count, seed=seed))


TEXT = TextModality()
