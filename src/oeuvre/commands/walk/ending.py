"""Money and the end of it: earnings, the books, switching off, carrying the version elsewhere, deleting."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from oeuvre.commands.walk.buying import clean_text, credentials, paper_text, verdict, write_piece
from oeuvre.commands.walk.freelancing import is_approved_by, joins, statuses, subscribes
from oeuvre.commands.walk.installing import OwnInstallation
from oeuvre.commands.walk.journey import Journey
from oeuvre.commands.walk.people import log_in, new_person
from oeuvre.commands.walk.sealing import FILES
from oeuvre.commands.walk.telling import WrongError, expect

if TYPE_CHECKING:
    from pathlib import Path

CLOSED_SECONDS = 5.0
"""From switching off to nothing working any more."""


def earns(walk: Journey) -> None:
    """The sale's split adds up, stands on the receipt, and is what the ledger owes, to the cent."""
    web = walk.freelancer.web
    rows = list(csv.DictReader(io.StringIO(web.get("/studio/earnings/sales.csv").source)))
    sale = next((row for row in rows if row["licence"] == walk.licence_number), None)
    if sale is None:
        raise WrongError(f"expected {walk.licence_number} among the sales; found {rows}")
    cents = {key: round(float(sale[key]) * 100) for key in
             ("price", "compute", "commission", "freelancer_share", "buyer_fee", "tax", "total")}  # fmt: skip
    parts = cents["compute"] + cents["commission"] + cents["freelancer_share"]
    expect(parts == cents["price"], f"the split to add up to {cents['price']} cents", parts)
    whole = cents["price"] + cents["buyer_fee"] + cents["tax"]
    expect(whole == cents["total"], f"the total of {cents['total']} cents", whole)
    receipt = paper_text(walk.files["receipt"])
    for key in ("compute", "freelancer_share", "total"):
        expect(sale[key] in receipt, f"{key} {sale[key]} on the receipt", receipt)
    page = web.get("/studio/earnings/")
    agrees = page.attribute("//*[@id='agrees']", "data-agrees")
    expect(agrees == "yes", "the ledger to agree with the earnings", page.text("//*[@id='agrees']"))
    statement = list(csv.DictReader(io.StringIO(web.get("/studio/statement/lines.csv").source)))
    owed = sum(round(float(row["freelancer_share"]) * 100) for row in rows)
    expect(round(float(statement[0]["balance"]) * 100) == owed, f"a balance of {owed} cents", statement[0])
    walk.teller.say(", ".join(f"{key.replace('_', ' ')} {sale[key]}" for key in cents))
    walk.teller.say(page.text("//*[@id='agrees']"))


def books_balance(walk: Journey) -> None:
    """The operator's ledger page recomputes every posting."""
    page = walk.operator.web.get("/operator/ledger/")
    expect("ok" in statuses(page), "balanced books", page.text()[:300])
    for row in page.tree.xpath("//section[@aria-labelledby='balances']//tbody/tr"):
        walk.teller.say(" · ".join(" ".join(cell.text_content().split()) for cell in row.xpath(".//td")))


def is_switched_off(walk: Journey) -> None:
    """From the press of the button, seconds until nothing works for anybody but the owner."""
    web, owner = walk.buyer.web, walk.freelancer.web
    form = owner.get(f"{walk.model}disable/")
    started = time.monotonic()
    page = owner.send(form, action="disable")
    number = page.by_class("plate")[0]
    closed = [walk.public, walk.piece, f"{walk.piece}events", f"{walk.piece}buy/personal/", f"{walk.piece}edit/"]
    closed += [f"{walk.licence}{name}" for name in FILES if name.startswith(("piece", "everything"))]
    while open_yet := [address for address in closed if web.look(address).status < 400]:
        expect(time.monotonic() - started < CLOSED_SECONDS, "every request to fail within 5 seconds", open_yet)
        time.sleep(0.1)
    seconds = time.monotonic() - started
    expect(not web.get("/models/").links(f"^{walk.public}$"), "the model to be gone from the gallery")
    expect(seconds <= CLOSED_SECONDS, "every request to fail within 5 seconds", f"{seconds:.1f} s")
    walk.teller.say(f"{seconds:.1f} s until all of {len(closed)} addresses were closed; receipt {number}")
    expect(clean_text(owner.get(f"/studio{walk.piece}")) == walk.clean, "the owner to read the piece still")
    for paper in ("certificate.pdf", "receipt.pdf", "certificate.json"):
        web.get(f"{walk.licence}{paper}")
    _still_verifies(walk)
    _receipt_verifies(walk, number, page.path)


