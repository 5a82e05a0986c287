"""Pictures of a running installation: four for the README, or every page in both widths and both themes.

    .venv/bin/python tools/screenshots.py --url http://127.0.0.1:8000
    .venv/bin/python tools/screenshots.py --url http://127.0.0.1:8000 --all --login EMAIL PASSWORD
    .venv/bin/python tools/screenshots.py --share

The README's (`docs/images/`) are the home page, the first gig of somebody who also sells a model, the gallery of models, and the
page of the oldest of them, which the demo trains first. With
``--all`` every page that can be reached by links from the pages that each login sees goes to `screenshots/`, which git ignores;
``--login`` is repeatable.
``--share`` draws `static/share.png`, what other sites show of a page that has no picture of its own: marks, and no name, because
an installation gives itself one.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from oeuvre.interfaces.ui.marks import mark

ROOT = Path(__file__).resolve().parents[1]
STATIC = ROOT / "src" / "oeuvre" / "interfaces" / "ui" / "static"
SHARED = 1200, 630
"""Pixels of the picture that other sites show (<https://ogp.me>, 1.91 to 1)."""
ON_IT = (
    "writing", "voice-and-audio", "illustration-and-design", "ai-applications", "ai-video", "code",
    "ai-strategy-and-training", "data-for-ai", "ai-art-by-style", "models-and-training", "ai-music-and-voice", "ai-assisted-content",
)  # fmt: skip
"""The fields whose marks are on it, four in a row."""
README = ROOT / "docs" / "images"
EVERYTHING = ROOT / "screenshots"
WIDE, NARROW = 1280, 360
TALL = 860
COLOURS = 192
_IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
_FILES = re.compile(
    r"\.(pdf|json|csv|tar|zip|c2pa|docx|md|txt)$|/logout/|/export/|/file/$|/events$|/progress/|/curve/|/bar/"
)
MOST_PAGES = 90


def context(browser: Browser, url: str, width: int, theme: str = "light") -> BrowserContext:
    size: Any = {"width": width, "height": TALL}
    scheme: Any = theme
    return browser.new_context(
        base_url=url, viewport=size, color_scheme=scheme, reduced_motion="reduce", locale="en-GB"
    )


def save(page: Page, path: Path, *, whole: bool) -> None:
    """As a PNG with a palette: a page has few colours, and a repository keeps every picture for ever."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.open(BytesIO(page.screenshot(full_page=whole))).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1024} kB")


def readme(browser: Browser, url: str) -> None:
    """The four pictures of the README."""
    with context(browser, url, WIDE) as visit:
        page = visit.new_page()
        page.goto("/")
        save(page, README / "home.png", whole=False)
        page.goto("/search/?kind=gig&instant=yes")
        gigs = [link for link in links(page) if re.fullmatch(r"/gigs/[\w-]+/", link)]
        if not gigs:
            sys.exit("No gig is joined to a model there yet: wait until the demo's market is in.")
        page.goto(gigs[0])
        save(page, README / "gig.png", whole=False)
        page.goto("/models/")
        models = [link for link in links(page) if re.fullmatch(r"/models/[\w-]+/[\w-]+/", link)]
        if not models:
            sys.exit("No model is on offer there yet: wait until the demo's first training has passed.")
        page.wait_for_load_state("networkidle")
        save(page, README / "models.png", whole=False)
        page.goto(models[-1])
        save(page, README / "model.png", whole=False)


def share(browser: Browser) -> None:
    """The picture that stands for every page without one."""
    width, height = SHARED
    sheets = "".join((STATIC / "css" / f"{name}.css").read_text() for name in ("tokens", "components"))
    shelf = "body{display:grid;grid-template-columns:repeat(4,300px);margin:0}.cover{display:block;width:300px;height:210px}"
    with browser.new_context(viewport={"width": width, "height": height}) as visit:
        page = visit.new_page()
        drawn = "".join(mark(f"share {field}", width=300, height=210, css="cover", field=field) for field in ON_IT)
        page.set_content(f"<style>{sheets}{shelf}</style>{drawn}")
        save(page, STATIC / "share.png", whole=False)


def links(page: Page) -> list[str]:
    """Paths of this site that a page leads to."""
    found = page.eval_on_selector_all("a[href]", "nodes => nodes.map((node) => node.href)")
    own = (urlsplit(str(link)) for link in found if str(link).startswith(urljoin(page.url, "/")))
    return list(dict.fromkeys(link.path for link in own if not _FILES.search(link.path)))


def log_in(visit: BrowserContext, email: str, password: str) -> None:
    page = visit.new_page()
    page.goto("/account/login/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state()
    if "/login" in page.url:
        sys.exit(f"{email} could not log in there.")
    page.close()


def everything(browser: Browser, url: str, logins: list[list[str]]) -> None:
    """One page of each kind, for nobody and for each login."""
    shutil.rmtree(EVERYTHING, ignore_errors=True)
    for email, password in [["", ""], *logins]:
        who = email.partition("@")[0] or "nobody"
        with context(browser, url, WIDE) as visit:
            if email:
                log_in(visit, email, password)
            paths = reachable(visit.new_page(), ["/", "/home/", "/verify/"])
            state: Any = visit.storage_state()
        for width, theme in ((WIDE, "light"), (NARROW, "light"), (WIDE, "dark"), (NARROW, "dark")):
            with context(browser, url, width, theme) as visit:
                visit.add_cookies(state["cookies"])
                page = visit.new_page()
                for path in paths:
                    page.goto(path)
                    name = _IDS.sub("id", path).strip("/").replace("/", "-") or "index"
                    save(page, EVERYTHING / who / f"{name}-{width}-{theme}.png", whole=True)


def reachable(page: Page, start: list[str]) -> list[str]:
    """Paths that links lead to, one of each kind."""
    waiting, kinds = list(start), set[str]()
    found: list[str] = []
    while waiting and len(found) < MOST_PAGES:
        path = waiting.pop(0)
        kind = _IDS.sub("…", path)
        if kind in kinds:
            continue
        kinds.add(kind)
        answer = page.goto(path)
        if answer is None or answer.status >= 400:
            continue
        found.append(path)
        waiting += links(page)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--all", action="store_true", help="every page, not only the README's")
    parser.add_argument("--share", action="store_true", help="the picture that other sites show")
    parser.add_argument("--login", nargs=2, action="append", default=[], metavar=("EMAIL", "PASSWORD"))
    chosen = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("No Chromium here: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        if chosen.share:
            share(browser)
        elif chosen.all:
            everything(browser, chosen.url, chosen.login)
        else:
            readme(browser, chosen.url)
        browser.close()


if __name__ == "__main__":
    main()
