"""From a need in plain words to cleared money: the guide, a brief, offers, an order, checks, a revision, reviews."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.conftest import Pair
from tests.e2e.freelancing import fills_in_card
from tests.e2e.ordering import both_review, clears, fails_a_check_and_passes, is_accepted, is_paid, is_revised
from tests.e2e.visitor import Visitor
from tests.faults.harness import Installation

NEED = (
    "Our ferry runs later in winter and nobody reads the timetable. I want short notices for the harbour that people "
    "read to the end, and I do not know whether a computer can write them."
)
MOST_QUESTIONS = 5


def is_guided(me: Visitor) -> int:
    """Says the need, answers what is asked with one press each, and begins a brief; how many questions there were."""
    page = me.open("/briefs/start/")
    page.get_by_label(re.compile("What do you need")).fill(NEED)
    me.click("button", "Find what fits")
    asked = 0
    while re.search(r"/briefs/start/\d+/$", me.path):
        asked += 1
        assert asked <= MOST_QUESTIONS
        fitting = page.locator(".query__choice").filter(has_text=re.compile("text|words|writ", re.IGNORECASE))
        (fitting if fitting.count() else page.locator(".query__choice")).first.click()
        page.wait_for_load_state()
        me.look()
    me.says("What it costs")
    page.go_back()
    me.says("your answer")
    page.go_forward()
    me.click("button", "Write brief")
    return asked


def writes_brief(noor: Visitor) -> str:
    """Changes what was filled in, asks for forty words, keeps it and publishes it; returns its address."""
    page = noor.page
    page.get_by_label("Title").fill("Notices for the winter ferry")
    page.get_by_label("Budget, from").fill("20")
    page.get_by_label("Budget, up to").fill("60")
    for name in ("formats", "language", "width", "height", "words_most"):
        page.locator(f"#id_{name}").fill("")
    page.get_by_label("Words, at least").fill("40")
    page.get_by_label("In your own words").fill("It names the small harbour.")
    noor.click("button", "Save brief")
    noor.says("Who should see it?")
    noor.click("button", "Publish brief")
    noor.says("No offer yet.")
    return noor.path


def offers(vera: Visitor, brief: str) -> None:
    """Finds the brief in the studio, writes an offer, sees what is left of it, and sends it."""
    page = vera.open("/studio/briefs/")
    vera.click("link", "Notices for the winter ferry")
    assert vera.path == brief
    vera.click("link", "Write offer")
    page.get_by_label("To the buyer").fill("I walk along the quay first. Then I write.")
    part = page.get_by_role("group", name="Milestone 1")
    part.get_by_label("What is delivered").fill("One notice")
    part.get_by_label("Price").fill("40")
    part.get_by_label("Days").fill("3")
    expect(page.locator("#sum")).to_contain_text("$36.00")
    page.get_by_label("No AI", exact=True).check()
    vera.click("button", "Send offer")
    vera.says("You receive")


def accepts(noor: Visitor, brief: str) -> str:
    """Compares, accepts, sees every amount and pays; returns the order's address."""
    page = noor.open(f"{brief}offers/")
    noor.says("Promises all that you ask for")
    noor.click("link", "Accept offer")
    expect(page.locator("#total")).to_have_text("$42.00")
    page.get_by_label(re.compile("I agree to the rights")).check()
    fills_in_card(noor)
    noor.click("button", "Pay $42.00")
    return is_paid(noor, "The freelancer works on it")


def test_need__in_plain_words_ends_in_cleared_money(
    site: Installation, pair: Pair, both: tuple[Visitor, Visitor]
) -> None:
    vera, noor = both
    assert is_guided(noor) >= 1
    brief = writes_brief(noor)
    offers(vera, brief)
    address = accepts(noor, brief)
    fails_a_check_and_passes(vera, address)
    is_revised(vera, noor, address)
    is_accepted(noor, address)
    both_review(vera, noor, address)
    clears(site, vera, address)


def test_guide__waits_with_everything_for_who_joins_on_the_way(visitor: Visitor) -> None:
    is_guided(visitor)
    page = visitor.page
    page.get_by_label("Title").fill("Kept while I log in")
    visitor.click("button", "Save brief")
    assert visitor.path == "/account/login/"
    visitor.open("/briefs/start/brief/")
    expect(page.get_by_label("Title")).to_have_value("Kept while I log in")
