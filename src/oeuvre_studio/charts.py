"""Charts of a report as SVG, drawn here and not in a browser, each with its text alternative."""

from __future__ import annotations

import dataclasses
from typing import Any

import altair as alt
import vl_convert

from oeuvre_studio.protocol import Report

WIDTH, HEIGHT = 560, 240


@dataclasses.dataclass(frozen=True)
class Chart:
    """An SVG and what it shows, in words, for those who cannot see it."""

    name: str
    title: str
    alternative: str
    svg: str


def charts(report: Report) -> list[Chart]:
    """The charts a report has the figures for."""
    drawn = [_loss(report), _held_out(report), _others(report)]
    return [chart for chart in drawn if chart is not None]


def _data(rows: list[dict[str, Any]]) -> Any:
    return alt.Data(values=rows)  # type: ignore[no-untyped-call]  # altair generates it without annotations


def _svg(chart: Any) -> str:
    styled = (
        chart.properties(width=WIDTH, height=HEIGHT)
        .configure(background="transparent", font="system-ui, sans-serif")
        .configure_axis(grid=False, labelFontSize=12, titleFontSize=12, titleFontWeight="normal")
        .configure_view(strokeWidth=0)
        .configure_legend(title=None, orient="top", labelFontSize=12)
    )
    svg: str = vl_convert.vegalite_to_svg(styled.to_json())
    return svg


def _loss(report: Report) -> Chart | None:
    rows = [{"step": p.step, "nats": p.loss, "works": "trained on"} for p in report.curve if p.loss is not None]
    held = [p for p in report.curve if p.held_out_loss is not None]
    rows += [{"step": p.step, "nats": p.held_out_loss, "works": "held out"} for p in held]
    if not rows:
        return None
    chart = (
        alt.Chart(_data(rows))
        .mark_line(interpolate="monotone")
        .encode(
            x=alt.X("step:Q", title="step"),
            y=alt.Y("nats:Q", title="loss, nats a token", scale=alt.Scale(zero=False)),
            color=alt.Color("works:N", scale=alt.Scale(range=["#b4532a", "#8a8f98"])),
            strokeWidth=alt.StrokeWidth(
                "works:N", scale=alt.Scale(domain=["trained on", "held out"], range=[1, 3]), legend=None
            ),
        )
    )
    words = f"Loss over {report.curve[-1].step} steps"
    if held:
        words += f"; on held-out works it went from {held[0].held_out_loss:.2f} to {held[-1].held_out_loss:.2f}"
    return Chart("loss", "Learning", f"{words}.", _svg(chart))


def _held_out(report: Report) -> Chart | None:
    if not report.held_out:
        return None
    rows = [{"work": score.title, "ratio": score.ratio} for score in report.held_out]
    bars = alt.Chart(_data(rows)).mark_bar(color="#b4532a").encode(
        x=alt.X("ratio:Q", title="perplexity, version ÷ base (lower is more like the author)"),
        y=alt.Y("work:N", title=None, sort=None),
    )  # fmt: skip
    limit = alt.Chart(_data([{"ratio": 0.8}])).mark_rule(strokeDash=[4, 4]).encode(x="ratio:Q")
    words = ", ".join(f"{score.title}: {score.ratio:.2f}" for score in report.held_out)
    return Chart(
        "held-out", "Works it has not seen", f"Perplexity ratio by held-out work. {words}.", _svg(bars + limit)
    )


def _others(report: Report) -> Chart | None:
    compared = [c for c in report.comparisons if c.perplexity_ratio is not None]
    if not compared:
        return None
    rows = [{"author": "own", "ratio": report.perplexity_ratio, "whose": "own"}]
    rows += [{"author": c.other, "ratio": c.perplexity_ratio, "whose": "other"} for c in compared]
    chart = alt.Chart(_data(rows)).mark_bar().encode(
        x=alt.X("ratio:Q", title="perplexity, version ÷ base"),
        y=alt.Y("author:N", title=None, sort=None),
        color=alt.Color("whose:N", scale=alt.Scale(domain=["own", "other"], range=["#b4532a", "#8a8f98"]), legend=None),
    )  # fmt: skip
    words = ", ".join(f"{row['author']}: {row['ratio']:.2f}" for row in rows)
    return Chart("others", "Own and other authors", f"Perplexity ratio by author. {words}.", _svg(chart))
