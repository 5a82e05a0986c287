"""Voices: how near they come to real people, beside the best stock voice and a fit without gradients, in the same run.

For every person a version is made and put to the release gate against all the others. The peers are measured by the same gate on the
same recordings and sentences. The consent check hears every recording of everybody against everybody's works.
"""

from __future__ import annotations

import dataclasses
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from oeuvre_studio.artifacts import LoadedVersion, load_version, read_files
from oeuvre_studio.bench.bars import at_least, at_most
from oeuvre_studio.bench.outcome import Outcome
from oeuvre_studio.bench.voice_peers import evolved
from oeuvre_studio.errors import UsageError
from oeuvre_studio.modalities import TrainRequest
from oeuvre_studio.progress import Reporter
from oeuvre_studio.protocol import Bar, ProgressEvent, Report, VoiceDetails, details_of, parse
from oeuvre_studio.voice.adapter import voice_of
from oeuvre_studio.voice.consent import LIKE_A, LIKE_B, check_consent
from oeuvre_studio.voice.encoders import EncoderA, EncoderB, load_encoder_a, load_encoder_b
from oeuvre_studio.voice.gate import Gate, Subject
from oeuvre_studio.voice.hearing import load_listener
from oeuvre_studio.voice.inspection import load_inspector
from oeuvre_studio.voice.kokoro import Pack
from oeuvre_studio.voice.languages import Language, language, language_spoken
from oeuvre_studio.voice.modality import VOICE, credit_of_version
from oeuvre_studio.voice.recordings import Recording, read_folder, read_sound
from oeuvre_studio.voice.run import heard_language
from oeuvre_studio.voice.stock import StockVoices
from oeuvre_studio.voice.targets import target_of

MOST_SECONDS = 480.0
"""Of a processor core for a training run where the stock voices were heard before: four minutes of two cores."""
OURS, PACK, STOCK = "this fit", "its pack alone, without the tone", "best stock voice"
EVOLVED = "CMA-ES, same processor seconds"


@dataclasses.dataclass(frozen=True)
class Trained:
    """A person's version, its report, its recordings by role, and the processor seconds it took: of all, and of the fit alone."""

    name: str
    folder: Path
    report: Report
    seconds: float
    fitting: float
    training: tuple[Recording, ...]
    held_out: tuple[Recording, ...]

    @property
    def details(self) -> VoiceDetails:
        """The voice part of the report."""
        return details_of(self.report, VoiceDetails)


def bench_voice(*, corpora: Path, names: Sequence[str], models_dir: Path, reporter: Reporter) -> Outcome:
    """Everything.

    Raises:
        UsageError: there are not two people in ``corpora``.
    """
    people = [path for path in sorted(corpora.iterdir()) if path.is_dir()]
    chosen = [path for path in people if not names or path.name in names]
    if len(people) < 2 or not chosen:
        raise UsageError(f"Two people are needed to tell them apart; {corpora} has {len(people)}.")
    with tempfile.TemporaryDirectory() as folder:
        trained = [_train(path, people, Path(folder) / path.name, models_dir, reporter) for path in chosen]
        peers = [row for one in trained for row in _peers(one, models_dir, reporter)]
    reporter.say("Holding every recording against everybody's works")
    checks = _consent(people, models_dir)
    asked = [row for path in people for row in _asked(path, people, models_dir)]
    bars = [
        *(dataclasses.replace(bar, name=f"{one.name}: {bar.name}") for one in trained for bar in one.report.bars),
        *(at_most(f"{one.name}: training, processor seconds", one.seconds, "s", MOST_SECONDS) for one in trained),
        *_consent_bars(checks, asked),
    ]
    return Outcome(
        bars=tuple(bars),
        tables={
            "Likeness to held-out recordings": peers,
            "Encoders": [
                {"person": one.name, **dataclasses.asdict(score)} for one in trained for score in one.details.encoders
            ],
            "Speech": [_speech(one) for one in trained],
            "Consent, every recording against all works": checks,
            "Consent, the whole check": asked,
        },
    )


