"""What becomes of recordings that are brought as works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from oeuvre.domains.portfolio import errors, services
from oeuvre.domains.portfolio.modalities.voice import Recordings
from oeuvre.domains.portfolio.models import DuplicateMatch
from oeuvre.domains.portfolio.states import MatchKind, WorkState
from oeuvre.kit.files import sounds as kit
from tests.support.sounds import RATE, encoded, recording, voice

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.portfolio.models import Work

RECORDINGS = Recordings()


def _bring(user: User, data: bytes, filename: str = "take.wav", **details: Any) -> Work:
    return services.work_add(actor=user.actor, filename=filename, data=data, **details)


@pytest.mark.parametrize(("fmt", "media_type"), [("WAV", "audio/wav"), ("FLAC", "audio/flac"), ("MP3", "audio/mpeg")])
def test_read__measures_a_recording(fmt: str, media_type: str) -> None:
    reading = RECORDINGS.read(recording(fmt=fmt), media_type)
    assert reading.size == pytest.approx(4.0, abs=0.1)
    assert reading.facts["sample_rate"] == RATE
    assert reading.facts["channels"] == 1
    assert reading.facts["peak"] == pytest.approx(-6.0, abs=0.7)
    assert -30 < float(reading.facts["loudness"]) < -6
    assert len(reading.signature) // 4 == pytest.approx(4.0 * 21.6, abs=10)
    assert 8 <= len(reading.bands) <= 64


def test_read__keeps_a_light_copy_for_pages() -> None:
    data = encoded(np.repeat(voice(seconds=6.0)[:, None], 2, axis=1))
    light = RECORDINGS.read(data, "audio/wav").small
    heard = kit.sound_inspect(light, "audio/mpeg", longest=600)
    assert heard.seconds == pytest.approx(6.0, abs=0.15)
    assert (heard.channels, heard.sample_rate) == (1, 24_000)
    assert len(light) * 8 / heard.seconds == pytest.approx(48_000, rel=0.25)


def test_read__knows_the_same_samples_in_another_container() -> None:
    wav, flac = (RECORDINGS.read(recording(fmt=fmt), f"audio/{fmt.lower()}") for fmt in ("WAV", "FLAC"))
    assert wav.content_sha256 == flac.content_sha256
    assert wav.content_sha256 != RECORDINGS.read(recording(seed=1), "audio/wav").content_sha256


@pytest.mark.parametrize("change", ["mp3", "softer", "cut", "other_rate", "joined"])
def test_similarity__finds_a_copy_of_a_recording(change: str) -> None:
    samples = voice(7, seconds=8.0)
    changed = {
        "mp3": lambda: encoded(samples, fmt="MP3"),
        "softer": lambda: encoded(samples * 0.2),
        "cut": lambda: encoded(samples[round(2.3 * RATE) :]),
        "other_rate": lambda: encoded(samples[::1].repeat(2), rate=2 * RATE),
        "joined": lambda: encoded(np.concatenate([voice(8, seconds=5.0), samples])),
    }[change]()
    original = RECORDINGS.read(encoded(samples), "audio/wav")
    copy = RECORDINGS.read(changed, "audio/mpeg" if change == "mp3" else "audio/wav")
    assert RECORDINGS.similarity(original.signature, copy.signature) > 0.7
    assert set(original.bands) & set(copy.bands)


def test_similarity__tells_two_recordings_apart() -> None:
    readings = [RECORDINGS.read(recording(seed, seconds=6.0), "audio/wav") for seed in range(4)]
    pairs = [(one, other) for one in readings for other in readings if one is not other]
    assert max(RECORDINGS.similarity(one.signature, other.signature) for one, other in pairs) < 0.2


def test_similarity__is_nothing_between_silences() -> None:
    nothing = np.zeros(50, "<u4").tobytes()
    assert RECORDINGS.similarity(nothing, nothing) == 0.0


@pytest.mark.parametrize(
    ("samples", "rate", "reason"),
    [
        (voice(seconds=1.2), RATE, "too_short"),
        (voice(seconds=3.0, rate=11_025), 11_025, "low_rate"),
        (voice(seconds=3.0) * 0.002, RATE, "silent"),
        (np.clip(voice(seconds=3.0) * 12, -1, 1), RATE, "clipped"),
    ],
)
def test_read__refuses_what_no_voice_can_be_learned_from(
    samples: np.ndarray[tuple[int], np.dtype[np.float32]], rate: int, reason: str
) -> None:
    with pytest.raises(errors.RecordingUnfitError) as caught:
        RECORDINGS.read(encoded(samples, rate), "audio/wav")
    assert caught.value.context["reason"] == reason
    assert caught.value.message.count(".") >= 2, "what is wrong, and what to do"


def test_read__refuses_a_recording_that_is_too_long() -> None:
    with pytest.raises(errors.RecordingUnfitError) as caught:
        RECORDINGS.read(encoded(np.tile(voice(seconds=6.1, rate=16_000), 100), 16_000, "FLAC"), "audio/flac")
    assert caught.value.context["reason"] == "too_long"


def test_read__refuses_damaged_recordings() -> None:
    broken = b"RIFF\x10\x00\x00\x00WAVEfmt " + bytes(40)
    with pytest.raises(errors.RecordingUnreadableError):
        RECORDINGS.read(broken, "audio/wav")
    with pytest.raises(errors.RecordingUnreadableError):
        RECORDINGS.read(b"fLaC\x00" + bytes(4000), "audio/flac")


def test_read__refuses_a_recording_of_another_type_than_it_begins_as() -> None:
    with pytest.raises(errors.TypeMismatchError):
        RECORDINGS.read(recording(fmt="FLAC"), "audio/wav")


def test_convert__keeps_the_samples_between_lossless_forms() -> None:
    data = recording()
    flac = kit.sound_convert(data, "audio/wav", "audio/flac")
    assert flac.startswith(b"fLaC")
    one, other = (RECORDINGS.read(*pair).content_sha256 for pair in ((data, "audio/wav"), (flac, "audio/flac")))
    assert one == other
    assert len(kit.sound_convert(data, "audio/wav", "audio/mpeg")) < len(data) / 2


@pytest.mark.django_db
@pytest.mark.usefixtures("blob_folder")
class TestBringing:
    def test_work_add__keeps_file_and_light_copy_sealed(self, freelancer: User) -> None:
        data = recording(seed=3)
        work = _bring(freelancer, data, "Radio spot.wav", keywords=["radio"])
        actor = freelancer.actor
        assert (work.status, work.modality, work.title) == (WorkState.ACCEPTED, "voice", "Radio spot")
        assert work.size_said == "0:04 min"
        assert services.work_content(actor=actor, work_id=work.pk) == data
        assert kit.sound_inspect(services.work_kept(actor=actor, work_id=work.pk), "audio/mpeg", longest=60).seconds > 3

    def test_work_add__refuses_the_same_recording_in_another_container(self, freelancer: User) -> None:
        _bring(freelancer, recording(seed=4))
        with pytest.raises(errors.AlreadyThereError, match="You have this recording already"):
            _bring(freelancer, recording(seed=4, fmt="FLAC"), "take.flac")

    def test_work_add__puts_a_copy_of_somebody_elses_recording_before_an_operator(
        self, freelancer: User, other_freelancer: User
    ) -> None:
        first = _bring(freelancer, recording(seed=5, seconds=6.0))
        copy = _bring(other_freelancer, recording(seed=5, seconds=6.0, fmt="MP3"), "mine.mp3")
        assert copy.status == WorkState.IN_REVIEW
        match = DuplicateMatch.objects.get(work=copy)
        assert (match.other, match.kind) == (first, MatchKind.NEAR)
        assert match.similarity > 0.7

    def test_work_add__takes_two_recordings_of_one_person(self, freelancer: User) -> None:
        one, two = _bring(freelancer, recording(seed=6)), _bring(freelancer, recording(seed=7), "second.wav")
        assert {one.status, two.status} == {WorkState.ACCEPTED}
        assert not DuplicateMatch.objects.exists()
