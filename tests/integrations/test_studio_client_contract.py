"""One contract for the ports of the studio: the stand-in inside a test answers like the client of a real process."""

from __future__ import annotations

import uuid
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from oeuvre.domains.creation.errors import TrainingCancelledError, VersionDamagedError, VersionNotLoadedError
from oeuvre.domains.creation.ports import Credentials, Documents, Studio, Trainer
from oeuvre.integrations.credentials import ContentCredentials
from oeuvre.integrations.documents import HouseDocuments
from oeuvre.integrations.studio_client import HttpStudio, SubprocessTrainer
from oeuvre.kit.ports import port
from tests.integrations.test_studio_client_http import ARCHIVE, ASKER, VERSION, Server
from tests.integrations.test_studio_client_trainer import COMMAND, ROOT, WORKS
from tests.support.fake_studio import FAKE_PORTS, FakeStudio, FakeTrainer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import Settings

    from oeuvre.domains.creation.ports import TrainingProgress


@pytest.fixture(params=["stand-in", "process"])
def studio(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Studio]:
    if request.param == "stand-in":
        yield FakeStudio()
        return
    server = Server(tmp_path)
    server.start()
    yield HttpStudio(url=server.url, grant_key_path=str(server.key_path))
    server.kill()


@pytest.fixture(params=["stand-in", "process"])
def trainer(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Trainer:
    monkeypatch.chdir(ROOT)
    return FakeTrainer() if request.param == "stand-in" else SubprocessTrainer(home=str(tmp_path), command=COMMAND)


def test_studio__writes_streams_and_credits_alike(studio: Studio) -> None:
    studio.host(version=VERSION, archive=ARCHIVE)
    heard: list[str] = []

    def hear(text: str) -> bool:
        heard.append(text)
        return True

    made = studio.generate(version=VERSION, prompt="The sea", seed=5, max_tokens=12, asked_by=ASKER, on_text=hear)
    assert made.text == heard[-1]
    assert all(later.startswith(earlier) for earlier, later in pairwise(heard))
    assert (made.tokens, made.seed, made.finish_reason) == (12, 5, "stop")
    assert sum(share for _, share in made.credit) == pytest.approx(1)
    again = studio.generate(
        version=VERSION, prompt="The sea", seed=5, max_tokens=12, asked_by=ASKER, on_text=lambda _: True
    )
    assert again == made


def test_studio__is_cancelled_alike(studio: Studio) -> None:
    studio.host(version=VERSION, archive=ARCHIVE)
    made = studio.generate(
        version=VERSION, prompt="p", seed=1, max_tokens=50, asked_by=ASKER, on_text=lambda text: False
    )
    assert (made.finish_reason, made.tokens, made.credit) == ("cancelled", 1, ())


def test_studio__knows_only_what_it_was_given(studio: Studio) -> None:
    with pytest.raises(VersionNotLoadedError):
        studio.generate(version=VERSION, prompt="p", seed=1, max_tokens=5, asked_by=ASKER, on_text=lambda _: True)
    studio.evict(version=VERSION)
    with pytest.raises(VersionDamagedError):
        studio.host(version=VERSION, archive=ARCHIVE[: len(ARCHIVE) // 4])
    with pytest.raises(VersionDamagedError):
        studio.host(version="somebody@0123456789ab", archive=ARCHIVE)


def test_trainer__tells_its_phases_and_makes_a_version_that_verifies(trainer: Trainer) -> None:
    heard: list[TrainingProgress] = []
    version = trainer.train(
        run_id=uuid.uuid4(),
        modality="text",
        model_name="Ada Fell",
        works=WORKS,
        seed=3,
        max_minutes=5,
        others=(),
        on_progress=heard.append,
        is_cancelled=lambda: False,
    )
    assert list(dict.fromkeys(progress.phase for progress in heard)) == ["preparing", "training", "evaluating"]
    assert version.passed
    assert [work["file"] for work in version.manifest["works"]] == [work.work_id for work in WORKS]
    found = trainer.verify(archive=version.archive)
    assert (found.name, found.passed, found.archive) == (version.name, True, version.archive)
    with pytest.raises(VersionDamagedError):
        trainer.verify(archive=version.archive[: len(version.archive) // 4])


def test_trainer__is_cancelled_alike(trainer: Trainer) -> None:
    run_id = uuid.uuid4()
    with pytest.raises(TrainingCancelledError):
        trainer.train(
            run_id=run_id,
            modality="text",
            model_name="Ada Fell",
            works=WORKS,
            seed=3,
            max_minutes=5,
            others=(),
            on_progress=lambda _: None,
            is_cancelled=lambda: True,
        )
    trainer.forget(run_id=run_id)
    trainer.forget(run_id=run_id)


def test_ports__are_wired_to_these_clients() -> None:
    assert isinstance(port("studio", Studio), HttpStudio)
    assert isinstance(port("trainer", Trainer), SubprocessTrainer)
    assert isinstance(port("documents", Documents), HouseDocuments)
    assert isinstance(port("credentials", Credentials), ContentCredentials)


def test_ports__take_the_stand_ins_in_a_test(settings: Settings) -> None:
    settings.PORTS = {**settings.PORTS, **FAKE_PORTS}
    assert isinstance(port("studio", Studio), FakeStudio)
    assert port("studio", Studio) is port("studio", Studio)
    assert isinstance(port("trainer", Trainer), FakeTrainer)
