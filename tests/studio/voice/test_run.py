"""A whole run on stand-ins: recordings in, a signed version, its report and its voice out."""

from __future__ import annotations

import dataclasses
import importlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from oeuvre_studio.artifacts import load_version, read_files
from oeuvre_studio.errors import RunCancelledError, UsageError, WorksUnusableError
from oeuvre_studio.modalities import EvaluateRequest, GenerateRequest, TrainRequest
from oeuvre_studio.progress import SilentReporter
from oeuvre_studio.protocol import Report, TrainResult, VoiceDetails, details_of, parse
from oeuvre_studio.voice.audio import Samples, decode, encode
from oeuvre_studio.voice.encoders import EncoderA
from oeuvre_studio.voice.kokoro import RATE as KOKORO_RATE
from oeuvre_studio.voice.kokoro import Pack, Tone
from oeuvre_studio.voice.marks import LONGEST
from oeuvre_studio.voice.modality import VOICE
from oeuvre_studio.voice.options import GenerateOptions
from tests.studio.voice.made import RATE, Ears, babble, inspector
from tests.studio.voice.test_fit import Hum, space

PERSON = 130.0


class Singer:
    """Stands in for Kokoro: sings syllables as high as the pack's prosody says."""

    sha256 = "ab" * 32

    def toned(self, tone: Tone | None) -> Singer:
        return self

    def say(self, numbers: list[int], pack: Pack, *, speed: float = 1.0) -> Samples:
        high = 100 * float(np.exp(0.3 * np.tanh(pack[0, 128:].mean() * 4)))
        return babble(sum(numbers), 0.02 * len(numbers) / speed + 0.5, rate=KOKORO_RATE, hertz=high)


class Perfect:
    """Stands in for Whisper: hears every word as it should be, in English."""

    def words(self, samples: Samples, rate: int, spoken: str) -> str:
        return "the train to the coast leaves"

    def language(self, samples: Samples, rate: int) -> str:
        return "en"


class Unmarked:
    """Stands in for the inaudible mark."""

    def put(self, samples: Samples, rate: int) -> Samples:
        return samples


@pytest.fixture(scope="module", autouse=True)
def stand_ins() -> Iterator[None]:
    torch.manual_seed(0)
    encoder, singer, stock = EncoderA().eval().requires_grad_(False), Singer(), space()
    instead = {
        "load_kokoro": lambda folder, threads=2: singer,
        "load_encoder_a": lambda folder: encoder,
        "load_encoder_b": lambda folder: Ears(),
        "load_listener": lambda folder: Perfect(),
        "load_watermark": lambda folder: Unmarked(),
        "load_inspector": lambda folder: inspector(),
        "load_network": lambda path: Hum(),
        "model_file": lambda name, file, folder: folder / file,
        "stock_space": lambda folder: stock,
    }
    with pytest.MonkeyPatch.context() as patch:
        for module in ("gate", "stock", "run", "fitting", "modality"):
            found = importlib.import_module(f"oeuvre_studio.voice.{module}")
            for name, value in instead.items():
                if hasattr(found, name):
                    patch.setattr(found, name, value)
        yield


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("works") / "ann"
    folder.mkdir()
    for number in range(6):
        (folder / f"{number}.flac").write_bytes(encode(babble(number, 9, hertz=PERSON), RATE, "flac"))
    (folder / "notes.txt").write_text("not a sound")
    return folder


