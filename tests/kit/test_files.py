"""Files that strangers bring: what stays, what is refused and why, and what a small copy of a picture still knows."""

from __future__ import annotations

import base64
import io
import random
import stat
import zipfile
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from oeuvre.kit.files import drawings, errors, pictures, sniffing
from oeuvre.kit.files.checking import CheckedFile, file_check, media_type_of
from oeuvre.kit.files.drawings import drawing_check
from oeuvre.kit.files.naming import base_name, in_words, suffix_of
from oeuvre.kit.files.pictures import EDGE, small_copy

MB = 1024 * 1024
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">%s</svg>'
PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00" + bytes(120)


class Finds:
    """A scanner that knows one file."""

    def scan(self, data: bytes) -> str:
        return "Eicar-Test" if data.startswith(EICAR) else ""


def picture(
    kind: str = "PNG", size: tuple[int, int] = (600, 300), colour: Any = (0, 128, 128), **options: Any
) -> bytes:
    target = io.BytesIO()
    Image.new("RGBA" if len(colour) == 4 else "RGB", size, colour).save(target, kind, **options)
    return target.getvalue()


def zip_of(entries: dict[str, bytes], **options: Any) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return target.getvalue()


def bomb() -> bytes:
    return zip_of({f"{number}.txt": bytes(4 * MB) for number in range(2)})


def link() -> bytes:
    target = io.BytesIO()
    entry = zipfile.ZipInfo("passwords")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    return target.getvalue()


def locked() -> bytes:
    """With the flag of a password set in the entry and in the directory."""
    data = bytearray(zip_of({"a.txt": b"secret"}))
    data[6] |= 1
    directory = data.index(b"PK\x01\x02")
    data[directory + 8] |= 1
    return bytes(data)


def check(name: str, data: bytes, most: int = 20 * MB) -> CheckedFile:
    return file_check(name, data, most=most)


TAKEN = [
    ("photo.png", picture(), sniffing.PNG),
    ("photo.JPG", picture("JPEG"), sniffing.JPEG),
    ("loop.gif", picture("GIF"), sniffing.GIF),
    ("photo.webp", picture("WEBP"), sniffing.WEBP),
    ("plan.pdf", b"%PDF-1.7\n1 0 obj\n", sniffing.PDF),
    ("letter.docx", zip_of({"word/document.xml": b"<w/>", "[Content_Types].xml": b"<T/>"}), sniffing.DOCX),
    ("sheet.xlsx", zip_of({"xl/workbook.xml": b"<w/>", "[Content_Types].xml": b"<T/>"}), sniffing.XLSX),
    ("text.odt", zip_of({"mimetype": sniffing.ODT.encode(), "content.xml": b"<x/>"}), sniffing.ODT),
    ("code.zip", zip_of({"app/main.py": b"print()", "app/run.sh": b"#!/bin/sh\n", "site/index.html": b"<html>"}), sniffing.ZIP),
    ("drawing.svg", (SVG % '<path d="M0 0"/><use xlink:href="#a"/>').encode(), "image/svg+xml"),
    ("notes.txt", "Grüße, 世界".encode(), "text/plain"),
    ("notes", b"no ending", "text/plain"),
    ("README.md", b"<h1>Title</h1>\n", "text/markdown"),
    ("table.csv", b"a,b\n1,2\n", "text/csv"),
    ("tool.py", b"#!/usr/bin/env python3\nprint()\n", "text/plain"),
    ("view.vue", b"<!doctype html>\n<template></template>", "text/plain"),
    ("song.mp3", b"ID3\x04\x00" + bytes(200), sniffing.MP3),
    ("song.wav", b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(50), sniffing.WAV),
    ("film.mp4", b"\x00\x00\x00\x20ftypisom" + bytes(50), sniffing.MP4),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "media_type"), TAKEN, ids=[row[0] for row in TAKEN])
def test_file_check__takes_what_people_send_each_other(name: str, data: bytes, media_type: str) -> None:
    checked = check(name, data)
    assert (checked.media_type, checked.name, checked.data) == (media_type, name, data)
    assert (checked.small is not None) == (media_type in pictures.DECODERS)


