"""What a file is, going by its bytes. Its name is never believed here."""

from __future__ import annotations

import codecs
import io
import re
import zipfile

import puremagic
from charset_normalizer import from_bytes

PDF = "application/pdf"
ZIP = "application/zip"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
ODT = "application/vnd.oasis.opendocument.text"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
ODP = "application/vnd.oasis.opendocument.presentation"
EPUB = "application/epub+zip"
PACKAGE = "application/x-package"
"""A ZIP file that is something else: a macro document, an unknown office format."""
OLE = "application/x-ole-storage"
"""Office documents of before 2007, and Windows installers."""
RTF = "application/rtf"
PNG, JPEG, GIF, WEBP, AVIF, TIFF = (f"image/{name}" for name in ("png", "jpeg", "gif", "webp", "avif", "tiff"))
HEIC = "image/heic"
PSD = "image/vnd.adobe.photoshop"
MP3, WAV, FLAC, OGG, M4A = (f"audio/{name}" for name in ("mpeg", "wav", "flac", "ogg", "mp4"))
MP4, QUICKTIME, MATROSKA, AVI = (f"video/{name}" for name in ("mp4", "quicktime", "webm", "x-msvideo"))
POSTSCRIPT = "application/postscript"
PROGRAM = "application/x-executable"
PACKED = "application/x-compressed"
"""An archive that nobody here looks into."""

