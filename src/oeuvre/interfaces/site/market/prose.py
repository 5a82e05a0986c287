"""A piece of writing as HTML: the light Markdown that models write, and nothing that could do more than be read."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from markdown_it.token import Token

_OFF = ["html_block", "html_inline", "link", "image", "autolink", "reference", "code", "entity"]
"""Rules of CommonMark that are not applied: HTML, links and pictures for safety, indented code because poets indent."""
_HEADING = "h3"
"""All headings of a text, which stand below those of the page."""


@cache
def _reader() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(_OFF)


def prose(text: str) -> SafeString:
    """The text with paragraphs, line breaks, emphasis, lists, quotations and code; everything else is escaped."""
    reader = _reader()
    tokens: list[Token] = reader.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = _HEADING
    html: str = reader.renderer.render(tokens, reader.options, {})
    return mark_safe(html)  # noqa: S308  (the renderer escapes the text)
