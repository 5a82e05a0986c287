"""A training run from recordings to a signed version: prepare, fit, evaluate, write."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import json
import random
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import torch

from oeuvre_studio.artifacts import signing_key, write_version
from oeuvre_studio.errors import RunCancelledError, UsageError, WorksUnusableError
from oeuvre_studio.modalities import TrainRequest
from oeuvre_studio.progress import Reporter, Stopwatch
from oeuvre_studio.protocol import (
    FORMAT,
    Card,
    Consent,
    Manifest,
    ManifestWork,
    ProgressEvent,
    Report,
    ReportSummary,
    TrainResult,
    canonical_json,
    dump,
    model_slug,
    voice_source,
)
from oeuvre_studio.report import write_report
from oeuvre_studio.voice.credit import credit_of
from oeuvre_studio.voice.encoders import load_encoder_a
from oeuvre_studio.voice.files import KOKORO
from oeuvre_studio.voice.fit import FitSettings
from oeuvre_studio.voice.fitting import FittedVoice, Fitting
from oeuvre_studio.voice.gate import Gate, Other, Subject, read_other
from oeuvre_studio.voice.hearing import Listener, load_listener
from oeuvre_studio.voice.inspection import load_inspector
from oeuvre_studio.voice.kokoro import LICENCE, load_kokoro
from oeuvre_studio.voice.languages import Language, language, language_spoken
from oeuvre_studio.voice.options import TrainOptions, read_consents
from oeuvre_studio.voice.others import OthersIndex, open_index
from oeuvre_studio.voice.recordings import BodyOfVoice, Recording, read_folder, read_lines
from oeuvre_studio.voice.report_page import report_page
from oeuvre_studio.voice.tone import ToneSettings

CHECKPOINT = "checkpoint"
LEAST_WORKS = 4
LEAST_SPEECH = 30.0
"""Seconds of speech to fit to; with less, the vectors of single recordings outweigh the voice."""
LISTENED = 5
"""Recordings that tell the language."""

LIMITS = (
    "Reads in the manner of the recordings; it is not the person and is not taken for them by a listener who knows them."
    " It has one mood, may stress names wrongly, and says whatever it is given."
)


def split(works: Sequence[Recording], *, share: float, seed: int) -> tuple[list[Recording], list[Recording]]:
    """Recordings to fit to, and those held out: about ``share`` of the speech, one at least, in a stable order.

    Raises:
        WorksUnusableError: too few recordings, or too little speech.
    """
    speech = sum(work.speech for work in works)
    if len(works) < LEAST_WORKS or speech < LEAST_SPEECH:
        raise WorksUnusableError(
            f"{len(works)} usable recordings with {speech:.0f} s of speech; at least {LEAST_WORKS} and"
            f" {LEAST_SPEECH:.0f} s are needed, and some minutes are better. Add recordings."
        )
    order = sorted(range(len(works)), key=lambda i: works[i].sha256)
    random.Random(seed).shuffle(order)  # noqa: S311  (a reproducible split)
    held_out: set[int] = set()
    for index in order:
        if held_out and sum(works[i].speech for i in held_out) >= share * speech:
            break
        if len(held_out) < len(works) - 2:
            held_out.add(index)
    return [w for i, w in enumerate(works) if i not in held_out], [w for i, w in enumerate(works) if i in held_out]


@dataclasses.dataclass(frozen=True)
class _Prepared:
    body: BodyOfVoice
    training: list[Recording]
    held_out: list[Recording]
    language: Language
    others: list[Other]
    index: OthersIndex | None
    consents: tuple[Consent, ...]


class TrainingRun:
    """One run. Deterministic: recordings, settings, seed and base decide every byte of the version but its measured seconds."""

    def __init__(
        self,
        request: TrainRequest,
        options: TrainOptions,
        settings: FitSettings,
        tone: ToneSettings,
        reporter: Reporter,
    ) -> None:
        self._request = request
        self._options = options
        self._settings = settings
        self._tone_settings = tone
        self._reporter = reporter
        self._watch = Stopwatch()

    def run(self) -> TrainResult:
        """Do all of it.

        Raises:
            UsageError: an option is not what it should be, or the recordings are in a language that voices do not read.
            WorksUnusableError: too few recordings can be used.
            RunCancelledError: asked to stop; ``--resume`` goes on.
            ModelUnavailableError: a model was not pulled.
        """
        request = self._request
        if request.base not in (None, KOKORO):
            raise UsageError(f"Voices are made over {KOKORO} only. Leave --base out.")
        self._prepare_step(0)
        prepared = self._prepare()
        key = signing_key(request.signing_key, request.models_dir)
        self._prepare_step(1)
        voice, subject = self._fit(prepared)
        gate = Gate(
            subject,
            request.models_dir,
            reporter=self._reporter,
            cancelled=request.cancelled,
            others_index=prepared.index,
        )
        report = gate.report(prepared.others)
        manifest = self._manifest(prepared, voice, subject, report)
        card = Card(
            format=FORMAT,
            name=subject.model,
            modality="voice",
            base=KOKORO,
            base_licence=LICENCE,
            kind=_usual_kind(prepared.body),
            summary=_summary(subject, voice_source(prepared.consents)),
            intended_use="Reading texts aloud under the person's terms, said to be made by a machine.",
            limits=LIMITS,
        )
        adapter = {"pack": torch.from_numpy(subject.pack), "coordinates": torch.from_numpy(voice.fitted.coordinates)}
        if subject.tone is not None:
            adapter["tone"] = torch.from_numpy(subject.tone)
        credit = {
            "vectors": torch.from_numpy(subject.credit.vectors),
            "seconds": torch.from_numpy(subject.credit.seconds),
        }
        version = write_version(request.out, adapter=adapter, credit=credit, manifest=manifest, card=card, key=key)
        (request.out / "report.json").write_bytes(canonical_json(dump(report)))
        write_report(request.out, report, report_page(report), version=version)
        shutil.rmtree(request.out / CHECKPOINT, ignore_errors=True)
        return TrainResult(
            version=version,
            dir=str(request.out),
            status=report.status,
            seconds=0.0,
            works=len(prepared.body.works),
            held_out=len(prepared.held_out),
            refused=prepared.body.refused,
            steps=voice.fitted.steps + voice.tone.steps,
            bars=report.bars,
        )

    def _prepare_step(self, step: int) -> None:
        if self._request.cancelled():
            raise RunCancelledError("The run was stopped before training began.")
        self._reporter.progress(ProgressEvent(phase="preparing", step=step, steps=1))

    def _prepare(self) -> _Prepared:
        request = self._request
        index = open_index(self._options.others_index, self._options.others_key)
        consents = read_consents(self._options.consents)
        inspector = load_inspector(request.models_dir)
        works = request.works
        body = read_lines(sys.stdin, inspector) if works == "-" else read_folder(Path(works), inspector)
        for refusal in body.refused:
            self._reporter.say(f"Left out {refusal.file}: {refusal.reason}")
        training, held_out = split(body.works, share=request.held_out, seed=request.seed)
        spoken = self._language(body, consents)
        others = [read_other(folder, request.models_dir) for folder in request.others]
        return _Prepared(body, training, held_out, spoken, others, index, consents)

    def _language(self, body: BodyOfVoice, consents: Sequence[Consent]) -> Language:
        code = self._options.language or body.language
        if code:
            return language(code)
        listener = load_listener(self._request.models_dir)
        heard = heard_language(body.works, listener)
        found = language_spoken(heard, (str(one.checks.get("language", "")) for one in consents))
        if found is None:
            raise UsageError(
                f"The recordings sound like {heard!r}, which voices do not read. Say --language if it is another."
            )
        self._reporter.say(f"The recordings are taken to be in {found.name}. Say --language if they are not.")
        return found

    def _fit(self, prepared: _Prepared) -> tuple[FittedVoice, Subject]:
        request = self._request
        works, encoder = prepared.training, load_encoder_a(request.models_dir)
        fingerprint = self._fingerprint(prepared, load_kokoro(request.models_dir, threads=1).sha256)
        voice = Fitting(request, self._settings, self._tone_settings, prepared.language, self._reporter).run(
            [work.samples for work in works], folder=request.out / CHECKPOINT, fingerprint=fingerprint
        )
        subject = Subject(
            model=self._name(prepared.body),
            language=prepared.language,
            start_voice=voice.start_voice,
            pack=voice.pack,
            tone=voice.tone.tone,
            training=tuple(works),
            held_out=tuple(prepared.held_out),
            credit=credit_of(works, _listed(works, held_out=False), encoder),
            curve=voice.fitted.curve,
            refused=prepared.body.refused,
        )
        return voice, subject

    def _name(self, body: BodyOfVoice) -> str:
        folder = "" if self._request.works == "-" else Path(self._request.works).resolve().name
        return model_slug(self._request.name or body.author or folder)

    def _fingerprint(self, prepared: _Prepared, base_sha256: str) -> str:
        """What has to be the same for a checkpoint to be this run's."""
        facts = {
            "training": [work.sha256 for work in prepared.training],
            "language": prepared.language.code,
            "settings": {**dataclasses.asdict(self._settings), **dataclasses.asdict(self._tone_settings)},
            "seed": self._request.seed,
            "base": base_sha256,
        }
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

    def _manifest(self, prepared: _Prepared, voice: FittedVoice, subject: Subject, report: Report) -> Manifest:
        return Manifest(
            format=FORMAT,
            modality="voice",
            model=subject.model,
            base=KOKORO,
            base_sha256=load_kokoro(self._request.models_dir, threads=1).sha256,
            unit="seconds",
            works=(*_listed(prepared.training, held_out=False), *_listed(prepared.held_out, held_out=True)),
            hyperparameters={
                **dataclasses.asdict(self._settings),
                **dataclasses.asdict(self._tone_settings),
                "fitted_steps": voice.fitted.steps,
                "fitted_tone_steps": voice.tone.steps,
                "tone_share": voice.tone.share,
                "tone_difference_before": round(voice.tone.before, 4),
                "tone_difference_after": round(voice.tone.after, 4),
                "chosen_step": voice.fitted.chosen.step,
                "language": subject.language.code,
                "start_voice": subject.start_voice,
            },
            seed=self._request.seed,
            software={"oeuvre-studio": FORMAT, **_versions("torch", "onnxruntime", "kokoro-onnx", "ctranslate2")},
            report=ReportSummary(status=report.status, bars=report.bars),
            consents=prepared.consents,
        )


