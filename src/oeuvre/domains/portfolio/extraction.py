"""Takes the text out of a document: ``python extraction.py KIND MOST_BYTES MOST_PAGES SECONDS MEMORY < file > text``.

Documents come from strangers, and a small one can keep a parser busy for hours or fill the memory. So parsing has a
process of its own, whose time and memory the system limits; the exit status says how it ended. Run as a file: it knows
nothing of the rest of the package, inherits no secrets and starts quickly.
"""

from __future__ import annotations

import io
import re
import resource
import sys
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from docx.table import Table

UNREADABLE, PASSWORD, TOO_MANY_PAGES, TOO_LONG = 3, 4, 5, 6
"""Exit statuses; 0 says that standard output is the text, anything else is a crash or a limit."""


def _pdf(data: bytes, most_pages: int) -> str:
    import pypdf  # noqa: PLC0415  (the other kinds need not wait for it)

    document = pypdf.PdfReader(io.BytesIO(data), strict=False)
    if document.is_encrypted and not document.decrypt(""):
        sys.exit(PASSWORD)
    if len(document.pages) > most_pages:
        sys.exit(TOO_MANY_PAGES)
    return "\n\n".join(page.extract_text().strip() for page in document.pages).replace("\x00", "")


def _docx(data: bytes, most_pages: int) -> str:
    import docx  # noqa: PLC0415  (the other kinds need not wait for it)

    content = docx.Document(io.BytesIO(data)).iter_inner_content()
    blocks = [block.text if hasattr(block, "text") else _table(block) for block in content]
    return "\n\n".join(block for block in blocks if block.strip())


def _table(table: Table) -> str:
    return "\n".join("\t".join(cell.text for cell in row.cells) for row in table.rows)


class _VisibleText(HTMLParser):
    """Collects what a reader of the page would see."""

    _HIDDEN = frozenset({"script", "style", "template", "noscript", "svg", "head"})
    _BLOCKS = frozenset(
        [
            "address",
            "article",
            "aside",
            "blockquote",
            "br",
            "dd",
            "div",
            "dl",
            "dt",
            "figcaption",
            "footer",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "header",
            "hr",
            "li",
            "main",
            "nav",
            "ol",
            "p",
            "pre",
            "section",
            "table",
            "td",
            "th",
            "tr",
            "ul",
        ]
    )

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._HIDDEN:
            self._hidden.append(tag)
        elif tag in self._BLOCKS:
            self.parts.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._hidden:
            del self._hidden[self._hidden.index(tag) :]
        elif tag in self._BLOCKS:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def _html(data: bytes, most_pages: int) -> str:
    parser = _VisibleText()
    parser.feed(data.decode())
    parser.close()
    return re.sub(r"[ \t]*\n[ \t\n]*\n[ \t]*", "\n\n", re.sub(r"[ \t]+", " ", "".join(parser.parts)))


_KINDS: dict[str, Callable[[bytes, int], str]] = {"pdf": _pdf, "docx": _docx, "html": _html}


def main(kind: str, most_bytes: int, most_pages: int, seconds: int, memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    try:
        text = _KINDS[kind](sys.stdin.buffer.read(), most_pages).encode("utf-8", "replace")
    except Exception:  # the parsers meet hostile files here and fail in many ways, RecursionError among them
        sys.exit(UNREADABLE)
    if len(text) > most_bytes:
        sys.exit(TOO_LONG)
    sys.stdout.buffer.write(text)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