REFUSED = [
    ("empty.txt", b" \n", errors.FileEmptyError),
    ("large.txt", b"x" * (MB + 1), errors.FileTooLargeError),
    ("setup.exe", PROGRAM, errors.ProgramError),
    ("invoice.pdf.exe", PROGRAM, errors.ProgramError),
    ("invoice.pdf", PROGRAM, errors.ProgramError),
    ("photo.png", PROGRAM, errors.ProgramError),
    ("tool", b"\x7fELF" + bytes(60), errors.ProgramError),
    ("tool.txt", b"\xcf\xfa\xed\xfe" + bytes(60), errors.ProgramError),
    ("run.sh", b"echo hello", errors.ProgramError),
    ("run", b"#!/bin/sh\nrm -rf ~\n", errors.ProgramError),
    ("page.js", b"alert(1)", errors.ProgramError),
    ("photo.jpg.lnk", b"L\x00\x00\x00\x01\x14\x02\x00" + bytes(60), errors.ProgramError),
    ("app.jar", zip_of({"META-INF/MANIFEST.MF": b"Main-Class: X"}), errors.ProgramError),
    ("app.zip", zip_of({"META-INF/MANIFEST.MF": b"Main-Class: X"}), errors.ProgramError),
    ("paper.ps", b"%!PS-Adobe-3.0\n", errors.ProgramError),
    ("page.html", b"<p>Hello", errors.ActiveContentError),
    ("page.txt", b"<!DOCTYPE html><script>alert(1)</script>", errors.ActiveContentError),
    ("page.txt", "\ufeff<html>".encode("utf-16"), errors.ActiveContentError),
    ("page.md", b"<!-- a --><!-- b --><html><body>", errors.ActiveContentError),
    ("drawing.svg", (SVG % "<script>alert(1)</script>").encode(), errors.ActiveContentError),
    ("drawing.txt", (SVG % '<rect onload="alert(1)"/>').encode(), errors.ActiveContentError),
    ("broken.svg", b"<svg><g></svg>", errors.PictureUnreadableError),
    ("letter.docx", zip_of({"word/document.xml": b"x", "word/vbaProject.bin": b"x"}), errors.ActiveContentError),
    ("letter.odt", zip_of({"mimetype": sniffing.ODT.encode(), "Basic/Standard/M.xml": b"x"}), errors.ActiveContentError),
    ("letter.docm", zip_of({"word/document.xml": b"x"}), errors.TypeMismatchError),
    ("photo.png", picture("JPEG"), errors.TypeMismatchError),
    ("photo.jpg", b"%PDF-1.4 ", errors.TypeMismatchError),
    ("photo.png", b"just words", errors.TypeMismatchError),
    ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), errors.TypeRefusedError),
    ("letter.rtf", b"{\\rtf1 hello}", errors.TypeRefusedError),
    ("noise.bin", random.Random(1).randbytes(2000), errors.TypeRefusedError),
    ("words.foo", b"words", errors.TypeRefusedError),
    ("site.tar.gz", b"\x1f\x8b\x08" + bytes(100), errors.TypeRefusedError),
    ("site.7z", b"7z\xbc\xaf\x27\x1c" + bytes(100), errors.TypeRefusedError),
    ("locked.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), errors.PasswordProtectedError),
    ("bomb.zip", bomb(), errors.ArchiveBombError),
    ("bomb.docx", zip_of({"word/document.xml": bytes(9 * MB)}), errors.ArchiveBombError),
    ("outside.zip", zip_of({"../../.ssh/authorized_keys": b"x"}), errors.UnsafeNameError),
    ("link.zip", link(), errors.LinkEntryError),
    ("locked.zip", locked(), errors.PasswordProtectedError),
    ("nested.zip", zip_of({"inner.zip": zip_of({"a.txt": b"a"})}), errors.NestedArchiveError),
    ("nested.zip", zip_of({"inner.dat": b"Rar!\x1a\x07\x00"}), errors.NestedArchiveError),
    ("hidden.zip", zip_of({"photos/holiday.jpg": PROGRAM}), errors.ProgramError),
    ("hidden.zip", zip_of({"photos/holiday.scr": b"x"}), errors.ProgramError),
    ("many.zip", zip_of({f"{n}.txt": b"" for n in range(2001)}), errors.TooManyEntriesError),
    ("cut.zip", zip_of({"a.txt": b"x" * 999})[:60], errors.ArchiveUnreadableError),
    ("cut.png", picture()[:200], errors.PictureUnreadableError),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "data", "error"), REFUSED, ids=[f"{number}-{row[0]}" for number, row in enumerate(REFUSED)]
)
def test_file_check__refuses_with_a_reason_that_says_what_to_do(name: str, data: bytes, error: type) -> None:
    with pytest.raises(error) as caught:
        check(name, data, most=MB if name == "large.txt" else 20 * MB)
    assert type(caught.value) is error
    assert caught.value.message.count(".") >= 1


