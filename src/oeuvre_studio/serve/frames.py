"""Messages between the server and its workers: a header in JSON, then bytes as they are. Never a pickle: a worker reads what
strangers bring, and what it answers must not be able to run code here.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from typing import Any

_LENGTH = struct.Struct(">I")


def pack_frame(header: dict[str, Any], blobs: Sequence[bytes] = ()) -> bytes:
    """A message: length of the header, the header, the blobs."""
    told = json.dumps({**header, "blobs": [len(blob) for blob in blobs]}).encode()
    return b"".join((_LENGTH.pack(len(told)), told, *blobs))


def unpack_frame(message: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Header and blobs of a message.

    Raises:
        ValueError: it is none.
    """
    view = memoryview(message)
    if len(view) < _LENGTH.size:
        raise ValueError("The message is too short.")
    start = _LENGTH.size + _LENGTH.unpack_from(view)[0]
    header = json.loads(bytes(view[_LENGTH.size : start]))
    blobs: list[bytes] = []
    for length in header.pop("blobs"):
        blobs.append(bytes(view[start : start + length]))
        start += length
    if start != len(view):
        raise ValueError("The message is not as long as it says.")
    return header, blobs
