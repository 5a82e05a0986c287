"""What the two of an order do, page by page."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.entrance import inside
from tests.e2e.visitor import Visitor
from tests.faults.harness import Installation

SHORT = b"The ferry leaves the harbour at six every morning."
LONG = (
    b"The ferry leaves the harbour at six every morning, and the people on it know each other by name. They talk about "
    b"the weather, the price of fish and the long winter that is coming. In the evening it comes back with the mail, the "
    b"bread and whoever was away, and the keeper of the harbour counts them as they land."
)
_LATER = """
from datetime import timedelta
from django.utils import timezone
real = timezone.now
timezone.now = lambda: real() + timedelta(days=15)
from oeuvre.domains.orders import services
from oeuvre.kit.actor import Actor
print(services.lines_clear(actor=Actor.system()))
"""


def is_paid(noor: Visitor, turn: str) -> str:
    """Waits on the order's page until the payment arrived and it says whose ``turn`` it is; returns its address."""
    address = noor.path

    def said() -> bool:
        noor.page.goto(address)
        return turn in noor.page.locator("#turn-now").inner_text()

    noor.until(said)
    return address


def answers(noor: Visitor, address: str) -> None:
    page = noor.open(address)
    page.get_by_label("What must people know?").fill("The ferry leaves at six from December on.")
    noor.click("button", "Send answers")
    expect(page.locator("#turn-now")).to_contain_text("The freelancer works on it")


def delivers(vera: Visitor, address: str, text: bytes, *, name: str = "notice.txt") -> None:
    page = vera.open(address)
    for old in page.get_by_role("button", name="Remove").all():
        old.click()
        page.wait_for_load_state()
    page.locator("#id_uploads").set_input_files({"name": name, "mimeType": "text/plain", "buffer": text})
    page.get_by_label(re.compile("Note to the buyer")).fill("Here it is.")
    page.get_by_label("No AI", exact=True).check()
    vera.click("button", "Check and hand over")


def fails_a_check_and_passes(vera: Visitor, address: str) -> None:
    """An order that asks for 40 words: a text of nine is turned away by software, before the buyer's time begins."""
    delivers(vera, address, SHORT)
    expect(vera.page.locator(".check-row--bad").filter(has_text="40 is the least")).to_be_visible()
    delivers(vera, address, LONG)
    bad = vera.page.locator(".check-row--bad").all_inner_texts()
    assert not bad, bad
    expect(vera.page.locator("#turn-now")).to_have_text("The buyer looks at your delivery.")


def is_revised(vera: Visitor, noor: Visitor, address: str) -> None:
    page = noor.open(address)
    page.get_by_text(re.compile("Ask for a revision")).click()
    page.get_by_label("What should change?").fill("Say that the small harbour is meant.")
    noor.click("button", "Request revision")
    vera.open(address)
    vera.says("Say that the small harbour is meant.")
    delivers(vera, address, LONG + b" It is the small harbour that is meant.", name="second.txt")
    page = noor.open(address)
    with page.expect_download() as download:
        page.locator("#delivery-3, #delivery-2").first.get_by_role("link", name="Download").first.click()
    assert download.value.suggested_filename == "second.txt"


def is_accepted(noor: Visitor, address: str) -> None:
    """With the buyer's own criteria, which only a person can judge, ticked."""
    page = noor.open(address)
    for criterion in page.get_by_label("Met", exact=True).all():
        criterion.check()
    noor.click("button", "Accept delivery")
    expect(page.locator("#turn-now")).to_have_text("The order is complete.")


def both_review(vera: Visitor, noor: Visitor, address: str) -> None:
    """Neither reads the other's review before both are in."""
    _reviews(noor, address, "Read by everybody who takes the ferry.")
    noor.says("Your review is in")
    expect(vera.open(address).locator("main")).not_to_contain_text("Read by everybody")
    _reviews(vera, address, "Knew what the notice was for, and said so.")
    vera.says("Read by everybody who takes the ferry.")


def _reviews(me: Visitor, address: str, text: str) -> None:
    page = me.open(address)
    for group in page.locator("#review fieldset").all():
        group.get_by_label("5", exact=True).check()
    page.get_by_label("What should others know?").fill(text)
    me.click("button", "Send review")


def clears(site: Installation, vera: Visitor, address: str) -> None:
    """The money waits for 14 days after the release, then it is the freelancer's."""
    expect(vera.open(address).locator("#money-where")).to_contain_text("clearing until")
    assert int(inside(site, _LATER)) > 0
    expect(vera.open(address).locator("#money-where")).to_contain_text("Yours, cleared")
