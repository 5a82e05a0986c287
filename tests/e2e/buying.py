"""What a buyer does, page by page."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from oeuvre.integrations.credentials import read
from oeuvre.kit.provenance import DocumentFormat, SourceType
from tests.e2e.freelancing import GOOD_CARD, fills_in_card
from tests.e2e.visitor import Visitor

DECLINED_CARD = ("4000 0000 0000 0002", *GOOD_CARD[1:])
LABELS = {"pdf": "PDF", "docx": "Word (DOCX)", "md": "Markdown", "txt": "Plain text (TXT)"}


def finds_model(me: Visitor, name: str) -> str:
    """On the home page; then in the gallery, by searching."""
    page = me.open("/")
    expect(page.get_by_role("link", name=name).first).to_be_visible()
    page = me.open("/models/")
    page.get_by_label("Search models").fill(name)
    page.keyboard.press("Enter")
    me.click("link", name)
    return me.path


def reads_model_page(me: Visitor) -> None:
    """Owner, samples, public report, prices, the licence in plain words, what switching off means."""
    page = me.page
    for heading in ("Samples", "The report", "Prices", "If it is switched off"):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    page.get_by_text("What you may do with it").first.click()
    me.says("You may not train or fine-tune a model on it.")


def asks_for_piece(me: Visitor) -> str:
    """Begins with a sample prompt and watches the preview grow; returns the address of the piece."""
    page = me.page
    page.locator(".starters a").first.click()
    expect(page.get_by_label("What do you need?")).to_have_value(re.compile("runbook"))
    page.get_by_role("button", name="Write a preview").click()
    page.wait_for_url("**/pieces/**")
    text = page.locator("#piece-text")
    me.until(text.text_content)
    early = text.text_content() or ""
    me.until(lambda: len(text.text_content() or "") > len(early))
    assert (text.text_content() or "").startswith(early)
    page.get_by_role("heading", name="Preview").wait_for()
    me.look()
    shown = len(page.locator("#piece-text").inner_text().removesuffix("…").split())
    total = int(page.locator("dl.facts dd").first.inner_text())
    assert 0 < shown <= min(40, total // 2)
    me.says(re.compile(r"Preview of \S+@[0-9a-f]{12}\. Licence it to read the rest\."))
    return me.path


def is_declined(me: Visitor, piece: str) -> None:
    me.open(f"{piece}buy/commercial/")
    fills_in_card(me, DECLINED_CARD)
    me.click("button", re.compile(r"^Pay \$"))
    me.says("The card was declined.")


def buys(me: Visitor, piece: str) -> str:
    """Pays at the price that the page shows, and is brought to the licence; returns its address."""
    page = me.open(piece)
    me.click("link", "Licence it", within=page.locator("#use-commercial"))
    expect(page.locator("#total")).to_have_text("$12.60")
    fills_in_card(me)
    me.click("button", "Pay $12.60")
    page.get_by_role("heading", name="Take it with you").wait_for()
    me.seen.discard("/licences/…/")
    me.look()
    return me.path


def downloads(me: Visitor, folder: Path) -> dict[str, Path]:
    """Every format by its button, with certificate and receipt, under the names that they came with."""
    kept = {}
    for ending, label in LABELS.items():
        line = me.page.locator(".files li").filter(has_text=label)
        kept[ending] = _download(me, line.get_by_role("link", name="Download"), folder)
        if ending in ("md", "txt"):
            kept[f"{ending}.c2pa"] = _download(me, line.get_by_role("link", name=".c2pa"), folder)
    for paper in ("Licence certificate", "Receipt"):
        line = me.page.locator(".files li").filter(has_text=paper)
        kept[paper] = _download(me, line.get_by_role("link", name="PDF"), folder)
    return kept


def _download(me: Visitor, link: object, folder: Path) -> Path:
    with me.page.expect_download() as download:
        link.click()  # type: ignore[attr-defined]  # a locator
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def credentials_hold(kept: dict[str, Path], creator: str, version: str) -> None:
    """A C2PA reader says who made each file, with which version, and how; one changed byte and it no longer does."""
    for ending in LABELS:
        fmt = DocumentFormat(ending)
        data = kept[ending].read_bytes()
        beside = kept[f"{ending}.c2pa"].read_bytes() if f"{ending}.c2pa" in kept else None
        report = read(data, fmt.mime, beside)
        assert report.is_intact, report.problems
        assert (report.creator, report.version, report.source_type) == (creator, version, SourceType.GENERATED)
        assert report.training_allowed is False
        middle = len(data) // 2
        assert not read(data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :], fmt.mime, beside).is_intact


def is_verified_as(me: Visitor, verdict: str, file: Path, sidecar: Path | None = None) -> None:
    """The public page's word on a file."""
    page = me.open("/verify/")
    page.locator("input[name=file]").set_input_files(file)
    if sidecar:
        page.locator("input[name=sidecar]").set_input_files(sidecar)
    me.click("button", "Verify the file")
    expect(page.locator("#verdict")).to_have_attribute("data-verdict", verdict)


def asks_for_edit(me: Visitor, piece: str) -> None:
    page = me.open(piece)
    me.click("link", re.compile("Ask for an edit"))
    page.get_by_label("What should change?").fill("Please shorten the middle and keep every figure.")
    me.click("button", "Send the request")
    me.says("With the freelancer")


def writes_about(me: Visitor, piece: str, words: str) -> str:
    """A conversation with the piece attached; returns its address."""
    page = me.open(piece)
    me.click("link", re.compile("^Write to "))
    page.get_by_label("Message", exact=True).fill(words)
    me.click("button", "Send message")
    expect(page.locator("#thread")).to_contain_text(words)
    me.seen.discard("/conversations/…/")
    me.look()
    return me.path
