"""Small files that are made to keep a reader busy for ever: each is read or refused at once."""

from __future__ import annotations

import io
import random
import zipfile
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import docx
import pytest

from oeuvre.domains.portfolio import errors, readers
from oeuvre.domains.portfolio.archives import Archive
from oeuvre.domains.portfolio.details import rights_clean
from oeuvre.domains.portfolio.limits import LIMITS
from oeuvre.domains.portfolio.modalities import documents
from oeuvre.domains.portfolio.readers import file_read
from tests.domains.portfolio_texts import prose

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = prose(3)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("comment", ["<!---->", "<!-- a --> "])
def test_file_read__is_not_held_up_by_a_row_of_comments(comment: str) -> None:
    assert file_read((comment * 400 + TEXT).encode(), "a.txt").text.endswith(TEXT.strip())


@pytest.mark.timeout(20)
def test_file_read__is_not_held_up_by_a_heading_of_spaces() -> None:
    read = file_read(f"# a{' ' * 50_000}b\n\n{TEXT}".encode(), "a.md")
    assert read.title.endswith("b")


@pytest.mark.parametrize(
    ("line", "title"), [("# The title #", "The title"), ("#tag", ""), ("Title", ""), ("#\tT", "T")]
)
def test_file_read__takes_the_title_from_a_heading(line: str, title: str) -> None:
    assert file_read(f"{line}\n\n{TEXT}".encode(), "a.md").title == title


def pdf_of_endless_text() -> bytes:
    """A page whose content stream unpacks to 60 MB of text operators."""
    packed = zlib.compress(b"BT " + b"(a) Tj " * 8_000_000, 9)
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(packed) + packed + b"\nendstream",
    ]
    body = b"%PDF-1.4\n"
    for number, part in enumerate(parts, start=1):
        body += b"%d 0 obj\n" % number + part + b"\nendobj\n"
    return body + b"trailer << /Size 5 /Root 1 0 R >>\n%%EOF"


def docx_of_empty_paragraphs() -> bytes:
    """2 MB that unpack to 100 MB of elements, which take gigabytes as objects."""
    plain, hostile = io.BytesIO(), io.BytesIO()
    docx.Document().save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(hostile, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.infolist():
            content = source.read(member)
            if member.filename == "word/document.xml":
                content = content.replace(b"<w:body>", b"<w:body>" + b"<w:p/>" * 17_000_000)
            target.writestr(member.filename, content)
        target.writestr("noise.bin", random.Random(1).randbytes(2_000_000))
    return hostile.getvalue()


@pytest.mark.timeout(90)
@pytest.mark.parametrize(
    ("data", "filename"),
    [
        pytest.param(pdf_of_endless_text, "a.pdf", id="pdf"),
        pytest.param(docx_of_empty_paragraphs, "a.docx", id="docx"),
        pytest.param(lambda: ("<html>" + "<svg>" * 150_000 + "</head>" * 150_000).encode(), "a.html", id="html"),
    ],
)
def test_file_read__gives_a_document_up_that_takes_too_much(
    data: Callable[[], bytes], filename: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "LIMITS", replace(LIMITS, document_seconds=2))
    with pytest.raises(errors.DocumentUnreadableError):
        readers.file_read(data(), filename)


@pytest.mark.parametrize("rights", [5, [], {}, None, True])
def test_rights_clean__refuses_what_is_no_word(rights: object) -> None:
    with pytest.raises(errors.WorkInvalidError):
        rights_clean(rights)  # type: ignore[arg-type]  # works.json may hold anything


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_archive__refuses_packing_that_is_not_ordinary(method: int) -> None:
    """LZMA's header asks for memory at will, and damage in it raises errors of its own."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.writestr("a.txt", TEXT)
    (found,) = Archive(packed.getvalue()).files()
    assert isinstance(found[1], errors.ArchiveUnreadableError)


def test_archive__counts_entries_before_it_reads_them() -> None:
    with pytest.raises(errors.TooManyEntriesError):
        Archive(b"PK\x03\x04" + b"PK\x01\x02" * 60_000)
