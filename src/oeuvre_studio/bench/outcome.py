"""What a measurement found, ready to be printed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from oeuvre_studio.protocol import Bar, dump

Table = Sequence[Mapping[str, Any]]


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Bars, tables by their titles, and plots."""

    bars: tuple[Bar, ...]
    tables: Mapping[str, Table]
    plots: Sequence[Mapping[str, str]] = ()
    """``file`` and ``alternative``, what it shows in words."""

    def as_json(self) -> dict[str, Any]:
        """One object: the bars, the tables, the plots."""
        return {"bars": [dump(bar) for bar in self.bars], **self.tables, "plots": list(self.plots)}

    def lines(self) -> Iterator[str]:
        """The tables for a terminal."""
        for title, rows in self.tables.items():
            if rows:
                yield from (title, *columns(rows), "")


def columns(rows: Table) -> Iterator[str]:
    """Rows of equal keys, each column as wide as its widest entry."""
    lines = [list(rows[0]), *([str(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        yield "  ".join(entry.ljust(width) for entry, width in zip(line, widths, strict=True)).rstrip()
