"""An order of a gig to cleared money, and a dispute that ends in a partial refund, each side in its own browser."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.conftest import Pair
from tests.e2e.freelancing import fills_in_card
from tests.e2e.ordering import LONG, answers, both_review, clears, delivers, is_accepted, is_paid
from tests.e2e.visitor import Visitor
from tests.faults.harness import Installation


def orders(noor: Visitor, pair: Pair) -> str:
    """Chooses the small package with an extra, sees every amount, and pays; returns the order's address."""
    page = noor.open(f"/orders/new/gig/{pair.url_key}/")
    expect(page.locator("#total")).to_have_text("$42.00")
    page.get_by_label(re.compile("Translation")).check()
    expect(page.locator("#total")).to_have_text("$57.75")
    expect(page.get_by_role("button", name="Pay $57.75")).to_be_visible()
    page.get_by_label(re.compile("I agree to the rights")).check()
    fills_in_card(noor)
    noor.click("button", "Pay $57.75")
    return is_paid(noor, "answer the freelancer")


def test_order__of_a_gig_ends_in_cleared_money(site: Installation, pair: Pair, both: tuple[Visitor, Visitor]) -> None:
    vera, noor = both
    address = orders(noor, pair)
    answers(noor, address)
    delivers(vera, address, LONG)
    expect(vera.page.locator("#turn-now")).to_have_text("The buyer looks at your delivery.")
    is_accepted(noor, address)
    both_review(vera, noor, address)
    clears(site, vera, address)
    for page in ("/studio/orders/", "/studio/orders/earnings/", "/studio/level/"):
        vera.open(page)
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
