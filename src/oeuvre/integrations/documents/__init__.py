"""Documents: texts in the formats that buyers download, and the pages that certify what happened."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from oeuvre.integrations.documents.markup import cleaned
from oeuvre.integrations.documents.pdf import render_certificate, render_event, render_pdf, render_receipt
from oeuvre.integrations.documents.plain import render_markdown, render_txt
from oeuvre.integrations.documents.word import render_docx
from oeuvre.kit.provenance import DocumentFormat

if TYPE_CHECKING:
    from oeuvre.kit.provenance import EventReceipt, LicenceCertificate, PaymentReceipt, TextDocument

__all__ = ["HouseDocuments", "render_certificate", "render_event", "render_receipt", "render_text"]

_RENDERERS = {
    DocumentFormat.TXT: render_txt,
    DocumentFormat.MARKDOWN: render_markdown,
    DocumentFormat.DOCX: render_docx,
    DocumentFormat.PDF: render_pdf,
}


def render_text(document: TextDocument, fmt: DocumentFormat) -> bytes:
    """The text in the format; equal documents give equal bytes. Raises DocumentError."""
    fit = replace(
        document,
        title=_line(document.title),
        text=cleaned(document.text),
        creator=_line(document.creator),
        version=_line(document.version),
        licence=_line(document.licence),
        platform=_line(document.platform),
    )
    return _RENDERERS[fmt](fit)


def _line(text: str) -> str:
    return " ".join(cleaned(text).split())


class HouseDocuments:
    """Every document that the platform hands out, in the house style; all pages are PDF."""

    def text(self, document: TextDocument, fmt: DocumentFormat) -> bytes:
        """See :func:`render_text`."""
        return render_text(document, fmt)

    def certificate(self, certificate: LicenceCertificate) -> bytes:
        """The licence certificate, one page."""
        return render_certificate(certificate)

    def receipt(self, receipt: PaymentReceipt) -> bytes:
        """The receipt with the split, one page."""
        return render_receipt(receipt)

    def event_receipt(self, receipt: EventReceipt) -> bytes:
        """The receipt of a model's disabling or deletion, one page."""
        return render_event(receipt)
