"""Reading JSON of uncertain completeness without surprises."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def number(data: Json, key: str) -> float | None:
    """The number under the key; None for anything else (true and false are no numbers)."""
    value = data.get(key)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def text(data: Json, key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""


def rows(data: Json, key: str) -> list[Json]:
    """The objects of a list; whatever else stands in it is left out."""
    value = data.get(key)
    return [row for row in value if isinstance(row, dict)] if isinstance(value, (list, tuple)) else []


def mapping(data: Json, key: str) -> Json:
    value = data.get(key)
    return value if isinstance(value, dict) else {}
