"""Pictures: an illustrator's drawings, a model of them, and a design that a buyer asks for, pays and verifies.

It goes as with texts; told here is what only pictures have: a note in a file that reserves it from training, a preview that is
a small copy with words across it, forms that carry their credentials inside.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import TYPE_CHECKING

from PIL import Image

from oeuvre.commands.walk import buying, ending, freelancing
from oeuvre.commands.walk.bodywork import BodyOfWork
from oeuvre.commands.walk.browsing import Browser
from oeuvre.commands.walk.freelancing import GOOD_CARD, statuses
from oeuvre.commands.walk.journey import Journey
from oeuvre.commands.walk.people import new_person
from oeuvre.commands.walk.telling import expect, wait_for
from oeuvre.interfaces.demo.content import CONTENT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oeuvre.commands.walk.browsing import Page

DEFAULT = "jelka-sardelic"
MOST_WORKS = 12
"""Drawings that are brought: enough for the gate, and trained on within seconds."""
NOTE = b"<metadata>noai</metadata>"
"""What the illustrator wrote into one of them against everybody else's training."""
HEADLINE = "Fish supper on the quay"
WISH = {
    "prompt": "A poster for a summer fish supper in the harbour, with boats and an octopus",
    "mode": "design",
    "size": "1080x1080",
    "headline": HEADLINE,
    "subline": "Saturday at eight, bring a chair",
    "seed": "20261",
}
PREVIEW_EDGE = 512
FORMATS = ("png", "svg", "pdf", "webp")
_CHUNK = 64
"""Bytes out of the middle of the clean file that no answer may have before it is paid for."""
_DRAW_SECONDS, _PAY_SECONDS = 120.0, 60.0


def illustrator(walk: Journey) -> Journey:
    """Somebody new who draws, at the same site, with the same operator and buyer."""
    body = drawings()
    person = new_person(walk.site, str(body.profile["display_name"]))
    return Journey(walk.teller, walk.site, walk.mail, body, walk.minutes, person, walk.operator, walk.buyer)


def drawings() -> BodyOfWork:
    """Drawings of the demo's illustrator that are her own; one has a note against training."""
    place = CONTENT / DEFAULT
    listed = json.loads((place / "works.json").read_text())
    own = [row for row in listed["works"] if row["rights"] == "own"][:MOST_WORKS]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("works.json", json.dumps({"works": own}))
        for row in own:
            data = (place / "works" / row["file"]).read_bytes()
            archive.writestr(row["file"], data if row is not own[0] else data.replace(b"</svg>", NOTE + b"</svg>"))
    profile = json.loads((place / "profile.json").read_text()) | {"languages": ["en", "it"]}
    return BodyOfWork(packed.getvalue(), len(own), own[0]["title"], "", profile, listed["modality"])


def joins(walk: Journey) -> None:
    """Signs up, is vetted and subscribes, as the first freelancer did."""
    walk.drawn = illustrator(walk)
    for part in (freelancing.joins, freelancing.is_approved_by, freelancing.subscribes):
        part(walk.drawn)


def brings_drawings(walk: Journey) -> None:
    """Every drawing is taken; the one whose file says that nobody may train on it waits for a word, which is given."""
    own = _drawn(walk)
    web = own.freelancer.web
    upload = ("drawings.zip", own.body.archive, "application/zip")
    page = web.send(web.get("/studio/works/"), {"rights": "own"}, action="works/upload", files={"works": upload})
    refused = page.texts("//ul[contains(@class, 'works-refused')]/li")
    expect(not refused, "every drawing to be taken", refused)
    freelancing.are_compared_by(own)
    page = web.get("/studio/works/?verdict=kept_out")
    reasons = page.texts("//*[contains(@class, 'work__reasons')]/li/span[1]")
    expect(len(reasons) == 1, "one drawing to be kept out", reasons)
    walk.teller.say(f"not trained on: {own.body.unlicensed}: {reasons[0]}")
    page = web.send(page, action="/rights/")
    expect(
        "alert--good" in page.source, "the drawing to be ready once the note is said to be one's own", page.problems()
    )
    ready = freelancing.trainable(web.get("/studio/works/"))
    expect(ready == own.body.works, f"{own.body.works} drawings to be ready", ready)
    walk.teller.say(f"the note is her own, she says: {ready} drawings are ready to train")


