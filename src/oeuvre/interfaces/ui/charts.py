"""Charts as SVG from the server, in the house's colours, with their numbers beside them.

Vega-Lite draws with marker colours that are then replaced by CSS variables, so that one drawing serves light
and dark; style attributes, which the content security policy blocks, become presentation attributes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import altair as alt
import vl_convert
from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH, HEIGHT = 640, 260

_INKS = {
    "#010101": "var(--accent)",
    "#020202": "var(--stamp)",
    "#030303": "var(--good)",
    "#040404": "var(--ink-3)",
    "#050505": "var(--line)",
    "#060606": "var(--ink-2)",
}
"""Colours that Vega is told to use → the tokens that stand in the drawing."""
_SERIES = ["#010101", "#020202", "#030303", "#060606"]
_MUTED, _GRID = "#040404", "#050505"


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing and the same content as text; shown by the tag `chart`."""

    title: str
    summary: str
    """One or two sentences that say what the drawing shows, for those who do not see it."""
    svg: SafeString
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def _number(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4g}"


def _data(rows: list[dict[str, Any]]) -> alt.InlineData:
    return alt.InlineData(values=rows)


def _themed(chart: alt.TopLevelMixin, width: int, height: int) -> Any:
    return (
        chart.properties(width=width, height=height, background="transparent")
        .configure_view(stroke=None)
        .configure_axis(
            domainColor=_MUTED,
            gridColor=_GRID,
            labelColor=_MUTED,
            labelFontSize=13,
            tickColor=_GRID,
            titleColor=_MUTED,
            titleFontSize=13,
            titleFontWeight="normal",
            titlePadding=10,
            labelPadding=6,
        )
        .configure_axisX(grid=False)
        .configure_legend(labelColor=_MUTED, labelFontSize=13, title=None, orient="top", symbolType="square")
    )


def svg(chart: alt.TopLevelMixin, *, label: str, width: int = WIDTH, height: int = HEIGHT) -> SafeString:
    """An Altair chart as an SVG for a page: tokens for colours, no style attribute, no identifiers that could clash.

    ``width`` and ``height`` are of the plot without its axes, in pixels of which the labels are 13 high.
    """
    drawn = vl_convert.vegalite_to_svg(_themed(chart, width, height).to_dict())
    for marker, token in _INKS.items():
        drawn = drawn.replace(marker, token)
    drawn = re.sub(r'\s(style|font-family|id|aria-[a-z]+|role)="[^"]*"', "", drawn)
    drawn = re.sub(r"<defs>.*?</defs>", "", drawn, flags=re.S) if "url(#" not in drawn else drawn
    drawn = re.sub(r"<svg ", '<svg role="img" aria-label="{}" '.format(re.sub(r'[<>&"]', "", label)), drawn, count=1)
    return mark_safe(drawn)  # noqa: S308  (made here; texts in it are escaped by Vega)


def line_chart(
    *, title: str, summary: str, x: str, y: str, series: Mapping[str, Sequence[tuple[float, float]]]
) -> Chart:
    """Curves over a numeric axis: ``series`` maps a name to its (x, y) points; ``x`` and ``y`` are axis titles."""
    data = [{"series": name, "x": at, "y": value} for name, points in series.items() for at, value in points]
    names = list(series)
    drawn = (
        alt.Chart(_data(data))
        .mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=22, filled=True) if len(data) <= 60 else False)
        .encode(
            x=alt.X("x:Q", title=x, axis=alt.Axis(tickCount=6)),
            y=alt.Y("y:Q", title=y, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5)),
            color=alt.Color(
                "series:N",
                scale=alt.Scale(domain=names, range=_SERIES[: len(names)]),
                legend=alt.Legend() if len(names) > 1 else None,
            ),
        )
    )
    places = sorted({at for points in series.values() for at, _ in points})
    looked_up = {name: dict(points) for name, points in series.items()}
    rows = tuple(
        (_number(at), *(_number(points[at]) if at in points else "-" for points in looked_up.values())) for at in places
    )
    return Chart(title, summary, svg(drawn, label=f"{title}. {summary}"), (x, *names), rows)


def bar_chart(*, title: str, summary: str, x: str, y: str, values: Sequence[tuple[str, float]]) -> Chart:
    """One horizontal bar a name, in the given order; ``x`` is the title of the amounts, ``y`` of the names."""
    data = [{"name": name, "value": value} for name, value in values]
    drawn = (
        alt.Chart(_data(data))
        .mark_bar(color=_SERIES[0], size=18)
        .encode(
            x=alt.X("value:Q", title=x, axis=alt.Axis(tickCount=5, grid=True)),
            y=alt.Y(
                "name:N", title=None, sort=[name for name, _ in values], axis=alt.Axis(labelLimit=220, ticks=False)
            ),
        )
    )
    rows = tuple((name, _number(value)) for name, value in values)
    return Chart(title, summary, svg(drawn, label=f"{title}. {summary}"), (y, x), rows)


def distribution(
    *, title: str, summary: str, x: str, y: str, values: Sequence[float], bins: int = 20, mark_at: float | None = None
) -> Chart:
    """A histogram of ``values``; ``mark_at`` draws an upright line, for instance a bar that was set."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    step = (high - low) / bins or 1.0
    counts = [0] * bins
    for value in values:
        counts[min(int((value - low) / step), bins - 1)] += 1
    spans = [(low + i * step, low + (i + 1) * step) for i in range(bins)]
    gap = step * 0.03  # so that neighbours can be told apart
    data = [
        {"left": left + gap, "right": right - gap, "count": count}
        for (left, right), count in zip(spans, counts, strict=True)
    ]
    drawn: Any = (
        alt.Chart(_data(data))
        .mark_rect(color=_SERIES[0])
        .encode(
            x=alt.X("left:Q", title=x, axis=alt.Axis(tickCount=8)),
            x2="right:Q",
            y=alt.Y("count:Q", title=y, axis=alt.Axis(tickCount=5, tickMinStep=1)),
            y2=alt.datum(0),
        )
    )
    if mark_at is not None:
        rule = alt.Chart(_data([{"at": mark_at}])).mark_rule(color=_SERIES[1], strokeWidth=2).encode(x="at:Q")
        drawn = alt.layer(drawn, rule)
    rows = tuple(
        (f"{_number(left)} to {_number(right)}", str(count)) for (left, right), count in zip(spans, counts, strict=True)
    )
    return Chart(title, summary, svg(drawn, label=f"{title}. {summary}"), (x, y), rows)
