"""That the clean text is in nothing that anybody gets before it is paid for."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

from oeuvre.commands.walk.browsing import Browser
from oeuvre.commands.walk.telling import expect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oeuvre.commands.walk.browsing import Page
    from oeuvre.commands.walk.journey import Journey

RUN = 6
"""Words in a row that count as having leaked."""
FILES = ("piece.txt", "piece.md", "piece.docx", "piece.pdf", "piece.txt.c2pa", "piece.md.c2pa", "everything.zip",
         "certificate.pdf", "certificate.json", "receipt.pdf")  # fmt: skip
USES = ("personal", "commercial")


def words_of(text: str) -> list[str]:
    """The words of a text as they are read: without its Markdown, and without numbers, which lists count anew."""
    return re.findall(r"[^\W\d_]+", unescape(text).lower())


def runs_of(text: str) -> set[tuple[str, ...]]:
    """Every run of six words of a text."""
    words = words_of(text)
    return {tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1)}


def secret_runs(walk: Journey) -> set[tuple[str, ...]]:
    """What only the clean text has: not its preview, its prompt, or what the model's public page shows anyway."""
    public = walk.buyer.web.get(walk.public)
    known = runs_of(walk.preview) | runs_of(str(public.tree.text_content()))
    return runs_of(walk.clean) - known


def nothing_leaks(walk: Journey, licence: str = "") -> int:
    """Ask for everything that belongs to the piece and, if there is one, to its unpaid licence, as its buyer and as
    nobody. Returns how many answers were searched. Raises WrongError for a run of words that only the text has."""
    secret = secret_runs(walk)
    expect(len(secret) > RUN, "a text long enough to look for", f"{len(secret)} runs of {RUN} words")
    stranger = Browser(walk.site)
    searched = 0
    for web in (walk.buyer.web, stranger):
        for address in _addresses(walk, licence):
            if address.endswith("/events"):
                continue
            page = web.look(address)
            searched += 1
            _search(page, secret)
            if licence and address.startswith(licence) and address != licence:
                expect(page.status >= 400 or "/account/login/" in page.path or not page.data,
                       f"{address} to be refused before payment", page.status)  # fmt: skip
    stranger.close()
    for _name, data in walk.buyer.web.events(f"{walk.piece}events"):
        expect(not runs_of(str(data.get("text", ""))) & secret, "a stream without the clean text", data)
        searched += 1
    return searched


def _addresses(walk: Journey, licence: str) -> Iterable[str]:
    yield from (walk.piece, f"{walk.piece}events", f"{walk.piece}edit/", f"/studio{walk.piece}")
    yield from (f"{walk.piece}buy/{use}/" for use in USES)
    yield from ("/library/", "/library/licences/", "/edits/", "/payments/", "/models/", "/", walk.public)
    yield f"/conversations/new/{walk.handle}/?piece=generation:{walk.piece_id}"
    yield from (f"/verify/{walk.piece_id}.json", f"/api/pieces/{walk.piece_id}", f"/api/pieces/{walk.piece_id}/")
    for base in {f"/licences/{walk.piece_id}/", licence} - {""}:
        yield base
        yield from (f"{base}{name}" for name in FILES)


def _search(page: Page, secret: set[tuple[str, ...]]) -> None:
    sent = page.data.decode("utf-8", "replace")
    found = runs_of(re.sub(r"<[^>]+>", " ", sent)) | runs_of(sent)
    leaked = found & secret
    expect(not leaked, f"none of the clean text in {page.path}", " ".join(next(iter(leaked), ())))
