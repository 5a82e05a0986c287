"""Work by hand: a need becomes a brief, an offer, an order; what is delivered is checked, revised, accepted, reviewed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from oeuvre.commands.walk.freelancing import GOOD_CARD, statuses
from oeuvre.commands.walk.telling import expect, wait_for
from oeuvre.integrations.credentials import read
from oeuvre.kit.provenance import SourceType

if TYPE_CHECKING:
    from oeuvre.commands.walk.browsing import Browser, Page
    from oeuvre.commands.walk.journey import Journey

NEED = (
    "Our product has a manual that nobody reads to the end. I want one page that a new colleague can follow at three in "
    "the morning, in plain English, and I do not know whether a computer can write it."
)
MOST_QUESTIONS = 5
_WRITTEN = re.compile(r"\b(texts?|words|writ\w+|once)\b", re.IGNORECASE)
"""Answers that fit the need; where none does, the last is pressed: I don't know."""
WORDS = 60
"""What the brief asks of a text at least; software checks it."""
_PAY_SECONDS = 60.0
_TEXT = "text/plain"
_PAGE = (
    "Look at the red lamp first. If it is lit, the pump has stopped, and nothing else matters until it runs again. "
    "Press the green button for three seconds and wait for the sound. "
) * 2
SHORT, LONG = (text.encode() for text in ("Look at the red lamp first.", _PAGE))
SECOND = f"{_PAGE} If there is no sound, call the number on the door.".encode()


def says_need(walk: Journey) -> None:
    """The guide's questions, what fits, and a brief that every freelancer sees."""
    web = walk.buyer.web
    page = web.send(web.get("/briefs/start/"), {"text": NEED}, action="briefs/start")
    walk.teller.say(f"“{NEED}”")
    asked = 0
    while re.search(r"/briefs/start/\d+/$", page.path):
        asked += 1
        expect(asked <= MOST_QUESTIONS, f"at most {MOST_QUESTIONS} questions", page.text("//h1"))
        choices = page.tree.xpath("//button[@name='choice']")
        choice = next((one for one in choices if _WRITTEN.search(one.text_content())), choices[-1])
        walk.teller.say(f"{page.text('//h1')} {' '.join(choice.text_content().split())}")
        page = web.send(page, {"choice": choice.get("value")}, action=page.path)
    walk.teller.say(f"fits: {_said(page, 'proposal-title')}; {' '.join(page.by_class('proposal__range'))}")
    page = web.send(page, action="fits")
    fields = dict.fromkeys(("formats", "language", "width", "height", "words_most"), "")
    fields |= {"words_least": str(WORDS), "own": "A new colleague can follow it.", "budget_low": "", "budget_high": ""}
    page = web.send(page, fields, action=page.path)
    walk.brief = page.path
    web.send(page, action="publish")
    expect("published" in statuses(web.get(walk.brief)), "the brief to be published")
    walk.teller.say(f"brief published: {page.text('//h1')}")


def is_offered(walk: Journey) -> None:
    """The freelancer answers; the buyer sees every amount and pays; the money is held."""
    owner, web = walk.freelancer.web, walk.buyer.web
    expect(owner.get("/studio/briefs/").links(f"^{walk.brief}$"), "the brief in the freelancer's studio")
    part = {"title": "The page", "price": "80.00", "days": "3"}
    fields = {f"milestone_1_{name}": value for name, value in part.items()}
    fields |= {"message": "I install it, break it, and write down what helped.", "ai_policy": "none", "revisions": "1"}
    page = owner.send(owner.get(f"/studio{walk.brief}offer/"), fields | {"send": "yes"}, action="offer")
    expect("sent" in statuses(page), "the offer to be sent", page.problems())
    walk.teller.say(f"offered: {', '.join(page.texts('//aside//dl/div')[:4])}")
    compared = web.get(f"{walk.brief}offers/")
    walk.order = _ordered(walk, web.get(compared.link(r"^/orders/new/offer/")), "in_progress")
    walk.teller.say(f"{_number(web, walk.order)}: {_said(web.get(walk.order), 'turn-now')}")


