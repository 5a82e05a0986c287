"""Reading a body of work: every file gets a verdict, none ends the run."""

import json
from pathlib import Path

import pytest

from oeuvre_studio.errors import UsageError
from oeuvre_studio.text.works import normalise, read_folder, read_lines
from tests.studio import tiny

GOOD = tiny.prose(tiny.WORDS, sentences=5, seed=1)


def test_read_folder__names_every_unusable_work_and_keeps_the_rest(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text(GOOD)
    (tmp_path / "copy.md").write_text(GOOD.upper())
    (tmp_path / "empty.txt").write_text(" \n\t\n")
    (tmp_path / "short.txt").write_text("Five words are too few.")
    (tmp_path / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    (tmp_path / "paper.txt").write_bytes(b"%PDF-1.7 some text that looks readable at first sight")
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    (tmp_path / "works.json").write_text(json.dumps([{"file": "gone.txt"}]))
    body = read_folder(tmp_path)
    assert [work.file for work in body.works] == ["copy.md"]
    assert {refusal.file: refusal.code for refusal in body.refused} == {
        "gone.txt": "missing",
        "good.txt": "duplicate",
        "empty.txt": "empty",
        "short.txt": "too_short",
        "picture.txt": "not_text",
        "paper.txt": "not_text",
        "photo.jpg": "not_text",
    }
    assert all(refusal.reason.endswith(".") for refusal in body.refused)


def test_read_folder__takes_titles_kinds_and_author_from_works_json(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(GOOD)
    entry = {"file": "a.txt", "title": "The Whale", "kind": "chapter", "keywords": ["sea"], "rights": "licensed"}
    (tmp_path / "works.json").write_text(json.dumps({"author": "H. M.", "works": [entry]}))
    body = read_folder(tmp_path)
    (work,) = body.works
    assert body.author == "H. M."
    assert (work.title, work.kind, work.keywords, work.rights) == ("The Whale", "chapter", ("sea",), "licensed")


def test_read_folder__reads_other_encodings(tmp_path: Path) -> None:
    text = "Die Größe der Häuser überraschte die müden Gäste, während draußen Stürme über Äcker fegten. " * 6
    (tmp_path / "a.txt").write_bytes(text.encode("cp1252"))
    (work,) = read_folder(tmp_path).works
    assert "Größe der Häuser" in work.text


@pytest.mark.parametrize("content", ["{", '{"works": [{}]}', '"text"', "[1]"])
def test_read_folder__says_what_is_wrong_with_works_json(tmp_path: Path, content: str) -> None:
    (tmp_path / "works.json").write_text(content)
    with pytest.raises(UsageError, match=r"works\.json"):
        read_folder(tmp_path)


def test_read_lines__goes_on_after_a_line_that_is_no_work() -> None:
    good = json.dumps({"file": "a.txt", "text": GOOD, "sha256": "ab"})
    lines = [good, "not json", '{"title": "No file"}', "", '{"file": "b.txt"}']
    body = read_lines(lines)
    assert [(work.file, work.sha256) for work in body.works] == [("a.txt", "ab")]
    assert [(refusal.file, refusal.code) for refusal in body.refused] == [
        ("line 2", "invalid"),
        ("line 3", "invalid"),
        ("b.txt", "empty"),
    ]


def test_normalise__joins_hard_wrapped_prose() -> None:
    lines = ["The harbour lay quiet that morning, and nobody on the quay spoke", "of what had happened in the night"]
    wrapped = "\n".join([lines[0]] * 8 + [lines[1]]) + "\n\n" + "\n".join([lines[0]] * 3)
    assert normalise(wrapped).count("\n") == 2  # one paragraph break is left


def test_normalise__keeps_the_lines_of_verse_and_code() -> None:
    verse = (
        "O rose, thou art sick\nThe invisible worm\nThat flies in the night\nIn the howling storm\nHas found out\nThy"
    )
    code = "\n".join(["    result = compute_something_rather_long(argument_one, argument_two)"] * 9)
    assert normalise(verse) == verse
    assert normalise(code, is_source=True).count("\n") == 8


def test_normalise__drops_control_characters_and_odd_newlines() -> None:
    assert normalise("a\r\nb\x07\u200b\rc\n\n\n\nd  \n") == "a\nb\nc\n\nd"
