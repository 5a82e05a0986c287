"""Outputs against sketches of everybody else's works: found where they repeat one, and nobody can read the sketches."""

from __future__ import annotations

import dataclasses
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oeuvre_studio.errors import OthersIndexError
from oeuvre_studio.modalities import TrainRequest
from oeuvre_studio.progress import SilentReporter
from oeuvre_studio.protocol import (
    Report,
    TrainResult,
    dump,
    parse,
    read_index,
    read_sketch_key,
    shingles,
    sketch,
    write_index,
)
from oeuvre_studio.text.measures.bars import thresholds
from oeuvre_studio.text.measures.near_duplicates import OthersIndex, near_duplicates, open_index
from oeuvre_studio.text.measures.probe import Probe
from oeuvre_studio.text.modality import TEXT
from tests.studio import tiny

KEY = bytes(range(32))
FOREIGN = tiny.prose([f"{word}{end}" for word in tiny.OTHER_WORDS for end in ("", "s", "ed")], sentences=300, seed=5)
OTHER_FOREIGN = tiny.prose([f"{word}ing" for word in tiny.OTHER_WORDS], sentences=300, seed=6)
OWN = tiny.prose(tiny.WORDS, sentences=40, seed=7)


def words(text: str, first: int, count: int) -> str:
    return " ".join(text.split()[first : first + count])


@pytest.fixture
def index(tmp_path: Path) -> OthersIndex:
    """An index of two works."""
    with (tmp_path / "others").open("wb") as stream:
        write_index(stream, [("w-1", sketch(FOREIGN, KEY)), ("w-2", sketch(OTHER_FOREIGN, KEY))], key=KEY)
    (tmp_path / "key").write_text(KEY.hex() + "\n")
    found = open_index(tmp_path / "others", tmp_path / "key")
    assert found is not None
    return found


def test_near_duplicates__finds_the_work_and_the_stretch_that_an_output_repeats(index: OthersIndex) -> None:
    copied = words(FOREIGN, 700, 100)
    output = f"{words(OWN, 0, 50)} {copied.upper()} {words(OWN, 60, 50)}"
    found = near_duplicates([OWN, output], index)
    assert found.works == 2
    (passage,) = found.passages
    assert (passage.work, passage.sample) == ("w-1", 1)
    assert found.highest_share == passage.share == pytest.approx(93 / 193, abs=0.15)  # shingles copied of all
    assert passage.text in copied.upper()
    assert len(passage.text.split()) > 70
    assert not thresholds()["near_duplicate_of_others"].judge("n", found.highest_share).met


def test_near_duplicates__does_not_mind_an_author_s_own_words(index: OthersIndex) -> None:
    found = near_duplicates([OWN, "", "too short"], index)
    assert (found.highest_share, found.passages) == (0.0, ())
    assert thresholds()["near_duplicate_of_others"].judge("n", found.highest_share).met


def test_near_duplicates__shows_the_largest_shares_first(index: OthersIndex) -> None:
    outputs = [f"{words(text, 100, count)} {OWN}" for text, count in ((FOREIGN, 60), (OTHER_FOREIGN, 400))]
    found = near_duplicates(outputs, index)
    assert [passage.work for passage in found.passages] == ["w-2", "w-1"]


@given(first=st.integers(0, 1500), count=st.integers(60, 300), seed=st.binary(min_size=32, max_size=32))
def test_sketch__estimates_what_part_of_a_text_a_work_contains(first: int, count: int, seed: bytes) -> None:
    part = words(FOREIGN, first, count)
    inside = {shingle.value for shingle in shingles(part, seed)}
    assert inside <= {shingle.value for shingle in shingles(FOREIGN, seed)}
    mixed = {shingle.value for shingle in shingles(f"{part} {words(OWN, 0, count)}", seed)}
    assert abs(len(inside) / max(len(mixed), 1) - 0.5) < 0.4


