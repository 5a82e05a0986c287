"""The real networks: what is fitted is what serves, speech is understood, and the same seed gives the same bytes."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from oeuvre_studio.catalog import default_models_dir
from oeuvre_studio.voice.audio import LOUDNESS, decode, encode, loudness
from oeuvre_studio.voice.detector import load_detector
from oeuvre_studio.voice.encoders import load_encoder_a, load_encoder_b
from oeuvre_studio.voice.files import DETECTOR, ENCODER_A, ENCODER_B, KOKORO, KOKORO_FILE, LISTENER, MARK, model_file
from oeuvre_studio.voice.hearing import load_listener, word_errors
from oeuvre_studio.voice.inspection import load_inspector
from oeuvre_studio.voice.kokoro import RATE, TONE_SIZE, load_kokoro
from oeuvre_studio.voice.languages import language
from oeuvre_studio.voice.network.weights import load_network
from oeuvre_studio.voice.phonemes import phonemes, tokens
from oeuvre_studio.voice.reader import Reader
from oeuvre_studio.voice.recordings import read_folder
from oeuvre_studio.voice.speech import Reading
from oeuvre_studio.voice.voices import stock_space
from oeuvre_studio.voice.watermark import FOUND, load_watermark

ROOT = Path(__file__).parents[2]
CORPUS = ROOT.parent / "shared/corpora/voice"
MODELS = ROOT / default_models_dir()
NEEDED = (KOKORO, ENCODER_A, ENCODER_B, DETECTOR, LISTENER, MARK)

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not all((MODELS / name / "pulled.json").is_file() for name in NEEDED),
        reason="the voice models were not pulled: studio models pull --default",
    ),
]
ENGLISH = language("en-us")
SHORT = "Please leave your name after the tone."


@pytest.fixture(scope="module")
def reader() -> Reader:
    space = stock_space(MODELS)
    return Reader(load_kokoro(MODELS), space.packs["af_heart"], space, load_watermark(MODELS))


def test_real__the_torch_network_says_what_the_onnx_file_says() -> None:
    pack, ids = stock_space(MODELS).packs["af_kore"], tokens(phonemes(SHORT, ENGLISH))
    served = load_kokoro(MODELS).say(ids, pack)
    network = load_network(model_file(KOKORO, KOKORO_FILE, MODELS))
    with torch.no_grad():
        read = network.read(torch.tensor([[0, *ids, 0]]))
        fitted = network.say(read, torch.from_numpy(pack[len(ids) - 1])).samples.numpy()
    assert abs(len(served) - len(fitted)) <= RATE // 20  # int8 activations may round a phoneme a frame longer
    encoder = load_encoder_b(MODELS)
    assert float(encoder.vector(served, RATE) @ encoder.vector(fitted, RATE)) > 0.85


def test_real__a_tone_changes_both_networks_alike_and_an_empty_one_nothing() -> None:
    pack, ids = stock_space(MODELS).packs["af_kore"], tokens(phonemes(SHORT, ENGLISH))
    kokoro, network = load_kokoro(MODELS), load_network(model_file(KOKORO, KOKORO_FILE, MODELS))
    biases = {n: p for n, p in sorted(network.decoder.named_parameters()) if n.endswith(".fc.bias")}
    drawn = np.random.default_rng(0).normal(0, 0.2, TONE_SIZE).astype(np.float32)
    plain, toned = kokoro.say(ids, pack), kokoro.toned(drawn).say(ids, pack)
    assert np.array_equal(plain, kokoro.toned(np.zeros(TONE_SIZE, np.float32)).say(ids, pack))
    parts = np.split(drawn, np.cumsum([value.numel() for value in biases.values()])[:-1])
    with torch.no_grad():
        for value, part in zip(biases.values(), parts, strict=True):
            value += torch.from_numpy(part)
        read = network.read(torch.tensor([[0, *ids, 0]]))
        fitted = network.say(read, torch.from_numpy(pack[len(ids) - 1])).samples.numpy()
    encoder = load_encoder_b(MODELS)
    alike = encoder.vector(toned, RATE) @ encoder.vector(fitted, RATE)
    assert alike > 0.85
    assert alike > encoder.vector(plain, RATE) @ encoder.vector(fitted, RATE)


@pytest.mark.parametrize(
    ("code", "voice", "text"),
    [
        ("en-us", "af_heart", SHORT),
        ("pt-br", "pf_dora", "Deixe seu nome depois do sinal, por favor."),
    ],
)
def test_real__speech_is_understood_level_marked_and_the_same_twice(code: str, voice: str, text: str) -> None:
    space, spoken = stock_space(MODELS), language(code)
    reader = Reader(load_kokoro(MODELS), space.packs[voice], space, load_watermark(MODELS))
    samples = reader.read(text, Reading(spoken), seed=3)
    assert np.array_equal(samples, reader.read(text, Reading(spoken), seed=3))
    assert not np.array_equal(samples, reader.read(text, Reading(spoken), seed=4))
    assert loudness(samples, RATE) == pytest.approx(LOUDNESS, abs=0.7)
    through_mp3, rate = decode(encode(samples, RATE, "mp3"))
    assert word_errors(text, load_listener(MODELS).words(through_mp3, rate, spoken.spoken)) <= 0.15
    assert load_watermark(MODELS).find(through_mp3, rate) > FOUND
    assert load_detector(MODELS).speech(samples, RATE).mean() > 0.5


def test_real__unmarked_speech_is_not_taken_for_marked(reader: Reader) -> None:
    plain = Reader(reader.kokoro, reader.pack, reader.space, None).read(SHORT, Reading(ENGLISH))
    assert load_watermark(MODELS).find(plain, RATE) < FOUND


def test_real__faster_is_shorter_and_speech_is_there_before_it_is_listened_to(reader: Reader) -> None:
    reader.read(SHORT, Reading(ENGLISH))
    taken = []
    for _ in range(3):  # the best of three: neighbours may have had the machine; how fast it is, the benchmark says
        started = time.monotonic()
        usual = reader.read(SHORT, Reading(ENGLISH))
        taken.append(time.monotonic() - started)
    assert min(taken) < len(usual) / RATE
    fast = reader.read(SHORT, Reading(ENGLISH, speed=1.5))
    assert len(fast) < 0.85 * len(usual)


@pytest.mark.skipif(not CORPUS.is_dir(), reason=f"there is no corpus at {CORPUS}")
def test_real__encoders_tell_two_people_apart_and_their_recordings_are_taken(tmp_path: Path) -> None:
    bodies = []
    for person in sorted(path for path in CORPUS.iterdir() if path.is_dir())[:2]:
        shutil.copytree(person, tmp_path / person.name, ignore=lambda _, names: sorted(names)[4:])
        bodies.append(read_folder(tmp_path / person.name, load_inspector(MODELS)))
    assert all(len(body.works) == 4 and not body.refused for body in bodies)
    (own_folder, other_folder) = sorted(path for path in tmp_path.iterdir() if path.is_dir())
    planted = next(path for path in sorted(other_folder.iterdir()) if path.suffix == ".flac")
    shutil.copy(planted, own_folder / "planted.flac")
    with_stranger = read_folder(own_folder, load_inspector(MODELS))
    assert [(refused.file, refused.code) for refused in with_stranger.refused] == [("planted.flac", "another_speaker")]
    for encoder in (load_encoder_a(MODELS), load_encoder_b(MODELS)):
        own, other = (np.stack([encoder.vector(*work.heard) for work in body.works]) for body in bodies)
        assert (own @ own.T).min() > np.median(own @ other.T)
    encoder_b, heard = load_encoder_b(MODELS), [work.heard for work in bodies[0].works]
    together = encoder_b.vectors([samples for samples, _ in heard], heard[0][1])
    alone = [encoder_b.vector(*one) for one in heard]
    assert min(float(one @ other) for one, other in zip(together, alone, strict=True)) > 0.999
