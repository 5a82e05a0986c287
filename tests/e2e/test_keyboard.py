"""Without a mouse: logging in, asking for a piece, paying for it."""

from __future__ import annotations

import re

from playwright.sync_api import Browser

from oeuvre.commands.walk import buying
from oeuvre.commands.walk.journey import Journey
from tests.e2e.visitor import Visitor
from tests.faults.harness import Installation

MOST_STEPS = 120
_FOCUSED = """() => {
  const node = document.activeElement, label = node.labels?.[0]?.innerText || node.getAttribute("aria-label") || "";
  const style = getComputedStyle(node);
  return { name: (label || node.innerText || "").trim(), tag: node.tagName.toLowerCase(),
           seen: style.outlineStyle !== "none" || style.boxShadow !== "none" };
}"""


def test_keyboard__logs_in_asks_for_a_piece_and_buys_it(browser: Browser, site: Installation, on_sale: Journey) -> None:
    with Visitor(browser, site.url) as cleo:
        page = cleo.open("/account/login/")
        reaches(cleo, "^E-?mail")
        page.keyboard.type(on_sale.buyer.email)
        reaches(cleo, "^Password")
        page.keyboard.type(on_sale.buyer.password)
        page.keyboard.press("Enter")
        page.get_by_label("Your account").wait_for()

        page.goto(on_sale.public)
        reaches(cleo, "What do you need")
        page.keyboard.type("Write a notice for a ferry that runs late in winter.")
        reaches(cleo, "Write a preview")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Preview").wait_for()

        reaches(cleo, "Licence it")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Checkout").wait_for()
        for label, value in zip(("Card number", "Expires", "Security code"), buying.GOOD_CARD.values(), strict=True):
            reaches(cleo, label)
            page.keyboard.type(value)
        reaches(cleo, r"Pay \$")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Take it with you").wait_for()
        reaches(cleo, "Download")
    cleo.assert_well()


def test_keyboard__the_first_stop_skips_to_the_content(visitor: Visitor) -> None:
    page = visitor.open("/models/")
    page.keyboard.press("Tab")
    assert page.evaluate(_FOCUSED)["name"] == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("() => Boolean(document.activeElement.closest('#main'))")


def test_keyboard__a_menu_closes_with_escape_and_gives_the_focus_back(visitor: Visitor) -> None:
    page = visitor.open("/")
    page.set_viewport_size({"width": 360, "height": 740})
    menu = page.get_by_label("Menu", exact=True)
    menu.focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Verify a piece").first.wait_for()
    page.keyboard.press("Escape")
    assert page.locator("details.menu[open]").count() == 0
    assert page.evaluate("() => document.activeElement.tagName") == "SUMMARY"


def reaches(me: Visitor, name: str) -> None:
    """Press Tab until the thing of this name has the focus, and can be seen to have it."""
    passed = []
    for _ in range(MOST_STEPS):
        me.page.keyboard.press("Tab")
        focused = me.page.evaluate(_FOCUSED)
        if re.search(name, focused["name"], re.IGNORECASE):
            assert focused["seen"], f"{focused} has the focus and does not show it"
            return
        passed.append(focused["name"] or focused["tag"])
    raise AssertionError(f"“{name}” cannot be reached on {me.path} with Tab; passed {passed}")
