"""Pictures in the browser: from a folder of drawings to a model that draws, a sketch redrawn, and a design that is bought, set in
other words, and verified."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, expect

from oeuvre.commands.walk import drawing, freelancing
from oeuvre.commands.walk.journey import Journey
from oeuvre.commands.walk.people import log_in, new_person, sign_up
from oeuvre.commands.walk.telling import Teller
from oeuvre.interfaces.demo.content import CONTENT
from tests.e2e.buying import is_verified_as
from tests.e2e.conftest import OPERATOR, PASSWORD
from tests.e2e.entrance import logs_in
from tests.e2e.freelancing import fills_in_card, uploads
from tests.e2e.visitor import Visitor
from tests.faults.harness import Installation

MODEL = "Eight Colours"
DRAWINGS = 6
PATIENCE = 90_000
"""Milliseconds. Every drawing is looked at in a process of its own, one after the other, before the page answers."""
FORMS = ("png", "svg", "pdf", "webp")


@pytest.fixture(scope="module")
def people(site: Installation) -> Iterator[Journey]:
    """An illustrator who may train, and a buyer: made over HTTP, which is quick."""
    walk = Journey(
        teller=Teller(out=StringIO()), site=site.url, mail=site.home / "mail", minutes=5, body=drawing.drawings(),
        freelancer=new_person(site.url, "Jelka Sardelić"), operator=new_person(site.url, "Olive Sexton"),
        buyer=new_person(site.url, "Noor Haddad"),
    )  # fmt: skip
    walk.operator.email, walk.operator.password = OPERATOR, PASSWORD
    log_in(walk.operator)
    for part in (freelancing.joins, freelancing.is_approved_by, freelancing.subscribes):
        part(walk)
    sign_up(walk.buyer, "buy", walk.mail)
    yield walk
    for person in (walk.freelancer, walk.operator, walk.buyer):
        person.web.close()


def test_pictures__from_a_folder_of_drawings_to_a_verified_design_in_other_words(
    browser: Browser, site: Installation, people: Journey, tmp_path: Path
) -> None:
    with Visitor(browser, site.url) as jelka, Visitor(browser, site.url) as noor:
        for visitor in (jelka, noor):
            visitor.context.set_default_timeout(PATIENCE)
        try:
            logs_in(jelka, people.freelancer.email, people.freelancer.password)
            logs_in(noor, people.buyer.email, people.buyer.password)
            _walk(jelka, noor, tmp_path)
        finally:
            wrong = [*jelka.faults, *noor.faults]
    assert not wrong, "\n".join(wrong)


def _walk(jelka: Visitor, noor: Visitor, folder: Path) -> None:
    uploads(jelka, _drawings(folder / "works"))
    model = makes_model(jelka)
    trains(jelka, model)
    publishes(jelka, model)
    public = finds_model(noor)
    sketched = brings_sketch(noor, public, _sketch(folder / "shop.png"))
    sees_whose_pixels(jelka, sketched)
    piece = chooses_works(noor, public)
    licence = buys(noor, piece)
    kept = {form: _saved(noor, f"{licence}piece.{form}", folder) for form in FORMS}
    assert Image.open(kept["png"]).size == (1080, 1080)
    assert "Fish supper" in kept["svg"].read_text()
    is_verified_as(noor, "genuine", kept["svg"])
    again = changes_words(noor, licence, folder)
    assert "Fish breakfast" in again.read_text()
    is_verified_as(noor, "genuine", again)
    noor.says("The words on it were changed")


def _drawings(folder: Path) -> list[Path]:
    folder.mkdir()
    for path in sorted((CONTENT / drawing.DEFAULT / "works").glob("*.svg"))[:DRAWINGS]:
        shutil.copy(path, folder)
    return sorted(folder.iterdir())


def _sketch(path: Path) -> Path:
    """A house, as somebody draws one with a mouse."""
    drawn = Image.new("RGB", (600, 600), "white")
    pen = ImageDraw.Draw(drawn)
    pen.rectangle((150, 280, 450, 520), fill="#d95f4e", outline="black", width=6)
    pen.polygon([(130, 280), (300, 120), (470, 280)], fill="#3f6fb5", outline="black", width=6)
    pen.rectangle((270, 380, 340, 520), fill="#f2c14e", outline="black", width=6)
    drawn.save(path)
    return path


def makes_model(me: Visitor) -> str:
    page = me.open("/studio/models/new/")
    page.get_by_label("Name").fill(MODEL)
    page.get_by_label("Tagline").fill("Harbour life in eight colours")
    page.get_by_label("Description").fill("Posts, patterns and small scenes in flat colours.")
    page.locator("input[name=modality][value=image]").check()
    me.click("button", "Create model")
    return me.path


def trains(me: Visitor, model: str) -> None:
    page = me.open(f"{model}training/")
    me.click("button", "Start training")
    run = me.path
    me.until(lambda: "Read report" in page.locator("main").inner_text(), seconds=90)
    me.open(run)
    page = me.click("link", "Read report")
    sample = page.locator("#sample-0")
    sample.get_by_role("button", name="Accept").click()
    sample.get_by_text("You accepted it: buyers see it.").wait_for()
    me.click("button", "Approve version")
    me.says("This is the current version")


def publishes(me: Visitor, model: str) -> None:
    """With the works shown."""
    page = me.open(f"{model}page/")
    page.get_by_label("Show buyers the works").check()
    me.click("button", "Save page")
    page = me.open(f"{model}prices/")
    page.get_by_label("Commercial use").fill("12")
    me.click("button", "Save prices")
    me.open(model)
    me.click("button", "Publish model")
    me.says("On offer")


def finds_model(me: Visitor) -> str:
    """On the shelf of pictures; the scripted version's samples are texts, so that its card asks for a picture in vain."""
    with me.refused():
        me.open("/models/?makes=image")
        me.click("link", MODEL)
    return me.path


