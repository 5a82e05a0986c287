"""`kill -9` of each process at each step of training and checkout: the state comes out right, once."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.faults.harness import PROCESSES, ROOT, Installation

pytestmark = pytest.mark.faults

PATIENCE = 90.0
"""Seconds within which the product must have mended itself."""


class Driver:
    """Somebody who uses the installation; asks again when the database was just killed."""

    def __init__(self, site: Installation) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.driver"], cwd=ROOT, text=True,
            env={**site.environment, "DATABASE_URL": site.database_url, "DJANGO_SETTINGS_MODULE": "oeuvre.config.settings"},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def __call__(self, do: str, **arguments: Any) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = self._ask({"do": do, **arguments})
            if "database_error" not in answer:
                return answer
            assert time.monotonic() < deadline, answer
            time.sleep(0.5)

    def _ask(self, asked: dict[str, Any]) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def until(self, do: str, right: Callable[[dict[str, Any]], bool], **arguments: Any) -> dict[str, Any]:
        """Ask until the answer is right; fails with the last one."""
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = self(do, **arguments)
            if right(answer):
                return answer
            assert time.monotonic() < deadline, f"{do} is still {answer}"
            time.sleep(0.1)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    home = tmp_path_factory.mktemp("main-job") / "home"
    slow = {
        "FAKE_STUDIO_STEPS": "12",
        "FAKE_STUDIO_STEP_SECONDS": "0.25",
        "FAKE_STUDIO_TOKEN_SECONDS": "0.02",
    }
    with Installation(home, **slow) as site:
        site.start()
        yield site


@pytest.fixture(scope="module")
def driver(site: Installation) -> Iterator[Driver]:
    driver = Driver(site)
    yield driver
    driver.process.kill()


@pytest.fixture(scope="module")
def model(driver: Driver) -> str:
    model: str = driver("prepare")["model"]
    return model


def _over(answer: dict[str, Any]) -> bool:
    return answer["status"] in ("ready", "rejected", "failed", "cancelled", "stopped", "active", "unpaid", "revoked")


@pytest.mark.parametrize("phase", ["preparing", "training", "evaluating"])
def test_training__goes_on_after_its_worker_was_killed(
    site: Installation, driver: Driver, model: str, phase: str
) -> None:
    seed = ["preparing", "training", "evaluating"].index(phase)
    run = driver("train", model=model, seed=seed)["run"]
    driver.until("run_state", lambda state: state["status"] == phase or _over(state), run=run)
    site.kill("worker")
    site.recovered()
    state = driver.until("run_state", _over, run=run)
    assert state["status"] == "ready", state["error"]
    assert state["versions"] == 1
    assert state["steps_unique"]
    assert state["attempts"] == 2


@pytest.mark.parametrize("name", ["postgres", "studio", "web"])
def test_training__ends_well_whichever_other_process_is_killed(
    site: Installation, driver: Driver, model: str, name: str
) -> None:
    run = driver("train", model=model, seed=10 + PROCESSES.index(name))["run"]
    driver.until("run_state", lambda state: state["step"] >= 4 or _over(state), run=run)
    site.kill(name)
    site.recovered()
    state = driver.until("run_state", _over, run=run)
    assert (state["status"], state["versions"], state["steps_unique"]) == ("ready", 1, True), state["error"]


@pytest.fixture(scope="module")
def published(driver: Driver, model: str) -> str:
    if not driver("versions", model=model)["versions"]:  # this test runs alone: nobody trained one before
        run = driver("train", model=model, seed=99)["run"]
        driver.until("run_state", _over, run=run)
    assert driver("publish", model=model)["status"] == "published"
    return model


@pytest.mark.parametrize("name", PROCESSES)
def test_generation__is_whole_or_honestly_failed_after_a_kill_while_it_is_written(
    site: Installation, driver: Driver, published: str, name: str
) -> None:
    piece = driver("generate", model=published)["generation"]
    driver.until("generation_state", lambda state: bool(state["preview"]) or _over(state), generation=piece)
    site.kill(name)
    site.recovered()
    state = driver.until("generation_state", _over, generation=piece)
    if state["status"] == "ready":
        assert state["sealed"]
    else:
        assert (state["status"], state["sealed"]) == ("failed", False)
        assert state["failure"]


@pytest.mark.parametrize("step", ["at_once", "paid"])
@pytest.mark.parametrize("name", PROCESSES)
def test_checkout__takes_the_money_once_and_delivers_whichever_process_is_killed(
    site: Installation, driver: Driver, published: str, name: str, step: str
) -> None:
    piece = driver("generate", model=published)["generation"]
    assert driver.until("generation_state", _over, generation=piece)["status"] == "ready"
    licence = driver("buy", generation=piece)["licence"]
    if step == "paid":
        driver.until("licence_state", lambda state: state["status"] != "awaiting_payment", licence=licence)
    site.kill(name)
    site.recovered()
    state = driver.until("licence_state", _over, licence=licence)
    assert state == {"status": "active", "payments": ["succeeded"], "charges": 1, "postings": 1, "files": 4}
    books = driver("books")
    assert books["balanced"]
    assert books["agrees"]