@pytest.mark.parametrize(
    "inside",
    [
        '<a xlink:href="javascript:alert(1)"><text>x</text></a>',
        '<a xlink:href="java\nscript:alert(1)"/>',
        '<image href="https://example.org/a.png"/>',
        '<image href="//example.org/a.png"/>',
        '<image href="/etc/hostname"/>',
        '<image xlink:href="../a.png"/>',
        '<use href="other.svg#a"/>',
        '<set attributeName="fill" to="https://example.org/a"/>',
        '<image href="data:text/html,x"/>',
        "<foreignObject><body/></foreignObject>",
        '<set attributeName="onclick" to="alert(1)"/>',
        '<animate attributeName="xlink:href" values="javascript:alert(1)"/>',
        "<style>@import url(https://example.org/a.css)</style>",
        '<style>rect{fill:url("https://example.org/a")}</style>',
        "<style>@\\69mport 'a'</style>",
        '<rect style="fill:url(https://example.org/x#a)"/>',
        '<x:script xmlns:x="http://www.w3.org/2000/svg">alert(1)</x:script>',
        "<?xml-stylesheet href='a.xsl'?>",
        '<g xml:base="https://example.org/"/>',
        '<g xml:base="http://example.com/"><use href="#a"/></g>',
    ],
)
def test_drawing_check__refuses_what_runs_or_leads_elsewhere(inside: str) -> None:
    with pytest.raises(errors.ActiveContentError):
        drawing_check((SVG % inside).encode())


def test_drawing_check__refuses_entities_and_other_documents() -> None:
    bomb = '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + SVG % "<text>&b;</text>"
    for document in (bomb, "<html/>", '<?xml-stylesheet href="a.xsl"?>' + SVG % ""):
        with pytest.raises(errors.ActiveContentError):
            drawing_check(document.encode())


@pytest.mark.parametrize(
    "inside",
    [
        '<linearGradient id="g"/><rect fill="url(#g)" style="stroke:url(#g)"/>',
        '<image href="data:image/png;base64,iVBO"/>',
        '<style>.a{fill:url("#g")} .b{background:url(data:image/png;base64,iVBO)}</style>',
        "<!-- made by a program --><title>A boat</title>",
        '<animate attributeName="x" from="0" to="9" values="0;9"/>',
        r'<g xmlns:i="http://www.inkscape.org/namespaces/inkscape" i:export-filename="C:\works\cap.png"/>',
        "<metadata><?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><?xpacket end='w'?></metadata>",
    ],
)
def test_drawing_check__takes_what_drawing_programs_write(inside: str) -> None:
    drawing_check(("<?xml version='1.0'?>" + SVG % inside).encode())


def sized(attributes: str, inside: str = "") -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{inside}</svg>'.encode()


@pytest.mark.parametrize(
    "attributes",
    [
        'width="30000" height="5"',
        'width="6" height="600cm"',
        'viewBox="0 0 9 1e9"',
        'width="100%" viewBox="0,0,20001,9"',
    ],
)
def test_drawing_check__refuses_a_canvas_that_fills_the_memory(attributes: str) -> None:
    with pytest.raises(errors.PictureTooLargeError, match="20000 each way"):
        drawing_check(sized(attributes))


@pytest.mark.parametrize(
    "attributes",
    ['width="20000" height="5"', 'width="100%" viewBox="0 0 9 9"', 'width="9" height="9" viewBox="0 0 1e9 1e9"'],
)
def test_drawing_check__takes_a_canvas_of_some_metres(attributes: str) -> None:
    drawing_check(sized(attributes))


