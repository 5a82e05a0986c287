"""Tones: laying recordings under the network's reading, fitting the decoder's gains and offsets, and how much of it is taken."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from safetensors.numpy import save_file

from oeuvre_studio.errors import ModelDamagedError, RunCancelledError
from oeuvre_studio.progress import SilentReporter
from oeuvre_studio.protocol import ProgressEvent
from oeuvre_studio.voice import tone as checkpoint
from oeuvre_studio.voice.alignment import LONGEST, SHORTEST, Aligned, _durations, _warp, align, stretches
from oeuvre_studio.voice.audio import SPEECH_RATE, Samples
from oeuvre_studio.voice.checkpoint import Candidate
from oeuvre_studio.voice.encoders import EncoderA
from oeuvre_studio.voice.kokoro import Pack, Tone, adaptable, split_tone
from oeuvre_studio.voice.targets import target_of
from oeuvre_studio.voice.tone import ToneFitter, ToneSettings
from oeuvre_studio.voice.toning import SHARES, Toned, Toning
from tests.studio.voice.made import babble, voiced
from tests.studio.voice.test_fit import Hum, space

QUICK = ToneSettings(tone_steps=14, tone_rate=0.05, tone_frames=30)
PACK = space().packs["v0"]


@pytest.fixture(scope="module")
def encoder() -> EncoderA:
    torch.manual_seed(0)
    return EncoderA().eval().requires_grad_(False)


def laid(words: Callable[[Samples], str] = lambda samples: "some words", count: int = 7) -> list[Aligned]:
    recordings = [babble(number, 4) for number in range(count)]
    return align(
        recordings,
        words=words,
        tokens=lambda text: list(range(5, 5 + len(text))),
        network=Hum(),  # type: ignore[arg-type]
        pack=PACK,
        advance=lambda done, of: None,
    )


def fitter(encoder: EncoderA, *, seed: int = 0) -> ToneFitter:
    target = target_of([(babble(number, 4), SPEECH_RATE) for number in range(7)], encoder)
    return ToneFitter(Hum(), encoder, target, PACK, laid(), [[5, 6, 7]], QUICK, seed=seed)  # type: ignore[arg-type]


def test_stretches__are_cut_at_pauses_and_lose_nothing() -> None:
    pause = np.zeros(8000, dtype=np.float32)
    whole = np.concatenate([voiced(150, 7), pause, voiced(150, 6), pause, voiced(150, 6)])
    cut = list(stretches(whole))
    assert np.array_equal(np.concatenate(cut), whole)
    assert all(SHORTEST <= len(one) / SPEECH_RATE <= LONGEST for one in cut[:-1])
    assert [np.abs(one[-800:]).max() for one in cut[:-1]] == [0, 0]  # in the middle of the pauses
    assert len(list(stretches(whole[:40_000]))) == 1


def test_warp__finds_where_the_same_is_said_more_slowly() -> None:
    read = np.repeat(np.eye(6), 4, axis=0)
    slower = np.repeat(np.eye(6), [4, 8, 4, 4, 12, 4], axis=0)
    cost, path = _warp(np.abs(read[:, None] - slower[None]).sum(axis=2))
    assert path[0].tolist() == [0, 0]
    assert path[-1].tolist() == [23, 35]
    durations = _durations(path, np.full(6, 2), len(slower))
    assert durations.tolist() == [2, 4, 2, 2, 6, 2]
    assert cost < _warp(np.abs(read[:, None] - slower[::-1][None]).sum(axis=2))[0]


def test_align__gives_each_token_its_time_in_the_recording_and_curves_for_all_of_it() -> None:
    for one in laid():
        assert len(one.durations) == len(one.tokens) + 2
        assert one.durations.min() >= 1
        assert 40 * 4 - 2 <= one.durations.sum() <= 40 * 4 + len(one.durations)
        assert len(one.pitch) == len(one.energy) == 2 * one.durations.sum()
        assert len(one.samples) == 400 * one.durations.sum()
        assert 100 < np.median(one.pitch[one.pitch > 50]) < 220
        assert (
            np.corrcoef(one.energy, [np.abs(part).mean() for part in np.split(one.samples, len(one.energy))])[0, 1]
            > 0.4
        )


def test_align__leaves_out_what_was_not_understood() -> None:
    assert laid(lambda samples: "", count=2) == []


def test_tone__comes_nearer_to_recordings_it_was_not_fitted_to(encoder: EncoderA) -> None:
    one = fitter(encoder)
    state = one.begin()
    before = one.apart(state.moments.value)
    for _ in range(QUICK.tone_steps):
        state, _ = one.step(state)
    assert one.apart(state.moments.value) < 0.98 * before


def test_tone__the_same_seed_gives_the_same_tone_and_another_one_another(encoder: EncoderA) -> None:
    first, second, other = (fitter(encoder, seed=seed) for seed in (0, 0, 1))
    tones = []
    for one in (first, second, other):
        state = one.begin()
        for _ in range(2):
            state, _ = one.step(state)
        tones.append(state.moments.value)
    assert np.array_equal(tones[0], tones[1])
    assert not np.array_equal(tones[0], tones[2])


class Taste:
    """Stands in for the chooser: likes a tone of some length best."""

    def __init__(self, liked: float) -> None:
        self.liked = liked
        self.full: float = 0

    def heard(self, pack: Pack, tone: Tone | None, *, usual_errors: float | None) -> Candidate:
        length = 0.0 if tone is None else float(np.linalg.norm(tone))
        self.full = max(self.full, length)
        return Candidate(0, 0.9, 0.1, 0.0, -abs(length - self.liked))


def toning(
    encoder: EncoderA,
    folder: Path,
    *,
    liked: float = 1e9,
    cancelled: Callable[[], bool] = lambda: False,
    mark: str = "x",
) -> tuple[Toning, Taste]:
    taste = Taste(liked)
    one = Toning(
        fitter(encoder), taste, QUICK, folder=folder, fingerprint=mark, reporter=SilentReporter(), cancelled=cancelled,  # type: ignore[arg-type]
        before=9,
    )  # fmt: skip
    return one, taste


def run(one: Toning, *, resume: bool = False) -> Toned:
    return one.run(PACK, resume=resume, max_minutes=None)


def test_toning__takes_the_share_that_reads_best_and_none_where_the_pack_does(
    encoder: EncoderA, tmp_path: Path
) -> None:
    one, taste = toning(encoder, tmp_path)
    whole = run(one)
    assert (whole.share, whole.steps) == (1.0, QUICK.tone_steps)
    assert whole.tone is not None
    assert whole.after < whole.before
    half = run(toning(encoder, tmp_path, liked=0.5 * taste.full)[0])
    assert half.share == 0.5
    assert np.allclose(half.tone, 0.5 * whole.tone, atol=1e-6)
    plain = run(toning(encoder, tmp_path, liked=0.0)[0])
    assert plain.tone is None
    assert (plain.share, plain.after) == (0.0, plain.before)
    assert 1.0 in SHARES


def test_toning__that_was_stopped_goes_on_to_the_very_same_tone(encoder: EncoderA, tmp_path: Path) -> None:
    whole = run(toning(encoder, tmp_path / "whole")[0])
    answers = iter([False] * 6 + [True])
    with pytest.raises(RunCancelledError, match="--resume"):
        run(toning(encoder, tmp_path / "c", cancelled=lambda: next(answers))[0])
    again = run(toning(encoder, tmp_path / "c")[0], resume=True)
    assert np.array_equal(again.tone, whole.tone)


def test_toning__tells_how_far_the_whole_training_is(encoder: EncoderA, tmp_path: Path) -> None:
    told: list[ProgressEvent] = []

    class Notes(SilentReporter):
        def progress(self, event: ProgressEvent) -> None:
            told.append(event)

    one, _ = toning(encoder, tmp_path)
    one._reporter = Notes()
    run(one)
    assert [event.step for event in told] == list(range(10, 10 + QUICK.tone_steps))
    assert {event.steps for event in told} == {9 + QUICK.tone_steps}


def test_checkpoint__of_another_run_or_damaged_is_begun_afresh(encoder: EncoderA, tmp_path: Path) -> None:
    one = fitter(encoder)
    checkpoint.save(tmp_path, "x", dataclasses.replace(one.begin(), step=3))
    found = checkpoint.load(tmp_path, "x")
    assert found is not None
    assert found.step == 3
    assert checkpoint.load(tmp_path, "y") is None
    (tmp_path / checkpoint.FILE).write_bytes(b"nonsense")
    assert checkpoint.load(tmp_path, "x") is None
    save_file({"value": np.zeros(3, np.float32)}, tmp_path / checkpoint.FILE)
    assert checkpoint.load(tmp_path, "x") is None


def test_split_tone__adds_each_part_to_its_own_constants() -> None:
    usual = {"a": np.array([1, 2], np.float32), "b": np.array([3], np.float32)}
    found = split_tone(np.array([10, 20, 30], np.float32), usual)
    assert {name: value.tolist() for name, value in found.items()} == {"a": [11, 22], "b": [33]}


def test_adaptable__a_graph_without_the_layers_is_refused(tmp_path: Path) -> None:
    value = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])
    graph = onnx.helper.make_graph([onnx.helper.make_node("Identity", ["x"], ["y"])], "g", [value], [
        onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1])])  # fmt: skip
    onnx.save(onnx.helper.make_model(graph), str(tmp_path / "other.onnx"))
    with pytest.raises(ModelDamagedError, match="Pull it again"):
        adaptable(tmp_path / "other.onnx")
