"""Charts of a report as SVG, drawn here and not in a browser, each with its text alternative.

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

MOST_WORKS = 12
"""Held-out works drawn: the nearest and the farthest half of them."""

_LIMIT = re.compile(r"[\d.]+")


@dataclasses.dataclass(frozen=True)
class Chart:
    """An SVG and what it shows, in words, for those who cannot see it."""

    name: str
    title: str
    alternative: str
    svg: str


def charts(report: Report) -> list[Chart]:
    """The charts a report has the figures for."""
    drawn = [
        _loss(report),
        _held_out(report),
        _against(
            report,
            "others",
            "Own and others: perplexity ratio",
            "perplexity, version ÷ base",
            report.perplexity_ratio,
            [(c.other, c.perplexity_ratio) for c in report.comparisons],
        ),
        _against(
            report,
            "delta",
            "Own and others: Delta",
            "Burrows' Delta of the outputs",
            report.own_delta,
            [(c.other, c.delta) for c in report.comparisons],
        ),
        _against(
            report,
            "char-grams",
            "Own and others: character 4-grams",
            "dissimilarity of the outputs",
            report.own_char_grams,
            [(c.other, c.char_grams) for c in report.comparisons],
        ),
        _runs(report),
    ]
    return [chart for chart in drawn if chart is not None]


def _data(rows: list[dict[str, Any]]) -> Any:
    return alt.Data(values=rows)  # type: ignore[no-untyped-call]  # altair generates it without annotations


def _svg(chart: Any, *, height: int = HEIGHT) -> str:
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


def _limit(report: Report, name: str) -> float | None:
    """The number a bar is held against; ``None`` where the measure has no bar here."""
    for bar in report.bars:
        if bar.name == name and (found := _LIMIT.search(bar.bar)):
            return float(found[0])
    return None


def _rule(limit: float, *, across: bool) -> Any:
    place = alt.Y("limit:Q") if across else alt.X("limit:Q")
    rule = alt.Chart(_data([{"limit": limit}])).mark_rule(strokeDash=[4, 4], color=OTHER, strokeWidth=1.5)
    return rule.encode(y=place) if across else rule.encode(x=place)


def _loss(report: Report) -> Chart | None:
    rows = [{"step": p.step, "nats": p.loss, "works": "trained on"} for p in report.curve if p.loss is not None]
    held = [p for p in report.curve if p.held_out_loss is not None]
    rows += [{"step": p.step, "nats": p.held_out_loss, "works": "held out"} for p in held]
    if not rows:
        return None
    series = ["trained on", "held out"]
    lines = (
        alt.Chart(_data(rows))
        .mark_line(interpolate="monotone")
        .encode(
            x=alt.X("step:Q", title="step"),
            y=alt.Y("nats:Q", title="loss, nats a token", scale=alt.Scale(zero=False)),
            color=alt.Color("works:N", scale=alt.Scale(domain=series, range=[OTHER, OWN])),
            strokeWidth=alt.StrokeWidth("works:N", scale=alt.Scale(domain=series, range=[1, 3]), legend=None),
        )
    )
    dots = alt.Chart(_data([row for row in rows if row["works"] == "held out"])).mark_circle(size=40, color=OWN)
    words = f"Loss over {report.curve[-1].step} steps"
    if held:
        words += f"; on held-out works it went from {held[0].held_out_loss:.2f} to {held[-1].held_out_loss:.2f}"
    return Chart("loss", "Learning", f"{words}.", _svg(lines + dots.encode(x="step:Q", y="nats:Q")))


def _held_out(report: Report) -> Chart | None:
    scores = sorted(report.held_out, key=lambda score: score.ratio)
    if not scores:
        return None
    shown = scores if len(scores) <= MOST_WORKS else scores[: MOST_WORKS // 2] + scores[-MOST_WORKS // 2 :]
    rows = [{"work": f"{number}", "title": score.title, "ratio": score.ratio} for number, score in enumerate(shown)]
    names = "{" + ", ".join(f"'{row['work']}': {_quoted(str(row['title']))}" for row in rows) + "}[datum.value]"
    drawn = alt.Chart(_data(rows)).mark_bar(color=OWN).encode(
        x=alt.X("ratio:Q", title="perplexity, version ÷ base"),
        y=alt.Y("work:N", title=None, sort=None, axis=alt.Axis(labelExpr=names)),
    )  # fmt: skip
    limit = _limit(report, "perplexity_ratio")
    if limit is not None:
        drawn += _rule(limit, across=False)
    words = ", ".join(f"{score.title}: {score.ratio:.2f}" for score in scores)
    told = "" if limit is None else f" The bar, dashed, is {limit:g}."
    return Chart(
        "held-out",
        "Works it has not seen",
        f"Perplexity ratio by held-out work, lower is more like the author.{told} {words}.",
        _svg(drawn, height=60 + ROW * len(shown)),
    )


def _quoted(text: str) -> str:
    """A text as a Vega expression's string."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", " ") + "'"


def _against(
    report: Report, name: str, title: str, axis: str, own: float | None, others: Sequence[tuple[str, float | None]]
) -> Chart | None:
    """Own and other authors on one scale, a line from own value on: what lies right of it is farther away."""
    found = sorted(((other, value) for other, value in others if value is not None), key=lambda item: item[1])
    if own is None or not found:
        return None
    rows = [{"author": "own", "value": own, "whose": "own"}]
    rows += [{"author": other, "value": value, "whose": "other"} for other, value in found]
    dots = alt.Chart(_data(rows)).mark_circle(size=110, opacity=1).encode(
        x=alt.X("value:Q", title=axis, scale=alt.Scale(zero=False, padding=12)),
        y=alt.Y("author:N", title=None, sort=None),
        color=alt.Color("whose:N", scale=alt.Scale(domain=["own", "other"], range=[OWN, OTHER]), legend=None),
    )  # fmt: skip
    words = ", ".join(f"{row['author']}: {row['value']:.3g}" for row in rows)
    return Chart(
        name,
        title,
        f"Lower is nearer; every other author should lie right of the dashed line. {words}.",
        _svg(_rule(own, across=False) + dots, height=60 + ROW * len(rows)),
    )


def _runs(report: Report) -> Chart | None:
    found = report.memorisation
    if not found.runs:
        return None
    asked = [(run, "given a beginning") for run in found.runs[: found.prompts]]
    free = [(run, "free") for run in found.runs[found.prompts :]]
    ranked = sorted([*asked, *free], key=lambda item: -item[0])
    rows = [{"place": place, "tokens": run, "how": how} for place, (run, how) in enumerate(ranked, start=1)]
    limit = _limit(report, "longest_copied_run")
    top = max(1.1 * (limit or 0), ranked[0][0])
    drawn = alt.Chart(_data(rows)).mark_bar().encode(
        x=alt.X("place:O", title="outputs, longest run first", axis=alt.Axis(labels=False, ticks=False)),
        y=alt.Y("tokens:Q", title="longest copied run, tokens", scale=alt.Scale(domain=[0, top])),
        color=alt.Color("how:N", scale=alt.Scale(domain=["given a beginning", "free"], range=[OWN, OTHER])),
    )  # fmt: skip
    if limit is not None:
        drawn += _rule(limit, across=True)
    none = sum(run == 0 for run in found.runs)
    told = "" if limit is None else f" The bar, dashed, is {limit:g} tokens."
    return Chart(
        "runs",
        "What it repeated",
        f"The longest copied run of each of {len(rows)} outputs: {ranked[0][0]} tokens at most, none of 13 or more in"
        f" {none}.{told}",
        _svg(drawn),
    )
