"""The freelancer's side: being vetted, works, training, the report, putting the model on sale."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from oeuvre.commands.walk.people import profile, sign_up
from oeuvre.commands.walk.telling import WrongError, expect, wait_for

if TYPE_CHECKING:
    from oeuvre.commands.walk.browsing import Page
    from oeuvre.commands.walk.journey import Journey

GOOD_CARD = {"number": "4242 4242 4242 4242", "expiry": "12/40", "cvc": "123"}
PRICES = {"price_personal": "4.00", "price_commercial": "12.00", "price_edit": "45.00"}
SEED = "7"
_QUEUE_SECONDS = 60.0
_OVERTIME = 15 * 60.0
"""Seconds that preparing and evaluating may take beside the minutes of training."""


def joins(walk: Journey) -> None:
    """Signs up, completes the profile and applies."""
    person, about = walk.freelancer, walk.body.profile
    sign_up(person, "sell", walk.mail)
    fields = {key: about[key] for key in ("headline", "trade", "location", "bio", "languages")}
    walk.handle = profile(person, fields)
    walk.teller.say(f"{person.name} <{person.email}> confirmed the address; public as /freelancers/{walk.handle}/")
    statement = f"{walk.body.works} pieces of {about['trade']} of my own. {about['bio']}"[:1900]
    page = person.web.send(person.web.get("/studio/vetting/"), {"statement": statement}, action="vetting")
    expect("submitted" in statuses(page), "the application to wait for an operator", statuses(page))


def is_approved_by(walk: Journey) -> None:
    """An operator reads the application and approves it."""
    web = walk.operator.web
    queue = web.get("/operator/vetting/")
    rows = queue.tree.xpath("//tbody/tr")
    row = next((row for row in rows if walk.freelancer.name in row.text_content()), None)
    if row is None:
        raise WrongError(f"expected {walk.freelancer.name} in the vetting queue; found {queue.text()[:200]}")
    page = web.get(row.xpath(".//a")[0].get("href"))
    web.send(page, {"approve": "yes", "reasons": "A voice of its own, and the rights are in order."}, action="vetting")
    decision = walk.freelancer.web.get("/studio/vetting/")
    expect("approved" in statuses(decision), "the freelancer to see the approval", statuses(decision))
    walk.teller.say(f"approved; the freelancer reads: {decision.text('//blockquote')}")


def subscribes(walk: Journey) -> None:
    """The Creation Model plan, with the sandbox card that succeeds."""
    web = walk.freelancer.web
    web.send(web.get("/studio/plan/start/creation_model/"), GOOD_CARD, action="start/creation_model")
    page = web.get("/studio/plan/")
    found = statuses(page) & {"trialing", "active"}
    expect(found, "the plan to run", statuses(page))
    walk.teller.say(f"plan Creation Model: {found.pop()}, {page.text('//main//h2')}")


def brings_works(walk: Journey) -> None:
    """Uploads the ZIP, reads the verdicts, and gives the terms that are missing."""
    web, teller = walk.freelancer.web, walk.teller
    upload = ("works.zip", walk.body.archive, "application/zip")
    page = web.send(web.get("/studio/works/"), {"rights": "own"}, action="works/upload", files={"works": upload})
    refused = page.texts("//ul[contains(@class, 'works-refused')]/li")
    for line in refused:
        teller.say(f"refused: {line}")
    named = [line.split()[0] for line in refused]
    expect(named == [walk.body.unusable], f"only {walk.body.unusable}, which is no text, to be refused", refused)
    waiting = are_compared_by(walk)
    if waiting:
        teller.say(f"{waiting} works were here before, under another name: an operator compared them")
    page = web.get("/studio/works/")
    teller.say(page.by_class("works-summary")[0])
    kept_out = web.get("/studio/works/?verdict=kept_out")
    for found in kept_out.tree.xpath("//li[@class='work']"):
        title, reason = (" ".join(found.xpath(f"string({path})").split()) for path in (".//h3", ".//ul//li"))
        teller.say(f"not trained on: {title}: {reason}")
    row = next(iter(kept_out.tree.xpath(f'//li[@class="work"][contains(.//h3, "{walk.body.unlicensed}")]')), None)
    if row is None:
        raise WrongError(f"expected “{walk.body.unlicensed}” to be kept out for want of terms")
    before = trainable(page)
    rights = web.get(row.xpath(".//a[contains(@href, '/rights/')]")[0].get("href"))
    terms = "CC BY 4.0: training is allowed with credit."
    mended = web.send(rights, {"rights": "licensed", "terms": terms}, action="rights")
    expect("alert--good" in mended.source, "the work to be ready after its terms were given", mended.problems())
    after = trainable(web.get("/studio/works/"))
    expect(after == before + 1, f"{before + 1} works ready to train", after)
    teller.say(f"“{walk.body.unlicensed}” has its terms now: {after} works are ready to train")


def are_compared_by(walk: Journey) -> int:
    """Works that somebody else brought before wait for an operator; at a site that was walked before, all of them."""
    web, decided = walk.operator.web, 0
    while pairs := web.get("/operator/duplicates/").links(r"^/operator/duplicates/[0-9a-f-]+/$"):
        for pair in pairs:
            web.send(web.get(pair), {"decision": "same_author_ok", "note": ""}, action="duplicates")
            walk.teller.progress(f"{(decided := decided + 1)} compared")
    return decided


def trainable(page: Page) -> int:
    """How many works the list says are ready to train."""
    found = re.match(r"([\d,]+) of", page.by_class("works-summary")[0])
    return int(found[1].replace(",", "")) if found else -1


def trains(walk: Journey) -> None:
    """Makes a model, starts a run, watches it, leaves and comes back."""
    web, about = walk.freelancer.web, walk.body.profile["model"]
    fields = {key: about[key] for key in ("name", "tagline", "description")} | {"modality": walk.body.modality}
    page = web.send(web.get("/studio/models/new/"), fields, action="models/new")
    walk.model = page.path
    page = web.get(f"{walk.model}training/")
    page = web.send(page, {"max_minutes": str(walk.minutes), "seed": SEED}, action="training")
    walk.run = page.path
    walk.teller.say(page.by_class("page-header__lede")[0] if page.by_class("page-header__lede") else page.text("//h1"))
    _watch(walk)
    page = web.get(walk.run)
    outcome = page.text("//*[@id='outcome']")
    expect("ready" in statuses(page), "the run to pass its gate", f"{outcome} {bars(page)}")
    walk.version = urlsplit(page.link(r"^/studio/versions/[0-9a-f-]+/$")).path


def _watch(walk: Journey) -> None:
    """Until the run has ended: its phase, step, loss and time left. Raises WrongError for one that never ends."""
    web, told = walk.freelancer.web, ""
    deadline = time.monotonic() + walk.minutes * 60 + _OVERTIME
    wait_for(lambda: web.get(f"{walk.run}progress/").text("//li[@data-state='now']") != "Queued" or None,
             _QUEUE_SECONDS, "a worker to take the run")  # fmt: skip
    while True:
        page = web.get(f"{walk.run}progress/")
        phase = page.text("//li[@data-state='now']")
        if not phase:
            return
        if phase != told:
            told = phase
            walk.teller.say(phase.lower())
        curve = web.get(f"{walk.run}curve/")
        where = page.texts("//p[contains(@class, 'quiet')]")
        walk.teller.progress(" · ".join(filter(None, [phase, *where, _latest_loss(curve)])))
        expect(time.monotonic() < deadline, "the run to end", f"{phase}, {where}")
        time.sleep(2)


def _latest_loss(curve: Page) -> str:
    """Where the loss stands, as the chart's caption says it; empty before there are two points."""
    found = re.search(r"from ([\d.]+\d) to ([\d.]+\d)", curve.text("//figcaption"))
    return f"loss {found[1]} → {found[2]}" if found else ""


