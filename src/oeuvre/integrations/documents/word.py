"""DOCX, set with python-docx. The same document gives the same bytes."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from oeuvre.integrations.documents.labels import labels, language_of
from oeuvre.integrations.documents.markup import Block, Break, Code, Heading, Listing, Paragraph, Quotation
from oeuvre.integrations.documents.plain import body, colophon

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oeuvre.integrations.documents.markup import Span
    from oeuvre.kit.provenance import TextDocument

_SERIF, _MONO = "Garamond", "Consolas"
_INK, _MUTED = RGBColor(0x14, 0x18, 0x1D), RGBColor(0x5A, 0x63, 0x6B)
_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNUSED = ("/thumbnail", "/stylesWithEffects")
"""Parts of python-docx's template, by the end of their relationship type, that no reader needs."""
_PROPERTY = 255
"""Characters that python-docx lets a document property hold."""
_MAX_LIST_DEPTH = 3
"""Word's built-in list styles end there; deeper lists keep the third indentation."""


def render_docx(document: TextDocument) -> bytes:
    """Word's own styles (Title, Heading 1 …, List Bullet …), so that a buyer can restyle it in one place."""
    word = Document()
    _set_up(word, document)
    word.add_paragraph(document.title, style="Title")
    by = f"{labels(language_of(document.language))['by']} {document.creator}"
    word.add_paragraph(by, style="Subtitle")
    _add(word, body(document), depth=1)
    _add_colophon(word, document)
    buffer = io.BytesIO()
    word.save(buffer)
    return _settled(buffer.getvalue())


def _set_up(word: Any, document: TextDocument) -> None:
    moment = datetime.combine(document.created, time(), UTC).replace(tzinfo=None)
    core = word.core_properties
    core.title, core.author = document.title[:_PROPERTY], document.creator[:_PROPERTY]
    core.last_modified_by = core.author
    core.created = core.modified = core.last_printed = moment
    core.language, core.subject = document.language[:_PROPERTY], document.licence[:_PROPERTY]
    core.comments = colophon(document)[:_PROPERTY]
    core.revision, core.keywords = 1, ""
    section = word.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(3.6)
    section.top_margin, section.bottom_margin = Cm(3.2), Cm(3.6)
    _style(word, "Normal", 12, _INK, after=8, spacing=1.32)
    _style(word, "Title", 30, _INK, after=2, spacing=1.05)
    _style(word, "Subtitle", 13, _MUTED, after=34, italic=True)
    for level, size in ((1, 20), (2, 16), (3, 13)):
        _style(word, f"Heading {level}", size, _INK, after=4)
    _style(word, "Quote", 12, _INK, after=8, italic=True, spacing=1.32)
    for style in [style for style in word.styles if style.type == WD_STYLE_TYPE.TABLE]:
        if style.name != "Normal Table":
            style.delete()
    for relations in (word.part.rels, word.part.package.rels):
        for key in [key for key, relation in relations.items() if relation.reltype.endswith(_UNUSED)]:
            del relations[key]
    border = word.styles["Title"].element.pPr.find(qn("w:pBdr"))
    if border is not None:
        border.getparent().remove(border)


def _style(
    word: Any, name: str, size: int, colour: RGBColor, *, after: int, spacing: float = 1.15, italic: bool = False
) -> None:
    style = word.styles[name]
    style.font.name, style.font.size, style.font.italic = _SERIF, Pt(size), italic
    style.font.bold, style.font.color.rgb = False, colour
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for attribute in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        fonts.attrib.pop(qn(attribute), None)
    fonts.set(qn("w:hAnsi"), _SERIF)
    fonts.set(qn("w:cs"), _SERIF)
    style.paragraph_format.space_after = Pt(after)
    style.paragraph_format.line_spacing = spacing


def _add(word: Any, blocks: Iterable[Block], *, depth: int, style: str | None = None) -> None:
    for block in blocks:
        match block:
            case Heading(level=level, spans=spans):
                _runs(word.add_paragraph(style=f"Heading {min(level, 3)}"), spans)
            case Paragraph(spans=spans):
                _runs(word.add_paragraph(style=style), spans)
            case Listing():
                _add_list(word, block, depth)
            case Quotation(blocks=inner):
                _add(word, inner, depth=depth, style="Quote")
            case Code(text=text):
                _mono(word.add_paragraph().add_run(text))
            case Break():
                word.add_paragraph("⁂").alignment = WD_ALIGN_PARAGRAPH.CENTER


def _runs(paragraph: Any, spans: Iterable[Span]) -> None:
    for span in spans:
        run = paragraph.add_run(span.text)
        # None, not False, leaves the style's own look.
        run.bold, run.italic = span.bold or None, span.italic or None
        if span.code:
            _mono(run)


def _mono(run: Any) -> None:
    run.font.name, run.font.size = _MONO, Pt(10)


def _add_list(word: Any, listing: Listing, depth: int) -> None:
    name = "List Number" if listing.ordered else "List Bullet"
    level = min(depth, _MAX_LIST_DEPTH)
    style = name if level == 1 else f"{name} {level}"
    number = _restarted(word, style, listing.start) if listing.ordered else None
    for item in listing.items:
        first, *rest = item or (Paragraph(()),)
        if not isinstance(first, Paragraph):
            first, rest = Paragraph(()), [first, *rest]
        paragraph = word.add_paragraph(style=style)
        _runs(paragraph, first.spans)
        if number is not None:
            properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
            properties.get_or_add_numId().val = number
            properties.get_or_add_ilvl().val = 0
        _add(word, rest, depth=depth + 1, style="List Continue" if depth == 1 else f"List Continue {level}")


def _restarted(word: Any, style: str, start: int) -> int:
    """A numbering of its own, so that a second list does not count on from the first."""
    numbering = word.part.numbering_part.element
    template = word.styles[style].element.pPr.numPr.numId.val
    abstract = numbering.num_having_numId(template).abstractNumId.val
    number = numbering.add_num(abstract)
    number.add_lvlOverride(ilvl=0).add_startOverride(start)
    return int(number.numId)


def _add_colophon(word: Any, document: TextDocument) -> None:
    rule = word.add_paragraph()
    rule.paragraph_format.space_before = Pt(30)
    border = OxmlElement("w:pBdr")
    top = OxmlElement("w:top")
    for key, value in (("val", "single"), ("sz", "4"), ("space", "6"), ("color", "CDD3CD")):
        top.set(qn(f"w:{key}"), value)
    border.append(top)
    rule._p.get_or_add_pPr().append(border)
    run = rule.add_run(colophon(document))
    run.font.size, run.font.color.rgb = Pt(9), _MUTED


def _settled(package: bytes) -> bytes:
    """The package with fixed dates and stored members.

    C2PA binds a DOCX member by member, and its reader takes stored members only. ``extract_version`` 10
    makes our directory entries equal to those that the signing library writes (see credentials/coverage.py).
    """
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(package)) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as target,
    ):
        for name in source.namelist():
            member = zipfile.ZipInfo(name, _EPOCH)
            member.extract_version, member.external_attr = 10, 0o600 << 16
            target.writestr(member, source.read(name))
    return buffer.getvalue()