def test_sketch__keeps_no_text_and_means_nothing_under_another_key() -> None:
    stream = io.BytesIO()
    write_index(stream, [("w-1", sketch(FOREIGN, KEY))], key=KEY)
    written = stream.getvalue().lower()
    assert not any(word.lower().encode() in written for word in FOREIGN.replace(".", "").split() if len(word) > 3)
    assert KEY not in stream.getvalue()
    assert KEY.hex().encode() not in written
    ours, theirs = ({sketch(FOREIGN, key)[at : at + 8] for at in range(0, 800, 8)} for key in (KEY, bytes(32)))
    assert not ours & theirs


def test_sketch__sees_through_case_punctuation_and_layout() -> None:
    text = "The sea, it\u2019s said, was calm that evening; and nobody spoke of the ship. " * 3
    assert sketch(text, KEY) == sketch(text.upper().replace(",", "\n").replace("\u2019", "'"), KEY) != b""


def test_sketch__is_about_two_bytes_a_word() -> None:
    assert len(sketch(FOREIGN, KEY)) / len(FOREIGN.split()) == pytest.approx(2, rel=0.15)


def test_index__is_refused_when_it_is_not_whole_or_not_of_this_key(index: OthersIndex, tmp_path: Path) -> None:
    whole = index.file.read_bytes()
    assert [name for name, _ in read_index(io.BytesIO(whole), key=KEY)] == ["w-1", "w-2"]
    for broken in (b"", b"PK\x03\x04", whole[:40], whole[:-1], whole[: len(whole) // 2]):
        with pytest.raises(OthersIndexError):
            list(read_index(io.BytesIO(broken), key=KEY))
    with pytest.raises(OthersIndexError, match="another key"):
        list(read_index(io.BytesIO(whole), key=bytes(32)))
    for bad in ("", "zz", "00" * 31, "é"):
        (tmp_path / "bad").write_text(bad)
        with pytest.raises(OthersIndexError):
            read_sketch_key(tmp_path / "bad")
    with pytest.raises(OthersIndexError, match="go together"):
        open_index(index.file, None)
    with pytest.raises(OthersIndexError, match="cannot be read"):
        open_index(tmp_path / "absent", tmp_path / "key")


def report_of(result: TrainResult) -> Report:
    return parse(Report, json.loads((Path(result.dir) / "report.json").read_text()))


def test_gate__rejects_a_version_whose_outputs_repeat_somebody_else_s_work(
    train_request: TrainRequest, index: OthersIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = words(FOREIGN, 30, 120)
    monkeypatch.setattr(Probe, "write", lambda self, prompts, *_, **__: [self.tokens(copied) for _ in prompts])
    request = dataclasses.replace(
        train_request,
        out=tmp_path / "v",
        options={"others_index": index.file, "others_key": tmp_path / "key", "max_steps": 2},
    )
    result = TEXT.train(request, SilentReporter())
    (bar,) = (bar for bar in result.bars if bar.name == "near_duplicate_of_others")
    assert (bar.value, bar.met, result.status) == (1.0, False, "rejected")
    found = report_of(result).details.near_duplicates
    assert found is not None
    assert found.passages[0].work == "w-1"
    page = (tmp_path / "v" / "report.html").read_text()
    assert found.passages[0].text in page
    assert "w-1" in page


def test_gate__says_nothing_of_others_works_without_an_index(trained: TrainResult) -> None:
    assert report_of(trained).details.near_duplicates is None
    assert "near_duplicate_of_others" not in [bar.name for bar in trained.bars]
    assert "Not measured" in (Path(trained.dir) / "report.html").read_text()


def test_gate__refuses_a_damaged_index_before_it_trains(
    train_request: TrainRequest, index: OthersIndex, tmp_path: Path
) -> None:
    index.file.write_bytes(index.file.read_bytes()[:-5])
    request = dataclasses.replace(
        train_request, out=tmp_path / "v", options={"others_index": index.file, "others_key": tmp_path / "key"}
    )
    with pytest.raises(OthersIndexError):
        TEXT.train(request, SilentReporter())
    assert not (tmp_path / "v").exists()


def test_report__of_an_older_studio_can_still_be_read(trained: TrainResult) -> None:
    older = dump(report_of(trained))
    for new in ("near_duplicates", "own_char_grams"):
        del older["details"][new]
    del older["details"]["memorisation"]["runs"]
    assert parse(Report, older).details.near_duplicates is None
