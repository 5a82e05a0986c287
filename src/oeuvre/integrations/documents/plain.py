"""TXT and Markdown: the text as it is, under its title, closed by a colophon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oeuvre.integrations.documents.labels import labels, language_of, written_date
from oeuvre.integrations.documents.markup import Heading, Paragraph, Span, parse, plain

if TYPE_CHECKING:
    from oeuvre.integrations.documents.markup import Block
    from oeuvre.kit.provenance import TextDocument


def colophon(document: TextDocument) -> str:
    """The sentence that names creator, version, licence and date, in the document's language."""
    language = language_of(document.language)
    return labels(language)["colophon_text"].format(
        version=document.version,
        creator=document.creator,
        date=written_date(document.created, language),
        licence=document.licence,
        platform=document.platform,
    )


def body(document: TextDocument) -> tuple[Block, ...]:
    """The text's blocks, without a first heading that only repeats the title."""
    blocks = parse(document.text)
    if blocks and isinstance(blocks[0], Heading | Paragraph) and _repeats(blocks[0].spans, document.title):
        return blocks[1:]
    return blocks


def _repeats(spans: tuple[Span, ...], title: str) -> bool:
    return "".join(span.text for span in spans).strip(" *\"'").casefold() == title.strip().casefold()


def render_txt(document: TextDocument) -> bytes:
    """UTF-8 with line feeds: title, creator, text without marks, colophon."""
    by = f"{labels(language_of(document.language))['by']} {document.creator}"
    parts = [f"{document.title}\n{by}", plain(body(document)), f"—\n{colophon(document)}"]
    return ("\n\n\n".join(parts) + "\n").encode()


def render_markdown(document: TextDocument) -> bytes:
    """UTF-8 Markdown: the text with its own marks, which is what was paid for, never re-set."""
    blocks, text = body(document), document.text.strip()
    if len(blocks) < len(parse(document.text)):
        text = text.split("\n", 1)[1].strip() if "\n" in text else ""
    by = labels(language_of(document.language))["by"]
    return f"# {document.title}\n\n*{by} {document.creator}*\n\n{text}\n\n---\n\n*{colophon(document)}*\n".encode()
