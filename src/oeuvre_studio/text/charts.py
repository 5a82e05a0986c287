"""Charts that only a text version's report has."""

from __future__ import annotations

import altair as alt

from oeuvre_studio.charts import (
    OTHER,
    OWN,
    ROW,
    Chart,
    against_chart,
    bar_limit,
    chart_data,
    chart_svg,
    limit_rule,
    loss_chart,
    quoted,
)
from oeuvre_studio.protocol import Report, TextDetails, details_of

MOST_WORKS = 12
"""Held-out works drawn: the nearest and the farthest half of them."""


def charts(report: Report) -> list[Chart]:
    """The charts a report has the figures for."""
    details = details_of(report, TextDetails)
    drawn = [
        loss_chart(report, axis="loss, nats a token"),
        _held_out(report, details),
        against_chart(
            "others",
            "Own and others: perplexity ratio",
            "perplexity, version ÷ base",
            details.perplexity_ratio,
            [(c.other, c.perplexity_ratio) for c in details.comparisons],
        ),
        against_chart(
            "delta",
            "Own and others: Delta",
            "Burrows' Delta of the outputs",
            details.own_delta,
            [(c.other, c.delta) for c in details.comparisons],
        ),
        against_chart(
            "char-grams",
            "Own and others: character 4-grams",
            "dissimilarity of the outputs",
            details.own_char_grams,
            [(c.other, c.char_grams) for c in details.comparisons],
        ),
        _runs(report, details),
    ]
    return [chart for chart in drawn if chart is not None]


def _held_out(report: Report, details: TextDetails) -> Chart | None:
    scores = sorted(details.held_out, key=lambda score: score.ratio)
    if not scores:
        return None
    shown = scores if len(scores) <= MOST_WORKS else scores[: MOST_WORKS // 2] + scores[-MOST_WORKS // 2 :]
    rows = [{"work": f"{number}", "title": score.title, "ratio": score.ratio} for number, score in enumerate(shown)]
    names = "{" + ", ".join(f"'{row['work']}': {quoted(str(row['title']))}" for row in rows) + "}[datum.value]"
    drawn = alt.Chart(chart_data(rows)).mark_bar(color=OWN).encode(
        x=alt.X("ratio:Q", title="perplexity, version ÷ base"),
        y=alt.Y("work:N", title=None, sort=None, axis=alt.Axis(labelExpr=names)),
    )  # fmt: skip
    limit = bar_limit(report, "perplexity_ratio")
    if limit is not None:
        drawn += limit_rule(limit, across=False)
    words = ", ".join(f"{score.title}: {score.ratio:.2f}" for score in scores)
    told = "" if limit is None else f" The bar, dashed, is {limit:g}."
    return Chart(
        "held-out",
        "Works it has not seen",
        f"Perplexity ratio by held-out work, lower is more like the author.{told} {words}.",
        chart_svg(drawn, height=60 + ROW * len(shown)),
    )


def _runs(report: Report, details: TextDetails) -> Chart | None:
    found = details.memorisation
    if not found.runs:
        return None
    asked = [(run, "given a beginning") for run in found.runs[: found.prompts]]
    free = [(run, "free") for run in found.runs[found.prompts :]]
    ranked = sorted([*asked, *free], key=lambda item: -item[0])
    rows = [{"place": place, "tokens": run, "how": how} for place, (run, how) in enumerate(ranked, start=1)]
    limit = bar_limit(report, "longest_copied_run")
    top = max(1.1 * (limit or 0), ranked[0][0])
    drawn = alt.Chart(chart_data(rows)).mark_bar().encode(
        x=alt.X("place:O", title="outputs, longest run first", axis=alt.Axis(labels=False, ticks=False)),
        y=alt.Y("tokens:Q", title="longest copied run, tokens", scale=alt.Scale(domain=[0, top])),
        color=alt.Color("how:N", scale=alt.Scale(domain=["given a beginning", "free"], range=[OWN, OTHER])),
    )  # fmt: skip
    if limit is not None:
        drawn += limit_rule(limit, across=True)
    none = sum(run == 0 for run in found.runs)
    told = "" if limit is None else f" The bar, dashed, is {limit:g} tokens."
    return Chart(
        "runs",
        "What it repeated",
        f"The longest copied run of each of {len(rows)} outputs: {ranked[0][0]} tokens at most, none of 13 or more in"
        f" {none}.{told}",
        chart_svg(drawn),
    )
