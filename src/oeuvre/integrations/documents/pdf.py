"""PDF, set with Typst from the templates beside this file.

People's words reach a template only as JSON in ``sys.inputs``; no Typst source is ever put together
from them, so nothing that they write can be run. The same input gives the same bytes.
"""

from __future__ import annotations

import io
import json
from dataclasses import asdict
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import segno
import typst
from pypdf import PdfReader

from oeuvre.integrations.documents.labels import LANGUAGES, language_of, written_date
from oeuvre.integrations.documents.markup import Block, Break, Code, Heading, Listing, Paragraph, Quotation
from oeuvre.integrations.documents.plain import body, colophon
from oeuvre.kit.provenance import DocumentError

if TYPE_CHECKING:
    from oeuvre.kit.provenance import EventReceipt, LicenceCertificate, PaymentReceipt, TextDocument

TEMPLATES = Path(__file__).parent / "templates"
_INK = "#14181d"
_CERTIFICATE_PROMPT = 420
"""Characters of the prompt that the one-page certificate has room for; the signed JSON has all of it."""


def render_pdf(document: TextDocument) -> bytes:
    """The text as a small book: title, creator, text, colophon."""
    moment = datetime.combine(document.created, time(), UTC)
    values = {
        "title": document.title,
        "author": document.creator,
        "creator": document.creator,
        "platform": document.platform,
        "colophon": colophon(document),
        "blocks": [_block(block) for block in body(document)],
    }
    return _compile("text", values, document.language, moment)


def render_certificate(certificate: LicenceCertificate) -> bytes:
    """The licence certificate, one page."""
    values = asdict(certificate)
    prompt = " ".join(certificate.prompt.split())
    if len(prompt) > _CERTIFICATE_PROMPT:
        prompt = prompt[:_CERTIFICATE_PROMPT].rsplit(" ", 1)[0] + " …"
    moment = certificate.issued_at.astimezone(UTC)
    values |= {
        "author": certificate.freelancer,
        "issued": _written(moment, certificate.language),
        "prompt": prompt,
        "qr": _qr(certificate.verify_url),
    }
    return _single_page("certificate", values, certificate.language, moment)


def render_receipt(receipt: PaymentReceipt) -> bytes:
    """The receipt with the split, one page."""
    moment = datetime.combine(receipt.date, time(), UTC)
    values = asdict(receipt) | {
        "date_written": written_date(receipt.date, language_of(receipt.language)),
        "qr": _qr(receipt.verify_url),
    }
    return _single_page("receipt", values, receipt.language, moment)


def render_event(receipt: EventReceipt) -> bytes:
    """The receipt of a model's disabling or deletion, one page."""
    moment = receipt.occurred_at.astimezone(UTC)
    values = asdict(receipt) | {
        "event": receipt.event.value,
        "author": receipt.platform,
        "occurred": _written(moment, receipt.language),
        "qr": _qr(receipt.verify_url),
    }
    return _single_page("event", values, receipt.language, moment)


def _written(moment: datetime, language: str) -> str:
    return f"{written_date(moment.date(), language_of(language))}, {moment:%H:%M} UTC"


def _qr(url: str) -> str:
    """The address as an SVG of dark modules only, error correction M."""
    if not url:
        return ""
    buffer = io.BytesIO()
    segno.make(url, error="m", micro=False).save(buffer, kind="svg", border=0, dark=_INK, xmldecl=False)
    return buffer.getvalue().decode()


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Heading(level=level, spans=spans):
            return {"kind": "heading", "level": level, "spans": [asdict(span) for span in spans]}
        case Paragraph(spans=spans):
            return {"kind": "paragraph", "spans": [asdict(span) for span in spans]}
        case Listing(items=items, ordered=ordered, start=start):
            inner = [[_block(child) for child in item] for item in items]
            return {"kind": "list", "ordered": ordered, "start": start, "items": inner}
        case Quotation(blocks=blocks):
            return {"kind": "quote", "blocks": [_block(child) for child in blocks]}
        case Code(text=text):
            return {"kind": "code", "text": text}
        case Break():
            return {"kind": "break"}


@cache
def _fonts() -> typst.Fonts:
    """Typst's own fonts, and the system's for scripts that those do not cover; scanned once a process."""
    return typst.Fonts()


def _single_page(template: str, values: dict[str, Any], language: str, moment: datetime) -> bytes:
    """Set the page; where it runs over, set it once more with narrow margins and gaps."""
    page = _compile(template, values, language, moment)
    if len(PdfReader(io.BytesIO(page)).pages) == 1:
        return page
    return _compile(template, values, language, moment, tight=True)


def _compile(template: str, values: dict[str, Any], language: str, moment: datetime, *, tight: bool = False) -> bytes:
    primary = language_of(language)
    inputs = {
        "data": json.dumps(values, default=str, ensure_ascii=False),
        "lang": primary,
        "labels": primary if primary in LANGUAGES else "en",
        "tight": "yes" if tight else "no",
    }
    try:
        return typst.compile(
            TEMPLATES / f"{template}.typ",
            root=TEMPLATES,
            font_paths=_fonts(),
            format="pdf",
            sys_inputs=inputs,
            timestamp=int(moment.timestamp()),
        )
    except typst.TypstError as error:
        raise DocumentError(
            "The page could not be set. Shorten or simplify the text and try again.", template=template
        ) from error
