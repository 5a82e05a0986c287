"""Acceptance criteria, as pure functions over facts of files; what software finds out about files."""

from __future__ import annotations

import io
import struct
import wave
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from oeuvre.domains.orders.checks import (
    DeliveryFacts,
    FileFacts,
    Finding,
    Wanted,
    criterion_clean,
    delivery_check,
)
from oeuvre.domains.orders.errors import OrderInvalidError
from oeuvre.domains.orders.inspection import inspect, language_of
from oeuvre.domains.orders.states import AiUse, CriterionKind
from oeuvre.kit.files.checking import CheckedFile, file_check
from oeuvre.kit.provenance import ValidationState
from tests.support.orders import TEXT

ARTICLE = FileFacts("article.docx", 20_000, words=600, language="en")
PHOTO = FileFacts("photo.jpeg", 900_000, width=1600, height=1200)
SONG = FileFacts("song.mp3", 3_000_000, seconds=125.4)


def codes(kind: CriterionKind, spec: dict[str, Any], *files: FileFacts, ai_use: AiUse = AiUse.NONE) -> list[str]:
    facts = DeliveryFacts(files, has_note=True, ai_use=ai_use)
    found = delivery_check(facts, [Wanted("c1", kind, spec)], policy=AiUse.GENERATED, has_draft=False)
    assert all(finding.criterion == "c1" and finding.message for finding in found)
    return [finding.code for finding in found]


@pytest.mark.parametrize(
    ("kind", "spec", "files", "expected"),
    [
        (CriterionKind.FORMAT, {"formats": ["docx"]}, [ARTICLE], []),
        (CriterionKind.FORMAT, {"formats": ["jpg"]}, [PHOTO, ARTICLE], []),
        (CriterionKind.FORMAT, {"formats": ["docx", "pdf"]}, [ARTICLE], ["format_missing"]),
        (CriterionKind.FORMAT, {"formats": ["pdf"]}, [], ["format_missing"]),
        (CriterionKind.SIZE, {"most": 1_000_000}, [ARTICLE, PHOTO], []),
        (CriterionKind.SIZE, {"most": 1_000_000}, [ARTICLE, SONG], ["file_too_large"]),
        (CriterionKind.WORDS, {"least": 500, "most": 600}, [ARTICLE], []),
        (CriterionKind.WORDS, {"least": 1100}, [ARTICLE, ARTICLE], []),
        (CriterionKind.WORDS, {"least": 601}, [ARTICLE], ["words_too_few"]),
        (CriterionKind.WORDS, {"most": 599}, [ARTICLE], ["words_too_many"]),
        (CriterionKind.WORDS, {"least": 1}, [PHOTO], ["words_unreadable"]),
        (CriterionKind.LANGUAGE, {"language": "en-GB"}, [ARTICLE], []),
        (CriterionKind.LANGUAGE, {"language": "pt"}, [ARTICLE], ["language_other"]),
        (CriterionKind.LANGUAGE, {"language": "pt"}, [replace(ARTICLE, language="gl")], []),
        (CriterionKind.LANGUAGE, {"language": "pt"}, [replace(ARTICLE, language="")], []),
        (CriterionKind.LANGUAGE, {"language": "pt"}, [PHOTO], ["language_unreadable"]),
        (CriterionKind.DURATION, {"least": 126, "most": 126}, [SONG], []),
        (CriterionKind.DURATION, {"least": 127}, [SONG], ["duration_short"]),
        (CriterionKind.DURATION, {"most": 120}, [SONG], ["duration_long"]),
        (CriterionKind.DURATION, {"most": 120}, [PHOTO], ["duration_unreadable"]),
        (CriterionKind.RESOLUTION, {"width": 1200, "height": 1600}, [PHOTO], []),
        (CriterionKind.RESOLUTION, {"width": 1601, "height": 1200}, [PHOTO], ["resolution_small"]),
        (CriterionKind.RESOLUTION, {"width": 1, "height": 1}, [ARTICLE], ["resolution_unreadable"]),
        (CriterionKind.CREDENTIALS, {}, [ARTICLE], []),
        (CriterionKind.CREDENTIALS, {}, [replace(ARTICLE, credentials_intact=False)], ["credentials_invalid"]),
        (CriterionKind.MANUAL, {}, [], []),
    ],
)
def test_delivery_check__finds_what_a_criterion_needs(
    kind: CriterionKind, spec: dict[str, Any], files: list[FileFacts], expected: list[str]
) -> None:
    assert codes(kind, spec, *files) == expected


