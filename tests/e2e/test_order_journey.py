"""An order from a gig to cleared money, and a dispute that ends in a partial refund, each side in its own browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, expect

from oeuvre.commands.walk.people import Person, new_person, profile, sign_up
from tests.e2e.entrance import inside, logs_in
from tests.e2e.freelancing import fills_in_card
from tests.e2e.visitor import Visitor
from tests.faults.harness import Installation

SHORT = b"The ferry leaves the harbour at six every morning."
LONG = (
    b"The ferry leaves the harbour at six every morning, and the people on it know each other by name. They talk about "
    b"the weather, the price of fish and the long winter that is coming. In the evening it comes back with the mail, the "
    b"bread and whoever was away, and the keeper of the harbour counts them as they land."
)
_GIG = """
from oeuvre.domains.accounts.models import User
from tests.support.gigs import live_gig
print(live_gig(User.objects.get(email="{email}")).url_key)
"""
_LATER = """
from datetime import timedelta
from django.utils import timezone
real = timezone.now
timezone.now = lambda: real() + timedelta(days=15)
from oeuvre.domains.orders import services
from oeuvre.kit.actor import Actor
print(services.lines_clear(actor=Actor.system()))
"""


@dataclass
class Pair:
    """A freelancer with a gig, and a buyer."""

    freelancer: Person
    buyer: Person
    url_key: str


@pytest.fixture(scope="module")
def pair(site: Installation) -> Iterator[Pair]:
    mail = site.home / "mail"
    freelancer, buyer = new_person(site.url, "Vera Lund"), new_person(site.url, "Noor Haddad")
    sign_up(freelancer, "sell", mail)
    sign_up(buyer, "buy", mail)
    profile(freelancer, {"headline": "Notices that are read in the rain"})
    yield Pair(freelancer, buyer, inside(site, _GIG.format(email=freelancer.email)))
    freelancer.web.close()
    buyer.web.close()


@pytest.fixture
def both(browser: Browser, site: Installation, pair: Pair) -> Iterator[tuple[Visitor, Visitor]]:
    """The freelancer's browser and the buyer's; what was wrong with any page fails the test."""
    with Visitor(browser, site.url) as vera, Visitor(browser, site.url) as noor:
        logs_in(vera, pair.freelancer.email, pair.freelancer.password)
        logs_in(noor, pair.buyer.email, pair.buyer.password)
        yield vera, noor
        wrong = [*vera.faults, *noor.faults]
    assert not wrong, "\n".join(wrong)


def orders(noor: Visitor, pair: Pair, *, words: int = 0) -> str:
    """Chooses the small package with an extra, sees every amount, and pays; returns the order's address."""
    page = noor.open(f"/orders/new/gig/{pair.url_key}/")
    expect(page.locator("#total")).to_have_text("$42.00")
    page.get_by_label(re.compile("Translation")).check()
    expect(page.locator("#total")).to_have_text("$57.75")
    expect(page.get_by_role("button", name="Pay $57.75")).to_be_visible()
    if words:
        page.get_by_text("Add criteria").click()
        page.get_by_label("Words, at least").fill(str(words))
        page.get_by_label("In your own words").fill("It names the small harbour.")
    page.get_by_label(re.compile("I agree to the rights")).check()
    fills_in_card(noor)
    noor.click("button", "Pay $57.75")
    address = noor.path
    noor.until(lambda: _paid(noor, address))
    return address


def _paid(me: Visitor, address: str) -> bool:
    me.page.goto(address)
    return "answer the freelancer" in me.page.locator("#turn-now").inner_text()


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


def reviews(me: Visitor, address: str, text: str) -> None:
    page = me.open(address)
    for group in page.locator("#review fieldset").all():
        group.get_by_label("5", exact=True).check()
    page.get_by_label("What should others know?").fill(text)
    me.click("button", "Send review")


def test_order__from_a_gig_to_cleared_money(site: Installation, pair: Pair, both: tuple[Visitor, Visitor]) -> None:
    vera, noor = both
    address = orders(noor, pair, words=40)
    answers(noor, address)

    delivers(vera, address, SHORT)
    vera.says("1 check failed")
    expect(vera.page.locator(".check-row--bad")).to_contain_text("40 is the least")
    delivers(vera, address, LONG)
    expect(vera.page.locator("#turn-now")).to_have_text("The buyer looks at your delivery.")

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
    page.get_by_label("Met", exact=True).check()
    noor.click("button", "Accept delivery")
    expect(page.locator("#turn-now")).to_have_text("The order is complete.")

    reviews(noor, address, "Read by everybody who takes the ferry.")
    noor.says("Your review is in")
    expect(vera.open(address).locator("main")).not_to_contain_text("Read by everybody")
    reviews(vera, address, "Knew what the notice was for, and said so.")
    vera.says("Read by everybody who takes the ferry.")

    expect(vera.page.locator("#money-where")).to_contain_text("clearing until")
    assert inside(site, _LATER) == "2"
    expect(vera.open(address).locator("#money-where")).to_contain_text("Yours, cleared")
    vera.open("/studio/orders/")
    vera.open("/studio/orders/earnings/")
    vera.open("/studio/level/")
    noor.open("/orders/")


def test_dispute__ends_with_a_part_of_the_money_back(pair: Pair, both: tuple[Visitor, Visitor]) -> None:
    vera, noor = both
    address = orders(noor, pair)
    answers(noor, address)
    delivers(vera, address, LONG)

    page = noor.open(address)
    noor.click("link", "Open a dispute")
    page.get_by_label("Not as agreed").check()
    page.get_by_label("What happened?").fill("It is about another harbour than the one that we agreed on.")
    page.get_by_label(re.compile("Money goes back")).check()
    page.get_by_label(re.compile("Of the price, back")).fill("20.00")
    noor.click("button", "Open dispute")
    noor.says(re.compile("Vera Lund answers by"))

    vera.open(address)
    vera.click("link", "Open dispute page")
    vera.says("Back to the buyer, with fee and tax")
    expect(vera.page.locator(".split-facts").first).to_contain_text("$21.00")
    vera.click("button", "Accept proposal")
    vera.says(re.compile("goes back to the buyer"))
    page = noor.open(address)
    expect(page.locator("#money-where")).to_contain_text("$21.00")
    expect(page.locator("#turn-now")).to_have_text("The order is complete.")
