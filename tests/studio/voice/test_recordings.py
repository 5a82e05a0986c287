"""Recordings: each refusal has its plain reason, and none of them ends the run."""

from __future__ import annotations

import base64
import dataclasses
import io
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from oeuvre_studio.errors import UsageError, WorksUnusableError
from oeuvre_studio.protocol import WorkLine, dump
from oeuvre_studio.voice.audio import Samples, encode
from oeuvre_studio.voice.encoders import Vector
from oeuvre_studio.voice.inspection import clipped_share, speech_over_noise, two_groups
from oeuvre_studio.voice.recordings import BodyOfVoice, Recording, read_folder, read_lines
from oeuvre_studio.voice.run import split
from tests.studio.voice.made import RATE, Ears, Hearer, babble, inspector


def write(folder: Path, name: str, samples: Samples, *, rate: int = RATE) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(encode(samples, rate, name.rsplit(".", 1)[1]))


def codes(body: BodyOfVoice) -> dict[str, str]:
    return {refused.file: refused.code for refused in body.refused}


def test_read_folder__takes_wav_flac_and_mp3_with_their_titles(tmp_path: Path) -> None:
    for number, name in enumerate(("one.wav", "two.flac", "three.mp3")):
        write(tmp_path, name, babble(number, 5), rate=16_000)
    listed = {"author": "Ann", "language": "fr", "works": [{"file": "two.flac", "title": "The second", "kind": "spot"}]}
    (tmp_path / "works.json").write_text(json.dumps(listed))
    body = read_folder(tmp_path, inspector())
    assert (body.author, body.language) == ("Ann", "fr")
    assert [(work.file, work.title, work.kind) for work in body.works] == [
        ("two.flac", "The second", "spot"),
        ("one.wav", "one", "recording"),
        ("three.mp3", "three", "recording"),
    ]
    assert all(4.9 < work.seconds < 5.1 and 1.5 < work.speech <= 5.1 for work in body.works)


def bad_files(folder: Path) -> dict[str, str]:
    """Files that are refused, and for what."""
    folder.mkdir(parents=True)
    good = babble(1, 6)
    noise = np.random.default_rng(0).standard_normal(len(good)).astype(np.float32)
    low = io.BytesIO()
    soundfile.write(low, babble(9, 4, rate=8000), 8000, format="WAV")
    ogg = io.BytesIO()
    soundfile.write(ogg, good, RATE, format="OGG")
    write(folder, "good.wav", good)
    write(folder, "long.flac", np.tile(babble(8, 10), 61))
    write(folder, "short.wav", babble(2, 1))
    write(folder, "clipped.wav", np.clip(8 * babble(3, 4), -1, 1))
    write(folder, "quiet.flac", 0.002 * babble(4, 4))
    write(folder, "silent.wav", np.concatenate([0.5 * babble(5, 0.6), np.zeros(5 * RATE, dtype=np.float32)]))
    write(folder, "noisy.wav", 0.3 * babble(6, 4) + 0.05 * noise[: 4 * RATE])
    write(folder, "again.mp3", 0.5 * good)
    (folder / "same.wav").write_bytes((folder / "good.wav").read_bytes())
    (folder / "low.wav").write_bytes(low.getvalue())
    (folder / "other.wav").write_bytes(ogg.getvalue())
    (folder / "broken.wav").write_bytes(b"RIFF....WAVEfmt nothing of the kind")
    (folder / "cut.mp3").write_bytes(encode(good, RATE, "mp3")[:40])
    (folder / "empty.flac").write_bytes(b"")
    (folder / "notes.txt").write_text("not a sound")
    return {
        "long.flac": "too_long",
        "short.wav": "too_short",
        "clipped.wav": "clipping",
        "quiet.flac": "too_quiet",
        "silent.wav": "no_speech",
        "noisy.wav": "noise",
        "again.mp3": "duplicate",
        "same.wav": "duplicate",
        "low.wav": "low_rate",
        "other.wav": "not_sound",
        "broken.wav": "unreadable",
        "cut.mp3": "unreadable",
        "empty.flac": "empty",
        "notes.txt": "not_sound",
        "gone.wav": "missing",
    }


def test_read_folder__names_what_is_wrong_with_each_file_and_keeps_the_good_one(tmp_path: Path) -> None:
    wanted = bad_files(tmp_path / "works")
    order = ["good.wav", "gone.wav"]
    (tmp_path / "works" / "works.json").write_text(json.dumps([{"file": name} for name in order]))
    body = read_folder(tmp_path / "works", inspector())
    assert [work.file for work in body.works] == ["good.wav"]
    assert codes(body) == wanted
    assert all(refused.reason.endswith(".") and len(refused.reason) > 15 for refused in body.refused)


