"""The freelancer's assistant: set up, rehearsed, put to work; it answers what it has a source for, and hands off the rest."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from oeuvre.commands.walk.freelancing import statuses
from oeuvre.commands.walk.selling import TITLE
from oeuvre.commands.walk.telling import WrongError, expect, wait_for

if TYPE_CHECKING:
    from oeuvre.commands.walk.browsing import Browser, Page
    from oeuvre.commands.walk.journey import Journey

ASKED = "Hi, what does one page cost, and how many days do you need for it?"
HARD = "Our lawyers want to know whether your insurance would pay if a customer followed a page of yours and lost data."
ANSWER = {
    "question": "Which systems do you write about?",
    "reply": "Linux servers, PostgreSQL and whatever your team runs in production; I install it before I write a word.",
}
_AUDIENCES = ("new", "known", "running_order", "away")
_REHEARSAL_SECONDS = 240.0
_REPLY_SECONDS = 60.0
_MOST_PAGES = 20
_WRITE = "conversations/[0-9a-f-]+/$"


def is_set_up(walk: Journey) -> None:
    """Premium, which includes it; whom it answers, an answer of the freelancer's own, and a case that must pass."""
    web = walk.freelancer.web
    web.send(web.get("/studio/plan/"), action="plan/switch/premium")
    web.send(web.get("/studio/assistant/"), action="assistant/begin")
    page = web.get("/studio/assistant/rules/audiences/")
    web.send(page, {**dict.fromkeys(_AUDIENCES, "answer"), "do": "save"}, action="rules/audiences")
    web.send(web.get("/studio/assistant/bank/new/"), ANSWER, action="bank/new")
    page = web.send(web.get("/studio/assistant/rehearsal/"), {"text": ASKED}, action="rehearsal/add")
    started = time.monotonic()
    web.send(page, action="rehearsal/start")
    _is_rehearsed(web)
    _, case = _asked(web)
    said = " ".join(case.xpath("string(.//*[contains(@class, 'trial__said')])").split())
    walk.teller.say(f"rehearsed in {time.monotonic() - started:.0f} s; to “{ASKED}” it would say: {said}")
    for chosen in ({"mark": "right"}, {"must_pass": "yes"}):
        page, case = _asked(web)
        web.send(page, chosen, action=f"rehearsal/cases/{str(case.get('id')).removeprefix('case-')}")


def _asked(web: Browser) -> tuple[Page, Any]:
    """The page of the rehearsal with the freelancer's own case, and the case on it."""
    for number in range(1, _MOST_PAGES):
        page = web.get(f"/studio/assistant/rehearsal/?page={number}")
        for case in page.tree.xpath("//article[starts-with(@id, 'case-')]"):
            if ASKED in " ".join(case.text_content().split()):
                return page, case
    raise WrongError("expected the freelancer's own case among those that were rehearsed")


def _is_rehearsed(web: Browser) -> None:
    wait_for(
        lambda: "done" in statuses(web.get("/studio/assistant/rehearsal/")) or None,
        _REHEARSAL_SECONDS,
        "the rehearsal to end",
        every=2.0,
    )


def answers(walk: Journey) -> None:
    """It goes live; the buyer asks for a price and a time and has both, marked as the assistant's, with sources."""
    owner, web = walk.freelancer.web, walk.buyer.web
    _goes_live(owner)
    page = web.get(web.get(walk.gig_page).link(r"^/conversations/new/"))
    started = time.monotonic()
    page = web.send(page, {"body": ASKED}, action="conversations/new")
    walk.enquiry = urlsplit(page.url).path
    said = _replied(walk, 1)
    walk.teller.say(f"“{ASKED}”")
    walk.teller.say(f"the assistant, {time.monotonic() - started:.1f} s later: “{said}”")
    expect("90" in said and "3" in said, "the price and the days of the gig in its reply", said)
    log = owner.get("/studio/assistant/log/")
    expect(TITLE in log.text(), "the reply to cite the gig in the freelancer's log", log.text()[:300])


def _goes_live(owner: Browser) -> None:
    """As soon as the case that must pass has passed again."""

    def is_live() -> bool | None:
        page = owner.get("/studio/assistant/")
        if page.tree.xpath("//button[@name='do'][@value='live']"):
            page = owner.send(page, {"do": "live"}, action="assistant/switch")
        return bool(page.tree.xpath("//button[@name='do'][@value='pause']")) or None

    wait_for(is_live, _REHEARSAL_SECONDS, "the assistant to go live", every=2.0)


def hands_off(walk: Journey) -> None:
    """No source settles it: the buyer reads that a person answers, the freelancer has it before them with a summary."""
    web, owner = walk.buyer.web, walk.freelancer.web
    web.send(web.get(walk.enquiry), {"body": HARD}, action=_WRITE)
    said = _replied(walk, 2)
    holder = web.get(walk.enquiry).attribute("//*[@id='answering']", "data-holder")
    expect(holder == "human", "the conversation to be with the freelancer", holder)
    walk.teller.say(f"“{HARD}”")
    walk.teller.say(f"the assistant: “{said}”")
    log = owner.get("/studio/assistant/log/")
    row = next(iter(log.tree.xpath("//*[@data-status='handed_off']")), None)
    expect(row is not None, "the hand-off to wait for the freelancer", log.text()[:300])
    page = owner.get(walk.enquiry)
    page = owner.send(page, {"body": "I am, up to a million; I shall send you the policy."}, action=_WRITE)
    expect("up to a million" in page.text(), "the freelancer to answer", page.problems())
    walk.teller.say("the freelancer reads why it was handed over, and answers in person")


def _replied(walk: Journey, count: int) -> str:
    """The words of the assistant's message number ``count`` in the enquiry, once it is there."""

    def look() -> str | None:
        page = walk.buyer.web.get(walk.enquiry)
        bodies = page.tree.xpath("//li[contains(@class, 'message--assistant')]//*[contains(@class, 'message__body')]")
        return " ".join(bodies[count - 1].text_content().split()) if len(bodies) >= count else None

    return wait_for(look, _REPLY_SECONDS, "a reply of the assistant")
