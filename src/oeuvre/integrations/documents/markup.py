"""Light Markdown as typed blocks, so that every format is rendered from one reading of the text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from markdown_it.token import Token


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text of one look. A line feed in ``text`` is a line break."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """A bulleted or numbered list; ``start`` is the first number."""

    items: tuple[tuple[Block, ...], ...]
    ordered: bool
    start: int


@dataclass(frozen=True, slots=True)
class Quotation:
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Code:
    text: str


@dataclass(frozen=True, slots=True)
class Break:
    """A pause between two parts, written ``---`` or ``***``."""


Block = Heading | Paragraph | Listing | Quotation | Code | Break

# HTML prints literally. An indented line is verse, not code, and a line of dashes under a paragraph is a pause,
# not a heading: models and poets write both. Lines stay lines (`breaks`), which is right for lyrics.
_MARKDOWN = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(
    ["html_block", "html_inline", "image", "code", "lheading", "reference"]
)

_MAX_DEPTH = 14


def parse(text: str) -> tuple[Block, ...]:
    """Read light Markdown (cleaned); text without any marks is one paragraph for each blank-line-separated part.

    Text whose marks nest beyond reason is taken literally: what was paid for is always rendered.
    """
    tokens = _MARKDOWN.parse(text)
    if _depth(tokens) > _MAX_DEPTH:
        return tuple(Paragraph((Span(part.strip("\n")),)) for part in text.split("\n\n") if part.strip())
    return tuple(_blocks(SyntaxTreeNode(tokens).children))


def _depth(tokens: list[Token]) -> int:
    """How deep blocks and emphasis nest; a list counts twice, for itself and its items."""
    return max((max(token.level, _depth(token.children or [])) for token in tokens), default=0)


def plain(blocks: Iterable[Block]) -> str:
    """The words alone, for TXT: marks of emphasis and headings are dropped, lists keep theirs."""
    return "\n\n".join(_plain(block) for block in blocks)


def cleaned(text: str) -> str:
    """Without control characters, which neither XML nor a page can hold; tabs and line feeds stay."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        character
        for character in unified
        if character in "\n\t" or not (ord(character) < 32 or 127 <= ord(character) < 160)
        if not 0xD800 <= ord(character) <= 0xDFFF and ord(character) not in (0xFFFE, 0xFFFF)
    )


def _blocks(nodes: Iterable[SyntaxTreeNode]) -> Iterator[Block]:
    for node in nodes:
        match node.type:
            case "heading":
                yield Heading(int(node.tag[1:]), _spans(node))
            case "paragraph":
                yield Paragraph(_spans(node))
            case "bullet_list" | "ordered_list":
                items = tuple(tuple(_blocks(item.children)) for item in node.children)
                yield Listing(items, node.type == "ordered_list", int(node.attrs.get("start", 1)))
            case "blockquote":
                yield Quotation(tuple(_blocks(node.children)))
            case "fence":
                yield Code(node.content.rstrip("\n"))
            case "hr":
                yield Break()


def _spans(node: SyntaxTreeNode) -> tuple[Span, ...]:
    found: list[Span] = []
    for child in node.children:
        _collect(child, found, bold=False, italic=False)
    return tuple(found)


def _collect(node: SyntaxTreeNode, found: list[Span], *, bold: bool, italic: bool) -> None:
    match node.type:
        case "text":
            if node.content:
                found.append(Span(node.content, bold, italic))
        case "softbreak" | "hardbreak":
            found.append(Span("\n", bold, italic))
        case "code_inline":
            found.append(Span(node.content, bold, italic, code=True))
        case _:
            for child in node.children:
                _collect(child, found, bold=bold or node.type == "strong", italic=italic or node.type == "em")
            if node.type == "link":
                target = str(node.attrs.get("href", ""))
                if target and target not in "".join(span.text for span in found[-3:]):
                    found.append(Span(f" ({target})", bold, italic))


def _words(spans: Iterable[Span]) -> str:
    return "".join(span.text for span in spans)


def _plain(block: Block) -> str:
    match block:
        case Heading(spans=spans) | Paragraph(spans=spans):
            return _words(spans)
        case Listing(items=items, ordered=ordered, start=start):
            marks = [f"{start + index}. " if ordered else "- " for index in range(len(items))]
            return "\n".join(
                mark + plain(item).replace("\n", "\n" + " " * len(mark))
                for mark, item in zip(marks, items, strict=True)
            )
        case Quotation(blocks=blocks):
            return "\n".join(f"> {line}".rstrip() for line in plain(blocks).split("\n"))
        case Code(text=text):
            return text
        case Break():
            return "* * *"
