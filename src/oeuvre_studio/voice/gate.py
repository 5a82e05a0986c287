"""The release gate of a voice: how near it comes to its person, how clearly and how fast it speaks, measured with the file that
serves and on sentences that were not fitted, against recordings that were held out.
"""

from __future__ import annotations

import base64
import dataclasses
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from oeuvre_studio.artifacts import LoadedVersion, is_version_folder, load_version, read_files
from oeuvre_studio.errors import RunCancelledError, WorksUnusableError
from oeuvre_studio.progress import Reporter, Stopwatch
from oeuvre_studio.protocol import (
    Bar,
    EncoderScore,
    LossPoint,
    Media,
    OtherVoice,
    PitchScore,
    ProgressEvent,
    RefusedWork,
    Report,
    Sample,
    SentenceScore,
    Status,
    VoiceDetails,
    WorkLikeness,
)
from oeuvre_studio.voice.adapter import voice_of
from oeuvre_studio.voice.audio import MIME, SPEECH_RATE, Samples, encode
from oeuvre_studio.voice.credit import Credit, shares
from oeuvre_studio.voice.encoders import EncoderA, EncoderB, Vector, load_encoder_a, load_encoder_b, mean_vector
from oeuvre_studio.voice.hearing import load_listener, word_errors
from oeuvre_studio.voice.inspection import load_inspector
from oeuvre_studio.voice.kokoro import RATE, Kokoro, Pack, Tone, load_kokoro
from oeuvre_studio.voice.languages import Language
from oeuvre_studio.voice.others import OthersIndex, nearest_other
from oeuvre_studio.voice.pitch import pitch_figures
from oeuvre_studio.voice.reader import Reader
from oeuvre_studio.voice.recordings import Recording, read_folder
from oeuvre_studio.voice.sentences import sentences
from oeuvre_studio.voice.speech import Reading
from oeuvre_studio.voice.stock import StockVoices
from oeuvre_studio.voice.watermark import load_watermark

GAP_CLOSED = 0.30
MORE_ERRORS = 0.10
REAL_TIME = 0.5
SPEED = "real_time_factor"
"""A bar of the machine rather than of the voice: it is told, and rejects nobody's version."""

STAGES = 5
SHOWN = 3
"""Sentences whose sound goes into the report, from the fitted voice; the first also from the best stock voice."""

NAMES = {"a": "Resemblyzer", "b": "VoiceFilter d-vector"}
OPTIMISED, REPORTING = "a", "b"


@dataclasses.dataclass(frozen=True)
class Subject:
    """What is put to the gate: a pack and its tone, the language it was fitted in, and the recordings behind it."""

    model: str
    language: Language
    start_voice: str
    pack: Pack
    training: tuple[Recording, ...]
    held_out: tuple[Recording, ...]
    credit: Credit
    tone: Tone | None = None
    curve: tuple[LossPoint, ...] = ()
    refused: tuple[RefusedWork, ...] = ()


@dataclasses.dataclass(frozen=True)
class Other:
    """Another person to compare with: recordings, or a version's pack."""

    name: str
    works: tuple[Recording, ...] = ()
    version: LoadedVersion | None = None


@dataclasses.dataclass(frozen=True)
class Spoken:
    """A measured sentence as a voice says it, with its vectors on both encoders and what Whisper heard."""

    text: str
    samples: Samples
    vectors: dict[str, Vector]
    heard: str
    errors: float


def read_other(folder: Path, models_dir: Path) -> Other:
    """A folder given as ``--others``: a version's if it holds one, else recordings.

    Raises:
        WorksUnusableError: it holds no usable recording.
    """
    if is_version_folder(folder):
        version = load_version(read_files(folder), base_sha256=load_kokoro(models_dir).sha256)
        return Other(name=version.manifest.model, version=version)
    body = read_folder(folder, load_inspector(models_dir))
    if not body.works:
        raise WorksUnusableError(f"{folder} holds no usable recording to compare with.")
    return Other(name=body.author or folder.name, works=body.works)


def verdict(bars: Iterable[Bar]) -> Status:
    """Passed where every bar that the voice itself can miss is met."""
    return "passed" if all(bar.met for bar in bars if bar.name != SPEED) else "rejected"


