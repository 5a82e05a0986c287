"""Fitting: a small network that hums in the pitch and colour of a style stands in for Kokoro."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from oeuvre_studio.errors import CheckpointMismatchError, RunCancelledError
from oeuvre_studio.progress import SilentReporter
from oeuvre_studio.protocol import ProgressEvent
from oeuvre_studio.voice import checkpoint
from oeuvre_studio.voice.checkpoint import Candidate
from oeuvre_studio.voice.encoders import EncoderA, mean_vector, to_speech_rate
from oeuvre_studio.voice.fit import FitSettings, FitState, Fitter
from oeuvre_studio.voice.kokoro import RATE
from oeuvre_studio.voice.network.model import Phonemes, Plan, Utterance
from oeuvre_studio.voice.network.weights import _gates, _path
from oeuvre_studio.voice.phonemes import LIMIT
from oeuvre_studio.voice.reader import take
from oeuvre_studio.voice.targets import Target, distance, shape_of, target_of
from oeuvre_studio.voice.training import Fitted, Training
from oeuvre_studio.voice.voices import DIRECTIONS, STYLE, StockSpace, blend, principal_directions
from tests.studio.voice.made import babble, voiced

SENTENCES = ([5, 6, 7], [8, 9, 10, 11])


class HumDecoder(nn.Module):
    """Seven and one waves; the bias of its one layer says how strong each is."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.ModuleDict({"fc": nn.Linear(1, 8)})
        nn.init.zeros_(self.layer["fc"].bias)

    def forward(self, spoken: Tensor, pitch: Tensor, energy: Tensor, style: Tensor) -> Tensor:
        times = torch.arange(spoken.shape[2] * RATE // 40) / RATE
        waves = torch.stack([torch.sin(2 * torch.pi * 150 * (3 * n + 1) * times) for n in range(8)])
        return (torch.softmax(style[0, :8] + 10 * self.layer["fc"].bias, dim=0) @ waves)[None]


class Hum:
    """A stand-in network: the style's first half is the colour, its second the pitch."""

    def __init__(self) -> None:
        self.decoder = HumDecoder().requires_grad_(False)

    def read(self, tokens: Tensor) -> Phonemes:
        return Phonemes(heard=tokens.float(), said=tokens.float()[:, None])

    def plan(self, phonemes: Phonemes, style: Tensor) -> Plan:
        durations = torch.full((phonemes.heard.shape[1],), 12.0)
        spoken = torch.repeat_interleave(phonemes.said, durations.long(), dim=2)
        size = 2 * spoken.shape[2]
        return Plan(spoken, torch.full((1, size), 150.0), torch.sin(torch.arange(size) / 5)[None], durations)

    def say(self, phonemes: Phonemes, style: Tensor) -> Utterance:
        pitch = 120 * torch.exp(0.2 * torch.tanh(style[128:].mean()))
        times = torch.arange(int(RATE * 0.9)) / RATE
        strengths = torch.softmax(style[:8], dim=0)
        waves = torch.stack([torch.sin(2 * torch.pi * pitch.detach() * (3 * n + 1) * times) for n in range(8)])
        return Utterance(samples=strengths @ waves, pitch=pitch.expand(70), durations=phonemes.heard[0])


def space(seed: int = 0) -> StockSpace:
    drawn = np.random.default_rng(seed)
    packs = {f"v{i}": np.tile(drawn.standard_normal(STYLE), (LIMIT, 1)).astype(np.float32) for i in range(12)}
    means = np.stack([pack[0] for pack in packs.values()])
    return StockSpace(
        packs, principal_directions(means[:, :128], 6), principal_directions(means[:, 128:], 6)
    )  # fmt: skip


@pytest.fixture(scope="module")
def encoder() -> EncoderA:
    torch.manual_seed(0)
    return EncoderA().eval().requires_grad_(False)


def fitter(encoder: EncoderA, settings: FitSettings, *, seed: int = 0) -> Fitter:
    stock = space()
    wanted = Hum().say(Phonemes(torch.zeros(1, 3), torch.zeros(1, 3)), torch.from_numpy(stock.packs["v7"][0]))
    target = target_of([(wanted.samples.numpy(), RATE)], encoder)
    return Fitter(
        Hum(), encoder, stock, stock.packs["v0"], target, SENTENCES, settings, seed=seed  # type: ignore[arg-type]
    )  # fmt: skip


QUICK = FitSettings(steps=9, rate=0.4, noise=0.0, averaged=3, first_look=3, look=3)


def run(one: Fitter, steps: int, state: FitState | None = None) -> tuple[FitState, list[float]]:
    state, losses = state or one.begin(), []
    for _ in range(steps):
        state, loss = one.step(state)
        losses.append(loss)
    return state, losses


def test_fit__comes_nearer_to_the_target_step_by_step(encoder: EncoderA) -> None:
    _, losses = run(fitter(encoder, QUICK), 9)
    assert np.mean(losses[-2:]) < 0.8 * np.mean(losses[:2])


def test_fit__the_same_seed_gives_the_same_coordinates_and_another_one_others(encoder: EncoderA) -> None:
    noisy = dataclasses.replace(QUICK, noise=0.2)
    first, second = (run(fitter(encoder, noisy), 2)[0].moments.value for _ in range(2))
    other = run(fitter(encoder, noisy, seed=1), 2)[0].moments.value
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_fit__a_tighter_prior_stays_nearer_to_the_stock_voices(encoder: EncoderA) -> None:
    loose = run(fitter(encoder, QUICK), 6)[0].moments.value
    tight = run(fitter(encoder, dataclasses.replace(QUICK, timbre_weight=0.1, prosody_weight=0.1)), 6)[0].moments.value
    assert np.linalg.norm(tight) < np.linalg.norm(loose)


def test_fit__averages_the_last_steps(encoder: EncoderA) -> None:
    one, seen = fitter(encoder, QUICK), []
    state = one.begin()
    for _ in range(5):
        state, _ = one.step(state)
        seen.append(state.moments.value)
    assert np.allclose(state.averaged(), np.mean(seen[-3:], axis=0))


class Tally:
    """Stands in for the chooser: likes one step best."""

    def __init__(self, liked: int) -> None:
        self.liked, self.asked = liked, []

    def score(self, step: int, coordinates: NDArray[np.float32], *, usual_errors: float | None) -> Candidate:
        self.asked.append((step, usual_errors))
        score = 1 - abs(step - self.liked) / 100
        return Candidate(step, score, 0.1, 0.0, score)


def training(
    encoder: EncoderA, folder: Path, *, liked: int = 6, cancelled: Callable[[], bool] = lambda: False, mark: str = "x",
) -> tuple[Training, Tally]:  # fmt: skip
    tally = Tally(liked)
    one = Training(
        fitter(encoder, QUICK), tally, QUICK, folder=folder, fingerprint=mark, reporter=SilentReporter(),  # type: ignore[arg-type]
        cancelled=cancelled,
    )  # fmt: skip
    return one, tally


def test_training__takes_the_candidate_that_is_liked_best_and_not_the_last(encoder: EncoderA, tmp_path: Path) -> None:
    one, tally = training(encoder, tmp_path / "c")
    fitted = one.run(resume=False, max_minutes=None)
    assert [step for step, _ in tally.asked] == [0, 3, 6, 9]
    assert tally.asked[0][1] is None
    assert tally.asked[1][1] == 0.1
    assert (fitted.chosen.step, fitted.steps) == (6, 9)
    assert [point.step for point in fitted.curve if point.held_out_loss is not None] == [0, 3, 6, 9]


def test_training__that_was_stopped_goes_on_to_the_very_same_voice(encoder: EncoderA, tmp_path: Path) -> None:
    whole = training(encoder, tmp_path / "whole")[0].run(resume=False, max_minutes=None)
    answers = iter([False] * 5 + [True])
    with pytest.raises(RunCancelledError, match="--resume"):
        training(encoder, tmp_path / "c", cancelled=lambda: next(answers))[0].run(resume=False, max_minutes=None)
    again: Fitted = training(encoder, tmp_path / "c")[0].run(resume=True, max_minutes=None)
    assert np.array_equal(again.coordinates, whole.coordinates)
    assert again.curve == whole.curve


def test_training__tells_how_far_it_is(encoder: EncoderA, tmp_path: Path) -> None:
    told: list[ProgressEvent] = []

    class Notes(SilentReporter):
        def progress(self, event: ProgressEvent) -> None:
            told.append(event)

    one, _ = training(encoder, tmp_path / "c")
    one._reporter = Notes()
    one.run(resume=False, max_minutes=None)
    assert [event.step for event in told] == list(range(1, 10))
    assert told[-1].eta_seconds == 0
    assert all(event.eta_seconds is not None for event in told[1:])


def test_training__a_checkpoint_of_another_run_or_a_damaged_one_is_refused(encoder: EncoderA, tmp_path: Path) -> None:
    training(encoder, tmp_path)[0].run(resume=False, max_minutes=None)
    with pytest.raises(CheckpointMismatchError, match="other recordings"):
        training(encoder, tmp_path, mark="y")[0].run(resume=True, max_minutes=None)
    (tmp_path / checkpoint.FILE).write_bytes(b"nonsense")
    with pytest.raises(CheckpointMismatchError, match="without --resume"):
        checkpoint.load(tmp_path, "x")


def test_encoder_a__does_not_hear_how_loud_a_recording_is(encoder: EncoderA) -> None:
    samples = babble(1, 4)
    assert np.allclose(encoder.vector(samples, 16_000), encoder.vector(0.1 * samples, 16_000), atol=1e-4)
    assert np.linalg.norm(encoder.vector(samples, 16_000)) == pytest.approx(1, abs=1e-5)


def test_encoder_a__takes_recordings_shorter_than_its_window(encoder: EncoderA) -> None:
    assert encoder.vector(voiced(150, 0.3), 16_000).shape == (256,)


def test_to_speech_rate__has_gradients_and_keeps_the_sound(encoder: EncoderA) -> None:
    samples = torch.from_numpy(voiced(200, 1, rate=RATE)).requires_grad_(True)
    heard = to_speech_rate(samples, RATE)
    assert len(heard) == 16_000
    assert np.allclose(heard.detach().numpy()[100:-100], voiced(200, 1)[100:-100], atol=0.02)
    heard.pow(2).sum().backward()
    assert samples.grad is not None
    assert samples.grad.abs().max() > 0


def test_shape__is_the_same_for_the_same_voice_and_far_for_another(encoder: EncoderA) -> None:
    own, also, other = (
        shape_of([torch.from_numpy(sound)], encoder) for sound in (babble(1, 8), babble(1, 8)[16_000:], voiced(300, 8))
    )
    assert float(distance(own, own)) == pytest.approx(0, abs=1e-4)
    assert float(distance(own, also)) < 0.1 * float(distance(own, other))


def test_target__knows_the_pitch_and_the_direction_of_the_recordings(encoder: EncoderA) -> None:
    recordings = [(voiced(200, 2), 16_000), (voiced(210, 2), 16_000)]
    target: Target = target_of(recordings, encoder)
    assert 2**target.pitch == pytest.approx(205, rel=0.03)
    assert np.allclose(target.vector, mean_vector([encoder.vector(*one) for one in recordings]))


def test_principal_directions__span_the_stock_voices_one_deviation_long() -> None:
    rows = np.random.default_rng(0).standard_normal((30, 8)).astype(np.float32) * np.arange(1, 9, dtype=np.float32)
    found = principal_directions(rows, 8)
    assert np.allclose(found.T @ found, np.cov(rows.T, bias=True), atol=1e-3)
    assert np.all(np.diff(np.linalg.norm(found, axis=1)) <= 1e-5)


def test_blend__weighs_the_nearest_most_and_sums_to_one() -> None:
    stock = space()
    ranked = [(name, 0.8 - 0.05 * i) for i, name in enumerate(stock.packs)]
    pack, shares = blend(stock, ranked)
    assert list(shares) == ["v0", "v1", "v2", "v3", "v4", "v5"]
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["v0"] == pytest.approx(np.e * shares["v1"])
    assert np.allclose(pack, sum(share * stock.packs[name] for name, share in shares.items()), atol=1e-5)


def test_take__of_seed_0_is_the_voice_itself_and_others_move_only_the_prosody() -> None:
    stock = space()
    pack = stock.packs["v0"]
    assert take(pack, stock, 0) is pack
    other = take(pack, stock, 5)
    assert np.array_equal(other, take(pack, stock, 5))
    assert np.array_equal(other[:, :128], pack[:, :128])
    assert 0 < np.abs(other[:, 128:] - pack[:, 128:]).max() < np.abs(pack[:, 128:]).max()
    assert DIRECTIONS >= 10


@pytest.mark.parametrize(
    ("node", "module"),
    [
        ("/encoder/text_encoder/cnn.0/cnn.0.0/Conv_quant", "text_encoder.cnn.0.0"),
        ("/decoder/decoder/generator/resblocks.1/convs1.0/Conv_quant", "decoder.generator.resblocks.1.convs1.0"),
        ("/encoder/F0.1/conv1x1/Conv_quant", "predictor.F0.1.conv1x1"),
        ("/encoder/shared/LSTM_quant", "predictor.shared"),
        ("/encoder/predictor/text_encoder/lstms.0/LSTM_quant", "predictor.text_encoder.lstms.0"),
    ],
)
def test_weights__a_node_belongs_to_the_module_of_its_path(node: str, module: str) -> None:
    assert _path(node) == module


def test_weights__gates_are_put_into_pytorchs_order() -> None:
    onnx_order = np.repeat(np.array([0, 3, 1, 2], dtype=np.float32), 2)  # input, output, forget, cell
    assert _gates(onnx_order).tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
