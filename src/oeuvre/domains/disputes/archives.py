"""A bundle of evidence as a ZIP file: parts, a list of them with their hashes, and the platform's signature on the list."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder

from oeuvre.kit.files.naming import base_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MANIFEST = "manifest.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Entry:
    """One part. ``data`` is None for a file that is only named: its hash and size are known, and it is kept elsewhere."""

    path: str
    data: bytes | None
    about: str
    sha256: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class Packed:
    """A finished bundle."""

    data: bytes
    sha256: str
    files: int
    left_out: int


def json_entry(path: str, value: Any, about: str) -> Entry:
    """A part that people and programs can read."""
    text = json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
    return Entry(path, text.encode(), about)


def pack(entries: Iterable[Entry], *, head: dict[str, Any], sign: Callable[[dict[str, Any]], dict[str, Any]]) -> Packed:
    """The parts in one file. The same parts give the same parts' hashes; the list says of each where it comes from.

    ``manifest.json`` is the signed list: ``{payload: {…head, entries: [{path, sha256, size, about, included}]}, signature …}``.
    """
    target = io.BytesIO()
    rows: list[dict[str, Any]] = []
    taken: set[str] = set()
    with zipfile.ZipFile(target, "w") as archive:
        for entry in entries:
            path = _free(_safe(entry.path), taken)
            taken.add(path)
            rows.append(_row(path, entry))
            if entry.data is not None:
                _write(archive, path, entry.data)
        _write(archive, MANIFEST, json_entry(MANIFEST, sign({**head, "entries": rows}), "").data or b"")
    data = target.getvalue()
    left_out = sum(not row["included"] for row in rows)
    return Packed(data, hashlib.sha256(data).hexdigest(), len(rows) - left_out, left_out)


def read(data: bytes, path: str) -> Any:
    """A JSON part of a bundle. Raises KeyError for one that is not there."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return json.loads(archive.read(path))


def _row(path: str, entry: Entry) -> dict[str, Any]:
    known = entry.data is not None
    return {
        "path": path,
        "sha256": hashlib.sha256(entry.data).hexdigest() if entry.data is not None else entry.sha256,
        "size": len(entry.data) if entry.data is not None else entry.size,
        "about": entry.about,
        "included": known,
    }


def _write(archive: zipfile.ZipFile, path: str, data: bytes) -> None:
    """Pictures and recordings are compressed already; the rest is small."""
    info = zipfile.ZipInfo(path, date_time=_EPOCH)
    info.external_attr = 0o600 << 16
    archive.writestr(info, data, zipfile.ZIP_DEFLATED if path.endswith((".json", ".txt")) else zipfile.ZIP_STORED)


def _safe(path: str) -> str:
    """Folders of ours, and a name that came from people without anything that leads out of them."""
    folder, _slash, name = path.rpartition("/")
    name = base_name(name) or "file"
    return f"{folder}/{name}" if folder else name


def _free(path: str, taken: set[str]) -> str:
    stem, dot, ending = path.rpartition(".")
    if not dot or "/" in ending:
        stem, ending = path, ""
    found, number = path, 1
    while found in taken or found == MANIFEST:
        number += 1
        found = f"{stem}-{number}{dot if ending else ''}{ending}"
    return found
