"""What a freelancer does, page by page."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from playwright.sync_api import expect

from oeuvre.interfaces.demo.content import CONTENT
from tests.e2e.visitor import Visitor

GOOD_CARD = ("4242 4242 4242 4242", "12/40", "123")
UNLICENSED = "Words on buttons: a short guide for Slipway"


def folder_of_works(folder: Path, writer: str = "odile-brandreth", unlicensed: str = UNLICENSED) -> list[Path]:
    """A folder as people keep it: texts, a list of them in which one work lacks the terms of its licence, a photograph."""
    shutil.copytree(CONTENT / writer / "works", folder)
    listed = json.loads((CONTENT / writer / "works.json").read_text())
    row = next(row for row in listed["works"] if row["title"] == unlicensed)
    row.update({"rights": "licensed", "terms": ""})
    (folder / "works.json").write_text(json.dumps(listed))
    (folder / "portrait.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    return sorted(folder.iterdir())


def completes_profile(me: Visitor) -> None:
    page = me.open("/settings/profile/")
    page.get_by_label("Headline").fill("Manuals that work at three in the morning")
    page.get_by_label("Trade").fill("technical writing")
    page.get_by_label("About you").fill("I install the product, break it on purpose, and write down what helped. " * 3)
    me.click("button", re.compile("Save"))
    me.says("Your public profile is up to date.")


def applies(me: Visitor) -> None:
    """From the studio's list of what to do next."""
    me.open("/studio/")
    page = me.open("/studio/vetting/")
    page.get_by_label("The body of work that you want to train on").fill("Runbooks and guides of eleven years. " * 5)
    me.click("button", "Send application")
    me.says("Your application waits for an operator")


def fills_in_card(me: Visitor, card: tuple[str, str, str] = GOOD_CARD) -> None:
    for label, value in zip(("Card number", "Expires", "Security code"), card, strict=True):
        me.page.get_by_label(label).fill(value)


def subscribes(me: Visitor) -> None:
    me.open("/studio/plan/")
    me.open("/studio/plan/start/creation_model/")
    fills_in_card(me)
    me.click("button", "Start trial")
    me.says(re.compile("Your trial runs until"))


def uploads(me: Visitor, files: list[Path]) -> None:
    """By the file chooser, a folder's files at once."""
    page = me.open("/studio/works/")
    with page.expect_file_chooser() as chooser:
        page.get_by_label("Drop files or a ZIP here, or choose them").click()
    chooser.value.set_files(files)
    expect(page.locator("[data-drop-files] li")).to_have_count(len(files))
    me.click("button", "Add works")
    me.says(re.compile(r"\d+ works added"))


def sees_why_works_are_kept_out(me: Visitor) -> None:
    me.says("1 file was not added")
    me.says("portrait.txt")
    me.click("link", "See which are kept out, and why")
    me.says("You marked it as not for training.")
    me.says("The terms of its licence are not given yet.")


def gives_terms(me: Visitor, title: str = UNLICENSED) -> None:
    """In the work's own line, without leaving the list."""
    page = me.page
    before = _ready(me)
    page.get_by_label(f"Change the rights of {title}").click()
    row = page.locator("li.work").filter(has_text=title)
    row.get_by_label("Terms of the licence").fill("CC BY 4.0, which allows training with credit")
    row.get_by_role("button", name="Save rights").click()
    row.get_by_text("Ready to train").wait_for()
    assert _ready(me) == before + 1
    me.look()


def _ready(me: Visitor) -> int:
    """How many works the summary counts as ready."""
    return int((me.page.locator("#works-summary").inner_text()).split()[0])


def makes_model(me: Visitor, name: str) -> str:
    me.open("/studio/models/")
    page = me.open("/studio/models/new/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Tagline").fill("Short steps and exact numbers")
    page.get_by_label("Description").fill("It drafts guides and runbooks; test every figure before you print it.")
    me.click("button", "Create model")
    return me.path


def trains_leaves_and_returns(me: Visitor, model: str) -> None:
    """The page moves by itself; another page shows the same run; back again it has gone on."""
    page = me.open(f"{model}training/")
    page.get_by_label("At most").select_option("5")
    me.click("button", "Start training")
    run = me.path
    page.locator("#progress").get_by_text(re.compile(r"Step \d+ of 30")).wait_for()
    early = _step(me)
    me.until(lambda: (_step(me) or 0) > (early or 0))
    page.locator("#curve svg").first.wait_for()
    me.open("/studio/")
    page.get_by_role("main").get_by_role("progressbar").first.wait_for()
    page = me.open(run)
    assert _step(me) != early
    me.says("It passed the gate")
    me.seen.discard(me.path)
    me.look()


def _step(me: Visitor) -> int | None:
    found = re.search(r"Step (\d+) of", me.page.locator("main").inner_text())
    return int(found[1]) if found else None


def reads_report_and_approves(me: Visitor) -> None:
    page = me.click("link", "Read report")
    me.says("Does it sound like me?")
    me.says("Does it copy me?")
    sample = page.locator("#sample-0")
    sample.get_by_role("button", name="Accept").click()
    sample.get_by_text("You accepted it: buyers see it.").wait_for()
    page.get_by_text("1 of 1 samples judged, 1 accepted.").wait_for()
    me.click("button", "Approve version")
    me.says("This is the current version")


def prices_and_publishes(me: Visitor, model: str) -> None:
    page = me.open(f"{model}page/")
    page.get_by_label("Prompts to try").fill(
        "Write a runbook for a web shop whose payment page has started to time out."
    )
    page.get_by_label("Topics it refuses").fill("medical dosing instructions")
    me.click("button", re.compile("Save"))
    page = me.open(f"{model}prices/")
    for label, amount in (("Personal use", "4"), ("Commercial use", "12"), ("Edit by your own hand", "45")):
        page.get_by_label(label).fill(amount)
    page.locator("#split-commercial").get_by_text("$10.79").wait_for()
    me.click("button", "Save prices")
    me.open(model)
    me.click("button", "Publish model")
    me.says("On offer")