class PhaseClock:
    """A reporter that passes everything on and notes when which phase began, in processor seconds."""

    def __init__(self, inner: Reporter) -> None:
        self._inner = inner
        self.began: dict[str, float] = {}

    def progress(self, event: ProgressEvent) -> None:
        """Note a phase's first event."""
        self.began.setdefault(event.phase, time.process_time())
        self._inner.progress(event)

    def say(self, message: str) -> None:
        """Pass it on."""
        self._inner.say(message)

    def close(self) -> None:
        """Whoever made the inner one closes it."""


def _train(path: Path, people: Sequence[Path], out: Path, models_dir: Path, reporter: Reporter) -> Trained:
    reporter.say(f"Training {path.name}")
    works = read_folder(path, load_inspector(models_dir)).works
    spoken = language_spoken(heard_language(works, load_listener(models_dir)))
    if spoken is not None:  # heard once a language, not once a training
        StockVoices(models_dir, spoken).screen(lambda done, of: None)
    started = time.process_time()
    request = TrainRequest(
        works=str(path),
        out=out,
        name=path.name,
        models_dir=models_dir,
        base=None,
        held_out=0.15,
        seed=0,
        max_minutes=None,
        others=tuple(other for other in people if other != path),
        signing_key=None,
        resume=False,
        cancelled=lambda: False,
    )
    clock = PhaseClock(reporter)
    VOICE.train(request, clock)
    seconds = time.process_time() - started
    fitting = clock.began["evaluating"] - clock.began["training"]
    report = parse(Report, json.loads((out / "report.json").read_text()))
    fitted = {work.sha256 for work in load_version(read_files(out)).manifest.works if not work.held_out}
    return Trained(
        path.name,
        out,
        report,
        seconds,
        fitting,
        tuple(work for work in works if work.sha256 in fitted),
        tuple(work for work in works if work.sha256 not in fitted),
    )


def _peers(one: Trained, models_dir: Path, reporter: Reporter) -> list[dict[str, Any]]:
    """The fitted voice, its pack alone, the best stock voice, and one found without gradients, on the encoder that was not fitted."""
    version = load_version(read_files(one.folder))
    spoken = language(one.details.language)
    reporter.say(f"Fitting {one.name} without gradients")
    encoder = load_encoder_a(models_dir)
    target = target_of([work.heard for work in one.training], encoder)
    started = time.process_time()
    pack, start = evolved(target, spoken, models_dir, seconds=one.fitting, seed=0)
    spent = time.process_time() - started
    ours, _ = voice_of(version)
    return [
        _row(one.name, OURS, one.details, round(one.fitting)),
        _row(one.name, PACK, _measured(one, version, spoken, ours, "", models_dir, reporter), round(one.fitting)),
        _row(one.name, STOCK, one.details, 0),
        _row(one.name, EVOLVED, _measured(one, version, spoken, pack, start, models_dir, reporter), round(spent)),
    ]


def _measured(
    one: Trained, version: LoadedVersion, spoken: Language, pack: Pack, start: str, models_dir: Path, reporter: Reporter
) -> VoiceDetails:
    """What the release gate says of another pack for the same person, without a tone."""
    subject = Subject(
        model=one.name,
        language=spoken,
        start_voice=start,
        pack=pack,
        training=one.training,
        held_out=one.held_out,
        credit=credit_of_version(version),
    )
    return details_of(Gate(subject, models_dir, reporter=reporter, cancelled=lambda: False).report(), VoiceDetails)


def _row(person: str, method: str, details: VoiceDetails, seconds: int) -> dict[str, Any]:
    score = next(score for score in details.encoders if not score.optimised)
    stock = method == STOCK
    return {
        "person": person,
        "voice": f"{method} ({score.stock_voice})" if stock else method,
        "likeness": score.stock if stock else score.fitted,
        "gap closed": 0.0 if stock else score.gap_closed,
        "words wrong": details.stock_word_error_rate if stock else details.word_error_rate,
        "processor seconds": seconds,
    }


def _speech(one: Trained) -> dict[str, Any]:
    details, pitch = one.details, one.details.pitch
    return {
        "person": one.name,
        "language": details.language,
        "from": details.start_voice,
        "speech, s": details.seconds_of_speech,
        "pitch of recordings, Hz": pitch.recordings if pitch else "",
        "pitch of the voice, Hz": pitch.fitted if pitch else "",
        "words wrong": details.word_error_rate,
        "stock": details.stock_word_error_rate,
        "real-time factor": details.real_time_factor,
        "training, processor s": round(one.seconds),
    }


