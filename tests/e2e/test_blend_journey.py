"""From a model's page to a piece that a hand finished: a draft, a gig that takes it further, and credentials that name both."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from oeuvre.commands.walk.journey import Journey
from oeuvre.integrations.credentials import read
from oeuvre.kit.provenance import SourceType
from tests.e2e.entrance import logs_in
from tests.e2e.freelancing import fills_in_card
from tests.e2e.ordering import is_paid
from tests.e2e.visitor import Visitor
from tests.faults.harness import Installation

PROMPT = "Write a notice for a ferry that runs late in winter."
FINISHED = b"The ferry runs late from December on. Whoever must be across by seven asks the keeper for the early boat."


def drafts(cleo: Visitor, gig: str) -> str:
    """From the gig's three ways to the model, and from there to a preview; returns the piece's address."""
    page = cleo.open(gig)
    cleo.click("link", "Begin a draft", within=page.locator("#ways"))
    page.get_by_label("What do you need?").fill(PROMPT)
    page.get_by_role("button", name="Write a preview").click()
    page.wait_for_url("**/pieces/**")
    page.get_by_role("heading", name="Preview").wait_for()
    cleo.look()
    return cleo.path


def orders_with_draft(cleo: Visitor) -> str:
    """From the piece to a paid order that the freelancer works on; returns its address."""
    page = cleo.click("link", "Order with this draft", within=cleo.page.locator("#by-hand"))
    cleo.says(PROMPT)
    page.get_by_label(re.compile("I agree to the rights")).check()
    fills_in_card(cleo)
    cleo.click("button", re.compile(r"^Pay \$"))
    return is_paid(cleo, "The freelancer works on it")


def finishes_by_hand(maren: Visitor, address: str) -> None:
    """Sees prompt, seed and version, and hands the finished text over; that a model had a part cannot be left out."""
    page = maren.open(address)
    maren.says(PROMPT)
    maren.says(re.compile(r"version \S+@[0-9a-f]{12}, seed \d+"))
    page.locator("#id_uploads").set_input_files(
        {"name": "ferry.txt", "mimeType": "text/plain", "buffer": FINISHED},
    )
    page.get_by_label(re.compile("Note to the buyer")).fill("The draft, made true to the timetable.")
    page.get_by_label("AI-assisted", exact=True).check()
    page.get_by_label(re.compile("Which tools")).fill("My own model's draft, rewritten by hand.")
    maren.click("button", "Check and hand over")
    expect(page.locator("#turn-now")).to_have_text("The buyer looks at your delivery.")


def takes_home(cleo: Visitor, address: str, folder: Path) -> tuple[bytes, bytes]:
    """The delivered file and the credentials beside it."""
    page = cleo.open(address)
    cleo.click("button", "Accept delivery")
    expect(page.locator("#turn-now")).to_have_text("The order is complete.")
    kept = []
    for label in ("Download", ".c2pa"):
        with page.expect_download() as download:
            page.locator("[id^=delivery-]").first.get_by_role("link", name=label).first.click()
        path = folder / download.value.suggested_filename
        download.value.save_as(path)
        kept.append(path.read_bytes())
    return kept[0], kept[1]


def test_blend__ends_in_a_piece_whose_credentials_name_the_draft_and_the_hand(
    browser: Browser, site: Installation, on_sale: Journey, tmp_path: Path
) -> None:
    with Visitor(browser, site.url) as cleo, Visitor(browser, site.url) as maren:
        logs_in(cleo, on_sale.buyer.email, on_sale.buyer.password)
        logs_in(maren, on_sale.freelancer.email, on_sale.freelancer.password)
        drafts(cleo, on_sale.gig_page)
        address = orders_with_draft(cleo)
        finishes_by_hand(maren, address)
        data, beside = takes_home(cleo, address, tmp_path)
        wrong = [*cleo.faults, *maren.faults]

    assert data == FINISHED
    report = read(data, "text/plain", beside)
    assert report.is_intact, report.problems
    assert report.source_type is SourceType.COMPOSITE
    assert report.edited_by_hand
    assert len(report.parents) == 1
    assert report.training_allowed is False
    assert not read(data.replace(b"late", b"soon"), "text/plain", beside).is_intact
    assert not wrong, "\n".join(wrong)
