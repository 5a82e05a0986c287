"""What leaves: previews, marks, credit, options, and the page of a report."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from oeuvre_studio.errors import OthersIndexError, UsageError, VersionDamagedError
from oeuvre_studio.protocol import (
    Bar,
    Consent,
    EncoderScore,
    LossPoint,
    ManifestWork,
    OtherVoice,
    PitchScore,
    Report,
    Sample,
    SentenceScore,
    TextDetails,
    VoiceDetails,
    WorkLikeness,
    details_of,
    dump,
    parse,
    sign_consent,
    write_index,
)
from oeuvre_studio.report import render
from oeuvre_studio.voice.audio import LOUDNESS, loudness
from oeuvre_studio.voice.credit import Credit, shares
from oeuvre_studio.voice.kokoro import RATE
from oeuvre_studio.voice.marks import BAND, LONGEST, TONES, notes, preview
from oeuvre_studio.voice.options import read_consents, read_generate_options
from oeuvre_studio.voice.others import nearest_other, open_index, sketch_of
from oeuvre_studio.voice.report_page import report_page
from oeuvre_studio.voice.watermark import Watermark
from tests.studio.voice.made import babble, tone


def power_at(samples: np.ndarray[tuple[int], np.dtype[np.float32]], hertz: float) -> float:
    spectrum = np.abs(np.fft.rfft(samples)) ** 2
    frequencies = np.fft.rfftfreq(len(samples), 1 / RATE)
    near = np.abs(frequencies - hertz) < 20
    return float(spectrum[near].sum())


def test_preview__is_short_narrow_and_as_loud_as_the_piece() -> None:
    made = preview(babble(1, 20, rate=RATE), RATE)
    assert len(made) / RATE == LONGEST
    assert loudness(made, RATE) == pytest.approx(LOUDNESS, abs=0.6)
    wide = sum(tone(hertz, 4, rate=RATE) for hertz in (100.0, 1000.0, 6000.0)) / 3
    narrow = preview(np.asarray(wide, dtype=np.float32), RATE)
    for outside in (100.0, 6000.0):
        assert power_at(narrow, outside) < 1e-3 * power_at(narrow, 1000.0)


def test_preview__carries_notes_inside_the_band_every_two_seconds() -> None:
    assert all(BAND[0] < note < BAND[1] for note in TONES)
    marked = np.abs(notes(8 * RATE, RATE))
    seconds = marked.reshape(8, -1).max(axis=1)
    assert (seconds > 0.9).tolist() == [False, True] * 4
    plain = preview(np.zeros(4 * RATE, dtype=np.float32) + tone(500, 4, rate=RATE), RATE)
    begun = plain[RATE : RATE + RATE // 4]
    assert power_at(begun, TONES[0]) > 10 * power_at(plain[: RATE // 4], TONES[0])


def test_watermark__leaves_rate_length_and_what_lies_above_its_band_as_they_were() -> None:
    torch.manual_seed(0)
    watermark = Watermark().eval().requires_grad_(False)
    samples = babble(1, 2, rate=RATE)
    marked = watermark.put(samples, RATE)
    assert marked.shape == samples.shape
    assert 0 <= watermark.find(marked, RATE) <= 1
    change = marked - samples
    assert power_at(change, 5000) < 1e-3 * power_at(samples, 5000) + 1e-2


def credit() -> Credit:
    works = tuple(ManifestWork(f"{i:064x}", f"{i}.wav", f"Work {i}", "recording", "own", 5.0, False) for i in range(3))
    vectors = np.array([[1, 0], [0.9, 0.436], [0, 1]], dtype=np.float32)
    return Credit(works, vectors, np.array([10, 10, 10], dtype=np.float32))


def test_credit__sums_to_one_and_gives_most_to_the_work_that_is_most_alike() -> None:
    found = shares(credit(), np.array([1, 0], dtype=np.float32))
    assert sum(share.share for share in found) == pytest.approx(1)
    assert [share.title for share in found] == ["Work 0", "Work 1", "Work 2"]


def test_credit__counts_seconds_of_speech() -> None:
    more = dataclasses.replace(credit(), seconds=np.array([10, 80, 10], dtype=np.float32))
    found = shares(more, np.array([0.97, 0.24], dtype=np.float32))
    assert found[0].title == "Work 1"


def test_others__finds_the_nearest_voice_and_refuses_a_foreign_sketch(tmp_path: Path) -> None:
    key = bytes(range(32))
    (tmp_path / "key").write_text(key.hex())
    near, far = (np.eye(256, dtype=np.float32)[i] + 0.01 for i in (0, 5))
    with (tmp_path / "index").open("wb") as stream:
        write_index(stream, [("a", sketch_of([near])), ("b", sketch_of([far]))], key=key)
    index = open_index(tmp_path / "index", tmp_path / "key")
    assert index is not None
    own = (near / np.linalg.norm(near)).astype(np.float32)
    assert nearest_other(index, own) == pytest.approx(1, abs=0.01)
    with (tmp_path / "empty").open("wb") as stream:
        write_index(stream, [], key=key)
    empty = open_index(tmp_path / "empty", tmp_path / "key")
    assert empty is not None
    assert nearest_other(empty, own) is None
    with (tmp_path / "texts").open("wb") as stream:
        write_index(stream, [("t", b"12345678")], key=key)
    with pytest.raises(OthersIndexError, match="not a voice's"):
        open_index(tmp_path / "texts", tmp_path / "key")
    with pytest.raises(OthersIndexError, match="go together"):
        open_index(tmp_path / "index", None)


def test_options__read_words_of_a_command_line_and_values_of_a_request_alike(tmp_path: Path) -> None:
    listed = tmp_path / "words.json"
    listed.write_text('{"SQL": "sequel"}')
    words = {"speed": "1.2", "preview": "true", "mark": "False", "pronunciations": str(listed), "format": "mp3"}
    values = {"speed": 1.2, "preview": True, "mark": False, "pronunciations": {"SQL": "sequel"}, "format": "mp3"}
    assert read_generate_options(words) == read_generate_options(values)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"speed": "fast"}, "speed is a number"),
        ({"format": "ogg"}, "wav, flac, mp3"),
        ({"preview": "perhaps"}, "true or false"),
        ({"pronunciations": {"a": 1}}, "words with how"),
        ({"pronunciations": "/nowhere.json"}, "cannot be read"),
        ({"voice": "x"}, "no --voice for voice"),
    ],
)
def test_options__refuse_what_they_cannot_read(given: dict[str, object], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        read_generate_options(given)


def test_consents__are_read_from_the_platforms_file_and_a_changed_one_is_refused(tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    signed: Consent = sign_consent(
        kind="voice", statement="I agree.", given_at="2026-01-01T00:00:00Z", checks={"words": 7.0}, key=key
    )
    file = tmp_path / "consents.json"
    file.write_text(json.dumps([dump(signed)]))
    assert read_consents(file) == (signed,)
    assert read_consents(None) == ()
    file.write_text(json.dumps([{**dump(signed), "statement": "I agree to more."}]))
    with pytest.raises(VersionDamagedError, match="consent"):
        read_consents(file)
    file.write_text("[{}]")
    with pytest.raises(UsageError, match="cannot be read"):
        read_consents(file)


def report() -> Report:
    details = VoiceDetails(
        language="en-us",
        start_voice="af_kore 60%, af_sky 40%",
        encoders=(
            EncoderScore("Resemblyzer", True, 0.79, "af_kore", 0.88, 0.95, 0.56),
            EncoderScore("VoiceFilter d-vector", False, 0.7, "af_sky", 0.8, 0.94, 0.42),
        ),
        sentences=(SentenceScore("Bread & butter.", "bread and <b>", 0.5, 0.0, 0.81),),
        word_error_rate=0.05,
        stock_word_error_rate=0.01,
        pitch=PitchScore(196.0, 0.3, 201.0, 0.28),
        real_time_factor=0.37,
        others=(OtherVoice("June", 0.8, 0.6, 0.55),),
        held_out=(WorkLikeness("a.wav", "A", 5.0, 0.8),),
        seconds_of_speech=300.0,
    )
    return Report(
        modality="voice",
        model="ann",
        status="rejected",
        bars=(
            Bar("gap_closed", 0.42, "share", "≥ 0.3", True),
            Bar("word_error_rate", 0.2, "share", "≤ 0.11", False),
            Bar("own_nearer_than_June", 0.8, "cosine", "> 0.6", True),
        ),
        samples=(Sample(prompt="Bread & butter.", seed=0, text="", nearest=(), credit=()),),
        curve=(LossPoint(0, None, 0.2), LossPoint(1, 0.3), LossPoint(2, 0.2, 0.15)),
        refused=(),
        details=details,
    )


def test_report_page__shows_every_figure_and_escapes_what_was_heard() -> None:
    html = render(report(), report_page(report()), version="ann@0123456789ab")
    for shown in (
        "42%",
        "Words heard wrong",
        "Nearer to its own person than to June",
        "af_kore 60%",
        "196 Hz",
        "VoiceFilter",
    ):
        assert shown in html
    assert "bread and &lt;b&gt;" in html
    assert "<b>" not in html


def test_report__survives_the_wire_with_its_details() -> None:
    again = parse(Report, json.loads(json.dumps(dump(report()))))
    assert again == report()
    assert details_of(again, VoiceDetails).encoders[1].gap_closed == 0.42
    with pytest.raises(ValueError, match="about voice"):
        details_of(again, TextDetails)