class Gate:
    """Measures one subject; `report` is the whole of it."""

    def __init__(
        self, subject: Subject, models_dir: Path, *, reporter: Reporter, cancelled: Callable[[], bool],
        others_index: OthersIndex | None = None,
    ) -> None:  # fmt: skip
        self._subject = subject
        self._index = others_index
        self._serving: Kokoro = load_kokoro(models_dir)
        self._kokoro: Kokoro = load_kokoro(models_dir, threads=1)
        self._encoders: dict[str, EncoderA | EncoderB] = {
            "a": load_encoder_a(models_dir),
            "b": load_encoder_b(models_dir),
        }
        self._listener = load_listener(models_dir)
        self._watermark = load_watermark(models_dir)
        self._stock = StockVoices(models_dir, subject.language)
        self._reporter, self._cancelled = reporter, cancelled
        self._watch, self._stage = Stopwatch(), 0
        self._known: dict[tuple[str, str], Vector] = {}

    def report(self, others: Sequence[Other] = ()) -> Report:
        """Everything, in order. The same inputs give the same report but for the seconds.

        Raises:
            RunCancelledError: asked to stop between two measures.
        """
        subject = self._subject
        self._advance()
        spoken, real_time = self._timed(subject.pack, subject.tone)
        self._advance()
        self._stock.screen(self._screened)
        scores = {name: self._score(name, spoken) for name in self._encoders}
        reported = scores[REPORTING]
        self._advance()
        stock = self._spoken(self._stock.space.packs[reported.stock_voice])
        self._advance()
        compared = [self._compare(other, spoken) for other in others]
        bars = (
            Bar("gap_closed", round(reported.gap_closed, 4), "share", f"≥ {GAP_CLOSED:g}", reported.gap_closed >= GAP_CLOSED),
            self._errors_bar(spoken, stock),
            Bar(SPEED, round(real_time, 4), "s for a second of speech", f"≤ {REAL_TIME:g}", real_time <= REAL_TIME),
            *(bar for _, bar in compared),
            *self._foreign_bar(spoken),
        )  # fmt: skip
        self._advance()
        return Report(
            modality="voice",
            model=subject.model,
            status=verdict(bars),
            bars=bars,
            samples=self._samples(spoken, stock, reported.stock_voice),
            curve=subject.curve,
            refused=subject.refused,
            details=self._details(spoken, stock, scores, real_time, [other for other, _ in compared]),
        )

    def _advance(self) -> None:
        self._check()
        self._reporter.progress(
            ProgressEvent("evaluating", self._stage, STAGES - 1, eta_seconds=self._watch.left(self._stage, STAGES - 1))
        )
        self._stage = min(self._stage + 1, STAGES - 1)

    def _check(self) -> None:
        if self._cancelled():
            raise RunCancelledError("Stopped while evaluating. Go on with --resume.")

    def _screened(self, done: int, of: int) -> None:
        self._check()
        if done == 0:
            self._reporter.say(f"Listening to {of} stock voices (kept for the next run) …")

    def _timed(self, pack: Pack, tone: Tone | None) -> tuple[list[Spoken], float]:
        """The measured sentences, and the seconds in which a second of sound is there: the median of the sentences, so that what the
        machine does besides for a moment counts little.
        """
        reader = self._reader(self._serving, pack, tone)
        texts = sentences(self._subject.language).measured
        reader.read(texts[0], Reading(self._subject.language))  # the first call brings memory into place
        spoken, factors = [], []
        for seed, text in enumerate(texts):
            started = time.perf_counter()
            samples = reader.read(text, Reading(self._subject.language), seed=seed)
            factors.append((time.perf_counter() - started) * RATE / len(samples))
            spoken.append(self._hear(text, samples))
        return spoken, float(np.median(factors))

    def _reader(self, kokoro: Kokoro, pack: Pack, tone: Tone | None) -> Reader:
        return Reader(kokoro.toned(tone), pack, self._stock.space, self._watermark)

    def _spoken(self, pack: Pack, tone: Tone | None = None) -> list[Spoken]:
        reader = self._reader(self._kokoro, pack, tone)
        reading = Reading(self._subject.language)
        return [self._hear(text, reader.read(text, reading)) for text in sentences(self._subject.language).measured]

    def _hear(self, text: str, samples: Samples) -> Spoken:
        self._check()
        heard = self._listener.words(samples, RATE, self._subject.language.spoken)
        vectors = {name: encoder.vector(samples, RATE) for name, encoder in self._encoders.items()}
        return Spoken(text, samples, vectors, heard, word_errors(text, heard))

    def _vectors(self, name: str, works: Sequence[Recording]) -> list[Vector]:
        """Each is heard once on each encoder, however many measures ask for it."""
        for work in works:
            if (name, work.sha256) not in self._known:
                self._known[name, work.sha256] = self._encoders[name].vector(*work.heard)
        return [self._known[name, work.sha256] for work in works]

    def _score(self, name: str, spoken: Sequence[Spoken]) -> EncoderScore:
        """0 is the best of all stock voices, 1 a second recording of the same person: here those of the training."""
        target = mean_vector(self._vectors(name, self._subject.held_out))
        fitted = float(np.mean([one.vectors[name] @ target for one in spoken]))
        second = float(np.mean([vector @ target for vector in self._vectors(name, self._subject.training)]))
        voice, stock = self._stock.best(target, name)
        closed = (fitted - stock) / max(second - stock, 1e-6)
        return EncoderScore(
            NAMES[name], name == OPTIMISED, round(stock, 4), voice, round(fitted, 4), round(second, 4), round(closed, 4)
        )

    def _errors_bar(self, spoken: Sequence[Spoken], stock: Sequence[Spoken]) -> Bar:
        errors, most = _mean_errors(spoken), _mean_errors(stock) + MORE_ERRORS
        return Bar("word_error_rate", round(errors, 4), "share", f"≤ {most:.4g}", errors <= most)

    def _compare(self, other: Other, spoken: Sequence[Spoken]) -> tuple[OtherVoice, Bar]:
        """The fitted voice is nearer to its own person than to another; another version is farther from them than it."""
        own_target = mean_vector(self._vectors(REPORTING, self._subject.held_out))
        own = float(np.mean([one.vectors[REPORTING] @ own_target for one in spoken]))
        if other.version is not None:
            foreign = [one.vectors[REPORTING] for one in self._spoken(*voice_of(other.version))]
            beside = float(np.mean([vector @ own_target for vector in foreign]))
            between = beside
        else:
            other_target = mean_vector(self._vectors(REPORTING, other.works))
            beside = float(np.mean([one.vectors[REPORTING] @ other_target for one in spoken]))
            between = float(own_target @ other_target)
        found = OtherVoice(other.name, round(own, 4), round(beside, 4), round(between, 4))
        return found, Bar(f"own_nearer_than_{other.name}", found.own, "cosine", f"> {found.to_other:g}", own > beside)

    def _foreign_bar(self, spoken: Sequence[Spoken]) -> list[Bar]:
        """Only where an index of other people's voices has entries: nobody in it may be nearer than the own person."""
        if self._index is None:
            return []
        voice = mean_vector([one.vectors[REPORTING] for one in spoken])
        nearest = nearest_other(self._index, voice)
        if nearest is None:
            return []
        own = float(voice @ mean_vector(self._vectors(REPORTING, self._subject.training)))
        return [Bar("near_voice_of_others", round(nearest, 4), "cosine", f"< {own:.4g}", nearest < own)]

    def _samples(self, spoken: Sequence[Spoken], stock: Sequence[Spoken], stock_voice: str) -> tuple[Sample, ...]:
        shown = [(seed, one, "fitted") for seed, one in enumerate(spoken[:SHOWN])]
        shown.insert(1, (0, stock[0], f"stock voice {stock_voice}"))
        target = mean_vector(self._vectors(REPORTING, self._subject.held_out))
        return tuple(
            Sample(
                prompt=one.text,
                seed=seed,
                text="",
                nearest=(),
                credit=shares(self._subject.credit, one.vectors[OPTIMISED]) if voice == "fitted" else (),
                media=Media(MIME["mp3"], base64.b64encode(encode(one.samples, RATE, "mp3")).decode()),
                facts={
                    "voice": voice,
                    "likeness": round(float(one.vectors[REPORTING] @ target), 4),
                    "word_error_rate": round(one.errors, 4),
                    "seconds": round(len(one.samples) / RATE, 2),
                },
            )
            for seed, one, voice in shown
        )

    def _details(
        self, spoken: Sequence[Spoken], stock: Sequence[Spoken], scores: dict[str, EncoderScore],
        real_time: float, others: Sequence[OtherVoice],
    ) -> VoiceDetails:  # fmt: skip
        subject = self._subject
        target = mean_vector(self._vectors(REPORTING, subject.held_out))
        voice = mean_vector([one.vectors[REPORTING] for one in spoken])
        held_out = zip(subject.held_out, self._vectors(REPORTING, subject.held_out), strict=True)
        return VoiceDetails(
            language=subject.language.code,
            start_voice=subject.start_voice,
            encoders=tuple(scores.values()),
            sentences=tuple(
                SentenceScore(
                    one.text,
                    one.heard,
                    round(one.errors, 4),
                    round(beside.errors, 4),
                    round(float(one.vectors[REPORTING] @ target), 4),
                )
                for one, beside in zip(spoken, stock, strict=True)
            ),
            word_error_rate=round(_mean_errors(spoken), 4),
            stock_word_error_rate=round(_mean_errors(stock), 4),
            pitch=self._pitch(spoken),
            real_time_factor=round(real_time, 4),
            others=tuple(others),
            held_out=tuple(
                WorkLikeness(work.file, work.title, round(work.seconds, 1), round(float(vector @ voice), 4))
                for work, vector in held_out
            ),
            seconds_of_speech=round(sum(work.speech for work in subject.training), 1),
        )

    def _pitch(self, spoken: Sequence[Spoken]) -> PitchScore | None:
        recorded = pitch_figures(np.concatenate([work.samples for work in self._subject.held_out]), SPEECH_RATE)
        fitted = pitch_figures(np.concatenate([one.samples for one in spoken]), RATE)
        if recorded is None or fitted is None:
            return None
        return PitchScore(
            round(recorded.median, 1), round(recorded.spread, 3), round(fitted.median, 1), round(fitted.spread, 3)
        )


def _mean_errors(spoken: Sequence[Spoken]) -> float:
    return float(np.mean([one.errors for one in spoken]))
