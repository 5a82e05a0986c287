"""Charts of a report as SVG, drawn here and not in a browser, each with its text alternative: what modalities share.

They are as wide as a small screen, so that their letters are readable there; a wide one shows them side by side.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import Any

import altair as alt
import vl_convert

from oeuvre_studio.protocol import Report

WIDTH, HEIGHT = 344, 220
ROW = 26
"""Pixels a work or an author takes."""

PADDING = {"left": 22, "right": 8, "top": 2, "bottom": 2}
"""Room for letters that a reader's font draws wider than the one that the charts are measured with."""

LABEL = 120
"""Pixels of a title before it is cut; the text alternative has it whole."""

OWN, OTHER = "#c2562a", "#858b95"
"""Both stand out by 3:1 or more from the page in light and in dark (WCAG 2.2, 1.4.11)."""

_LIMIT = re.compile(r"[\d.]+")


@dataclasses.dataclass(frozen=True)
class Chart:
    """An SVG and what it shows, in words, for those who cannot see it."""

    name: str
    title: str
    alternative: str
    svg: str


def chart_data(rows: list[dict[str, Any]]) -> Any:
    """Rows as Altair takes them."""
    return alt.Data(values=rows)  # type: ignore[no-untyped-call]  # altair generates it without annotations


def chart_svg(chart: Any, *, height: int = HEIGHT) -> str:
    """A chart drawn in the look that all of them have."""
    styled = (
        chart.properties(width=WIDTH, height=height, autosize=alt.AutoSizeParams(type="fit", contains="padding"))
        .configure(background="transparent", font="system-ui, sans-serif", padding=PADDING)
        .configure_axis(
            grid=False, labelFontSize=12, titleFontSize=12, titleFontWeight="normal", labelLimit=LABEL, tickCount=5
        )
        .configure_view(strokeWidth=0)
        .configure_legend(title=None, orient="top", labelFontSize=12, columnPadding=36)
    )
    svg: str = vl_convert.vegalite_to_svg(styled.to_json())
    return svg


def bar_limit(report: Report, name: str) -> float | None:
    """The number a bar is held against; ``None`` where the measure has no bar here."""
    for bar in report.bars:
        if bar.name == name and (found := _LIMIT.search(bar.bar)):
            return float(found[0])
    return None


def limit_rule(limit: float, *, across: bool) -> Any:
    """The dashed line of a bar, across the chart or down it."""
    place = alt.Y("limit:Q") if across else alt.X("limit:Q")
    rule = alt.Chart(chart_data([{"limit": limit}])).mark_rule(strokeDash=[4, 4], color=OTHER, strokeWidth=1.5)
    return rule.encode(y=place) if across else rule.encode(x=place)


def loss_chart(report: Report, *, axis: str) -> Chart | None:
    """The loss over the steps, ``axis`` saying in what."""
    rows = [{"step": p.step, "loss": p.loss, "works": "trained on"} for p in report.curve if p.loss is not None]
    held = [p for p in report.curve if p.held_out_loss is not None]
    rows += [{"step": p.step, "loss": p.held_out_loss, "works": "held out"} for p in held]
    if not rows:
        return None
    series = ["trained on", "held out"]
    lines = (
        alt.Chart(chart_data(rows))
        .mark_line(interpolate="monotone")
        .encode(
            x=alt.X("step:Q", title="step"),
            y=alt.Y("loss:Q", title=axis, scale=alt.Scale(zero=False)),
            color=alt.Color("works:N", scale=alt.Scale(domain=series, range=[OTHER, OWN])),
            strokeWidth=alt.StrokeWidth("works:N", scale=alt.Scale(domain=series, range=[1, 3]), legend=None),
        )
    )
    dots = alt.Chart(chart_data([row for row in rows if row["works"] == "held out"])).mark_circle(size=40, color=OWN)
    words = f"Loss over {report.curve[-1].step} steps"
    if held:
        words += f"; on held-out works it went from {held[0].held_out_loss:.2f} to {held[-1].held_out_loss:.2f}"
    return Chart("loss", "Learning", f"{words}.", chart_svg(lines + dots.encode(x="step:Q", y="loss:Q")))


def quoted(text: str) -> str:
    """A text as a Vega expression's string."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", " ") + "'"


def against_chart(
    name: str, title: str, axis: str, own: float | None, others: Sequence[tuple[str, float | None]]
) -> Chart | None:
    """Own and other authors on one scale, a line from own value on: what lies right of it is farther away."""
    found = sorted(((other, value) for other, value in others if value is not None), key=lambda item: item[1])
    if own is None or not found:
        return None
    rows = [{"author": "own", "value": own, "whose": "own"}]
    rows += [{"author": other, "value": value, "whose": "other"} for other, value in found]
    dots = alt.Chart(chart_data(rows)).mark_circle(size=110, opacity=1).encode(
        x=alt.X("value:Q", title=axis, scale=alt.Scale(zero=False, padding=12)),
        y=alt.Y("author:N", title=None, sort=None),
        color=alt.Color("whose:N", scale=alt.Scale(domain=["own", "other"], range=[OWN, OTHER]), legend=None),
    )  # fmt: skip
    words = ", ".join(f"{row['author']}: {row['value']:.3g}" for row in rows)
    return Chart(
        name,
        title,
        f"Lower is nearer; every other author should lie right of the dashed line. {words}.",
        chart_svg(limit_rule(own, across=False) + dots, height=60 + ROW * len(rows)),
    )
