"""Works of the demo that are neither texts nor there at once: left alone until the installation takes them, then put in,
the recordings made first."""

from __future__ import annotations

import io
import stat
import sys
import textwrap
import wave
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from oeuvre.domains.accounts.models import User
from oeuvre.domains.catalog.models import Gig
from oeuvre.domains.catalog.states import GigState, SampleSource
from oeuvre.domains.creation.modalities.base import Least
from oeuvre.domains.creation.modalities.table import MODALITIES as MODELS
from oeuvre.domains.creation.modalities.voice import Voices
from oeuvre.domains.creation.models import CreationModel, GigModel, TrainingRun
from oeuvre.domains.creation.models_voice import VoiceConsent
from oeuvre.domains.portfolio.modalities.table import MODALITIES as WORKS
from oeuvre.domains.portfolio.models import Work
from oeuvre.interfaces.demo import loader, tasks
from oeuvre.interfaces.demo.content import DemoFreelancer, demo_people
from oeuvre.interfaces.demo.recordings import RecordingsMissingError, StudioSpeaker, recordings_make
from tests.support.fake_voice import VOICE_PORTS
from tests.support.sounds import recording

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pytest_django import Settings

PEOPLE = {person.handle: person for person in demo_people()}
DRAWER, SPEAKER = PEOPLE["jelka-sardelic"], PEOPLE["iolanda-hathersage"]
SYNTHETIC = "synthetic recording made for this demonstration"


def only(monkeypatch: pytest.MonkeyPatch, person: DemoFreelancer) -> None:
    """A demo with one person in it."""
    for module in (loader, tasks):
        monkeypatch.setattr(module, "demo_people", lambda: [person])


def jobs() -> list[dict[str, str]]:
    return list(ProcrastinateJob.objects.filter(task_name="demo.works").values_list("args", flat=True))


class Silence:
    """Speaks every line as a second of nothing."""

    def speak(self, lines: Iterable[tuple[str, str, str]], *, voices: Sequence[str]) -> dict[str, bytes]:
        assert voices == SPEAKER.voices
        return {name: f"RIFF {language} {text}".encode() for name, language, text in lines}


class Murmur:
    """Speaks every line as three seconds of a voice, no two alike."""

    def speak(self, lines: Iterable[tuple[str, str, str]], *, voices: Sequence[str]) -> dict[str, bytes]:
        return {name: recording(number, 3.0) for number, (name, _, _) in enumerate(lines)}


class Mute:
    """Has no voice."""

    def speak(self, lines: Iterable[tuple[str, str, str]], *, voices: Sequence[str]) -> dict[str, bytes]:
        raise RecordingsMissingError("The studio does not speak: no model.")


@pytest.mark.django_db
def test_demo_load__leaves_works_that_are_not_taken_and_puts_them_in_once_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawer = replace(DRAWER, works=DRAWER.works[: MODELS["image"].least.works])
    only(monkeypatch, drawer)
    with monkeypatch.context() as before:
        for table in (WORKS, MODELS):
            before.delitem(table, "image")
        assert loader.demo_load(password="a long password")
        assert jobs() == []
    assert not Work.objects.exists()
    gigs = Gig.objects.filter(owner__email=drawer.email, status=GigState.LIVE)
    assert gigs.count() == len(drawer.gigs)
    for gig in gigs.select_related("published"):
        assert gig.published is not None
        assert all(sample.source == SampleSource.IMAGE and sample.image for sample in gig.published.samples.all())

    assert loader.demo_load(password="a long password")
    assert jobs() == [{"handle": drawer.handle}]
    tasks.works(handle=drawer.handle)
    tasks.works(handle=drawer.handle)
    assert set(Work.objects.values_list("title", flat=True)) == {work.title for work in drawer.works}
    model = CreationModel.objects.get(owner__email=drawer.email)
    assert (model.modality, model.name) == ("image", "Eight Colours")
    assert TrainingRun.objects.get().model == model
    assert GigModel.objects.get(model=model).gig_id in set(gigs.values_list("pk", flat=True))
    assert loader.demo_load(password="a long password")
    assert len(jobs()) == 1


