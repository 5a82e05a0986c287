"""What a buyer downloads: four formats of one text, and the pages that certify it."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from docx import Document
from pypdf import PdfReader

from oeuvre.integrations.documents import HouseDocuments, render_text
from oeuvre.integrations.documents.labels import LANGUAGES, labels
from oeuvre.integrations.documents.markup import Heading, Paragraph, parse
from oeuvre.kit.provenance import DocumentFormat, ModelEvent
from tests.integrations.samples import CERTIFICATE, DELETION, DOCUMENT, RECEIPT

if TYPE_CHECKING:
    from oeuvre.kit.provenance import TextDocument

HOUSE = HouseDocuments()


def words(pdf: bytes) -> str:
    """The text of a PDF with its line breaks and spaced capitals read as spaces."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def text_of(document: TextDocument, fmt: DocumentFormat) -> str:
    data = render_text(document, fmt)
    if fmt is DocumentFormat.PDF:
        return words(data)
    if fmt is DocumentFormat.DOCX:
        return "\n".join(paragraph.text for paragraph in Document(io.BytesIO(data)).paragraphs)
    return data.decode()


@pytest.mark.parametrize("fmt", DocumentFormat)
def test_render_text__every_format_holds_the_text_and_names_its_maker(fmt: DocumentFormat) -> None:
    found = text_of(DOCUMENT, fmt)
    for expected in ("Salt and Patience", "The kettle knows", "boil(water)", "Imogen Hale", "2026·0042"):
        assert expected in found
    assert "hale-copy@3fa94be0127c" in found.replace("\n", "")


@pytest.mark.parametrize("fmt", DocumentFormat)
def test_render_text__equal_documents_give_equal_bytes(fmt: DocumentFormat) -> None:
    assert render_text(DOCUMENT, fmt) == render_text(replace(DOCUMENT), fmt)
    assert render_text(DOCUMENT, fmt) != render_text(replace(DOCUMENT, text="Another."), fmt)


@pytest.mark.parametrize("fmt", DocumentFormat)
@pytest.mark.parametrize(
    "text",
    [
        '#read("/etc/passwd")',
        '#import "house.typ": *',
        "$x^2$ @label <tag>",
        "= Not a title \\u{41}",
        "<script>alert(1)</script>",
    ],
)
def test_render_text__code_in_the_text_prints_literally(fmt: DocumentFormat, text: str) -> None:
    document = replace(DOCUMENT, text=text, title=text, creator=text)
    found = text_of(document, fmt)
    assert found.replace("”", '"').replace("“", '"').count(text) >= 2
    assert "root:" not in found


@pytest.mark.parametrize("fmt", DocumentFormat)
@pytest.mark.parametrize(
    "changes",
    [
        {"text": ""},
        {"text": "> " * 200 + "deep"},
        {"text": "\n".join("  " * depth + "- deep" for depth in range(60))},
        {"text": "***" * 300 + "deep" + "***" * 300},
        {"text": "- \n- a\n1. \n\n- ```\n  x\n  ```"},
        {"title": "t" * 400, "creator": "c" * 400},
        {"title": "a\x01\nb", "creator": "\x02"},
        {"title": "", "text": "# \n\ndeep"},
        {"language": "not a tag!"},
    ],
)
def test_render_text__what_was_paid_for_is_always_rendered(fmt: DocumentFormat, changes: dict[str, str]) -> None:
    found = text_of(replace(DOCUMENT, **changes), fmt)
    assert "deep" in found or "deep" not in changes.get("text", "")


def test_render_text__control_characters_do_not_break_any_format() -> None:
    document = replace(DOCUMENT, text="a\x00b\x0cc\ud800d\x85e\r\nf\ufffe", title="t")
    for fmt in DocumentFormat:
        assert "abcde" in text_of(document, fmt)


def test_render_text__lines_of_a_song_stay_lines() -> None:
    document = replace(DOCUMENT, text="The light goes round,\nhe says,\n    and round")
    assert "The light goes round,\nhe says,\nand round" in text_of(document, DocumentFormat.TXT)
    assert "The light goes round,\nhe says,\nand round" in text_of(document, DocumentFormat.DOCX)


def test_render_text__a_heading_that_repeats_the_title_appears_once() -> None:
    for fmt in DocumentFormat:
        found = text_of(replace(DOCUMENT, text="# Salt and Patience\n\nBody."), fmt)
        assert found.count("Salt and Patience") == 1
        assert "Body." in found


def test_render_text__markdown_keeps_the_marks_that_were_paid_for() -> None:
    assert "knows *one* song" in text_of(DOCUMENT, DocumentFormat.MARKDOWN)
    assert "knows one song" in text_of(DOCUMENT, DocumentFormat.TXT)


