"""The bench of voices: what it tells apart before any network is asked."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from oeuvre_studio.bench.voice import PhaseClock, bench_voice
from oeuvre_studio.errors import UsageError
from oeuvre_studio.progress import SilentReporter
from oeuvre_studio.protocol import ProgressEvent


def test_phase_clock__notes_when_each_phase_began_and_passes_everything_on() -> None:
    told: list[str] = []

    class Notes(SilentReporter):
        def progress(self, event: ProgressEvent) -> None:
            told.append(event.phase)

        def say(self, message: str) -> None:
            told.append(message)

    clock = PhaseClock(Notes())
    clock.progress(ProgressEvent("training", 1, 2))
    first = clock.began["training"]
    busy = time.process_time() + 0.01
    while time.process_time() < busy:
        pass
    clock.progress(ProgressEvent("training", 2, 2))
    clock.say("hello")
    clock.progress(ProgressEvent("evaluating", 0, 4))
    assert clock.began["training"] == first
    assert clock.began["evaluating"] - first >= 0.01
    assert told == ["training", "training", "hello", "evaluating"]


def test_bench__one_person_alone_cannot_be_told_from_anybody(tmp_path: Path) -> None:
    (tmp_path / "ann").mkdir()
    with pytest.raises(UsageError, match="Two people"):
        bench_voice(corpora=tmp_path, names=(), models_dir=tmp_path, reporter=SilentReporter())
