"""A whole installation with the scripted studio, and a real browser in front of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.visitor import Visitor
from tests.faults.harness import Installation

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
OPERATOR, PASSWORD = "olive@example.org", "a long enough secret"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/e2e/" in str(item.path):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The system's Chromium. Ends with this package: while it lives, Django refuses queries in this process."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    with sync_playwright() as playwright:
        # Root has no sandbox in containers; the pages are our own.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Training takes about ten seconds and a text about three: long enough to watch."""
    home = tmp_path_factory.mktemp("e2e") / "home"
    slow = {"FAKE_STUDIO_STEPS": "30", "FAKE_STUDIO_STEP_SECONDS": "0.3", "FAKE_STUDIO_TOKEN_SECONDS": "0.012"}
    with Installation(home, **slow) as site:
        site.start()
        made = site.command("operator-create", OPERATOR, "--name", "Olive Sexton", input=f"{PASSWORD}\n")
        assert made.returncode == 0, made.stderr
        yield site


@pytest.fixture
def visitor(browser: Browser, site: Installation) -> Iterator[Visitor]:
    """Somebody new at the site. Every page they open is looked at; what was wrong with any fails the test."""
    with Visitor(browser, site.url) as visitor:
        yield visitor
    visitor.assert_well()
