"""The main job in the browser, as people do it: from a folder of works to a paid, credentialed download and its end."""

from __future__ import annotations

import re
import time
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.e2e import buying, entrance, freelancing
from tests.e2e.conftest import OPERATOR
from tests.e2e.visitor import Visitor
from tests.faults.harness import Installation

MODEL = "Second Shift"


def test_journey__from_a_folder_of_works_to_a_paid_credentialed_download_and_its_end(
    browser: Browser, site: Installation, tmp_path: Path
) -> None:
    with Visitor(browser, site.url) as odile, Visitor(browser, site.url) as bram, Visitor(browser, site.url) as olive:
        try:
            _walk(odile, bram, olive, site, tmp_path)
        finally:
            wrong = [*odile.faults, *bram.faults, *olive.faults]
    assert not wrong, "\n".join(wrong)


def _walk(odile: Visitor, bram: Visitor, olive: Visitor, site: Installation, folder: Path) -> None:
    # A freelancer joins, is vetted and subscribes.
    entrance.signs_up(odile, site, "Odile Brandreth", sells=True)
    freelancing.completes_profile(odile)
    freelancing.applies(odile)
    entrance.logs_in(olive, OPERATOR)
    approves(olive, "Odile Brandreth")
    odile.open("/studio/vetting/")
    odile.says("You are approved")
    freelancing.subscribes(odile)

    # Brings a folder of works, sees what is kept out and why, mends one, and trains.
    freelancing.uploads(odile, freelancing.folder_of_works(folder / "works"))
    freelancing.sees_why_works_are_kept_out(odile)
    freelancing.gives_terms(odile)
    model = freelancing.makes_model(odile, MODEL)
    freelancing.trains_leaves_and_returns(odile, model)
    freelancing.reads_report_and_approves(odile)
    version = odile.page.locator(".plate").filter(has_text="@").first.inner_text()
    freelancing.prices_and_publishes(odile, model)

    # A buyer finds the model, reads its page, watches a preview, pays, and takes everything along.
    entrance.signs_up(bram, site, "Bram Castellan", sells=False)
    public = buying.finds_model(bram, MODEL)
    buying.reads_model_page(bram)
    piece = buying.asks_for_piece(bram)
    buying.is_declined(bram, piece)
    licence = buying.buys(bram, piece)
    kept = buying.downloads(bram, folder)
    buying.credentials_hold(kept, "Odile Brandreth", version)
    buying.is_verified_as(bram, "genuine", kept["pdf"])
    buying.is_verified_as(bram, "genuine", kept["txt"], kept["txt.c2pa"])

    # Asks for an edit and writes; the freelancer answers both.
    buying.asks_for_edit(bram, piece)
    conversation = buying.writes_about(bram, piece, "Which of your works is nearest to this?")
    takes_edit(odile)
    answers(odile, conversation, "The runbooks; the report says so too.")
    bram.open(conversation)
    bram.says("The runbooks; the report says so too.")
    for address in ("/library/", "/library/licences/", "/edits/", "/payments/", "/conversations/", "/settings/"):
        bram.open(address)

    # Earnings agree with the ledger; the operator's pages say the same.
    earns(odile, "$10.80")
    runs_the_house(olive)

    # Switched off: within five seconds closed for everybody else, and what was bought still verifies.
    switches_off(odile, model)
    is_closed(bram, [public, piece, f"{licence}piece.pdf", f"{piece}buy/personal/"])
    bram.open(licence)
    bram.says("The hosted copy is closed")
    buying.is_verified_as(bram, "genuine", kept["pdf"])
    receipt = odile.page.locator(".plate").first.inner_text()
    bram.open(f"/verify/?q={receipt}")
    bram.says("Genuine receipt: a model was switched off")
    takes_version_along(odile, model, folder)


def approves(me: Visitor, name: str) -> None:
    page = me.open("/operator/vetting/")
    me.click("link", f"Read the application of {name}")
    page.get_by_label("Approve", exact=False).check()
    page.get_by_label("Reasons").fill("A voice of its own, and the rights are in order.")
    me.click("button", "Decide")
    me.says("Decided. The freelancer sees it, with your reasons.")


def takes_edit(me: Visitor) -> None:
    page = me.open("/studio/edits/")
    page.locator("main a[href*='/studio/edits/']").first.click()
    me.look()
    page.get_by_label("Your answer").fill("Gladly.")
    me.click("button", re.compile("^(Accept|Take)"))
    me.says("You took the edit.")


def answers(me: Visitor, conversation: str, words: str) -> None:
    """Sent without leaving the page."""
    page = me.open(conversation)
    page.get_by_label("Message", exact=True).fill(words)
    page.get_by_role("button", name="Send message").click()
    expect(page.locator("#thread")).to_contain_text(words)


def earns(me: Visitor, amount: str) -> None:
    me.open("/studio/earnings/")
    me.says(re.compile(re.escape(f"it owes you exactly the {amount}")))
    expect(me.page.get_by_text("Estimate", exact=True)).to_be_visible()
    me.open("/studio/statement/")
    me.says(amount)


def runs_the_house(me: Visitor) -> None:
    """Every page of the operator's, and what the ledger says of itself."""
    page = me.open("/operator/ledger/")
    me.says("Balanced")
    me.open("/operator/")
    expect(page.get_by_role("main").get_by_text("Balanced")).to_be_visible()
    for name in ("duplicates", "training", "refunds", "prices", "people", "audit", "health", "gig-review", "gigs"):
        me.open(f"/operator/{name}/")
    for name in ("", "attributes/", "skills/", "by-hand/"):
        me.open(f"/operator/catalogue/{name}")


def switches_off(me: Visitor, model: str) -> None:
    me.open(model)
    me.click("link", "Switch off")
    me.click("button", re.compile("Switch off"))
    me.says("Signature holds")


def is_closed(me: Visitor, addresses: list[str]) -> None:
    """Every address is refused within five seconds, to somebody who has bought."""
    started = time.monotonic()
    with me.refused():
        while open_yet := [path for path in addresses if me.page.request.get(path).ok]:
            assert time.monotonic() - started < 5, open_yet
        me.open(addresses[0])
        me.open(addresses[1])


def takes_version_along(me: Visitor, model: str, folder: Path) -> None:
    """The owner still has the version, whole and signed, to take to another installation."""
    page = me.open(f"{model}versions/")
    page.locator("main a[href*='/studio/versions/']").first.click()
    page.wait_for_load_state()
    with page.expect_download() as download:
        page.get_by_role("link", name="Export").click()
    assert re.fullmatch(r"second-shift@[0-9a-f]{12}\.tar", download.value.suggested_filename)
    download.value.save_as(folder / "version.tar")
    assert (folder / "version.tar").stat().st_size > 1000