def reads_report(walk: Journey) -> None:
    """Every bar with its value and limit; accepts samples; approves the version."""
    web, teller = walk.freelancer.web, walk.teller
    page = web.get(walk.version)
    for part in ("sounds", "copies"):
        answer, question = (page.text(f"//section[@id='{part}']/header/{tag}") for tag in ("span", "h2"))
        if question:
            teller.say(f"{question} {answer}.")
    found = bars(page)
    for bar in found:
        teller.say(bar)
    expect(found, "a report with bars", page.text()[:200])
    missed = page.texts("//article[@data-met='no']//h3")
    expect(not missed, "every bar of a version that passed to be met", missed)
    samples = len(page.tree.xpath("//article[starts-with(@id, 'sample-')]"))
    expect(samples, "samples to read", samples)
    given = ("accepted", "rejected")[:samples]
    for index, said in enumerate(given):
        page = web.send(page, {"verdict": said.removesuffix("ed")}, action=f"samples/{index}/$")
    kept = [page.attribute(f"//form[@id='verdict-{index}']", "data-verdict") for index in range(len(given))]
    expect(kept == list(given), "the verdicts on samples to be kept", kept)
    page = web.send(page, action="approve")
    expect("approved" in statuses(page), "the version to be approved", page.problems())
    walk.version_name = page.text("//span[contains(@class, 'plate')][contains(., '@')]")
    teller.say(f"{samples} samples: the first {', the second '.join(given)}; approved {walk.version_name}")


def bars(page: Page) -> list[str]:
    """Each measure of a report as a line: what, value, limit, met or not."""
    found = page.tree.xpath("//article[@data-met]")
    return [
        f"{bar.xpath('string(.//h3)').strip()}: {' '.join(bar.xpath('string(.//p)').split())}, "
        f"{'met' if bar.get('data-met') == 'yes' else 'NOT met'}"
        for bar in found
    ]


def publishes(walk: Journey) -> None:
    """Rules, prices, and the button that puts the model on sale."""
    web, about = walk.freelancer.web, walk.body.profile["model"]
    rules = {key: "\n".join(about[key]) for key in ("refused_topics", "sample_prompts")}
    web.send(web.get(f"{walk.model}page/"), {**rules, "licence_note": about["licence_note"]}, action="page")
    page = web.send(web.get(f"{walk.model}prices/"), PRICES, action="prices")
    for split in page.by_class("split-line") or page.texts("//*[starts-with(@id, 'split-')]"):
        walk.teller.say(split)
    page = web.send(web.get(walk.model), action="publish")
    expect("published" in statuses(page), "the model to be on offer", page.problems())
    walk.public = urlsplit(page.link(r"^/models/[\w-]+/[\w-]+/$")).path
    walk.teller.say(f"on offer at {walk.public}")


def statuses(page: Page) -> set[str]:
    """The states that the badges of a page's main part show."""
    return {str(badge.get("data-status")) for badge in page.tree.xpath("//main//*[@data-status]")}
