"""The buyer's side: finding the model, the preview, paying, downloads, credentials, an edit, a message."""

from __future__ import annotations

import hashlib
import io
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pypdf import PdfReader

from oeuvre.commands.walk.freelancing import GOOD_CARD, statuses
from oeuvre.commands.walk.people import sign_up
from oeuvre.commands.walk.sealing import nothing_leaks, words_of
from oeuvre.commands.walk.telling import WrongError, expect, wait_for
from oeuvre.integrations.credentials import read
from oeuvre.kit.provenance import DocumentFormat, SourceType, ValidationState

if TYPE_CHECKING:
    from oeuvre.commands.walk.browsing import Browser, Page
    from oeuvre.commands.walk.journey import Journey
    from oeuvre.kit.provenance import CredentialReport

DECLINED_CARD = {**GOOD_CARD, "number": "4000 0000 0000 0002"}
PREVIEW_WORDS = 40
PIECE_SEED = "20261"
_PAY_SECONDS = 60.0
_FORMATS = {fmt.value: fmt for fmt in DocumentFormat}
MIMES = {fmt.value: fmt.mime for fmt in DocumentFormat} | {
    "png": "image/png",
    "svg": "image/svg+xml",
    "webp": "image/webp",
}
_BESIDE = ("txt", "md")
"""Formats whose credentials come in a file beside them."""


def finds_model(walk: Journey) -> None:
    """Signs up and finds the model in the gallery."""
    sign_up(walk.buyer, "buy", walk.mail)
    name = walk.body.profile["model"]["name"]
    gallery = walk.buyer.web.get(f"/models/?q={name}")
    expect(gallery.links(f"^{walk.public}$"), f"“{name}” in the gallery", gallery.text()[:200])
    page = walk.buyer.web.get(walk.public)
    for wanted in ("#report", "#samples-title", "#prices-title", "#off-title"):
        expect(page.tree.xpath(f"//*[@id='{wanted[1:]}']"), f"{wanted} on the model's page", page.text("//h1"))
    walk.teller.say(f"{page.text('//h1')}, {page.by_class('byline')[0]}; from {', '.join(page.by_class('price')[:2])}")


def watches_preview(walk: Journey) -> None:
    """Writes a prompt and watches the preview being streamed."""
    prompt = walk.body.profile["model"]["sample_prompts"][0]
    walk.teller.say(f"prompt: {prompt}")
    walk.piece, walk.preview, parts, first = write_piece(walk, walk.public, walk.buyer.web, prompt)
    page = walk.buyer.web.get(walk.piece)
    shown = page.text("//*[@id='piece-text']").removesuffix("…").strip()
    expect(words_of(walk.preview) == words_of(shown), "the page to show the preview that was streamed", shown)
    words, total = len(walk.preview.split()), int(page.texts("//dl[contains(@class, 'facts')]//dd")[0])
    half = total // 2
    expect(words <= min(PREVIEW_WORDS, half), f"at most {min(PREVIEW_WORDS, half)} words of preview", words)
    walk.teller.say(f"preview: {shown} …")
    walk.teller.say(f"{words} of {total} words shown, streamed in {parts} parts, the first after {first:.1f} s")


def write_piece(walk: Journey, address: str, web: Browser, prompt: str) -> tuple[str, str, int, float]:
    """Ask for a piece and watch it: its path, its preview, how many parts came, seconds to the first."""
    page = web.get(address)
    started = time.monotonic()
    page = web.send(page, {"prompt": prompt, "length": "medium", "seed": PIECE_SEED}, action=f"{address}$")
    expect(page.path.startswith("/pieces/"), "a piece to be written", f"{page.path}, {page.problems()}")
    preview, parts, first, status = "", 0, 0.0, ""
    for name, data in web.events(f"{page.path}events"):
        status = data.get("status", status)
        grown = data.get("text", "") if name == "preview" else preview
        expect(grown.startswith(preview), "a preview that only grows", grown)
        if grown != preview:
            preview, parts = grown, parts + 1
            first = first or time.monotonic() - started
            walk.teller.progress(" ".join(preview.split()))
    expect(status == "ready", "the piece to be finished", status)
    return page.path, preview, parts, first


def clean_text(page: Page) -> str:
    """The whole text as its owner's page shows it, byte for byte."""
    found = page.tree.xpath("//*[@id='text']")
    return str(found[0].text_content()) if found else ""


def gets_nothing_unpaid(walk: Journey) -> None:
    """The owner's text is in no answer before payment; nor after a card that is declined."""
    walk.clean = clean_text(walk.freelancer.web.get(f"/studio{walk.piece}"))
    expect(walk.clean.startswith(walk.preview), "the preview to be the beginning of the text", walk.preview)
    searched = nothing_leaks(walk)
    web = walk.buyer.web
    page = web.send(web.get(f"{walk.piece}buy/commercial/"), DECLINED_CARD, action="buy/commercial")
    unpaid = page.path
    expect(unpaid.startswith("/licences/"), "the order to be kept", f"{unpaid}, {page.problems()}")
    wait_for(lambda: "unpaid" in statuses(web.get(unpaid)) or None, _PAY_SECONDS, "the declined card to be told")
    walk.teller.say(f"declined card: {web.get(unpaid).by_class('alert')[0]}")
    searched += nothing_leaks(walk, unpaid)
    walk.teller.say(f"the clean text of {len(walk.clean.split())} words is in none of {searched} answers")


