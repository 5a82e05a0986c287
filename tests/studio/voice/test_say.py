"""Lines in stock voices: one file a line, a clear word for each that cannot be read, and no file outside the folder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from oeuvre_studio.cli import app
from oeuvre_studio.errors import UsageError
from oeuvre_studio.voice import say
from oeuvre_studio.voice.say import blended

PACKS = {"one": np.zeros((4, 2), np.float32), "two": np.ones((4, 2), np.float32)}


@pytest.fixture
def _spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A speaker who hums for as long as the text has letters, louder for more of the second voice."""

    class Space:
        packs = PACKS

    def hum(kokoro: object, pack: np.ndarray, text: str, reading: object) -> np.ndarray:
        return np.full(2400 * len(text), pack.mean() / 2, np.float32)

    monkeypatch.setattr(say, "stock_space", lambda folder: Space)
    monkeypatch.setattr(say, "load_kokoro", lambda folder: None)
    monkeypatch.setattr(say, "speak", hum)


def run(lines: list[object], out: Path, voices: str = "one,two") -> tuple[int, str]:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    result = CliRunner().invoke(app, ["say", "-", "--voices", voices, "--out", str(out)], input=text)
    return result.exit_code, result.stdout + result.stderr


def line(**changes: object) -> dict[str, object]:
    return {"file": "a.wav", "language": "en-gb", "text": "Mind the gap.", **changes}


@pytest.mark.usefixtures("_spoken")
def test_say__writes_a_file_for_each_line(tmp_path: Path) -> None:
    status, told = run([line(), "", line(file="b.wav", language="pt-br", text="Olá.")], tmp_path / "new")
    assert status == 0
    assert "a.wav\t1.3 s" in told
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["a.wav", "b.wav"]
    assert (tmp_path / "new" / "a.wav").read_bytes()[:4] == b"RIFF"


@pytest.mark.usefixtures("_spoken")
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("no json", "Line 2"),
        ({"file": "b.wav"}, "Line 2"),
        (line(file="../b.wav"), "plain name"),
        (line(file="b.mp3"), "plain name"),
        (line(language="tlh"), "tlh"),
    ],
)
def test_say__names_the_line_that_cannot_be_read(tmp_path: Path, wrong: object, words: str) -> None:
    status, told = run([line(), wrong], tmp_path / "out")
    assert status == 2
    assert words in told
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.wav"]
    assert list(tmp_path.iterdir()) == [tmp_path / "out"]


def test_blend__is_the_mean_and_knows_its_voices() -> None:
    assert blended(PACKS, ["one", "two"]).tolist() == [[0.5, 0.5]] * 4
    assert blended(PACKS, ["two"]).tolist() == [[1.0, 1.0]] * 4
    with pytest.raises(UsageError, match="one, two"):
        blended(PACKS, ["three"])
