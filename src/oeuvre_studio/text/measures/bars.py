"""Thresholds as data, and values held against them."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path

from oeuvre_studio.protocol import Bar, parse


@dataclasses.dataclass(frozen=True)
class Threshold:
    """The largest value that passes; with ``strict`` it has to stay below."""

    worst: float
    unit: str
    strict: bool = False

    def judge(self, name: str, value: float) -> Bar:
        """A value against this threshold."""
        met = value < self.worst if self.strict else value <= self.worst
        sign = "<" if self.strict else "≤"
        return Bar(name=name, value=round(value, 4), unit=self.unit, bar=f"{sign} {self.worst:g}", met=met)


def thresholds() -> dict[str, Threshold]:
    """The gate's thresholds by measure."""
    data = tomllib.loads(Path(__file__).with_name("bars.toml").read_text())
    return parse(dict[str, Threshold], data)


def nearer(name: str, *, own: float, other: float, unit: str) -> Bar:
    """The author's own value has to be below another author's."""
    return Threshold(worst=round(other, 4), unit=unit, strict=True).judge(name, own)