def test_delivery_check__no_ai_needs_the_declaration() -> None:
    assert codes(CriterionKind.NO_AI, {}, ARTICLE) == []
    assert codes(CriterionKind.NO_AI, {}, ARTICLE, ai_use=AiUse.ASSISTED) == ["ai_not_none"]


@pytest.mark.parametrize(
    ("ai_use", "policy", "has_draft", "made_by_model", "expected"),
    [
        (None, AiUse.GENERATED, False, False, ["ai_undeclared"]),
        (AiUse.NONE, AiUse.NONE, False, False, []),
        (AiUse.ASSISTED, AiUse.NONE, False, False, ["ai_beyond_policy"]),
        (AiUse.GENERATED, AiUse.ASSISTED, False, False, ["ai_beyond_policy"]),
        (AiUse.ASSISTED, AiUse.GENERATED, False, False, []),
        (AiUse.NONE, AiUse.ASSISTED, True, False, ["ai_draft_undeclared"]),
        (AiUse.ASSISTED, AiUse.ASSISTED, True, True, []),
        (AiUse.NONE, AiUse.ASSISTED, False, True, ["ai_contradicted"]),
    ],
)
def test_delivery_check__every_delivery_declares_its_ai_within_the_policy(
    ai_use: AiUse | None, policy: AiUse, has_draft: bool, made_by_model: bool, expected: list[str]
) -> None:
    facts = DeliveryFacts((replace(ARTICLE, made_by_model=made_by_model),), has_note=False, ai_use=ai_use)
    found = delivery_check(facts, [], policy=policy, has_draft=has_draft)
    assert [finding.code for finding in found] == expected
    assert all(finding.message for finding in found)


def test_delivery_check__something_must_be_handed_over() -> None:
    nothing = DeliveryFacts((), has_note=False, ai_use=AiUse.NONE)
    found = delivery_check(nothing, [], policy=AiUse.NONE, has_draft=False)
    assert [finding.code for finding in found] == ["nothing_delivered"]
    assert not delivery_check(replace(nothing, has_note=True), [], policy=AiUse.NONE, has_draft=False)


def test_finding__says_what_was_found_and_what_is_needed() -> None:
    facts = DeliveryFacts((ARTICLE,), has_note=True, ai_use=AiUse.NONE)
    wanted = [Wanted("c1", CriterionKind.WORDS, {"least": 800})]
    (finding,) = delivery_check(facts, wanted, policy=AiUse.NONE, has_draft=False)
    assert finding.message == "The texts have 600 words; 800 is the least."
    assert Finding(**finding.as_json()) == finding


@pytest.mark.parametrize(
    ("kind", "spec", "kept"),
    [
        ("format", {"formats": [".PDF", "jpeg", "pdf"]}, {"formats": ["pdf", "jpg"]}),
        ("size", {"most": 5_000_000}, {"most": 5_000_000}),
        ("words", {"least": 5, "most": None}, {"least": 5}),
        ("language", {"language": "PT"}, {"language": "pt"}),
        ("duration", {"most": 60}, {"most": 60}),
        ("resolution", {"width": 1920, "height": 1080}, {"width": 1920, "height": 1080}),
        ("no_ai", {}, {}),
        ("credentials", {}, {}),
    ],
)
def test_criterion_clean__keeps_what_can_be_checked(kind: str, spec: dict[str, Any], kept: dict[str, Any]) -> None:
    assert criterion_clean(kind=kind, label=" As  agreed ", spec=spec) == ("As agreed", kept)