def brings_sketch(me: Visitor, public: str, sketch: Path) -> str:
    page = me.open(public)
    page.get_by_label("Your own sketch").check()
    expect(page.get_by_label("Headline")).to_be_hidden()
    page.get_by_label("What do you need?").fill("My shop by the harbour")
    page.get_by_label("Your sketch").set_input_files(sketch)
    page.get_by_role("button", name="Draw a preview").click()
    page.wait_for_url("**/pieces/**")
    page.locator("#piece img[src$='/preview']").wait_for()
    page.locator("img[src*='/brought/guide/']").wait_for()
    me.look()
    return me.path


def sees_whose_pixels(me: Visitor, piece: str) -> None:
    """The freelancer, on her own page of it."""
    page = me.open(f"/studio{piece}")
    page.get_by_text("Whose pixels these are").click()
    page.locator("img[src*='/overlay/']").wait_for()
    expect(page.locator(".legend li").first).to_be_visible()


def chooses_works(me: Visitor, public: str) -> str:
    """A design that leans on two of her works."""
    page = me.open(public)
    page.get_by_label("What do you need?").fill("A post for a fish supper on the quay")
    page.get_by_label("Headline").fill("Fish supper")
    page.get_by_text("Lean on particular works").click()
    boxes = page.locator("input[name=works]")
    expect(boxes).to_have_count(DRAWINGS)
    for place in range(2):
        boxes.nth(place).check()
    me.look()
    page.get_by_role("button", name="Draw a preview").click()
    page.wait_for_url("**/pieces/**")
    page.locator("#piece img[src$='/preview']").wait_for()
    expect(page.get_by_text("Whose pixels these are")).to_have_count(0)
    return me.path


def buys(me: Visitor, piece: str) -> str:
    page = me.open(f"{piece}buy/commercial/")
    fills_in_card(me)
    me.click("button", re.compile(r"^Pay \$"))
    page.get_by_role("heading", name="Take it with you").wait_for()
    me.seen.discard("/licences/…/")
    me.look()
    return me.path


def _saved(me: Visitor, address: str, folder: Path) -> Path:
    with me.page.expect_download() as download:
        me.page.locator(f"a[href='{address}']").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def changes_words(me: Visitor, licence: str, folder: Path) -> Path:
    """Another headline, without another charge; the SVG of it."""
    me.open(licence)
    page = me.click("link", "Change the words")
    page.get_by_label("Headline").fill("Fish breakfast")
    me.click("button", "Set it again")
    link = page.locator("a[href$='piece.svg']").first
    link.wait_for()
    me.seen.discard("/licences/…/words/")
    me.look()
    return _saved(me, str(link.get_attribute("href")), folder)