def test_render_text__numbered_lists_start_where_the_text_says() -> None:
    assert "3. third\n4. fourth" in text_of(DOCUMENT, DocumentFormat.TXT)
    assert "3. third 4. fourth" in text_of(DOCUMENT, DocumentFormat.PDF)
    package = zipfile.ZipFile(io.BytesIO(render_text(DOCUMENT, DocumentFormat.DOCX)))
    assert b'<w:startOverride w:val="3"/>' in package.read("word/numbering.xml")


def test_render_text__a_portuguese_text_has_a_portuguese_colophon() -> None:
    found = text_of(replace(DOCUMENT, language="pt-BR"), DocumentFormat.PDF)
    assert "21 de novembro de 2026" in found
    assert "modelo de criação" in found


def test_render_text__a_docx_says_who_and_when_and_nothing_about_the_machine() -> None:
    core = Document(io.BytesIO(render_text(DOCUMENT, DocumentFormat.DOCX))).core_properties
    assert (core.title, core.author, core.created.date()) == ("Salt and Patience", "Imogen Hale", DOCUMENT.created)
    assert core.last_modified_by == "Imogen Hale"


def test_parse__a_line_of_dashes_under_a_paragraph_is_a_pause_not_a_heading() -> None:
    blocks = parse("A line\n---\nAnother")
    assert [type(block).__name__ for block in blocks] == ["Paragraph", "Break", "Paragraph"]
    assert isinstance(parse("## Title")[0], Heading)
    assert isinstance(parse("#hashtag")[0], Paragraph)


def test_certificate__is_one_page_that_says_who_what_and_where_to_verify() -> None:
    pdf = HOUSE.certificate(CERTIFICATE)
    found = words(pdf)
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 1
    for expected in ("2026·0042", "Northwind Roasters", "Imogen Hale", "9007199254740993", "Two lines about a kettle"):
        assert expected in found
    assert "3f3f3f3f " * 7 + "3f3f3f3f" in found
    assert "https://oeuvre.example/verify/0042" in found
    assert "u8Ztu8Zt" in found


def test_certificate__stays_one_page_with_long_words() -> None:
    long = replace(
        CERTIFICATE, title="On " + "the patience of kettles, " * 6, prompt="word " * 300, terms=CERTIFICATE.terms * 4
    )
    assert len(PdfReader(io.BytesIO(HOUSE.certificate(long))).pages) == 1


def test_certificate__is_the_same_file_every_time_until_a_fact_changes() -> None:
    assert HOUSE.certificate(CERTIFICATE) == HOUSE.certificate(replace(CERTIFICATE))
    later = replace(CERTIFICATE, issued_at=CERTIFICATE.issued_at + timedelta(days=1))
    assert HOUSE.certificate(CERTIFICATE) != HOUSE.certificate(later)


def test_receipt__shows_every_row_of_the_split_and_the_total() -> None:
    pdf = HOUSE.receipt(RECEIPT)
    found = words(pdf)
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 1
    for row in (*RECEIPT.split, *RECEIPT.lines):
        assert f"{row.label} {row.amount}" in found
    assert "Total paid $12.00" in found
    assert "pay_8f3e21c0" in found


@pytest.mark.parametrize(
    ("event", "expected"), [(ModelEvent.DISABLED, "open to Imogen Hale alone"), (ModelEvent.DELETED, "was destroyed")]
)
def test_event_receipt__says_what_became_of_the_model(event: ModelEvent, expected: str) -> None:
    pdf = HOUSE.event_receipt(replace(DELETION, event=event))
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 1
    assert expected in words(pdf)
    assert "Hosted generations closed 41" in words(pdf)


def test_pages__names_cannot_run_code() -> None:
    evil = '#read("/etc/passwd")'
    for pdf in (
        HOUSE.certificate(replace(CERTIFICATE, buyer=evil, prompt=evil, platform=evil)),
        HOUSE.receipt(replace(RECEIPT, payment_reference=evil)),
        HOUSE.event_receipt(replace(DELETION, freelancer=evil)),
    ):
        assert evil in words(pdf)


def test_labels__every_language_has_every_label_with_the_same_gaps() -> None:
    def gaps(language: str) -> dict[str, set[str]]:
        return {key: {part.split("}")[0] for part in value.split("{")[1:]} for key, value in labels(language).items()}

    assert all(gaps(language) == gaps("en") for language in LANGUAGES)


def test_payload__is_json_without_what_only_decorates_the_page() -> None:
    payload = CERTIFICATE.payload()
    assert json.loads(json.dumps(payload)) == payload
    assert payload["files"][0] == {"format": "pdf", "sha256": "3f" * 32}
    assert payload["issued_at"] == "2026-11-21T12:00:00+00:00"
    assert not {"signature", "verify_url", "language"} & set(payload)
    assert DELETION.payload()["event"] == "deleted"
