"""Bytes that a C2PA signature leaves free, checked so that not one byte of a file of ours can change.

C2PA's hashes bind the content, the assertions, the claim and the signing certificate. They leave out the
padding of the signature, the lengths and labels of the boxes that hold these parts (JUMBF, ISO 19566-5), and,
in a ZIP, local headers and a directory that was appended to. None of it can change what a file says, but a
file that differs from the one we made should never be called intact.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, cast

import cbor2
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from oeuvre.kit.provenance import CredentialProblem, DocumentFormat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypdf.generic import ArrayObject, DictionaryObject, StreamObject

MANIFEST_MEMBER = "META-INF/content_credential.c2pa"
ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError, OSError, ValueError)
"""What ``zipfile`` raises for packages that are damaged or meant to harm."""
_UUID_TAIL = b"\x00\x11\x00\x10\x80\x00\x00\xaa\x00\x38\x9b\x71"
_MANIFEST_PARTS = {
    "c2pa.assertions", "c2pa.claim", "c2pa.claim.v2", "c2pa.signature", "c2pa.credentials", "c2pa.databoxes",
}  # fmt: skip
_PLAIN, _SALTED = 0x03, 0x13
"""Description toggles: requestable and labelled; the same with a salt."""
_HEADERS = {"pad", "pad2", "sigTst", "sigTst2", "rVals"}
"""What C2PA allows in a COSE signature outside of what is signed (§14.2, §15)."""


class _UncoveredError(Exception):
    """A byte is not what the makers of the file wrote."""


def problems(data: bytes, mime: str, sidecar: bytes | None) -> tuple[CredentialProblem, ...]:
    """What is wrong with the free bytes of the file and its manifest store; nothing for other formats."""
    try:
        if sidecar is not None:
            _check_store(sidecar)
        elif mime == DocumentFormat.DOCX.mime:
            _check_package(data)
        elif mime == DocumentFormat.PDF.mime:
            _check_store(_store_of_pdf(data))
    except _UncoveredError as error:
        return (CredentialProblem("oeuvre.uncovered", str(error)),)
    return ()


def _store_of_pdf(data: bytes) -> bytes:
    try:
        catalogue = cast("DictionaryObject", PdfReader(io.BytesIO(data)).trailer["/Root"])
        for file in cast("ArrayObject", catalogue["/AF"]):
            specification = cast("DictionaryObject", file.get_object())
            if specification.get("/AFRelationship") == "/C2PA_Manifest":
                files = cast("DictionaryObject", specification["/EF"])
                return cast("StreamObject", files["/F"].get_object()).get_data()
    except (PyPdfError, KeyError, AttributeError, TypeError, ValueError) as error:
        raise _UncoveredError("The PDF's list of attached files is damaged.") from error
    raise _UncoveredError("The PDF's list of attached files does not name the credentials.")


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The boxes that fill ``data`` exactly: (type, payload)."""
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size < 8 or at + size > len(data):
            raise _UncoveredError("A box of the credentials has a wrong length.")
        yield data[at + 4 : at + 8], data[at + 8 : at + size]
        at += size


def _superbox(payload: bytes, *, salted: bool = False) -> tuple[bytes, str, list[tuple[bytes, bytes]]]:
    """A ``jumb`` box's (type, label, content boxes)."""
    (kind, description), *content = _boxes(payload) if payload else [(b"", b"")]
    toggles, label, rest = (*_described(description),)
    expected = (_PLAIN, _SALTED) if salted else (_PLAIN,)
    if kind != b"jumd" or toggles not in expected or (rest and toggles == _PLAIN):
        raise _UncoveredError("A box of the credentials is described wrongly.")
    return description[:4], label, content


def _described(description: bytes) -> tuple[int, str, bytes]:
    name, end, rest = description[17:].partition(b"\x00")
    if not end or description[4:16] != _UUID_TAIL:
        raise _UncoveredError("A box of the credentials has no label.")
    return description[16], name.decode("latin-1"), rest


def _inner(content: list[tuple[bytes, bytes]]) -> Iterator[bytes]:
    for kind, payload in content:
        if kind != b"jumb":
            raise _UncoveredError("A box of the credentials is of the wrong kind.")
        yield payload


