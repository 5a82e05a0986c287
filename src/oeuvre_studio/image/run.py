"""A training run over pictures, from works to a signed version: read, describe, evaluate, write.

Nothing is fitted, so that there is no checkpoint: a run that was stopped starts again, and gives the same version.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numba
import numpy as np
import PIL
import scipy
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from oeuvre_studio.artifacts import signing_key, write_version
from oeuvre_studio.errors import RunCancelledError, WorksUnusableError
from oeuvre_studio.image.checks import only_fit
from oeuvre_studio.image.descriptors import describe
from oeuvre_studio.image.gate import Gate, Subject
from oeuvre_studio.image.index import EDGES, MOST_BYTES, KeptWork, Portfolio, kept
from oeuvre_studio.image.options import TrainOptions
from oeuvre_studio.image.others import read_everybody, read_other
from oeuvre_studio.image.painter import Painter
from oeuvre_studio.image.report_page import report_page
from oeuvre_studio.image.works import BodyOfPictures, ImageWork, read_folder, read_lines
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
from oeuvre_studio.text.embeddings import load_embedder

LIMITS = (
    "It draws with what the works show and with nothing else: a subject that no work has cannot be had. Photos as guides"
    " come out coarse."
)
STEPS = 3


class TrainingRun:
    """One run. Works, seed and settings decide every byte of the version but the times it measured."""

    def __init__(self, request: TrainRequest, options: TrainOptions, reporter: Reporter) -> None:
        self._request = request
        self._options = options
        self._reporter = reporter

    def run(self) -> TrainResult:
        """Do all of it.

        Raises:
            WorksUnusableError: fewer than two works can be used.
            RunCancelledError: asked to stop.
            ModelUnavailableError: a network was not pulled.
            OthersIndexError: the index of others' works or its key cannot be used.
        """
        request = self._request
        self._step(0)
        everybody = read_everybody(self._options.others_index, self._options.others_key)
        brought = read_lines(sys.stdin) if request.works == "-" else read_folder(Path(request.works))
        body = only_fit(brought, request.models_dir)
        for refusal in body.refused:
            self._reporter.say(f"Left out {refusal.file}: {refusal.reason}")
        training, held_out = split(body.works, share=request.held_out, seed=request.seed)
        key = signing_key(request.signing_key, request.models_dir)
        self._step(1)
        others = [read_other(folder, request.models_dir) for folder in request.others]
        others += [everybody] if everybody is not None else []
        self._step(2)
        held, edge = kept(training)
        portfolio = self.described(held, training)
        painter = Painter(portfolio, load_embedder(request.models_dir))
        self._step(3)
        note = (
            f"The works together are larger than {MOST_BYTES // 2**20} MiB: they are kept at {edge} pixels at most."
            if edge
            else ""
        )
        subject = Subject(
            self._name(body), painter, tuple(held_out), body.refused, tuple(text for text in (note,) if text)
        )
        gate = Gate(subject, models_dir=request.models_dir, reporter=self._reporter, cancelled=request.cancelled)
        report = gate.report(others, seed=request.seed)
        manifest = self._manifest(report, training, held_out, edge)
        return self._write(body, portfolio, manifest, report, key)

    def described(self, held: Sequence[KeptWork], works: Sequence[ImageWork]) -> Portfolio:
        """The works with what their words mean and how they look."""
        embedder = load_embedder(self._request.models_dir)
        embeddings = embedder.embed([work.words for work in held]).numpy().astype(np.float32)
        found = describe([work.picture for work in works], self._request.models_dir)
        vectors = np.stack([one.vector for one in found])
        whole = Portfolio(tuple(held), embeddings, vectors, tuple(one.hash for one in found))
        return Portfolio.from_tensors(whole.adapter(), whole.credit())  # as a reader of the version will see it

    def _step(self, step: int) -> None:
        if self._request.cancelled():
            raise RunCancelledError("The run was stopped while it read the works.")
        self._reporter.progress(ProgressEvent(phase="preparing", step=step, steps=STEPS))

    def _name(self, body: BodyOfPictures) -> str:
        folder = "" if self._request.works == "-" else Path(self._request.works).resolve().name
        return model_slug(self._request.name or body.author or folder)

    def _manifest(
        self, report: Report, training: Sequence[ImageWork], held_out: Sequence[ImageWork], edge: int | None
    ) -> Manifest:
        return Manifest(
            format=FORMAT,
            modality="image",
            model=report.model,
            base="",
            base_sha256="",
            unit="pixels",
            works=(*papers_of(training, held_out=False), *papers_of(held_out, held_out=True)),
            hyperparameters={"largest_edge": edge or 0, "edges": ",".join(map(str, EDGES))},
            seed=self._request.seed,
            software={
                "oeuvre-studio": FORMAT,
                "numba": numba.__version__,
                "numpy": np.__version__,
                "pillow": PIL.__version__,
                "scipy": scipy.__version__,
            },
            report=ReportSummary(status=report.status, bars=report.bars),
        )

    def _write(
        self, body: BodyOfPictures, portfolio: Portfolio, manifest: Manifest, report: Report, key: Ed25519PrivateKey
    ) -> TrainResult:
        out = self._request.out
        count = len(portfolio.works)
        card = Card(
            format=FORMAT,
            name=report.model,
            modality="image",
            base="",
            base_licence="",
            kind=usual_kind(body.works),
            summary=f"Draws with the pixels of {count} works by one artist, and says which pixel is whose.",
            intended_use="Variations, new sizes, patterns and arrangements of the artist's works, under the artist's terms.",
            limits=LIMITS,
        )
        version = write_version(
            out, adapter=portfolio.adapter(), credit=portfolio.credit(), manifest=manifest, card=card, key=key
        )
        (out / "report.json").write_bytes(canonical_json(dump(report)))
        write_report(out, report, report_page(report), version=version)
        return TrainResult(
            version=version,
            dir=str(out),
            status=report.status,
            seconds=0.0,
            works=len(body.works),
            held_out=len(body.works) - count,
            refused=body.refused,
            steps=STEPS,
            bars=report.bars,
        )


def split(works: Sequence[ImageWork], *, share: float, seed: int) -> tuple[list[ImageWork], list[ImageWork]]:
    """Works to draw with and works held out, at least one of each, in the works' order.

    Raises:
        WorksUnusableError: there are fewer than two.
    """
    if len(works) < 2:
        raise WorksUnusableError(
            f"Two usable pictures are needed, one of them held out to measure on; {len(works)} was found."
        )
    order = list(range(len(works)))
    random.Random(seed).shuffle(order)  # noqa: S311 - a reproducible split, nothing secret
    held = set(order[: min(max(round(share * len(works)), 1), len(works) - 1)])
    return [work for n, work in enumerate(works) if n not in held], [works[n] for n in sorted(held)]


def papers_of(works: Sequence[ImageWork], *, held_out: bool) -> list[ManifestWork]:
    """Works as a manifest lists them."""
    return [
        ManifestWork(work.sha256, work.file, work.title, work.kind, work.rights, work.pixels, held_out)
        for work in works
    ]


def usual_kind(works: Sequence[ImageWork]) -> str:
    """What most of the works are; the first in alphabetical order where several are equally common."""
    counts = Counter(work.kind for work in works)
    return min(counts, key=lambda kind: (-counts[kind], kind))
