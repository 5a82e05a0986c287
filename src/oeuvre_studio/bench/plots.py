"""Throughput over the number of distinct adapters, one line for each engine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import altair as alt
import vl_convert

from oeuvre_studio.bench.measure import Row

SHOWN = (8, 32)
"""Requests in flight of the two panels."""

WIDTH, HEIGHT = 300, 260
COLOURS = ["#b4532a", "#2f5d8a", "#8a8f98", "#5b8a3c", "#8a5fa8", "#c79a2b", "#4aa3a3"]
"""Ours first."""


def write_plot(rows: Sequence[Row], file: Path) -> str:
    """Draw the rows into an SVG file; returns what it shows, in words."""
    shown = [row for row in rows if row.in_flight in SHOWN]
    engines = list(dict.fromkeys(row.engine for row in shown))
    values = [
        {
            "engine": row.engine,
            "adapters": row.adapters,
            "rate": row.tokens_per_second,
            "in flight": f"{row.in_flight} requests in flight",
        }
        for row in shown
    ]
    chart: Any = (
        alt.Chart(alt.Data(values=values))  # type: ignore[no-untyped-call]  # generated without annotations
        .mark_line(point=True)
        .encode(
            x=alt.X("adapters:O", title="distinct adapters", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("rate:Q", title="tokens a second", scale=alt.Scale(type="log")),
            color=alt.Color("engine:N", scale=alt.Scale(domain=engines, range=COLOURS[: len(engines)])),
        )
        .properties(width=WIDTH, height=HEIGHT)
        .facet(alt.Column("in flight:N", title=None, sort=[f"{number} requests in flight" for number in SHOWN]))
        .configure(background="white", font="system-ui, sans-serif")
        .configure_legend(title=None, orient="top")
        .configure_view(strokeWidth=0)
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(vl_convert.vegalite_to_svg(chart.to_json()))
    fastest = [
        f"{row.engine} {row.tokens_per_second:g} with {row.adapters} adapters"
        for row in shown
        if row.in_flight == SHOWN[-1]
    ]
    return f"Tokens a second over distinct adapters. With {SHOWN[-1]} requests in flight: {'; '.join(fastest)}."