@pytest.fixture(scope="module")
def request_(works: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainRequest:
    other = tmp_path_factory.mktemp("others") / "bea"
    other.mkdir()
    (other / "a.wav").write_bytes(encode(babble(50, 7, hertz=260), RATE, "wav"))
    return TrainRequest(
        works=str(works),
        out=tmp_path_factory.mktemp("out") / "version",
        name="",
        models_dir=tmp_path_factory.mktemp("models"),
        base=None,
        held_out=0.3,
        seed=0,
        max_minutes=None,
        others=(other,),
        signing_key=None,
        resume=False,
        cancelled=lambda: False,
        options={"max_steps": 2},
    )


@pytest.fixture(scope="module")
def trained(request_: TrainRequest) -> TrainResult:
    return VOICE.train(request_, SilentReporter())


def test_run__writes_a_signed_version_with_its_papers(trained: TrainResult, request_: TrainRequest) -> None:
    version = load_version(read_files(request_.out))
    manifest = version.manifest
    assert (manifest.modality, manifest.model, manifest.unit, manifest.base) == (
        "voice",
        "ann",
        "seconds",
        "kokoro-82m",
    )
    assert manifest.base_sha256 == Singer.sha256
    assert manifest.hyperparameters["language"] == "en-us"
    assert sum(work.held_out for work in manifest.works) == trained.held_out == 2
    assert all(work.size == pytest.approx(9, abs=0.1) for work in manifest.works)
    assert version.adapter["pack"].shape == (510, 256)
    assert version.credit["vectors"].shape == (4, 256)
    assert "in the manner of" in version.card.summary
    assert [refused.code for refused in trained.refused] == ["not_sound"]
    assert not (request_.out / "checkpoint").exists()
    assert "How near it comes" in (request_.out / "report.html").read_text()


def test_run__measures_every_bar_and_shows_what_it_sounds_like(trained: TrainResult, request_: TrainRequest) -> None:
    report = parse(Report, json.loads((request_.out / "report.json").read_text()))
    assert [bar.name for bar in report.bars] == [
        "gap_closed", "word_error_rate", "real_time_factor", "own_nearer_than_bea",
    ]  # fmt: skip
    assert report.bars == trained.bars
    details = details_of(report, VoiceDetails)
    assert [score.optimised for score in details.encoders] == [True, False]
    for score in details.encoders:
        closed = score.gap_closed * (score.second - score.stock)
        assert closed == pytest.approx(score.fitted - score.stock, abs=3e-4)
    assert details.word_error_rate == details.stock_word_error_rate > 0
    assert len(details.sentences) == 10
    assert [sample.facts["voice"] == "fitted" for sample in report.samples] == [True, False, True, True]
    assert all(sample.media is not None and sample.media.mime == "audio/mpeg" for sample in report.samples)
    assert sum(len(sample.media.content) for sample in report.samples if sample.media) < 3_000_000


def test_run__the_same_seed_gives_the_same_voice(trained: TrainResult, request_: TrainRequest, tmp_path: Path) -> None:
    VOICE.train(dataclasses.replace(request_, out=tmp_path / "again"), SilentReporter())
    first, again = (load_version(read_files(folder)).adapter["pack"] for folder in (request_.out, tmp_path / "again"))
    assert torch.equal(first, again)


def test_run__that_was_stopped_goes_on_with_resume(request_: TrainRequest, tmp_path: Path) -> None:
    asked = iter(range(1000))
    stopped = dataclasses.replace(request_, out=tmp_path / "v", cancelled=lambda: next(asked) > 14)
    with pytest.raises(RunCancelledError):
        VOICE.train(stopped, SilentReporter())
    assert not (tmp_path / "v" / "signature.json").exists()
    VOICE.train(dataclasses.replace(request_, out=tmp_path / "v", resume=True), SilentReporter())
    assert load_version(read_files(tmp_path / "v")).manifest.modality == "voice"


def test_run__refuses_another_base_and_too_few_recordings(request_: TrainRequest, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="kokoro-82m only"):
        VOICE.train(dataclasses.replace(request_, base="another"), SilentReporter())
    tmp_path.joinpath("one.wav").write_bytes(encode(babble(1, 7), RATE, "wav"))
    with pytest.raises(WorksUnusableError, match="1 usable recordings"):
        VOICE.train(dataclasses.replace(request_, works=str(tmp_path)), SilentReporter())


def test_evaluate__measures_a_finished_version_on_what_it_was_not_fitted_to(
    trained: TrainResult, request_: TrainRequest, works: Path
) -> None:
    version = load_version(read_files(request_.out))
    asked = EvaluateRequest(version, works, request_.models_dir, None, (), 0, lambda: False)
    report = VOICE.evaluate(asked, SilentReporter())
    assert {bar.name: bar.value for bar in report.bars}["gap_closed"] == trained.bars[0].value
    assert len(details_of(report, VoiceDetails).held_out) == 2


def generate(
    request_: TrainRequest, text: str = "The lamp is on. Nobody is at home.", **options: object
) -> list[dict[str, object]]:
    version = load_version(read_files(request_.out))
    return VOICE.generate(GenerateRequest(version, text, 2, 3, request_.models_dir, None, dict(options)))


@pytest.mark.parametrize(("fmt", "mime"), [("wav", "audio/wav"), ("flac", "audio/flac"), ("mp3", "audio/mpeg")])
def test_generate__gives_files_with_seed_credit_and_facts(
    trained: TrainResult, request_: TrainRequest, fmt: str, mime: str
) -> None:
    first, second = generate(request_, format=fmt)
    samples, rate = decode(bytes(first["content"]))  # type: ignore[call-overload]
    assert (first["suffix"], first["mime"], first["seed"], second["seed"], rate) == (f".{fmt}", mime, 3, 4, 24_000)
    assert first["version"] == trained.version
    assert first["units"] == int(np.ceil(first["facts"]["seconds"]))  # type: ignore[index]
    assert first["facts"]["seconds"] == pytest.approx(len(samples) / rate, abs=0.1)  # type: ignore[index]
    assert sum(share["share"] for share in first["credit"]) == pytest.approx(1)  # type: ignore[attr-defined]
    assert "preview" not in first
    assert first["content"] == generate(request_, format=fmt)[0]["content"]


def test_generate__gives_the_preview_beside_the_piece(trained: TrainResult, request_: TrainRequest) -> None:
    (made, _) = generate(request_, "One more sentence that is read aloud. " * 12, preview=True)
    samples, rate = decode(bytes(made["preview"]))  # type: ignore[call-overload]
    assert made["preview_mime"] == "audio/mpeg"
    assert len(samples) / rate <= LONGEST + 0.1
    assert made["facts"]["seconds"] > LONGEST  # type: ignore[index]
    assert GenerateOptions().preview is False


def test_generate__refuses_what_it_does_not_know(trained: TrainResult, request_: TrainRequest) -> None:
    with pytest.raises(UsageError, match="no --size for voice"):
        generate(request_, size="1x1")
    with pytest.raises(UsageError, match="nothing to read"):
        generate(request_, text="…")
