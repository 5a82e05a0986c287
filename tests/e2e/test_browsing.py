"""From the home page to a package, as somebody whom nobody knows: search, filters, the reasons, every page on the way."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect

from tests.e2e.conftest import Pair
from tests.e2e.visitor import Visitor
from tests.faults.harness import Installation
from tests.support.gigs import LEAF

GIG = "Notices for harbour doors"


def finds(visitor: Visitor) -> None:
    """Asks on the home page, again until the new gig is in the index."""
    page = visitor.open("/")
    page.get_by_role("main").get_by_label("What do you need?").fill("harbour notices")
    visitor.click("button", "Search", within=page.get_by_role("main"))
    visitor.until(lambda: page.get_by_role("link", name=GIG, exact=True).count() or not page.reload())


def test_browsing__leads_from_a_search_to_a_package(visitor: Visitor, pair: Pair) -> None:
    finds(visitor)
    page = visitor.page
    before, why = page.url, page.get_by_role("link", name=re.compile(f"Why here.*{GIG}")).first
    why.click()
    reasons = page.get_by_role("dialog", name="Why is this here?")
    expect(reasons.get_by_role("table", name="What the score is made from")).to_be_visible()
    assert page.url == before
    page.keyboard.press("Escape")
    expect(reasons).to_be_hidden()
    expect(why).to_be_focused()

    page.locator('#found :is([name="ai"], [name="days"])').filter(visible=True).first.check()
    page.wait_for_url("**/search/?*")
    expect(page.get_by_role("list", name="Chosen filters")).to_be_visible()
    assert page.evaluate("() => document.activeElement.id").startswith("by-")

    visitor.click("link", GIG)
    page.get_by_role("radio").nth(1).check()
    visitor.click("button", "Continue to order")
    assert visitor.path == "/account/login/"


def test_browsing__every_public_page_of_the_market_is_well(visitor: Visitor, pair: Pair) -> None:
    for address in (
        "/services/",
        "/services/harbour-work/",
        f"/services/{LEAF}/",
        f"/gigs/{pair.url_key}/",
        "/models/",
    ):
        visitor.open(address)
    visitor.open(f"/gigs/{pair.url_key}/")
    visitor.click("link", pair.freelancer.name)
    visitor.open("/search/?q=zzxqyv")
    visitor.says("Nothing fits all of this")


def test_browsing__without_javascript_the_reasons_are_a_page(browser: Browser, site: Installation, pair: Pair) -> None:
    with browser.new_context(base_url=site.url, java_script_enabled=False) as plain:
        page = plain.new_page()
        page.goto("/search/?kind=gig")
        why = page.get_by_role("link", name="Why here?").first
        title = (why.locator(".visually-hidden").text_content() or "").strip()
        why.click()
        expect(page).to_have_url(re.compile("/search/why/gig/"))
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
