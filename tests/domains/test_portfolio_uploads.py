"""Hostile and honest files: what is taken, what is refused under which code, and that nothing is half-stored."""

from __future__ import annotations

import io
import json
import random
import struct
import zipfile
import zlib
from functools import partial
from typing import TYPE_CHECKING, Any

import docx
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from oeuvre.domains.portfolio import errors, services
from oeuvre.domains.portfolio.archives import Archive, works_list_read
from oeuvre.domains.portfolio.limits import LIMITS, MB
from oeuvre.domains.portfolio.modalities.documents import decode
from oeuvre.domains.portfolio.models import Work
from oeuvre.domains.portfolio.readers import file_read
from oeuvre.interfaces.site.works.forms import UPLOAD_TOTAL
from oeuvre.kit.errors import PermissionDeniedError
from tests.domains.portfolio_texts import prose

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from oeuvre.domains.accounts.models import User

TEXT = prose(1)


def docx_of(*paragraphs: str) -> bytes:
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "left cell", "right cell"
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def pdf_of(text: str, *, password: str = "") -> bytes:
    """A one-page PDF that shows ``text`` in Helvetica, or nothing at all for an empty one."""
    stream = b"BT /F1 12 Tf 40 700 Td (" + text.encode() + b") Tj ET" if text else b""
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n" % len(stream) + stream + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, part in enumerate(parts, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + part + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start
    if not password:
        return bytes(out)
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(bytes(out)))
    writer.encrypt(password)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def zip_of(entries: dict[str | zipfile.ZipInfo, bytes | str], *, stored: bool = False) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(buffer, "PNG")
    return buffer.getvalue()


def noise(size: int) -> bytes:
    return random.Random(0).randbytes(size)