@pytest.mark.parametrize(
    ("kind", "label", "spec"),
    [
        ("taste", "", {}),
        ("manual", "", {}),
        ("manual", "x" * 301, {}),
        ("format", "", {}),
        ("format", "", {"formats": ["exe"]}),
        ("size", "", {"most": 10}),
        ("words", "", {}),
        ("words", "", {"least": 10, "most": 5}),
        ("words", "", {"least": True}),
        ("words", "", {"least": 1.5}),
        ("language", "", {"language": "English"}),
        ("resolution", "", {"width": 100}),
        ("no_ai", "", {"least": 5}),
    ],
)
def test_criterion_clean__refuses_what_cannot(kind: str, label: str, spec: dict[str, Any]) -> None:
    with pytest.raises(OrderInvalidError):
        criterion_clean(kind=kind, label=label, spec=spec)


# What is found out about files


def wav(seconds: int) -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(2)
        recording.setframerate(8_000)
        recording.writeframes(b"\0\1" * 8_000 * seconds)
    return target.getvalue()


def box(name: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I", len(body) + 8) + name + body


def mp4(seconds: int, width: int, height: int) -> bytes:
    """A film without a picture in it: only the boxes that say how long and how large it is (ISO 14496-12)."""
    entry = b"\0" * 6 + b"\0\1" + b"\0" * 16 + struct.pack(">HH", width, height) + b"\0" * 50
    table = box(
        b"stbl",
        box(b"stsd", b"\0" * 4, struct.pack(">I", 1), box(b"mp4v", entry)),
        *(box(name, b"\0" * 8) for name in (b"stts", b"stsc", b"stco")),
        box(b"stsz", b"\0" * 12),
    )
    head = struct.pack(">IIII", 0, 0, 1000, seconds * 1000)
    track = box(
        b"trak",
        box(b"tkhd", b"\0\0\0\7", struct.pack(">IIIII", 0, 0, 1, 0, seconds * 1000), b"\0" * 52,
            struct.pack(">II", width << 16, height << 16)),
        box(
            b"mdia",
            box(b"mdhd", b"\0" * 4, head, b"\x55\xc4\0\0"),
            box(b"hdlr", b"\0" * 8, b"vide", b"\0" * 13),
            box(b"minf", box(b"vmhd", b"\0" * 12), table),
        ),
    )  # fmt: skip
    return box(b"ftyp", b"isom\0\0\2\0isom") + box(b"moov", box(b"mvhd", b"\0" * 4, head, b"\0" * 80), track)


def looked_into(name: str, data: bytes) -> Any:
    return inspect(file_check(name, data, most=10_000_000))


def test_inspect__a_text() -> None:
    found = looked_into("a.txt", (TEXT * 3).encode())
    assert (found.words, found.language, found.seconds, found.width) == (105, "en", None, None)
    assert len(found.text_sha256) == 64
    assert looked_into("b.md", f"# {TEXT.upper()} {TEXT} {TEXT}".encode()).text_sha256 == found.text_sha256


def test_inspect__a_text_that_is_too_short_to_tell() -> None:
    assert looked_into("a.txt", b"Ferry, harbour, boat").language == ""


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("A casa fica perto do rio e todos os dias os barcos passam devagar com as redes cheias de peixe.", "pt"),
        ("Das Haus steht am Fluss, und jeden Tag fahren die Boote langsam mit vollen Netzen vorbei.", "de"),
        ("12345 67890", ""),
    ],
)
def test_language_of__is_told_only_where_it_is_plain(text: str, language: str) -> None:
    assert language_of(text) == language


def test_inspect__a_picture() -> None:
    target = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(target, "PNG")
    found = looked_into("a.png", target.getvalue())
    assert (found.width, found.height, found.words, found.credentials) == (64, 48, None, ValidationState.ABSENT)


def test_inspect__a_recording() -> None:
    found = looked_into("a.wav", wav(3))
    assert (found.seconds, found.width, found.words) == (3.0, None, None)


def test_inspect__a_film() -> None:
    found = looked_into("a.mp4", mp4(75, 1280, 720))
    assert (found.seconds, found.width, found.height) == (75.0, 1280, 720)


def test_inspect__a_damaged_recording_has_no_length() -> None:
    broken = CheckedFile("a.wav", "audio/wav", b"RIFF\0\0\0\0WAVE" + b"\xff" * 200)
    assert inspect(broken).seconds is None
