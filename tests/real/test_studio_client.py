"""The two ports of the studio with the studio itself: trained as a child, hosted, asked, evicted."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from oeuvre.domains.creation.errors import VersionDamagedError, VersionNotLoadedError
from oeuvre.domains.creation.ports import TrainingProgress, TrainingWork
from oeuvre.integrations.studio_client import HttpStudio, SubprocessTrainer, ensure_grant_key
from oeuvre.integrations.studio_client.keys import public_path
from oeuvre_studio.protocol import Report, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oeuvre.domains.creation.ports import TrainedVersion

MODELS = Path(os.environ.get("OEUVRE_MODELS", ".oeuvre/models"))
DEMO = Path(__file__).resolve().parents[2] / "src/oeuvre/interfaces/demo/content/maren-oduya/works"
WORKS = 6
"""Few, so that most of the time goes into what is tested here and not into learning."""
ASKER = uuid.UUID(int=7)
PROMPT = "A short notice for the door of a bakery that opens an hour later on Sundays."

pytestmark = [
    pytest.mark.real,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(
        not (MODELS / "SmolLM2-135M-Instruct").exists(),
        reason="the base model is not here; studio models pull --default",
    ),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def heard() -> list[TrainingProgress]:
    return []


@pytest.fixture(scope="module")
def version(home: Path, heard: list[TrainingProgress]) -> TrainedVersion:
    files = sorted(DEMO.glob("*.md"))[:WORKS]
    works = [TrainingWork(str(uuid.uuid4()), file.stem, "copy", (), "own", "", file.read_text()) for file in files]
    return SubprocessTrainer(home=str(home), models=str(MODELS)).train(
        run_id=uuid.uuid4(),
        modality="text",
        model_name="Maren Oduya",
        works=works,
        others=[],
        seed=1,
        max_minutes=1,
        on_progress=heard.append,
        is_cancelled=lambda: False,
    )


@pytest.fixture(scope="module")
def studio(home: Path) -> Iterator[HttpStudio]:
    key = ensure_grant_key(home)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--versions", str(home), "--port", str(port), "--grant-key", str(public_path(key))]
    program = str(Path(sys.executable).with_name("studio"))
    process = subprocess.Popen([program, "serve", *options, "--models-dir", str(MODELS)])
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 180
    while True:
        try:
            if httpx.get(f"{url}/readyz", trust_env=False).status_code == 200:
                break
        except httpx.TransportError:
            pass
        assert process.poll() is None, "studio serve ended"
        assert time.monotonic() < deadline, "studio serve is not ready"
        time.sleep(0.5)
    yield HttpStudio(url=url, grant_key_path=str(key))
    process.terminate()
    process.wait(30)


def test_trainer__trains_a_signed_version_and_tells_how_far_it_is(
    version: TrainedVersion, heard: list[TrainingProgress], home: Path
) -> None:
    assert {progress.phase for progress in heard} == {"preparing", "training", "evaluating"}
    assert version.name.startswith("maren-oduya@")
    assert len(version.manifest["works"]) == WORKS
    report = parse(Report, version.report)
    assert (report.status == "passed") == version.passed
    assert 0 < report.details.perplexity_ratio < 1
    assert SubprocessTrainer(home=str(home)).verify(archive=version.archive).name == version.name


def test_studio__generates_the_same_for_a_seed_credits_works_and_forgets_when_told(
    version: TrainedVersion, studio: HttpStudio
) -> None:
    def ask(seed: int) -> str:
        made = studio.generate(
            version=version.name, prompt=PROMPT, seed=seed, max_tokens=40, asked_by=ASKER, on_text=lambda _: True
        )
        known = {work["sha256"] for work in version.manifest["works"]}
        assert {work for work, _ in made.credit} <= known
        assert sum(share for _, share in made.credit) == pytest.approx(1, abs=1e-6)
        assert 0 < made.tokens <= 40
        assert made.seed == seed
        return made.text

    with pytest.raises(VersionNotLoadedError):
        ask(1)
    studio.host(version=version.name, archive=version.archive)
    assert ask(1) == ask(1) != ask(2)
    studio.evict(version=version.name)
    with pytest.raises(VersionNotLoadedError):
        ask(1)


def test_studio__stops_when_nobody_wants_more(version: TrainedVersion, studio: HttpStudio) -> None:
    studio.host(version=version.name, archive=version.archive)
    made = studio.generate(
        version=version.name, prompt=PROMPT, seed=1, max_tokens=400, asked_by=ASKER, on_text=lambda text: len(text) < 40
    )
    assert made.finish_reason == "cancelled"
    assert 40 <= len(made.text) < 200


def test_studio__refuses_a_version_with_a_changed_byte(version: TrainedVersion, studio: HttpStudio) -> None:
    middle = len(version.archive) // 2
    changed = version.archive[:middle] + bytes([version.archive[middle] ^ 1]) + version.archive[middle + 1 :]
    with pytest.raises(VersionDamagedError):
        studio.host(version=version.name, archive=changed)


def test_studio__embeds_meanings_as_unit_vectors(studio: HttpStudio) -> None:
    sea, ocean, invoice = studio.embed(texts=["the sea in winter", "the ocean when it is cold", "an unpaid invoice"])

    def cosine(one: list[float], other: list[float]) -> float:
        return sum(a * b for a, b in zip(one, other, strict=True))

    assert cosine(sea, sea) == pytest.approx(1, abs=1e-5)
    assert cosine(sea, ocean) > cosine(sea, invoice) + 0.2