_SOURCES = (
    ".py .js .mjs .ts .tsx .jsx .css .scss .c .h .cc .cpp .hpp .cs .java .kt .go .rs .rb .php .pl .swift .scala .sql .sh "
    ".lua .r .jl .ex .exs .erl .hs .ml .clj .dart .zig .vue .svelte .tex .yaml .yml .toml .ini .json"
)
SOURCE_SUFFIXES = frozenset(_SOURCES.split())
"""Names of source files, which are texts."""

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"8BPS\x00", PSD),
    (b"fLaC\x00", FLAC),
    (b"OggS\x00", OGG),
    (b"\x1aE\xdf\xa3", MATROSKA),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
    (b"{\\rtf", RTF),
    (b"%!PS", POSTSCRIPT),
    (b"\xc5\xd0\xd3\xc6", POSTSCRIPT),
    (b"\x7fELF", PROGRAM),
    (b"\xfe\xed\xfa\xce", PROGRAM),  # Mach-O, in both byte orders and widths
    (b"\xfe\xed\xfa\xcf", PROGRAM),
    (b"\xce\xfa\xed\xfe", PROGRAM),
    (b"\xcf\xfa\xed\xfe", PROGRAM),
    (b"\xca\xfe\xba\xbe", PROGRAM),  # a universal Mach-O, or a Java class
    (b"\x00asm", PROGRAM),
    (b"dex\n", PROGRAM),
    (b"L\x00\x00\x00\x01\x14\x02\x00", PROGRAM),  # a Windows shortcut
    (b"!<arch>\n", PROGRAM),
    (b"\xed\xab\xee\xdb", PROGRAM),
    (b"MSCF\x00", PROGRAM),
    (b"xar!", PROGRAM),
    (b"\x1f\x8b", PACKED),
    (b"\xfd7zXZ\x00", PACKED),
    (b"7z\xbc\xaf\x27\x1c", PACKED),
    (b"Rar!\x1a\x07", PACKED),
    (b"\x28\xb5\x2f\xfd", PACKED),
)
"""First bytes of formats; those that a text could begin with are told more exactly below."""
_RIFF = {b"WAVE": WAV, b"WEBP": WEBP, b"AVI ": AVI}
_BRANDS = {b"avif": AVIF, b"avis": AVIF, b"heic": HEIC, b"heix": HEIC, b"mif1": HEIC, b"M4A ": M4A, b"qt  ": QUICKTIME}
"""Major brands of ISO media files (ISO/IEC 14496-12, 4.3); every other is taken for a film."""
_MPEG_AUDIO = frozenset({0xFB, 0xFA, 0xF3, 0xF2, 0xE3, 0xE2})
"""Second bytes of an MPEG audio frame, layer III (ISO/IEC 11172-3, 2.4.2.3); 0xFF stands before them."""
_TAR = (257, b"ustar")
_ISO = (0x8001, b"CD001")
_PARTS = {"word/document.xml": DOCX, "xl/workbook.xml": XLSX, "ppt/presentation.xml": PPTX}
_STATED = {kind.encode(): kind for kind in (ODT, ODS, ODP, EPUB)}
_RUN = frozenset({"META-INF/MANIFEST.MF", "AndroidManifest.xml", "classes.dex"})
"""Members that make a ZIP file a Java or Android program."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MULTIBYTE = re.compile(rb"[\xc3-\xf4][\x80-\xbf]+")
_SURROGATE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f\ufffe\uffff]")
# Atomic groups: without them a row of comments can be divided in so many ways that the search never ends.
_HTML_START = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?><!--.*?-->\s*)*+<(?:!doctype\s+html|html)\b", re.I | re.S)
_SVG_START = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?><!--.*?-->\s*|<\?[^>]*>\s*|<!doctype\s+svg[^>\[]*(?:\[.*?\]\s*)?>\s*)*+<(?:\w+:)?svg\b",
    re.I | re.S,
)
_HEAD = 4096
_CODE_PAGES = (
    ["cp1252"],
    ["cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "koi8_r", "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr"],
)
"""What texts that are not UTF-8 are in. Western European comes first by itself: the curly quotes and few accents of an
English or Portuguese text look just as good in other code pages, and there guessing gives wrong letters."""


def format_of(data: bytes) -> str | None:
    """One of the constants of this module; None for what is none of them, a text for instance."""
    if data[:1024].lstrip().startswith(b"%PDF-"):
        return PDF
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _zip_format(data)
    for start, found in _MAGIC:
        if data.startswith(start):
            return found
    return _by_place(data)


def _by_place(data: bytes) -> str | None:
    if data.startswith(b"RIFF") and (found := _RIFF.get(data[8:12])):
        return found
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], MP4)
    if (data.startswith(b"ID3") and data[3:4] < b"\x10") or (
        len(data) > 1 and data[0] == 0xFF and data[1] in _MPEG_AUDIO
    ):
        return MP3
    if data.startswith(b"MZ") and b"\x00" in data[:64]:
        return PROGRAM
    if data.startswith(b"BZh") and data[4:10] == b"1AY&SY":
        return PACKED
    if data[_TAR[0] :].startswith(_TAR[1]) or data[_ISO[0] :].startswith(_ISO[1]):
        return PACKED
    return None


def _zip_format(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            stated = b""
            if "mimetype" in names:
                with archive.open("mimetype") as stream:
                    stated = stream.read(100).strip()
    except Exception:  # a damaged archive fails in many ways; unpacking will say what is wrong with it
        return ZIP
    if _RUN & names and stated not in _STATED:
        return PROGRAM
    for part, found in _PARTS.items():
        if part in names:
            return found
    if stated in _STATED:
        return _STATED[stated]
    return PACKAGE if "[Content_Types].xml" in names or "mimetype" in names else ZIP


def is_encrypted_office(data: bytes) -> bool:
    """Whether an OLE file is a present-day Office document under a password ([MS-OFFCRYPTO] 2.1.1)."""
    return "EncryptedPackage".encode("utf-16-le") in data


def starts_as_html(text: str) -> bool:
    """Whether it begins as a whole web page does."""
    return bool(_HTML_START.match(text[:_HEAD]))


def starts_as_svg(text: str) -> bool:
    return bool(_SVG_START.match(text[:_HEAD]))


def text_of(data: bytes) -> str | None:
    """The text of bytes that should be text, line ends as they are, without a byte order mark; None where it is none.

    UTF-8, or what a byte order mark says; else a legacy code page where it is plain enough which one.
    """
    text = _decoded(data)
    return None if text is None or _CONTROLS.search(text) else text


def _decoded(data: bytes) -> str | None:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data.decode(encoding).removeprefix("\ufeff")
            except UnicodeDecodeError:
                return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        if b"\x00" in data or (_MULTIBYTE.search(data) and _is_utf8_mostly(data)):
            return None
    for pages in _CODE_PAGES:
        best = from_bytes(data, cp_isolation=pages).best()
        if best is not None and best.chaos <= 0.2:
            return str(best)
    return None


def _is_utf8_mostly(data: bytes) -> bool:
    """Damaged UTF-8 rather than a legacy code page: more of its high bytes are in valid sequences than not."""
    if _SURROGATE.search(data):
        return True
    strange = len(re.findall(rb"[\x80-\xff]", data))
    lost = data.decode("utf-8", "replace").count("\N{REPLACEMENT CHARACTER}")
    return strange > 2 * lost


def is_controlled(data: bytes) -> bool:
    """Whether there are control characters in it that no text has."""
    return b"\x00" in data or bool(_CONTROLS.search(data.decode("latin-1").replace("\x7f", "")))


def known_name(data: bytes) -> str:
    """What strange bytes are called, in English, where it is plain enough; else empty."""
    try:
        known = puremagic.magic_string(data[: 1 << 16])
    except (puremagic.PureError, ValueError):
        return ""
    return str(known[0].name) if known and known[0].confidence >= 0.4 else ""
