"""Two people write to each other, each in their own browser: live, with files, and read without JavaScript as well."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from oeuvre.commands.walk.people import Person, new_person, profile, sign_up
from tests.e2e.entrance import logs_in
from tests.e2e.visitor import Visitor
from tests.faults.harness import Installation

QUICK = 4_000
"""Milliseconds; less than the six seconds after which a page asks by itself."""


@dataclass
class Pair:
    """A freelancer and a buyer who have not written to each other yet."""

    freelancer: Person
    buyer: Person
    handle: str


@pytest.fixture(scope="module")
def pair(site: Installation) -> Iterator[Pair]:
    mail = site.home / "mail"
    freelancer, buyer = new_person(site.url, "Ilse Ferrar"), new_person(site.url, "Tom Arden")
    sign_up(freelancer, "sell", mail)
    sign_up(buyer, "buy", mail)
    yield Pair(freelancer, buyer, profile(freelancer, {"headline": "Songs for small occasions"}))
    freelancer.web.close()
    buyer.web.close()


def picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (900, 600), (20, 120, 110)).save(target, "JPEG")
    return target.getvalue()


def test_conversation__is_live_carries_files_and_reads_without_javascript(
    browser: Browser, site: Installation, pair: Pair, tmp_path: Path
) -> None:
    with Visitor(browser, site.url) as ilse, Visitor(browser, site.url) as tom:
        try:
            address = _write_to_each_other(ilse, tom, pair)
            _set_things(ilse, tom, address, tmp_path)
            reads_without_javascript(browser, tom, address)
        finally:
            wrong = [*ilse.faults, *tom.faults]
    assert not wrong, "\n".join(wrong)


def _write_to_each_other(ilse: Visitor, tom: Visitor, pair: Pair) -> str:
    logs_in(ilse, pair.freelancer.email, pair.freelancer.password)
    logs_in(tom, pair.buyer.email, pair.buyer.password)
    desk = ilse.open("/studio/")
    counts = desk.get_by_role("banner").locator("[data-unread-count]").first
    expect(counts).to_be_hidden()

    # A file goes along; the other one's open page counts it without being loaded again.
    page = tom.open(f"/conversations/new/{pair.handle}/")
    page.get_by_label("Message", exact=True).fill("Could you write a song for a ferry?")
    page.get_by_label("Add files").set_input_files(
        {"name": "landing.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    )
    tom.click("button", "Send message")
    expect(page.locator("#thread")).to_contain_text("landing.jpg")
    expect(counts).to_have_text("1", timeout=QUICK)

    # Both look at the conversation; what one writes appears at the other's.
    address = tom.path
    there = ilse.open(address)
    shown = there.get_by_role("img", name="Preview of landing.jpg")
    shown.scroll_into_view_if_needed()
    ilse.until(lambda: shown.evaluate("image => image.naturalWidth") == 480)
    there.get_by_label("Message", exact=True).fill("Gladly.")
    there.get_by_role("button", name="Send message").click()
    expect(page.locator("#thread")).to_contain_text("Gladly.", timeout=QUICK)
    expect(there.get_by_label("Message", exact=True)).to_have_value("")

    # A program is refused with a reason, and the words are kept.
    there.get_by_label("Message", exact=True).fill("And this.")
    there.get_by_label("Add files").set_input_files(
        {"name": "setup.exe", "mimeType": "image/png", "buffer": b"MZ" + bytes(100)}
    )
    there.get_by_role("button", name="Send message").click()
    expect(there.locator("#message-form")).to_contain_text("runs as a program")
    expect(there.get_by_label("Message", exact=True)).to_have_value("And this.")
    expect(there.locator("#thread > .message")).to_have_count(2)
    return address


def _set_things(ilse: Visitor, tom: Visitor, address: str, folder: Path) -> None:
    page = ilse.open("/conversations/templates/new/")
    page.get_by_label("Title").fill("First answer")
    page.get_by_label("Words").fill("Dear {name}, thank you.")
    ilse.click("button", "Save template")
    page = ilse.open(address)
    page.get_by_text("Use a template").click()
    page.get_by_role("link", name="First answer").click()
    expect(page.get_by_label("Message", exact=True)).to_have_value("Dear Tom Arden, thank you.")
    ilse.open(f"{address}templates/")
    ilse.open("/conversations/search/?q=FÉRRY")
    ilse.says("2 of 2 messages looked through")
    expect(ilse.page.locator("mark")).to_have_text("ferry")
    ilse.click("link", "Tom Arden")

    for me in (ilse, tom):
        me.open(f"{address}about/")
        me.click("button", "Agree")
    tom.says("may learn from it")
    tom.click("button", "Take it back")
    tom.says("learns nothing from it")
    with tom.page.expect_download() as download:
        tom.page.get_by_role("link", name="Download conversation").click()
    download.value.save_as(folder / "conversation.zip")
    assert (folder / "conversation.zip").read_bytes().startswith(b"PK")
    for place in ("preferences/", f"{address}report/"):
        tom.open(place if place.startswith("/") else f"/conversations/{place}")
    tom.open("/conversations/")


def reads_without_javascript(browser: Browser, tom: Visitor, address: str) -> None:
    context = browser.new_context(
        base_url=tom.page.url, java_script_enabled=False, storage_state=tom.context.storage_state()
    )
    page = context.new_page()
    page.goto(address)
    expect(page.locator("#thread")).to_contain_text("Gladly.")
    page.get_by_label("Message", exact=True).fill("Thank you.")
    page.get_by_role("button", name="Send message").click()
    expect(page.locator("#thread")).to_contain_text("Thank you.")
    expect(page.get_by_role("link", name=re.compile("landing.jpg"))).to_be_visible()
    context.close()