def test_read_folder__refuses_what_two_people_say_and_somebody_elses_recording(tmp_path: Path) -> None:
    for number in range(4):
        write(tmp_path, f"own{number}.wav", babble(number, 6, hertz=110))

    class Two(Hearer):
        """Hears one person, but another in every recording that is higher, and two where both are."""

        def vector(self, samples: Samples, rate: int) -> Vector:
            high = Ears().vector(samples, rate)[:4].sum() < 0.4
            return np.array([0, 1] if high else [1, 0], dtype=np.float32)

    low = babble(20, 6)
    high = (low * np.cos(2 * np.pi * 4500 * np.arange(len(low)) / RATE)).astype(np.float32)
    write(tmp_path, "stranger.wav", high)
    write(tmp_path, "both.wav", np.concatenate([babble(21, 6, hertz=110), high]))
    body = read_folder(tmp_path, inspector(encoder=Two()))
    assert codes(body) == {"stranger.wav": "another_speaker", "both.wav": "several_speakers"}
    assert len(body.works) == 4


def test_read_folder__needs_a_folder_and_a_readable_list(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a folder"):
        read_folder(tmp_path / "nowhere", inspector())
    (tmp_path / "works.json").write_text('{"works": [{}]}')
    with pytest.raises(UsageError, match="not a list of works"):
        read_folder(tmp_path, inspector())


def test_read_lines__reads_base64_and_refuses_bad_lines_one_by_one() -> None:
    content = base64.b64encode(encode(babble(1, 5), RATE, "flac")).decode()
    lines = [
        json.dumps(dump(WorkLine(file="a.flac", content=content, title="First", sha256="ab" * 32))),
        "",
        "not json",
        json.dumps(dump(WorkLine(file="b.flac", content="not base64!"))),
        json.dumps(dump(WorkLine(file="c.flac", content=""))),
    ]
    body = read_lines(lines, inspector())
    assert [(work.file, work.title, work.sha256) for work in body.works] == [("a.flac", "First", "ab" * 32)]
    assert codes(body) == {"line 3": "invalid", "b.flac": "invalid", "c.flac": "empty"}


def test_clipped_share__counts_flat_tops_and_no_loud_peaks() -> None:
    loud = babble(1, 3, level=0.99)
    assert clipped_share(loud) < 0.001
    assert clipped_share(np.clip(4 * loud, -0.9, 0.9)) > 0.01


def test_speech_over_noise__is_the_distance_between_voice_and_pauses() -> None:
    voice = babble(1, 4)
    speech = np.ones(len(voice) + RATE, dtype=bool)
    speech[-RATE:] = False
    hiss = 0.001 * np.random.default_rng(0).standard_normal(len(speech)).astype(np.float32)
    found = speech_over_noise(np.concatenate([voice, np.zeros(RATE, dtype=np.float32)]) + hiss, speech)
    wanted = 20 * np.log10(np.sqrt(np.mean(voice**2)) / 0.001)
    assert found == pytest.approx(wanted, abs=1.5)


def test_two_groups__of_one_voice_are_alike_and_of_two_are_not() -> None:
    drawn = np.random.default_rng(0)
    one = np.eye(8)[0] + 0.1 * drawn.standard_normal((6, 8))
    two = np.concatenate([one, np.eye(8)[1] + 0.1 * drawn.standard_normal((6, 8))])
    length = np.linalg.norm
    assert two_groups((one / length(one, axis=1, keepdims=True)).astype(np.float32)) > 0.9
    assert two_groups((two / length(two, axis=1, keepdims=True)).astype(np.float32)) < 0.3


def made_recording(number: int, *, speech: float = 10.0) -> Recording:
    samples = np.zeros(10, dtype=np.float32)
    return Recording(f"{number}.wav", f"{number}", "recording", (), "own", f"{number:064x}", samples, speech, speech)


def test_split__holds_out_about_the_share_and_the_same_ones_whatever_the_order() -> None:
    works = [made_recording(number) for number in range(20)]
    training, held_out = split(works, share=0.15, seed=3)
    assert len(held_out) == 3
    assert not {work.sha256 for work in training} & {work.sha256 for work in held_out}
    again = split(works[::-1], share=0.15, seed=3)[1]
    assert {work.sha256 for work in again} == {work.sha256 for work in held_out}


@pytest.mark.parametrize(
    "works", [[made_recording(i) for i in range(3)], [made_recording(i, speech=5) for i in range(5)]]
)
def test_split__refuses_too_few_recordings_and_too_little_speech(works: list[Recording]) -> None:
    with pytest.raises(WorksUnusableError, match="Add recordings"):
        split(works, share=0.15, seed=0)


def test_split__always_leaves_two_to_fit_to() -> None:
    works = [dataclasses.replace(made_recording(i), speech=100.0 if i == 0 else 10.0) for i in range(4)]
    assert len(split(works, share=0.5, seed=0)[0]) >= 2