def _consent(people: Sequence[Path], models_dir: Path) -> list[dict[str, Any]]:
    """Every recording of everybody against all works of each: how many would pass, on each encoder and on both."""
    encoders: dict[str, tuple[EncoderA | EncoderB, float]] = {
        "a": (load_encoder_a(models_dir), LIKE_A),
        "b": (load_encoder_b(models_dir), LIKE_B),
    }
    works = {path.name: read_folder(path, load_inspector(models_dir)).works for path in people}
    vectors = {
        (person, name): np.stack([encoder.vector(*work.heard) for work in found])
        for person, found in works.items()
        for name, (encoder, _) in encoders.items()
    }
    rows = []
    for reader in works:
        for owner in works:
            passed: dict[str, Any] = {}
            pairs: dict[str, float] = {}
            for name, (_, least) in encoders.items():
                alike = vectors[reader, name] @ vectors[owner, name].T
                others = alike[~np.eye(len(alike), dtype=bool)] if reader == owner else alike.ravel()
                pairs |= {
                    f"{name.upper()} least": round(float(others.min()), 3),
                    f"{name.upper()} middle": round(float(np.median(others)), 3),
                    f"{name.upper()} most": round(float(others.max()), 3),
                    f"{name.upper()} pairs over the bar": round(float((others >= least).mean()), 4),
                }
                if reader == owner:
                    np.fill_diagonal(alike, 1.0)  # a recording is not held against itself
                passed[name] = alike.min(axis=1) >= least
            rows.append(
                {
                    "reader": reader,
                    "works of": owner,
                    "recordings": len(works[reader]),
                    "pass A": int(passed["a"].sum()),
                    "pass B": int(passed["b"].sum()),
                    "pass both": int((passed["a"] & passed["b"]).sum()),
                    **pairs,
                }
            )
    return rows


def _asked(path: Path, people: Sequence[Path], models_dir: Path) -> list[dict[str, Any]]:
    """The whole check of one recording, its own words as the phrase: against the own works and everybody else's."""
    files = {
        person: sorted(file.read_bytes() for file in person.iterdir() if file.suffix == ".flac") for person in people
    }
    own = files[path]
    reading = min(own, key=lambda content: len(read_sound(content)[0]))
    samples, rate = read_sound(reading)
    listener = load_listener(models_dir)
    spoken = listener.language(samples, rate)
    code = {"en": "en-us", "pt": "pt-br"}.get(spoken, spoken)
    phrase = listener.words(samples, rate, spoken)
    rows = []
    for person in people:
        works = [content for content in files[person] if content != reading]
        found = check_consent(reading, phrase=phrase, language=code, references=works, models_dir=models_dir)
        rows.append({"reader": path.name, "works of": person.name, "passed": found.passed, **_told(found.scores)})
    again = check_consent(reading, phrase=phrase, language=code, references=own, models_dir=models_dir)
    rows.append(
        {"reader": f"{path.name}, a replay", "works of": path.name, "passed": again.passed, **_told(again.scores)}
    )
    return rows


def _told(scores: dict[str, float | str | bool]) -> dict[str, float | str | bool]:
    return {
        name: scores[name] for name in ("likeness_a_lowest", "likeness_b_lowest", "word_error_rate", "replay_likeness")
    }


def _consent_bars(checks: Sequence[dict[str, Any]], asked: Sequence[dict[str, Any]]) -> list[Bar]:
    own = [row for row in checks if row["reader"] == row["works of"]]
    strangers = [row for row in checks if row["reader"] != row["works of"]]
    share = sum(row["pass both"] for row in own) / max(sum(row["recordings"] for row in own), 1)
    wrong = sum(row["pass both"] for row in strangers)
    right = sum(row["passed"] == (row["reader"] == row["works of"]) for row in asked)
    return [
        at_least("consent: own recordings that pass", share, "share", 0.95),
        at_most("consent: strangers' recordings that pass", float(wrong), "recordings", 0.0),
        at_least("consent: whole checks that end as they should", right / max(len(asked), 1), "share", 1.0),
    ]
