"""Sketches: what is left of a work when another text has to be compared with it, but nobody may read it.

A sketch holds hashes of some of a work's shingles (every 8 words in a row), made with a secret key. From it one can tell
which part of a short text stands in the work too, and nothing else: neither a word, nor, without the key, whether any
given sentence is in it. An index is a file of many works' sketches, each under an id that means something to whoever
made it.

Shingles, containment and sampling by modulus are Broder 1997, "On the resemblance and containment of documents"; a
sketch of either text sampled by one modulus estimates containment without bias, which a MinHash signature does not.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
import struct
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from oeuvre_studio.errors import OthersIndexError

SHINGLE = 8
"""Words in a shingle: two texts share one where one copied, or where both use a set phrase."""

MODULUS = 4
"""One shingle in so many is kept, the same ones everywhere: two bytes a word of a work."""

KEY_BYTES = 32

_MAGIC = b"oeuvre others 1\n"
_RECORD = struct.Struct("<HI")
"""Bytes of the id and number of hashes; a record without an id ends the file and tells the number of works."""

_HASH_BYTES = 8
_WORD = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|[^\W_]+")
"""A word, or one character of the scripts that write no spaces (Thai, kana, Han)."""


@dataclasses.dataclass(frozen=True)
class Shingle:
    """A sampled shingle of a text: its keyed hash, and where in the text it stands."""

    value: int
    start: int
    end: int


def shingles(text: str, key: bytes) -> list[Shingle]:
    """The sampled shingles of a text in order; case, punctuation and layout make no difference."""
    places = list(_WORD.finditer(text))
    words = [unicodedata.normalize("NFKC", place.group()).casefold() for place in places]
    found: list[Shingle] = []
    for first in range(len(words) - SHINGLE + 1):
        digest = hashlib.blake2b(" ".join(words[first : first + SHINGLE]).encode(), digest_size=_HASH_BYTES, key=key)
        value = int.from_bytes(digest.digest(), "little")
        if value % MODULUS == 0:
            found.append(Shingle(value, places[first].start(), places[first + SHINGLE - 1].end()))
    return found


def sketch(text: str, key: bytes) -> bytes:
    """The sketch of a work: its sampled shingles' hashes, ascending, 8 bytes each, little-endian."""
    values = sorted({shingle.value for shingle in shingles(text, key)})
    return struct.pack(f"<{len(values)}Q", *values)


def key_id(key: bytes) -> str:
    """16 hexadecimal digits that tell one key from another and say nothing about it."""
    return hashlib.blake2b(b"key id", digest_size=8, key=key).hexdigest()


def read_sketch_key(file: Path) -> bytes:
    """The key in a file: 64 hexadecimal digits.

    Raises:
        OthersIndexError: there is no such file, or it holds something else.
    """
    try:
        key = bytes.fromhex(file.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise OthersIndexError(f"{file} cannot be read as a key of {2 * KEY_BYTES} hexadecimal digits.") from error
    if len(key) != KEY_BYTES:
        raise OthersIndexError(f"{file} holds {len(key)} bytes; a key has {KEY_BYTES}, as hexadecimal digits.")
    return key


def write_index(stream: BinaryIO, works: Iterable[tuple[str, bytes]], *, key: bytes) -> int:
    """Write ``(id, sketch)`` of each work; returns how many there were. The key itself is not written."""
    stream.write(_MAGIC + key_id(key).encode() + b"\n")
    count = 0
    for name, content in works:
        written = name.encode()
        stream.write(_RECORD.pack(len(written), len(content) // _HASH_BYTES) + written + content)
        count += 1
    stream.write(_RECORD.pack(0, count))
    return count


def read_index(stream: BinaryIO, *, key: bytes) -> Iterator[tuple[str, bytes]]:
    """``(id, sketch)`` of each work of an index, one at a time.

    Raises:
        OthersIndexError: it is no index, is cut off, or was made with another key.
    """
    head = _MAGIC + key_id(key).encode() + b"\n"
    found = stream.read(len(head))
    if not found.startswith(_MAGIC):
        raise OthersIndexError("This is no index of others' works.")
    if found != head:
        raise OthersIndexError("The index was made with another key than the one given. Make it again with this one.")
    count = 0
    while True:
        size, hashes = _RECORD.unpack(_exactly(stream, _RECORD.size))
        if size == 0:
            break
        name = _exactly(stream, size).decode()
        yield name, _exactly(stream, hashes * _HASH_BYTES)
        count += 1
    if hashes != count:
        raise OthersIndexError("The index is damaged: works are missing from it. Make it again.")


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise OthersIndexError("The index is cut off. Make it again.")
    return data