def _check_store(store: bytes) -> None:
    outer = list(_boxes(store))
    if len(outer) != 1 or outer[0][0] != b"jumb":
        raise _UncoveredError("There is more beside the credentials.")
    kind, label, manifests = _superbox(outer[0][1])
    if (kind, label) != (b"c2pa", "c2pa"):
        raise _UncoveredError("The store of the credentials is labelled wrongly.")
    for manifest in _inner(manifests):
        _, _, parts = _superbox(manifest)
        for part in _inner(parts):
            _check_part(part)


def _check_part(part: bytes) -> None:
    _, label, content = _superbox(part)
    if label not in _MANIFEST_PARTS:
        raise _UncoveredError(f"The credentials have an unknown part, {label!r}.")
    if label == "c2pa.signature":
        if [kind for kind, _ in content] != [b"cbor"]:
            raise _UncoveredError("The box of the signature holds something else.")
        _check_signature(content[0][1])
    elif label == "c2pa.assertions":
        for assertion in _inner(content):
            _superbox(assertion, salted=True)


def _check_signature(encoded: bytes) -> None:
    """A COSE_Sign1 [protected, unprotected, nil, signature] with nothing hidden in its unsigned half."""
    try:
        message = cbor2.loads(encoded)
        _, unprotected, payload, _ = message.value
        unknown = set(unprotected) - _HEADERS
        again = cbor2.dumps(message)
    except (cbor2.CBORError, AttributeError, TypeError, ValueError) as error:
        raise _UncoveredError("The signature is not in COSE.") from error
    padding = b"".join(unprotected.get(name, b"") for name in ("pad", "pad2"))
    if payload is not None or unknown or padding.strip(b"\x00") or again != encoded:
        raise _UncoveredError("The padding of the signature was changed.")


def _check_package(data: bytes) -> None:
    """A ZIP whose local headers repeat its directory, and where nothing lies between the members.

    The one exception is the directory of the file before it was signed, which c2pa leaves behind: it must
    be the start of the present one, byte for byte.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            members = sorted(package.infolist(), key=lambda member: member.header_offset)
            start = package.start_dir
            store = package.read(MANIFEST_MEMBER)
    except (*ZIP_ERRORS, KeyError) as error:
        raise _UncoveredError("The package is not a sound ZIP.") from error
    entries = _entries(data[start:])
    at, gaps = 0, b""
    for member in members:
        gaps += data[at : member.header_offset]
        at = _end_of(data, member, entries)
    gaps += data[at:start]
    if gaps and not data[start:].startswith(gaps):
        raise _UncoveredError("There are bytes between the members of the package.")
    _check_store(store)


def _entries(directory: bytes) -> dict[bytes, bytes]:
    """Name → the 26 bytes that a directory entry shares with the member's local header."""
    found: dict[bytes, bytes] = {}
    at = 0
    while directory[at : at + 4] == b"PK\x01\x02":
        name, extra, comment = (int.from_bytes(directory[at + i : at + i + 2], "little") for i in (28, 30, 32))
        found[directory[at + 46 : at + 46 + name]] = directory[at + 6 : at + 32]
        at += 46 + name + extra + comment
    return found


def _end_of(data: bytes, member: zipfile.ZipInfo, entries: dict[bytes, bytes]) -> int:
    at, name = member.header_offset, member.orig_filename.encode()
    header = data[at : at + 30]
    extra = int.from_bytes(header[28:30], "little")
    if header[:4] != b"PK\x03\x04" or header[4:] != entries.get(name) or data[at + 30 : at + 30 + len(name)] != name:
        raise _UncoveredError(f"The header of {member.filename} differs from the directory.")
    return at + 30 + len(name) + extra + member.compress_size


def has_manifest(data: bytes) -> bool:
    """Whether a ZIP has a member for credentials; False for what is no ZIP."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            return MANIFEST_MEMBER in package.namelist()
    except ZIP_ERRORS:
        return re.search(re.escape(MANIFEST_MEMBER).encode(), data) is not None
