"""Images, as the command line sees them: works → version → evaluate → generate."""

from __future__ import annotations

import collections
import dataclasses
import pkgutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from oeuvre_studio.artifacts import LoadedVersion
from oeuvre_studio.errors import WorksUnusableError
from oeuvre_studio.image.checks import Checks
from oeuvre_studio.image.designing import DESIGN, as_design, designed
from oeuvre_studio.image.gate import Gate, Subject
from oeuvre_studio.image.options import EvaluateOptions, GenerateOptions, TrainOptions
from oeuvre_studio.image.others import read_everybody, read_other
from oeuvre_studio.image.painter import Painter
from oeuvre_studio.image.run import TrainingRun
from oeuvre_studio.image.works import read_folder
from oeuvre_studio.modalities import EvaluateRequest, GenerateRequest, TrainRequest, read_options
from oeuvre_studio.progress import Reporter
from oeuvre_studio.protocol import Report, TrainResult
from oeuvre_studio.text.embeddings import Embedder, load_embedder

KEPT = 3
"""Versions whose works stay decoded."""


class ImageModality:
    """Versions that draw with an artist's own pixels."""

    makes_files = True

    def __init__(self) -> None:
        self._painters: collections.OrderedDict[str, Painter] = collections.OrderedDict()
        self._embedders: dict[Path, Embedder] = {}
        self._lock = threading.RLock()

    def train(self, request: TrainRequest, reporter: Reporter) -> TrainResult:
        """See `TrainingRun`."""
        started = time.monotonic()
        options = read_options(TrainOptions, request.options, modality="image")
        if request.base is not None:
            result: TrainResult = _diffusion("train")(request, options, reporter)
        else:
            result = TrainingRun(request, options, reporter).run()
        return dataclasses.replace(result, seconds=round(time.monotonic() - started, 1))

    def evaluate(self, request: EvaluateRequest, reporter: Reporter) -> Report:
        """The gate over a finished version: held out are the works it does not hold.

        Raises:
            WorksUnusableError: the version holds every given work.
            OthersIndexError: the index of others' works or its key cannot be used.
        """
        options = read_options(EvaluateOptions, request.options, modality="image")
        if request.version.manifest.base:
            evaluated: Report = _diffusion("evaluate")(request, options, reporter)
            return evaluated
        everybody = read_everybody(options.others_index, options.others_key)
        body = read_folder(request.works)
        painter = self._painter(request.version, request.models_dir)
        held = {work.sha256 for work in painter.portfolio.works}
        unseen = tuple(work for work in body.works if work.sha256 not in held)
        if not unseen:
            raise WorksUnusableError("Give works that the version does not hold, to measure it on.")
        others = [read_other(folder, request.models_dir) for folder in request.others]
        others += [everybody] if everybody is not None else []
        subject = Subject(request.version.manifest.model, painter, unseen, body.refused)
        gate = Gate(subject, models_dir=request.models_dir, reporter=reporter, cancelled=request.cancelled)
        return gate.report(others, seed=request.seed)

    def generate(self, request: GenerateRequest) -> list[dict[str, Any]]:
        """Pictures as files, each with its seed and the exact share of every work in it.

        Raises:
            UsageError: an option is unknown, or is not what it can be.
            TopicRefusedError, PictureUnfitError, CopiesOthersError: see `Checks`.
        """
        checks, request = Checks.of(request)
        checks.words(request, lambda texts: self._embedder(request.models_dir).embed(texts).numpy())
        checks.brought(request.options)
        outputs = self._made(request)
        checks.made(outputs)
        return outputs

    def _made(self, request: GenerateRequest) -> list[dict[str, Any]]:
        if request.version.manifest.base:
            drawn: list[dict[str, Any]] = _diffusion("generate")(request)
            return drawn
        painter = self._painter(request.version, request.models_dir)
        request = as_design(request)
        if request.options.get("mode") == DESIGN:
            return designed(painter.portfolio, request, painter.embed)
        options = read_options(GenerateOptions, request.options, modality="image")
        return painter.outputs(request.prompt, options, n=request.n, seed=request.seed)

    def _painter(self, version: LoadedVersion, models_dir: Path) -> Painter:
        with self._lock:
            if version.name in self._painters:
                self._painters.move_to_end(version.name)
                return self._painters[version.name]
            painter = self._painters[version.name] = Painter.of(version, self._embedder(models_dir))
            while len(self._painters) > KEPT:
                self._painters.popitem(last=False)
            return painter

    def _embedder(self, models_dir: Path) -> Embedder:
        with self._lock:
            if models_dir not in self._embedders:
                self._embedders[models_dir] = load_embedder(models_dir)
            return self._embedders[models_dir]


def _diffusion(name: str) -> Callable[..., Any]:
    """A function of what draws over a diffusion base, which most installations have no use for."""
    found: Callable[..., Any] = pkgutil.resolve_name(f"oeuvre_studio.image.diffusion.modality:{name}")
    return found


IMAGE = ImageModality()