HOSTILE: list[tuple[str, bytes, str]] = [
    ("empty.txt", b"", "file_empty"),
    ("blank.txt", b" \n\t ", "file_empty"),
    ("huge.txt", b"word " * (2 * MB // 5 + 1), "file_too_large"),
    ("huge.pdf", b"%PDF-1.4" + bytes(LIMITS.document), "file_too_large"),
    ("picture.txt", png(), "type_mismatch"),
    ("picture.png", png(), "picture_too_small"),
    ("picture.gif", b"GIF89a" + noise(300), "type_refused"),
    ("text.png", TEXT.encode(), "type_mismatch"),
    ("program.exe", b"MZ" + noise(500), "binary_in_text"),
    ("drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "active_content"),
    ("drawing.txt", b'<?xml version="1.0"?><!-- a --><svg><script>alert(1)</script></svg>', "type_mismatch"),
    ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "type_refused"),
    ("letter.rtf", b"{\\rtf1\\ansi " + TEXT.encode() + b"}", "type_refused"),
    ("sheet.xlsx", zip_of({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<x/>"}), "type_refused"),
    ("book.epub", zip_of({"mimetype": "application/epub+zip"}), "type_refused"),
    ("works.zip.txt", zip_of({"a.txt": TEXT}), "type_mismatch"),
    ("essay.docx", TEXT.encode(), "type_mismatch"),
    ("essay.pdf", docx_of(TEXT), "type_mismatch"),
    ("nul.txt", TEXT.encode() + b"\x00\x00" + TEXT.encode(), "binary_in_text"),
    ("control.txt", TEXT.encode() + b"\x01\x02\x03", "binary_in_text"),
    ("noise.txt", noise(4000), "binary_in_text"),
    ("cut.txt", ("\u00e9t\u00e9 " * 40).encode()[:-3] + b"\xe2\x28\xa1" + TEXT.encode(), "encoding_unknown"),
    ("bom.txt", b"\xef\xbb\xbf" + b"\xff\xfe broken", "encoding_unknown"),
    ("signs.txt", b"... --- !!! ???", "no_text"),
    ("scan.pdf", pdf_of(""), "no_text"),
    ("locked.pdf", pdf_of(TEXT, password="secret"), "password_protected"),
    ("locked.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password_protected"),
    ("cut.pdf", pdf_of(TEXT)[:120], "document_unreadable"),
    ("cut.docx", docx_of(TEXT)[:300], "type_mismatch"),
    ("hollow.docx", zip_of({"word/document.xml": "<nothing/>"}), "document_unreadable"),
    ("bomb.docx", zip_of({"word/document.xml": bytes(40 * MB)}), "archive_bomb"),
    ("page.html", b"<html><head><title>x</title></head><body><script>var a = 'b'</script></body></html>", "no_text"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("filename", "data", "code"), HOSTILE, ids=[case[0] for case in HOSTILE])
def test_work_add__refuses_with_a_stable_code_and_stores_nothing(
    freelancer: User, blob_folder: Path, filename: str, data: bytes, code: str
) -> None:
    with pytest.raises(errors.FileRefusedError) as caught:
        services.work_add(actor=freelancer.actor, filename=filename, data=data)
    assert caught.value.code == code
    assert 400 <= caught.value.status < 500
    assert len(caught.value.message) > 10
    assert not Work.objects.exists()
    assert not list(blob_folder.rglob("*"))


@pytest.mark.parametrize(
    ("filename", "data", "media_type", "contains"),
    [
        ("a.txt", TEXT.encode(), "text/plain", TEXT),
        ("A.TXT", TEXT.encode("utf-16"), "text/plain", TEXT),
        ("bom.md", b"\xef\xbb\xbf# T\n" + TEXT.encode(), "text/markdown", TEXT),
        ("README", TEXT.encode(), "text/plain", TEXT),
        ("a.rst", TEXT.encode(), "text/x-rst", TEXT),
        ("code.py", b"def tide():\r\n    return 'high'\r\n", "text/x-source", "def tide():\n    return 'high'"),
        (
            "a.docx",
            docx_of("One paragraph.", "Another."),
            "docx",
            "One paragraph.\n\nAnother.\n\nleft cell\tright cell",
        ),
        ("a.pdf", pdf_of("The tide comes in"), "application/pdf", "The tide comes in"),
        ("open.pdf", pdf_of("The tide comes in", password=""), "application/pdf", "The tide"),
        (
            "page.html",
            b"<!doctype html><html><style>p{}</style><p>One &amp; two</p><script>no()</script><p>three</p></html>",
            "text/html",
            "One & two\n\nthree",
        ),
    ],
)
def test_file_read__takes_the_text_out(filename: str, data: bytes, media_type: str, contains: str) -> None:
    reading = file_read(data, filename)
    assert contains in reading.text
    assert media_type in reading.media_type or reading.media_type.endswith("wordprocessingml.document")
    assert "no()" not in reading.text


@pytest.mark.parametrize(
    ("encoding", "sentence"),
    [
        ("cp1252", "L'été dernier, la forêt brûlait près du château; où étions-nous, déjà? À côté, bien sûr. "),
        ("cp1252", "The \u201ctide\u201d isn\u2019t high \u2014 it\u2019s low. "),
        ("cp1251", "Привет, как твои дела? Сегодня мы идем к морю, потому что погода хорошая. "),
        ("cp1250", "Příliš žluťoučký kůň úpěl ďábelské ódy, a proto jsme šli domů. "),
    ],
)
def test_file_read__understands_a_legacy_code_page(encoding: str, sentence: str) -> None:
    assert sentence.strip() in file_read((sentence * 4).encode(encoding), "old.txt").text


def attempt(call: Callable[[], object]) -> errors.FileRefusedError | None:
    """The refusal that the call ends in, if it ends in one; any other exception goes through."""
    try:
        call()
    except errors.FileRefusedError as refusal:
        return refusal
    return None


@given(st.text(min_size=1).filter(lambda text: text.strip()))
def test_decode__gives_every_text_in_utf8_back_or_calls_it_binary(text: str) -> None:
    if any(ord(character) < 32 or ord(character) in (0x7F, 0xFFFE, 0xFFFF) for character in text):
        outcome = attempt(lambda: decode(text.encode()))
        assert outcome is None or outcome.code in {"binary_in_text", "type_refused", "encoding_unknown"}
    else:
        assert decode(text.encode()) == text.removeprefix("\ufeff")


@settings(deadline=None)  # documents are read by a process of its own, whose start takes its time
@given(st.binary(max_size=600), st.sampled_from(["a.txt", "a.md", "a.docx", "a.pdf", "a.zip", "a.html", "a"]))
def test_file_read__never_fails_in_an_unforeseen_way(data: bytes, filename: str) -> None:
    refusal = attempt(lambda: file_read(data, filename))
    assert refusal is None or refusal.message


def unpack(data: bytes) -> list[object]:
    return list(Archive(data).files())


@given(st.binary(max_size=300))
def test_archive__never_fails_in_an_unforeseen_way(tail: bytes) -> None:
    good = zip_of({"a.txt": TEXT, "b.txt": "b"})
    for data in (tail, good[: len(tail)] + tail, good + tail, good[:40] + tail + good[40 + len(tail) :]):
        refusal = attempt(partial(unpack, data))
        assert refusal is None or refusal.message


def upload(user: User, *files: tuple[str, bytes], **grounds: str) -> services.UploadResult:
    return services.works_add_many(actor=user.actor, files=files, **grounds)


pytestmark = pytest.mark.usefixtures("blob_folder")


@pytest.mark.django_db
def test_works_add_many__adds_the_good_and_names_the_bad(freelancer: User) -> None:
    result = upload(
        freelancer, ("a.txt", TEXT.encode()), ("b.txt", b""), ("c.png", png()), ("d.txt", prose(2).encode())
    )
    assert [work.filename for work in result.added] == ["a.txt", "d.txt"]
    assert [(refused.filename, refused.code) for refused in result.refused] == [
        ("b.txt", "file_empty"),
        ("c.png", "picture_too_small"),
    ]


class _Waiting(io.BytesIO):
    """A file that counts how much of it was handed out at once."""

    most = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.most = max(self.most, len(data))
        return data


@pytest.mark.django_db
def test_works_add_many__reads_open_files_and_archives_where_they_lie(freelancer: User) -> None:
    letters = [f"{TEXT} {random.Random(number).randbytes(30_000).hex()}" for number in range(4)]
    packed = _Waiting(zip_of({f"letter-{number}.txt": letter for number, letter in enumerate(letters)}))
    result = services.works_add_many(
        actor=freelancer.actor, files=[("all.zip", packed), ("alone.txt", io.BytesIO(f"alone {TEXT}".encode()))]
    )
    assert (len(result.added), result.refused) == (5, [])
    assert packed.most < len(packed.getvalue())


@pytest.mark.django_db
def test_works_add_many__names_open_files_that_are_empty_or_too_large(
    freelancer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oeuvre.domains.portfolio.services_uploads.largest", lambda: 100)
    monkeypatch.setattr("oeuvre.domains.portfolio.readers.largest", lambda: 100)
    given = [("nothing.zip", io.BytesIO()), ("nothing.txt", io.BytesIO()), ("much.txt", io.BytesIO(b"a" * 1000))]
    result = services.works_add_many(actor=freelancer.actor, files=given)
    assert [refused.code for refused in result.refused] == ["file_empty", "file_empty", "file_too_large"]


def test_archive__counts_what_its_directory_has_on_the_seam_of_two_chunks() -> None:
    entries = b"PK\x01\x02" * 60_000
    for shift in range(4):
        refusal = attempt(partial(Archive, io.BytesIO(b"PK\x03\x04" + b"-" * shift + entries)))
        assert refusal is not None
        assert (refusal.code, refusal.message.count("60000")) == ("archive_too_many_entries", 1)


def test_limits__let_half_an_hour_of_recordings_through_in_one_upload() -> None:
    wav = 48_000 * 3 * 60  # a minute of mono at 48 kHz and 24 bits
    assert 10 * wav < LIMITS.recording < 100_000_000
    assert 30 * wav < min(LIMITS.archive, UPLOAD_TOTAL)
    assert LIMITS.archive <= UPLOAD_TOTAL


@pytest.mark.django_db
def test_works_add_many__takes_details_from_works_json_in_the_archive(freelancer: User) -> None:
    listed = {
        "author": "Ada Fell",
        "works": [
            {"file": "a.txt", "title": "First", "kind": "speech", "keywords": ["k"], "year": 2019},
            {"file": "sub/b.txt", "title": "Second", "rights": "client_consented", "evidence": "Mail of 3 May"},
            {"file": "c.txt", "rights": "not-for-training"},
            {"file": "gone.txt", "title": "Missing"},
        ],
    }
    data = zip_of(
        {
            "folder/works.json": json.dumps(listed),
            "folder/a.txt": prose(1),
            "folder/sub/b.txt": prose(2),
            "folder/c.txt": prose(3),
            "folder/d.txt": prose(4),
            "__MACOSX/folder/._a.txt": b"\x00\x05\x16\x07",
            "folder/.DS_Store": b"\x00\x00",
        }
    )
    result = upload(freelancer, ("works.zip", data), rights="licensed", terms="CC BY 4.0")
    works = {work.filename: work for work in result.added}
    assert (works["a.txt"].title, works["a.txt"].kind, works["a.txt"].year) == ("First", "speech", 2019)
    assert (works["b.txt"].rights, works["b.txt"].evidence, works["b.txt"].terms) == (
        "client_consented",
        "Mail of 3 May",
        "",
    )
    assert works["c.txt"].rights == "not_for_training"
    assert (works["d.txt"].rights, works["d.txt"].terms, works["d.txt"].title) == ("licensed", "CC BY 4.0", "d")
    assert [(refused.filename, refused.code) for refused in result.refused] == [("gone.txt", "file_missing")]


@pytest.mark.django_db
def test_works_add_many__takes_details_from_a_works_json_among_the_files(freelancer: User) -> None:
    listed = json.dumps([{"file": "a.txt", "title": "First"}]).encode()
    result = upload(freelancer, ("a.txt", TEXT.encode()), ("works.json", listed))
    assert [work.title for work in result.added] == ["First"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "listed", ["{", "[1]", '"a"', '{"works": 3}', '[{"title": "x"}]', '[{"file": 3}]', "[" * 5000, "\ud800"]
)
def test_works_add_many__takes_nothing_beside_a_broken_works_json(freelancer: User, listed: str) -> None:
    data = zip_of({"a.txt": TEXT, "works.json": listed.encode("utf-8", "surrogatepass")})
    result = upload(freelancer, ("works.zip", data))
    assert result.added == []
    assert [refused.code for refused in result.refused] == ["works_list_invalid"]


@pytest.mark.django_db
def test_works_add_many__names_a_wrong_detail_in_works_json_and_goes_on(freelancer: User) -> None:
    listed: list[dict[str, Any]] = [
        {"file": "a.txt", "year": "long ago"},
        {"file": "b.txt", "rights": "mine"},
        {"file": "c.txt", "keywords": {"not": "a list"}},
    ]
    entries: dict[str | zipfile.ZipInfo, bytes | str] = {
        f"{name}.txt": prose(number) for number, name in enumerate("abcd")
    }
    result = upload(freelancer, ("w.zip", zip_of({"works.json": json.dumps(listed), **entries})))
    assert [work.filename for work in result.added] == ["d.txt"]
    assert [refused.code for refused in result.refused] == ["work_invalid"] * 3


def symlink(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = 0o120777 << 16
    return info


@pytest.mark.django_db
def test_works_add_many__refuses_dangerous_entries_one_by_one(freelancer: User) -> None:
    inner = zip_of({"x.txt": prose(9)})
    data = zip_of(
        {
            "../up.txt": prose(1),
            "/etc/passwd": prose(2),
            "C:\\win.txt": prose(3),
            symlink("link.txt"): "/etc/passwd",
            "inner.zip": inner,
            "good.txt": prose(4),
        }
    )
    result = upload(freelancer, ("works.zip", data))
    assert [work.filename for work in result.added] == ["good.txt"]
    assert [refused.code for refused in result.refused] == [
        "archive_unsafe_name",
        "archive_unsafe_name",
        "archive_unsafe_name",
        "archive_link",
        "archive_nested",
    ]


def encrypted_zip() -> bytes:
    """An archive whose only entry says that it is encrypted."""
    data = bytearray(zip_of({"a.txt": TEXT}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        position = data.index(signature) + offset
        data[position : position + 2] = struct.pack("<H", 1)
    return bytes(data)


def lying_zip() -> bytes:
    """An entry of 30 MiB that claims to be 10 bytes."""
    data = bytearray(zip_of({"a.txt": bytes(30 * MB)}))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        position = data.index(signature) + offset
        data[position : position + 4] = struct.pack("<I", 10)
    return bytes(data)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (noise(200), "archive_unreadable"),
        (zip_of({"a.txt": TEXT})[:-10], "archive_unreadable"),
        (zip_of({f"{n}.txt": "x" for n in range(501)}), "archive_too_many_entries"),
        (zip_of({"a.txt": bytes(30 * MB)}), "archive_bomb"),
        (zip_of({f"{n}.txt": bytes(5 * MB) for n in range(41)}), "archive_bomb"),
        (lying_zip(), "archive_unreadable"),
        (encrypted_zip(), "password_protected"),
        (zip_of({"big.txt": b"tide " * (11 * MB // 5)}, stored=True), "file_too_large"),
    ],
    ids=["empty", "noise", "cut", "entries", "dense", "large", "lying", "password", "big entry"],
)
def test_works_add_many__refuses_hostile_archives(freelancer: User, blob_folder: Path, data: bytes, code: str) -> None:
    result = upload(freelancer, ("works.zip", data))
    assert result.added == []
    assert {refused.code for refused in result.refused} == {code}
    assert not list(blob_folder.rglob("*"))


@pytest.mark.django_db
def test_works_add_many__refuses_an_archive_that_is_too_large_before_it_reads_it(
    freelancer: User, tmp_path: Path
) -> None:
    with (tmp_path / "works.zip").open("w+b") as sparse:
        sparse.truncate(LIMITS.archive + 1)
        (refused,) = services.works_add_many(actor=freelancer.actor, files=[("works.zip", sparse)]).refused
    assert (refused.code, "300 MB" in refused.message) == ("file_too_large", True)


def test_archive__counts_what_it_really_unpacks() -> None:
    """The directory is not believed: a deflate stream that goes on after its stated size ends at the limit."""
    packed = zlib.compress(bytes(3 * MB))
    archive = Archive(zip_of({"a.txt": "x" * 100}))
    with pytest.raises(errors.ArchiveBombError):
        archive._check_bomb(len(packed) * 2000)


@pytest.mark.django_db
def test_works_add_many__is_for_freelancers_only(buyer: User) -> None:
    with pytest.raises(PermissionDeniedError):
        upload(buyer, ("a.txt", TEXT.encode()))


def test_works_list_read__keeps_only_what_it_knows() -> None:
    listed = works_list_read(b'\xef\xbb\xbf[{"file": "a.txt", "title": "T", "owner": "somebody else"}]')
    assert listed.about("a.txt") == {"title": "T"}
    assert listed.about("b.txt") == {}