def _summary(subject: Subject, source: str) -> str:
    """What the voice is; of a synthetic one also what it was made from."""
    read = f"Reads {subject.language.name} in the manner of {len(subject.training)} recordings"
    return f"{read} of no living person. Synthetic voice, made from: {source}." if source else f"{read} of one person."


def heard_language(works: Sequence[Recording], listener: Listener) -> str:
    """Whisper's code of the language that most of the first recordings sound like."""
    heard = Counter(listener.language(*work.heard) for work in works[:LISTENED])
    return min(heard, key=lambda code: (-heard[code], code))


def _usual_kind(body: BodyOfVoice) -> str:
    """What most of the recordings are; the first in alphabetical order where several are equally common."""
    counts = Counter(work.kind for work in body.works)
    return min(counts, key=lambda kind: (-counts[kind], kind))


def _listed(works: Sequence[Recording], *, held_out: bool) -> tuple[ManifestWork, ...]:
    return tuple(
        ManifestWork(
            sha256=work.sha256,
            file=work.file,
            title=work.title,
            kind=work.kind,
            rights=work.rights,
            size=round(work.seconds, 2),
            held_out=held_out,
        )
        for work in works
    )


def _versions(*packages: str) -> dict[str, str]:
    return {package: importlib.metadata.version(package) for package in packages}