def trains(walk: Journey) -> None:
    """A model of the drawings, from the run to the shop."""
    for part in (freelancing.trains, freelancing.reads_report, freelancing.publishes):
        part(_drawn(walk))


def sees_preview(walk: Journey) -> None:
    """Asks for a design; what is shown is a small copy, and nothing else of it can be had."""
    own, web = _drawn(walk), walk.buyer.web
    page = web.send(web.get(own.public), WISH, action=f"{own.public}$")
    own.piece = page.path
    expect(own.piece.startswith("/pieces/"), "a piece to be drawn", f"{own.piece}, {page.problems()}")
    wait_for(lambda: web.look(f"{own.piece}preview").status == 200 or None, _DRAW_SECONDS, "the design to be drawn")
    clean = own.freelancer.web.download(f"{own.piece}whole", "image/png")
    small = web.download(f"{own.piece}preview", "image/webp")
    whole, shown = (Image.open(io.BytesIO(data)).size for data in (clean, small))
    expect(max(shown) <= PREVIEW_EDGE < max(whole), f"at most {PREVIEW_EDGE} pixels of {whole}", shown)
    searched = _nothing_leaks(own, clean, small)
    walk.teller.say(
        f"“{HEADLINE}”: {whole[0]} × {whole[1]} pixels, shown as {shown[0]} × {shown[1]} with words across it"
    )
    walk.teller.say(f"the clean picture of {len(clean) / 1024:.0f} kB is in none of {searched} answers")


def _nothing_leaks(own: Journey, clean: bytes, small: bytes) -> int:
    """How many answers were searched. Raises WrongError for one with the clean picture, or another than the preview."""
    middle = clean[len(clean) // 2 :][:_CHUNK]
    stranger = Browser(own.site)
    pages = [web.look(address) for web in (own.buyer.web, stranger) for address in _addresses(own)]
    stranger.close()
    for page in pages:
        expect(middle not in page.data, f"nothing of the clean picture in {page.path}")
        is_picture = page.status == 200 and page.type.startswith(("image/", "application/pdf"))
        expect(not is_picture or page.data == small, f"no picture but the preview at {page.path}", page.type)
    return len(pages)


def _addresses(own: Journey) -> Iterable[str]:
    yield from (own.piece, f"{own.piece}whole", f"{own.piece}preview", f"{own.piece}events", f"/studio{own.piece}")
    for name in (*(f"piece.{form}" for form in FORMATS), "everything.zip", "certificate.pdf"):
        yield f"/licences/{own.piece_id}/{name}"


def buys(walk: Journey) -> None:
    """Pays, downloads every form, and reads in each whose it is; one changed bit is told."""
    own, web = _drawn(walk), walk.buyer.web
    page = web.send(web.get(f"{own.piece}buy/commercial/"), GOOD_CARD, action="buy/commercial")
    own.licence = page.path
    wait_for(lambda: "active" in statuses(web.get(own.licence)) or None, _PAY_SECONDS, "the licence to be active")
    own.licence_number = web.get(own.licence).by_class("plate")[0]
    for form in FORMATS:
        own.files[form] = web.download(f"{own.licence}piece.{form}", buying.MIMES[form])
    own.files["receipt"] = web.download(f"{own.licence}receipt.pdf", "application/pdf")
    expect(HEADLINE in _words_of(own.files["svg"]), "the headline as words in the SVG", own.files["svg"][:200])
    for form in FORMATS:
        buying.file_verifies(own, form)
    walk.teller.say(f"credit: {'; '.join(_credit(web.get(own.licence))[:3])}")


def is_paid(walk: Journey) -> None:
    """The illustrator earns what the receipt says."""
    ending.earns(_drawn(walk))


def _words_of(svg: bytes) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", svg.decode()).split())


def _credit(page: Page) -> list[str]:
    """Whose works are in the picture, and how much of each."""
    return page.texts("//dl[@class='credits']/div")


def _drawn(walk: Journey) -> Journey:
    expect(walk.drawn, "the illustrator to have joined")
    return walk.drawn or walk