def test_drawing_check__follows_repetition_without_drawing_it() -> None:
    def doubled(times: int) -> bytes:
        uses = "".join(f'<g id="g{n}"><use href="#g{n - 1}"/><use href="#g{n - 1}"/></g>' for n in range(1, times))
        return sized("", f'<defs><g id="g0"/>{uses}</defs><use href="#g{times - 1}"/>')

    drawing_check(doubled(10))
    endless = sized("", '<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>')
    for document in (doubled(40), endless, sized("", "<g>" * 240 + "</g>" * 240)):
        with pytest.raises(errors.PictureTooLargeError, match="repeats"):
            drawing_check(document)


def test_drawing_check__counts_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawings, "MOST_ELEMENTS", 20)
    drawing_check(sized("", "<g/>" * 19))
    with pytest.raises(errors.PictureTooLargeError, match="too many parts"):
        drawing_check(sized("", "<g/>" * 20))


def test_drawing_check__looks_at_the_size_of_the_pictures_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    carried = f'<image href="data:image/png;base64,{base64.b64encode(picture()).decode()}"/>'
    monkeypatch.setattr(drawings, "MOST_NESTED_PIXELS", 2 * 600 * 300)
    drawing_check(sized("", carried * 2))
    with pytest.raises(errors.PictureTooLargeError, match="pictures inside"):
        drawing_check(sized("", carried * 3))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(errors.PictureTooLargeError, match="pictures inside"):
        drawing_check(sized("", carried))


def test_small_copy__keeps_nothing_of_the_original_but_its_pixels() -> None:
    exif, note = Image.Exif(), PngInfo()
    exif[0x010E] = "taken at home"
    note.add_text("Comment", "taken at home")
    for data, kind in (
        (picture("JPEG", exif=exif) + b"taken at home", sniffing.JPEG),
        (picture(pnginfo=note), sniffing.PNG),
    ):
        small = small_copy(data, kind)
        assert b"taken at home" in data
        assert b"taken at home" not in small.data
        assert (small.width, small.height) == (600, 300)
        with Image.open(io.BytesIO(small.data)) as copy:
            assert (copy.format, copy.size, dict(copy.getexif())) == ("WEBP", (EDGE, EDGE // 2), {})


def test_small_copy__stands_the_right_way_up_and_keeps_transparency() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(io.BytesIO(small_copy(picture("JPEG", exif=exif), sniffing.JPEG).data)) as turned:
        assert turned.size == (EDGE // 2, EDGE)
    with Image.open(io.BytesIO(small_copy(picture(colour=(0, 128, 128, 9)), sniffing.PNG).data)) as clear:
        assert clear.mode == "RGBA"


def test_small_copy__opens_no_picture_that_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_PIXELS", 600 * 300 - 1)
    with pytest.raises(errors.PictureTooLargeError):
        small_copy(picture(), sniffing.PNG)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(errors.PictureTooLargeError):
        small_copy(picture(), sniffing.PNG)


def test_small_copy__lets_the_bytes_choose_no_other_reader() -> None:
    with pytest.raises(errors.PictureUnreadableError):
        small_copy(picture("TIFF"), sniffing.PNG)


def test_file_check__asks_the_scanner(settings: Any) -> None:
    assert check("eicar.txt", EICAR).media_type == "text/plain"
    settings.PORTS = {**settings.PORTS, "scanner": ("tests.kit.test_files.Finds", {})}
    with pytest.raises(errors.InfectedError, match="Eicar-Test"):
        check("eicar.txt", EICAR)
    assert check("fine.txt", b"fine").name == "fine.txt"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\letters\\One.PDF", "One.PDF"),
        ("../../etc/passwd", "passwd"),
        ("a\u202egpj.exe", "a gpj.exe"),
        ('we<i>rd:"name"?.txt', "we i rd name .txt"),
        ("...", ""),
        ("x" * 300 + ".png", "x" * 116 + ".png"),
    ],
)
def test_base_name__can_be_written_to_any_disk(given: str, kept: str) -> None:
    assert base_name(given) == kept


def test_file_check__names_what_came_without_a_usable_name() -> None:
    assert check("...", picture()).name == "file.png"


def test_names__and_sizes() -> None:
    assert (suffix_of("A.B\\c.TXT"), suffix_of("none")) == (".txt", "")
    assert (in_words(20 * MB), in_words(512 * 1024)) == ("20 MB", "512 KB")
    assert media_type_of("a.opus", b"OggS\x00" + bytes(30)) == sniffing.OGG