def _still_verifies(walk: Journey) -> None:
    """What the buyer downloaded goes on verifying, here and on the public page."""
    expect(credentials(walk, "pdf", walk.files["pdf"]).is_intact, "the PDF's credentials to hold")
    told = verdict(walk, walk.buyer.web, "pdf", walk.files["pdf"])
    expect(told == "genuine", "the bought PDF to be genuine still", told)
    walk.teller.say(f"{walk.licence_number}: the buyer's PDF and its licence still verify")


def _receipt_verifies(walk: Journey, number: str, address: str) -> None:
    """The signed receipt of what happened to the model."""
    page = walk.freelancer.web.get(address)
    expect("valid" in statuses(page), "a receipt whose signature holds", statuses(page))
    statement = json.loads(walk.freelancer.web.download(f"{address}receipt.json", "application/json"))
    expect(statement["payload"]["number"] == number, f"receipt {number}", statement["payload"])
    page = walk.buyer.web.get(f"/verify/?q={number}")
    told = page.attribute("//*[@id='verdict']", "data-verdict")
    expect(told == "receipt", f"{number} to be a genuine receipt", told)
    heading = page.text("//*[@id='verdict']//h2")
    walk.teller.say(f"{number} verifies: {heading}")


def is_carried_elsewhere(walk: Journey, models: Path) -> None:
    """Exports the version, imports it into a second fresh installation, and asks for the same piece there."""
    owner = walk.freelancer.web
    archive = owner.download(f"{walk.version}export.tar", "application/x-tar")
    walk.teller.say(f"exported {len(archive) / 1024 / 1024:.1f} MB, sha256 {hashlib.sha256(archive).hexdigest()}")
    prompt = walk.body.profile["model"]["sample_prompts"][0]
    with OwnInstallation(walk.teller, models) as other:
        walk.teller.say(f"a second installation, of which nobody knows anything yet: {other.url}")
        there = Journey(
            walk.teller, other.url, other.home / "mail", walk.body, walk.minutes,
            freelancer=new_person(other.url, walk.freelancer.name),
            operator=new_person(other.url, "Olive Sexton"),
            buyer=new_person(other.url, walk.buyer.name),
        )  # fmt: skip
        other.operator(there.operator.email, there.operator.password)
        log_in(there.operator)
        for part in (joins, is_approved_by, subscribes):
            part(there)
        text = _imported(there, archive, prompt)
    here, elsewhere = (hashlib.sha256(words.encode()).hexdigest() for words in (walk.clean, text))
    expect(here == elsewhere, f"the same text as here ({here})", f"{elsewhere}: {text[:200]}")
    walk.teller.say(f"same version, prompt and seed, same text: sha256 {elsewhere}")


def _imported(there: Journey, archive: bytes, prompt: str) -> str:
    """The text that the imported version writes for its owner."""
    web, about = there.freelancer.web, there.body.profile["model"]
    page = web.send(web.get("/studio/models/new/"), {"name": about["name"]}, action="models/new")
    there.model = page.path
    files = {"archive": ("version.tar", archive, "application/x-tar")}
    page = web.send(web.get(f"{there.model}versions/"), action="versions", files=files)
    there.teller.say(f"imported and verified: {page.by_class('alert__text')[0]}")
    web.send(page, action="approve")
    there.public = f"/models/{there.handle}/{urlsplit(_public_page(there)).path.strip('/').split('/')[-1]}/"
    path, *_ = write_piece(there, there.public, web, prompt)
    return clean_text(web.get(f"/studio{path}"))


def _public_page(there: Journey) -> str:
    """The address of the imported model's own page, which only its owner sees while it is a draft."""
    return there.freelancer.web.get(there.model).link(r"^/models/[\w-]+/[\w-]+/$")


def is_deleted(walk: Journey) -> None:
    """Deletes the model: its key is destroyed, its pieces are unreadable for everybody, its papers still verify."""
    owner, name = walk.freelancer.web, walk.body.profile["model"]["name"]
    page = owner.send(owner.get(f"{walk.model}delete/"), {"name": name}, action="delete")
    number, key = page.by_class("plate")[0], page.attribute("//h3[.='Destroyed key']/..//code", "title")
    expect(key, "the fingerprint of the destroyed key on the receipt", page.text()[:300])
    walk.teller.say(f"key {key[:24]}… destroyed, receipt {number}")
    for address in (walk.model, walk.version, f"{walk.version}export.tar", f"/studio{walk.piece}"):
        found = owner.look(address)
        text = clean_text(found) if found.status < 400 else ""
        expect(not text, f"nothing to be readable at {address}", text[:100])
    expect(owner.look(f"{walk.version}export.tar").status >= 400, "no version to be exported any more")
    _still_verifies(walk)
    _receipt_verifies(walk, number, page.path)
