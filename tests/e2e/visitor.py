"""A person's browser, which looks at every page it opens: what any page must be, whatever it is about."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Response

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
_OVERFLOW = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  return [...document.querySelectorAll("body *")].filter((node) => node.getBoundingClientRect().right > wide + 1)
    .slice(0, 3).map((node) => `${node.tagName.toLowerCase()}.${node.className}`);
}"""
_IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/)\d+(?=/)|(?<=confirm-email/)[^/]+")


class Visitor:
    """``page`` is Playwright's own; ``open`` and ``look`` check what they show. ``faults`` collects what is wrong."""

    def __init__(self, browser: Browser, url: str, **options: object) -> None:
        self.context = browser.new_context(
            base_url=url, viewport=WIDE, locale="en-GB", reduced_motion="reduce", accept_downloads=True
        )  # type: ignore[arg-type]  # Playwright's own type for a size
        self.context.set_default_timeout(20_000)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.path}: {error}"))
        self.page.on("response", self._answered)
        self.faults: list[str] = []
        self.seen: set[str] = set()
        self._refusals = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.context.close()

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    def open(self, address: str) -> Page:
        self.page.goto(address)
        self.look()
        return self.page

    def click(self, role: str, name: str | re.Pattern[str], *, within: Locator | None = None) -> Page:
        """Press a link or button by its name and look at what it leads to."""
        target = (within or self.page).get_by_role(role, name=name).first  # type: ignore[arg-type]  # one of many roles
        target.click()
        self.page.wait_for_load_state()
        self.look()
        return self.page

    def says(self, text: str | re.Pattern[str]) -> Locator:
        """The visible place where the page says something; waits for it."""
        found = self.page.locator("main").get_by_text(text).filter(visible=True).first
        found.wait_for()
        return found

    def until(self, condition: Callable[[], object], seconds: float = 20) -> None:
        """Wait for what only repeated looks can tell; asked from here, as the pages forbid evaluating strings."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"waited in vain on {self.path}"
            self.page.wait_for_timeout(100)

    @contextmanager
    def refused(self) -> Iterator[None]:
        """While something is asked for that the site refuses, which Chromium reports as an error."""
        self._refusals += 1
        yield
        self._refusals -= 1

    def look(self) -> None:
        """Check the present page, once for each kind of page."""
        kind = _IDS.sub("…", self.path)
        if kind in self.seen:
            return
        self.seen.add(kind)
        page = self.page
        wrong = []
        if not page.title().strip():
            wrong.append("no title")
        if page.locator("h1").count() != 1:
            wrong.append(f"{page.locator('h1').count()} headings of the first level")
        wrong += [f"{row['id']}: {row['nodes'][0]['html'][:160]}" for row in self._violations()]
        page.set_viewport_size(NARROW)  # type: ignore[arg-type]  # Playwright's own type for a size
        wrong += [f"wider than 360 px: {node}" for node in page.evaluate(_OVERFLOW)]
        page.set_viewport_size(WIDE)  # type: ignore[arg-type]  # Playwright's own type for a size
        self.faults += [f"{kind}: {fault}" for fault in wrong]

    def _violations(self) -> list[dict[str, list[dict[str, str]]]]:
        found: list[dict[str, list[dict[str, str]]]] = Axe().run(self.page, options=RULES).response["violations"]
        return found

    def assert_well(self) -> None:
        assert not self.faults, "\n".join(self.faults)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not (self._refusals and "Failed to load resource" in message.text):
            self.faults.append(f"{self.path}: console: {message.text}")

    def _answered(self, answer: Response) -> None:
        if answer.status >= 500:
            self.faults.append(f"{answer.url} answered {answer.status}")