@pytest.mark.django_db
def test_demo_works__without_a_voice_wait_for_the_next_start(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.PORTS = {**settings.PORTS, "demo_speaker": (f"{__name__}.Mute", {})}
    only(monkeypatch, SPEAKER)
    assert loader.demo_load(password="a long password")
    tasks.works(handle=SPEAKER.handle)
    assert not CreationModel.objects.exists()
    assert not Work.objects.exists()
    assert User.objects.filter(email=SPEAKER.email).exists()


@pytest.mark.django_db
def test_demo_works__of_a_voice_are_declared_confirmed_and_trained(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.PORTS = {**settings.PORTS, **VOICE_PORTS, "demo_speaker": (f"{__name__}.Murmur", {})}
    only(monkeypatch, replace(SPEAKER, works=SPEAKER.works[: MODELS["voice"].least.works]))
    monkeypatch.setattr(Voices, "least", Least(works=2, size=4))
    assert loader.demo_load(password="a long password")
    tasks.works(handle=SPEAKER.handle)
    consent = VoiceConsent.objects.get()
    assert (consent.kind, consent.status) == ("synthetic", "accepted")
    assert consent.record["checks"]["source"] == SPEAKER.model["voice_source"]
    assert sorted(consent.covers) == sorted(Work.objects.values_list("sha256", flat=True))
    assert TrainingRun.objects.get().model.modality == "voice"


def test_recordings_make__has_every_script_spoken_and_nothing_of_a_person_without(settings: Settings) -> None:
    settings.PORTS = {**settings.PORTS, "demo_speaker": (f"{__name__}.Silence", {})}
    made = recordings_make(SPEAKER)
    assert set(made) == {work.path.name for work in SPEAKER.works}
    assert made["25-pt-museu.wav"].startswith(b"RIFF pt-BR Parada dois.")
    assert recordings_make(DRAWER) == {}


def test_studio_speaker__runs_the_studios_program_and_reads_what_it_wrote(tmp_path: Path) -> None:
    program = _program(
        tmp_path,
        """
        import json, pathlib, sys, wave
        words = sys.argv[1:]
        assert words[:4] == ["say", "-", "--voices", "bf_emma,pf_dora"], words
        folder = pathlib.Path(words[words.index("--out") + 1])
        for line in map(json.loads, sys.stdin):
            with wave.open(str(folder / line["file"]), "wb") as out:
                out.setnchannels(1), out.setsampwidth(2), out.setframerate(24000)
                out.writeframes(bytes(2 * len(line["text"])))
            assert line["language"] in ("en-gb", "pt-br")
        """,
    )
    speaker = StudioSpeaker(home=str(tmp_path), command=[sys.executable, str(program)])
    made = speaker.speak([("a.wav", "en-GB", "One."), ("b.wav", "pt-BR", "Dois, três.")], voices=SPEAKER.voices)
    with wave.open(io.BytesIO(made["b.wav"])) as recording:
        assert recording.getnframes() == len("Dois, três.")


def test_studio_speaker__says_why_nothing_was_recorded(tmp_path: Path) -> None:
    failing = _program(tmp_path, "import sys; sys.exit('The model kokoro-82m is missing.')")
    with pytest.raises(RecordingsMissingError, match=r"does not speak: The model kokoro-82m is missing\."):
        StudioSpeaker(home="", command=[sys.executable, str(failing)]).speak([("a.wav", "en", "One.")], voices=["x"])
    with pytest.raises(RecordingsMissingError, match="did not record"):
        StudioSpeaker(home="", command=[sys.executable, "-c", ""]).speak([("a.wav", "en", "One.")], voices=["x"])
    with pytest.raises(RecordingsMissingError, match="does not speak"):
        StudioSpeaker(home="", command=[str(tmp_path / "nothing")]).speak([("a.wav", "en", "One.")], voices=["x"])


def test_demo_speaker__is_marked_as_synthetic_everywhere_and_speaks_for_seconds() -> None:
    assert SYNTHETIC in SPEAKER.bio.lower()
    assert "synthetic recordings made for this demonstration" in SPEAKER.model["description"].lower()
    assert all(voice in SPEAKER.model["voice_source"] for voice in SPEAKER.voices)
    assert all("synthetic recordings made for this demonstration" in gig["description"] for gig in SPEAKER.gigs)
    assert len(SPEAKER.voices) == 2
    languages = [work.language for work in SPEAKER.works]
    assert languages.count("en-GB") >= 20
    assert languages.count("pt-BR") >= 4
    for work in SPEAKER.works:
        assert work.kind == "synthetic demo recording"
        assert work.evidence.lower() == f"{SYNTHETIC}."
        assert 14 <= len(work.script.split()) <= 26  # 4 to 9 seconds at 170 words a minute


def _program(folder: Path, text: str) -> Path:
    path = folder / "studio.py"
    path.write_text(textwrap.dedent(text))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path
