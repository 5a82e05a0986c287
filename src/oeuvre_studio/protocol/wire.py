"""The small machinery all messages share: reading with every field checked, and writing."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

T = TypeVar("T")

Status = Literal["passed", "rejected"]


@dataclasses.dataclass(frozen=True)
class Bar:
    """One measure against its threshold. ``bar`` reads like ``≤ 0.80``."""

    name: str
    value: float
    unit: str
    bar: str
    met: bool


_READERS: dict[type, TypeAdapter[Any]] = {}
"""What reads each kind of message; making one takes as long as reading many."""


def parse(kind: type[T], data: object) -> T:
    """Read a message: a dataclass from decoded JSON, with every field's type checked.

    Raises:
        ValueError: a field is missing or of the wrong type; the message names it.
    """
    if kind not in _READERS:
        _READERS[kind] = TypeAdapter(kind)
    try:
        found: T = _READERS[kind].validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or kind.__name__
        raise ValueError(f"{where}: {first['msg']}") from error
    return found


def dump(message: object) -> dict[str, Any]:
    """Write a message as a dictionary ready for JSON."""
    plain: dict[str, Any] = dataclasses.asdict(message)  # type: ignore[call-overload]  # any of the dataclasses below
    return plain


def canonical_json(data: Mapping[str, Any]) -> bytes:
    """The one byte form of a JSON file inside a version: sorted keys, two spaces, UTF-8, a final newline."""
    return (json.dumps(data, sort_keys=True, indent=2, ensure_ascii=False) + "\n").encode()