def buys(walk: Journey) -> None:
    """Pays with the card that succeeds, and downloads everything."""
    web, started = walk.buyer.web, time.monotonic()
    page = web.send(web.get(f"{walk.piece}buy/commercial/"), GOOD_CARD, action="buy/commercial")
    walk.licence = page.path
    wait_for(lambda: "active" in statuses(web.get(walk.licence)) or None, _PAY_SECONDS, "the licence to be active")
    page = web.get(walk.licence)
    walk.licence_number = page.by_class("plate")[0]
    walk.teller.say(f"{walk.licence_number}, {time.monotonic() - started:.1f} s after paying; "
                    + " · ".join(page.texts("//section[contains(@class, 'order')]//dl/div")))  # fmt: skip
    for fmt in _FORMATS.values():
        walk.files[fmt.value] = web.download(f"{walk.licence}piece.{fmt.value}", fmt.mime)
    for ending in _BESIDE:
        walk.files[f"{ending}.c2pa"] = web.download(f"{walk.licence}piece.{ending}.c2pa", "application/c2pa")
    for paper in ("certificate", "receipt"):
        walk.files[paper] = web.download(f"{walk.licence}{paper}.pdf", "application/pdf")
    # The Markdown is the text with its own marks, but for a first line that only repeats the title.
    whole, given = walk.clean.strip(), walk.files["md"].decode()
    expect(whole in given or whole.partition("\n")[2].strip() in given, "the clean text in the Markdown", given[:200])
    walk.teller.say(", ".join(f"{name} {len(data) / 1024:.0f} kB" for name, data in walk.files.items()))


def paper_text(data: bytes) -> str:
    """The words of a PDF."""
    return " ".join(" ".join((page.extract_text() or "").split()) for page in PdfReader(io.BytesIO(data)).pages)


def credentials(walk: Journey, ending: str, data: bytes) -> CredentialReport:
    """What the content credentials of one downloaded format say, read here and not by the site."""
    return read(data, MIMES[ending], walk.files.get(f"{ending}.c2pa"))


def changed(data: bytes) -> bytes:
    """The same file with one bit of the byte in its middle turned over."""
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def verifies(walk: Journey) -> None:
    """Each file's credentials, read here with c2pa and by the public page; and a changed byte is told by both."""
    web = walk.buyer.web
    for ending in _FORMATS:
        file_verifies(walk, ending)
    for query in (walk.licence_number, hashlib.sha256(walk.files["pdf"]).hexdigest()):
        found = web.get(f"/verify/?q={query}").attribute("//*[@id='verdict']", "data-verdict")
        expect(found == "genuine", f"{query} to be genuine", found)


def file_verifies(walk: Journey, ending: str) -> None:
    """One downloaded file's credentials, read here and by the public page; one changed byte of it is told by both."""
    web, name, data = walk.buyer.web, walk.freelancer.name, walk.files[ending]
    report = credentials(walk, ending, data)
    expect(report.is_intact, f"sound credentials of the {ending.upper()}", [p.code for p in report.problems])
    expect(report.creator == name, f"{name} as the creator", report.creator)
    expect(report.version == walk.version_name, f"version {walk.version_name}", report.version)
    expect(report.source_type == SourceType.GENERATED, "trained algorithmic media", report.source_type)
    expect(report.training_allowed is False, "training not to be allowed", report.training_allowed)
    expect(verdict(walk, web, ending, data) == "genuine", f"the {ending.upper()} to be genuine")
    broken = changed(data)
    state = credentials(walk, ending, broken).state
    expect(state in (ValidationState.INVALID, ValidationState.ABSENT), "a changed byte to be detected", state)
    told = verdict(walk, web, ending, broken)
    expect(told in ("changed", "unknown"), f"the changed {ending.upper()} to be refused", told)
    walk.teller.say(f"{ending.upper():>4}: intact, {report.creator}, {report.version}, "
                    f"{report.source_type}; one byte changed: {state}, and the page says “{told}”")  # fmt: skip


def verdict(walk: Journey, web: Browser, ending: str, data: bytes) -> str:
    """The public verify page's word on an uploaded file."""
    files = {"file": (f"piece.{ending}", data, MIMES[ending])}
    beside = walk.files.get(f"{ending}.c2pa")
    if beside:
        files["sidecar"] = (f"piece.{ending}.c2pa", beside, "application/c2pa")
    page = web.send(web.get("/verify/"), action="verify", files=files)
    return page.attribute("//*[@id='verdict']", "data-verdict") or _no_verdict(page)


def _no_verdict(page: Page) -> str:
    raise WrongError(f"expected a verdict; found {page.problems()}")


def asks_for_edit_and_writes(walk: Journey) -> None:
    """An edit is asked for and taken; a message is written about the piece and answered."""
    web, owner = walk.buyer.web, walk.freelancer.web
    wish = "Please shorten the middle to three sentences and keep every figure."
    page = web.send(web.get(f"{walk.piece}edit/"), {"instructions": wish}, action="edit")
    expect("requested" in statuses(page), "the request to be with the freelancer", page.problems())
    walk.edit = urlsplit(page.url).path
    queue = owner.get("/studio/edits/")
    owner.send(owner.get(queue.link(r"^/studio/edits/[0-9a-f-]+/$")), {"answer": "Gladly.", "decision": "accept"})
    expect("accepted" in statuses(web.get(walk.edit)), "the buyer to see that the edit was taken")
    walk.teller.say("edit asked for, and taken: “Gladly.”")
    about = f"/conversations/new/{walk.handle}/?piece=generation:{walk.piece_id}"
    page = web.send(web.get(about), {"body": "Which of your works is nearest to this piece?"})
    conversation = page.path
    page = owner.send(
        owner.get(conversation), {"body": "The runbooks; the report says so too."}, action="conversations"
    )
    said = web.get(conversation).by_class("message__body")
    expect(len(said) == 2, "two messages", said)
    walk.teller.say(f"conversation about the piece: {' / '.join(said)}")
