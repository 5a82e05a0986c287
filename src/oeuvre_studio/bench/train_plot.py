"""Held-out loss against seconds, ours and the plain loop, one panel for each corpus."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import altair as alt
import vl_convert

WIDTH, HEIGHT = 260, 220
NAMES = {"ours": "studio train", "plain": "plain PEFT loop"}
COLOURS = ["#b4532a", "#8a8f98"]


class Shown(Protocol):
    """What is drawn of a point."""

    @property
    def corpus(self) -> str:
        """Its panel."""

    @property
    def entrant(self) -> str:
        """Its line."""

    @property
    def seconds(self) -> float:
        """Across."""

    @property
    def loss(self) -> float:
        """Up."""


def write_plot(points: Sequence[Shown], file: Path) -> str:
    """Draw the points into an SVG file; returns what it shows, in words."""
    values = [{"corpus": p.corpus, "loop": NAMES[p.entrant], "seconds": p.seconds, "nats": p.loss} for p in points]
    chart: Any = (
        alt.Chart(alt.Data(values=values))  # type: ignore[no-untyped-call]  # generated without annotations
        .mark_line(point=True)
        .encode(
            x=alt.X("seconds:Q", title="seconds from the start of the process"),
            y=alt.Y("nats:Q", title="held-out loss, nats a token", scale=alt.Scale(zero=False)),
            color=alt.Color("loop:N", scale=alt.Scale(domain=list(NAMES.values()), range=COLOURS)),
        )
        .properties(width=WIDTH, height=HEIGHT)
        .facet(alt.Column("corpus:N", title=None))
        .resolve_scale(x="independent", y="independent")
        .configure(background="white", font="system-ui, sans-serif")
        .configure_legend(title=None, orient="top")
        .configure_view(strokeWidth=0)
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(vl_convert.vegalite_to_svg(chart.to_json()))
    last = {(p.corpus, p.entrant): p for p in points}
    ends = [
        f"{corpus}, {NAMES[entrant]}: {p.loss:.2f} after {p.seconds:.0f} s" for (corpus, entrant), p in last.items()
    ]
    return f"Held-out loss over seconds. {'; '.join(ends)}."
