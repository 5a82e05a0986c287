"""The freelancer's gig: written section by section, let through by an operator, joined to the model, found by searching."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from oeuvre.commands.walk.freelancing import statuses
from oeuvre.commands.walk.telling import expect, wait_for

if TYPE_CHECKING:
    from oeuvre.commands.walk.journey import Journey

CATEGORY = "technical-writing"
TITLE = "A runbook that works at three in the morning"
_SECTIONS: dict[str, dict[str, str]] = {
    "words": {
        "title": TITLE,
        "summary": "One page, tried on the real thing by somebody who has never seen it.",
        "description": "I install your product, break it on purpose, and write down what helped. " * 4,
    },
    "details": {"a_privacy_level": "confidential-no-outside-services", "main_language": "en"},
    "ai": {"ai_policy": "assisted", "licence": "commercial-use"},
    "packages": {
        "basic-title": "One page",
        "basic-description": "One task, from what to have ready to how to tell that it worked.",
        "basic-price": "90.00",
        "basic-days": "3",
    },
}
_FOUND_SECONDS = 30.0


def writes_gig(walk: Journey) -> None:
    """Section by section in the studio; handed in when nothing is missing any more."""
    web = walk.freelancer.web
    page = web.send(web.get("/studio/gigs/new/"), {"category": CATEGORY}, action="gigs/new")
    walk.gig = page.path.partition("edit/")[0]
    for section, fields in _SECTIONS.items():
        page = web.get(f"{walk.gig}edit/{section}/")
        page = web.send(page, {**fields, "do": "save"}, action=f"edit/{section}")
    page = web.send(web.get(walk.gig), action="submit")
    expect("in_review" in statuses(page), "the gig to wait for an operator", f"{statuses(page)} {page.problems()}")
    walk.teller.say(f"handed in: “{TITLE}”")


def is_let_through(walk: Journey) -> None:
    """The operator sees it as buyers will, and publishes it; the model is joined; a search finds it."""
    desk, owner, web = walk.operator.web, walk.freelancer.web, walk.buyer.web
    queue = desk.get("/operator/gig-review/")
    row = next((row for row in queue.tree.xpath("//main//a[@href]") if TITLE in row.text_content()), None)
    expect(row is not None, "the gig in the operator's queue", queue.text()[:200])
    desk.send(desk.get(row.get("href")), {"decision": "publish"}, action="gig-review")  # type: ignore[union-attr]  # expected
    expect("live" in statuses(owner.get(walk.gig)), "the gig to be live", statuses(owner.get(walk.gig)))
    page = owner.get(f"{walk.gig}model/")
    page = owner.send(page, {"model": walk.model.strip("/").split("/")[-1]}, action="model")
    walk.gig_page = urlsplit(owner.get(walk.gig).link(r"^/gigs/[\w-]+/$")).path
    wait_for(
        lambda: web.get("/search/?q=runbook three in the morning&kind=gig").links(f"^{walk.gig_page}$") or None,
        _FOUND_SECONDS,
        "the gig to be found by its words",
    )
    ways = web.get(walk.gig_page).by_class("way")
    expect(len(ways) == 3, "instant, blend and by hand side by side", ways)
    walk.teller.say(f"live at {walk.gig_page}; " + " | ".join(" ".join(way.split()[:9]) for way in ways))