def is_delivered(walk: Journey) -> None:
    """A delivery that is too short is kept back by software; the next passes, is revised once, and accepted."""
    owner, web = walk.freelancer.web, walk.buyer.web
    page = delivers(owner, walk.order, SHORT, name="short.txt")
    failed = page.by_class("check-row--bad")
    expect(failed, "the short text to be kept back", _said(page, "turn-now"))
    expect("Delivery 1" not in web.get(walk.order).source, "the buyer to see nothing of it")
    walk.teller.say(f"kept back: {failed[0]}")
    for name, text in (("first.txt", LONG), ("second.txt", SECOND)):
        page = delivers(owner, walk.order, text, name=name)
        expect("delivered" in statuses(page), "the delivery to reach the buyer", page.problems())
        page = web.get(walk.order)
        if text is LONG:
            page = web.send(page, {"text": "Say whom to call."}, action="revise")
            expect("revision_requested" in statuses(page), "a revision to be asked for", page.problems())
            walk.teller.say("revision asked for: Say whom to call.")
    given = web.download(page.link(r"/orders/[0-9a-f-]+/files/[0-9a-f-]+/$"), _TEXT)
    expect(given == SECOND, "the second text to be downloaded as it was handed over", given[:80])
    judged = {str(field.get("name")): "yes" for field in page.tree.xpath("//input[starts-with(@name, 'met-')]")}
    page = web.send(page, judged, action="accept")
    expect("completed" in statuses(page), "the order to be complete", page.problems())
    walk.teller.say(f"accepted; money: {_said(page, 'money-where')}")


def is_reviewed(walk: Journey) -> None:
    """Neither reads the other's review before both are in."""
    said = "It was followed at three in the morning."
    for person, text in ((walk.buyer, said), (walk.freelancer, "Knew what it was for, and said so.")):
        page = person.web.get(walk.order)
        expect(said not in page.source, "no review to be read before both are in")
        scores = {str(field.get("name")): "5" for field in page.tree.xpath("//input[@type='radio'][@value='5']")}
        page = person.web.send(page, {**scores, "text": text}, action="review")
    expect(said in page.source, "both reviews to be read", page.problems())
    walk.teller.say(f"both reviewed; the buyer: “{said}”")


def is_finished_by_hand(walk: Journey) -> None:
    """The edit that was taken is ordered; its credentials name the draft and say that a hand finished it."""
    owner, web = walk.freelancer.web, walk.buyer.web
    address = _ordered(walk, web.get(web.get(walk.edit).link(r"^/orders/new/edit/")), "in_progress")
    shown = owner.get(address)
    expect(walk.version_name in shown.source, "the draft's version to stand on the order", shown.problems())
    edited = f"{walk.clean.strip()}\n\nChecked by hand, and shortened in the middle.".encode()
    declared = {"ai_use": "assisted", "ai_note": "My model's draft, reworked by hand."}
    page = delivers(owner, address, edited, name="edited.txt", declared=declared)
    expect("delivered" in statuses(page), "the edit to reach the buyer", page.problems())
    page = web.send(web.get(address), action="accept")
    expect("completed" in statuses(page), "the edit's order to be complete", page.problems())
    place = urlsplit(page.link(r"/orders/[0-9a-f-]+/files/[0-9a-f-]+/$")).path
    data, beside = web.download(place, _TEXT), web.download(f"{place}credentials/", "application/c2pa")
    report = read(data, _TEXT, beside)
    expect(data == edited, "the edited text as it was handed over", data[:80])
    expect(report.is_intact, "sound credentials of the edited piece", [found.code for found in report.problems])
    expect(report.source_type == SourceType.COMPOSITE, "a composite", report.source_type)
    expect(report.edited_by_hand and report.parents, "human edits of a draft that is named", report.parents)
    walk.teller.say(f"{_number(web, address)}: {report.creator}, {report.source_type}, made from “{report.parents[0]}”")


def delivers(web: Browser, order: str, text: bytes, *, name: str, declared: dict[str, str] | None = None) -> Page:
    """The order's page after the freelancer handed a text over; files of a draft that was kept back are removed first."""
    page = web.get(order)
    while page.tree.xpath("//form[contains(@action, '/files/') and contains(@action, '/remove/')]"):
        page = web.send(page, action="files/[0-9a-f-]+/remove")
    fields = {"note": "Here it is.", "do": "hand_over", **(declared or {"ai_use": "none"})}
    web.send(page, fields, action="delivery/$", files={"uploads": (name, text, _TEXT)}, status=200)
    return web.get(order)


def _ordered(walk: Journey, checkout: Page, state: str) -> str:
    """Pays at the total that the page shows, and waits until the order is in the state; returns its path."""
    web = walk.buyer.web
    walk.teller.say(f"checkout: {', '.join(checkout.texts('//aside//dl/div'))}")
    page = web.send(checkout, {**GOOD_CARD, "agree": "on"}, action=checkout.path)
    expect(re.match(r"/orders/[0-9a-f-]+/$", page.path), "an order", f"{page.path}, {page.problems()}")
    wait_for(lambda: state in statuses(web.get(page.path)) or None, _PAY_SECONDS, f"the order to be {state}")
    return page.path


def _said(page: Page, name: str) -> str:
    """The words of the part of a page that bears a name."""
    return page.text(f"//*[@id='{name}']")


def _number(web: Browser, order: str) -> str:
    return web.get(order).by_class("plate")[0]
