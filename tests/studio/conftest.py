"""Fixtures of the studio's tests: tiny models, works, and a trained version, made once a session."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from oeuvre_studio.artifacts import read_files
from oeuvre_studio.modalities import TrainRequest
from oeuvre_studio.progress import SilentReporter
from oeuvre_studio.protocol import TrainResult, pack
from oeuvre_studio.serve.constraint import JsonConstraint
from oeuvre_studio.serve.grants import GrantChecker
from oeuvre_studio.serve.limits import EngineLimits
from oeuvre_studio.serve.main import built_in
from oeuvre_studio.serve.workers import WorkerEngine
from oeuvre_studio.text import samples
from oeuvre_studio.text.base import Base, load_base
from oeuvre_studio.text.embeddings import EMBEDDER, Embedder, load_embedder
from oeuvre_studio.text.measures import memorisation
from oeuvre_studio.text.modality import TEXT
from tests.studio import tiny
from tests.studio.serving import KEY, Running, serving, until


@pytest.fixture(scope="session")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with the tiny embedding model and a tiny base called ``base``."""
    folder = tmp_path_factory.mktemp("models")
    tiny.write_base(folder / "base")
    tiny.write_embedder(folder / EMBEDDER)
    return folder


@pytest.fixture(scope="session")
def base(models_dir: Path) -> Base:
    return load_base(str(models_dir / "base"))


@pytest.fixture(scope="session")
def embedder(models_dir: Path) -> Embedder:
    return load_embedder(models_dir)


@pytest.fixture(scope="session")
def works_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write_works(tmp_path_factory.mktemp("works") / "sailor")


@pytest.fixture(scope="session")
def train_request(models_dir: Path, works_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainRequest:
    """A run of a few steps; change what a test is about with ``dataclasses.replace``."""
    return TrainRequest(
        works=str(works_dir),
        out=tmp_path_factory.mktemp("out") / "version",
        name="",
        models_dir=models_dir,
        base=str(models_dir / "base"),
        held_out=0.2,
        seed=3,
        max_minutes=None,
        others=(),
        signing_key=None,
        resume=False,
        cancelled=lambda: False,
        options={"max_steps": 6, "canaries": 2},
    )


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    """Matrices this small are done before a second thread has woken up."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def _short_outputs() -> Iterator[None]:
    """The gate's outputs are what takes time; a tiny model has little to say anyway."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(samples, "SAMPLE_TOKENS", 24)
        patch.setattr(memorisation, "LIKELIEST", dataclasses.replace(memorisation.LIKELIEST, max_tokens=16))
        yield


@pytest.fixture(scope="session")
def trained(train_request: TrainRequest) -> TrainResult:
    """A finished run; its version is in ``trained.dir``."""
    return TEXT.train(dataclasses.replace(train_request), SilentReporter())


@pytest.fixture(scope="session")
def server(base: Base, embedder: Embedder, trained: TrainResult) -> Iterator[Running]:
    """A server that takes on little; tests use `running`."""
    limits = EngineLimits(running=8, waiting=8, model_running=8, model_waiting=8, tenant_running=2, tenant_waiting=2)
    studio = built_in(
        base,
        embedder,
        grants=GrantChecker(KEY.public_key()),
        limits=limits,
        memory=2**30,
        versions=None,
        workers=WorkerEngine(Path(trained.dir)),
        reader=tiny.reader,
    )
    with serving(studio) as url:
        yield Running(studio, url, trained.version, pack(read_files(Path(trained.dir))))


@pytest.fixture
def running(server: Running) -> Running:
    """The server with the trained version loaded, nothing else, and nothing being written."""
    for version in server.studio.library.listing():
        if version.name != server.version:
            server.studio.library.delete(version.name)
    assert server.put().is_success
    assert until(lambda: server.studio.engine.load == (0, 0))
    return server


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts of `LONG` take some seconds."""
    forbid = JsonConstraint.forbid

    def later(constraint: JsonConstraint, scores: torch.Tensor) -> None:
        time.sleep(0.005)
        forbid(constraint, scores)

    monkeypatch.setattr(JsonConstraint, "forbid", later)
