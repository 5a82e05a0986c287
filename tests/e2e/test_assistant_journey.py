"""An assistant from the plan to its work: set-up, answers, rehearsal, live replies, hand-off, take-over, consent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from oeuvre.commands.walk.people import Person, new_person, profile, sign_up
from tests.e2e.entrance import inside, logs_in
from tests.e2e.freelancing import fills_in_card
from tests.e2e.visitor import Visitor
from tests.faults.harness import Installation

ASKED, REPLY = "Do you write notices for lighthouses?", "Yes, for lighthouses and for the boats that look for them."
MONEY = "I am not happy with your notice and I want my money back."
PATIENCE = 30_000
"""Milliseconds in which the assistant has answered: the worker is shared with everything else that runs."""

_GIG = """
from oeuvre.domains.accounts.models import User
from tests.support.gigs import live_gig
print(live_gig(User.objects.get(email="{email}")).url_key)
"""


@dataclass
class Pair:
    """A freelancer with a gig and no assistant, and a buyer."""

    freelancer: Person
    buyer: Person
    handle: str


@pytest.fixture(scope="module")
def pair(site: Installation) -> Iterator[Pair]:
    mail = site.home / "mail"
    freelancer, buyer = new_person(site.url, "Inga Dahl"), new_person(site.url, "Omar Reyes")
    sign_up(freelancer, "sell", mail)
    sign_up(buyer, "buy", mail)
    handle = profile(freelancer, {"headline": "Notices that are read in the rain"})
    inside(site, _GIG.format(email=freelancer.email))
    yield Pair(freelancer, buyer, handle)
    freelancer.web.close()
    buyer.web.close()


def test_assistant__is_set_up_answers_hands_off_and_lets_people_take_over(
    browser: Browser, site: Installation, pair: Pair
) -> None:
    with Visitor(browser, site.url) as inga, Visitor(browser, site.url) as omar:
        try:
            logs_in(inga, pair.freelancer.email, pair.freelancer.password)
            logs_in(omar, pair.buyer.email, pair.buyer.password)
            subscribes(inga)
            sets_rules(inga)
            fills_bank(inga)
            rehearses(inga)
            goes_live(inga)
            address = is_answered(omar, inga, pair)
            is_handed_off(omar, inga, address)
            is_given_back_and_taken_over(omar, inga, address)
            asks_for_the_person(omar, inga, address)
            agree_and_take_back(omar, inga, address)
            reads_insights(inga)
            reads_the_log(inga)
            reads_without_javascript(browser, omar, address)
        finally:
            wrong = [*inga.faults, *omar.faults]
    assert not wrong, "\n".join(wrong)


def subscribes(inga: Visitor) -> None:
    """Without a plan there is what it does and what it costs; with one, the way in."""
    page = inga.open("/studio/assistant/")
    inga.says("Every claim has a source")
    expect(page.get_by_role("button", name="Set up my assistant")).to_have_count(0)
    plan = page.locator(".plans__card").filter(has=page.get_by_role("heading", name="Assistant", exact=True))
    inga.click("link", "Start trial", within=plan)
    fills_in_card(inga)
    inga.click("button", re.compile("Start trial|Pay"))

    def is_in() -> bool:
        page.goto("/studio/assistant/")
        return page.get_by_role("button", name="Set up my assistant").count() == 1

    inga.until(is_in)
    inga.click("button", "Set up my assistant")
    inga.says("It answers nobody yet")


def sets_rules(inga: Visitor) -> None:
    """Whom it answers, its tone, a topic that is suggested, and what it never answers."""
    page = inga.open("/studio/assistant/rules/")
    for group in ("New enquiries", "Buyers you know"):
        page.get_by_role("group", name=group).get_by_label("Answers by itself").check()
    inga.click("button", "Save and go on")
    inga.says("Saved: Whom it answers.")
    page.get_by_label("Plain").check()
    page.get_by_role("group", name="In which languages").get_by_label("Portuguese").check()
    inga.click("button", "Save and go on")
    page.get_by_label("Monday, from").fill("09:00")
    page.get_by_label("Monday, until").fill("08:00")
    with inga.refused():
        inga.click("button", re.compile("^Save$"))
    inga.says("The end must come after the beginning.")
    page.get_by_label("Monday, until").fill("17:00")
    inga.click("button", "Save and go on")
    inga.says("Discounts and offers")
    inga.open("/studio/assistant/rules/tasks/")
    inga.open("/studio/assistant/rules/topics/")
    page.get_by_role("button", name="Contracts and confidentiality").click()
    inga.says("Changed on this page only")
    inga.click("button", re.compile("^Save$"))
    expect(page.get_by_label("Name")).to_have_value("Contracts and confidentiality")
    page = inga.open("/studio/assistant/rules/never/")
    page.get_by_label("Questions, one a line").fill("Where do you live?")
    inga.click("button", re.compile("^Save$"))


def fills_bank(inga: Visitor) -> None:
    page = inga.open("/studio/assistant/bank/")
    inga.click("link", "Write an answer")
    page.get_by_label("What buyers ask").fill(ASKED)
    page.get_by_label("Your reply").fill(REPLY)
    inga.click("button", "Save answer")
    inga.says(REPLY)
    inga.click("button", "Draft answers")
    inga.says("are being drafted")
    page.goto("/studio/assistant/bank/?q=lighthouses&status=accepted")
    inga.says(REPLY)


def rehearses(inga: Visitor) -> None:
    """Left while it runs and come back to; a case is marked in its place and must pass."""
    page = inga.open("/studio/assistant/rehearsal/")
    page.get_by_label("What a buyer could write").fill(ASKED)
    inga.click("button", "Add case")
    page.get_by_role("button", name=re.compile("Rehears|Start rehearsal")).first.click()
    inga.open("/studio/assistant/bank/")
    inga.open("/studio/assistant/rehearsal/")
    case = page.locator("article").filter(has_text=ASKED)

    def is_done() -> bool:
        page.goto("/studio/assistant/rehearsal/")
        return case.count() > 0 and case.get_by_role("button", name="Right").count() > 0 and _is_over(page)

    inga.until(is_done, seconds=90)
    expect(case).to_contain_text(REPLY)
    case.get_by_role("button", name="Right").click()
    expect(case.get_by_role("button", name="Right")).to_have_attribute("aria-pressed", "true")
    case.get_by_role("switch", name="Must pass").click()
    expect(case.get_by_role("switch", name="Must pass")).to_be_checked()
    expect(case).to_contain_text("Passes")


def _is_over(page: Page) -> bool:
    return page.get_by_role("button", name="Stop").count() == 0


def goes_live(inga: Visitor) -> None:
    page = inga.open("/studio/assistant/")

    def is_ready() -> bool:
        page.goto("/studio/assistant/")
        return page.get_by_role("button", name="Go live").count() == 1

    inga.until(is_ready, seconds=60)
    inga.click("button", "Go live")
    inga.says("It is at work")


def is_answered(omar: Visitor, inga: Visitor, pair: Pair) -> str:
    """The reply comes into the open page, plainly marked; the freelancer sees what it stands on."""
    page = omar.open(f"/conversations/new/{pair.handle}/")
    page.get_by_label("Message", exact=True).fill(ASKED)
    omar.click("button", "Send message")
    reply = page.locator("#thread > .message--assistant")
    expect(reply).to_contain_text(REPLY, timeout=PATIENCE)
    expect(reply).to_contain_text("Assistant of Inga Dahl")
    omar.look()
    address = omar.path
    desk = inga.open(address)
    expect(desk.locator("#answering")).to_contain_text("Your assistant answers here")
    inga.click("link", "Sources, correct this reply")
    inga.says(ASKED)
    inga.says("Replied with your answer")
    return address


def is_handed_off(omar: Visitor, inga: Visitor, address: str) -> None:
    page, desk = omar.open(address), inga.open(address)
    page.get_by_label("Message", exact=True).fill(MONEY)
    page.get_by_role("button", name="Send message").click()
    expect(page.locator("#answering")).to_contain_text("Inga Dahl answers here in person", timeout=PATIENCE)
    expect(page.locator("#thread > .message--assistant")).to_have_count(2)
    expect(desk.locator("#answering")).to_contain_text("You answer here", timeout=PATIENCE)
    inga.open("/studio/assistant/")
    inga.click("link", re.compile("1 hand-off"))
    inga.click("link", "Omar Reyes")
    inga.says("Handed off to you")


def is_given_back_and_taken_over(omar: Visitor, inga: Visitor, address: str) -> None:
    """Given back it answers again; taken over, it says nothing more."""
    page, desk = omar.open(address), inga.open(address)
    desk.get_by_role("button", name="Give back").click()
    expect(desk.get_by_role("button", name="Take over")).to_be_visible()
    page.get_by_label("Message", exact=True).fill(ASKED)
    page.get_by_role("button", name="Send message").click()
    expect(page.locator("#thread > .message--assistant")).to_have_count(3, timeout=PATIENCE)
    expect(desk.locator("#thread > .message--assistant")).to_have_count(3, timeout=PATIENCE)
    desk.get_by_role("button", name="Take over").click()
    expect(desk.get_by_role("button", name="Give back")).to_be_visible()
    expect(page.locator("#answering")).to_contain_text("answers here in person", timeout=PATIENCE)
    desk.get_by_role("button", name="Give back").click()
    expect(desk.get_by_role("button", name="Take over")).to_be_visible()


def asks_for_the_person(omar: Visitor, inga: Visitor, address: str) -> None:
    page = omar.open(address)
    page.get_by_role("button", name="Ask for Inga Dahl").click()
    expect(page.locator("#answering")).to_contain_text("You asked for that.")
    expect(inga.page.locator("#answering")).to_contain_text("The buyer asked for you.", timeout=PATIENCE)
    desk = inga.page
    desk.get_by_label("Message", exact=True).fill("Here I am.")
    desk.get_by_role("button", name="Send message").click()
    expect(page.locator("#thread")).to_contain_text("Here I am.", timeout=PATIENCE)


def agree_and_take_back(omar: Visitor, inga: Visitor, address: str) -> None:
    """Each conversation stands with both sides' state; what one takes back counts at once."""
    page = inga.open("/studio/assistant/learning/")
    inga.click("button", "Agree and ask")
    expect(page.locator('.consent[data-state="one"]')).to_have_count(1)
    omar.open(f"{address}about/")
    omar.click("button", "Agree")
    page.reload()
    expect(page.locator('.consent[data-state="both"]')).to_have_count(1)
    omar.click("button", "Take it back")
    page.reload()
    expect(page.locator('.consent[data-state="one"]')).to_have_count(1)
    inga.says("does not agree")


def reads_insights(inga: Visitor) -> None:
    """What was handled stands among the insights, with the market and the earnings beside it."""
    inga.open("/studio/insights/")
    inga.says(re.compile("enquir", re.IGNORECASE))
    for part in ("market", "earnings"):
        inga.open(f"/studio/insights/{part}/")


def reads_the_log(inga: Visitor) -> None:
    inga.open("/studio/assistant/log/")
    inga.click("link", "Answered")
    inga.says(ASKED)
    inga.open("/studio/assistant/")
    inga.click("button", "Pause")
    inga.says("It is paused")


def reads_without_javascript(browser: Browser, omar: Visitor, address: str) -> None:
    context = browser.new_context(
        base_url=omar.page.url, java_script_enabled=False, storage_state=omar.context.storage_state()
    )
    page = context.new_page()
    page.goto(address)
    expect(page.locator("#thread")).to_contain_text(REPLY)
    expect(page.locator("#thread")).to_contain_text("Assistant of Inga Dahl")
    context.close()
