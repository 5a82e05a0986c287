"""The report's charts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oeuvre.interfaces.site.studio.report.bars import author
from oeuvre.interfaces.site.studio.report.curves import USUAL
from oeuvre.interfaces.site.studio.report.reading import mapping, number, rows, text
from oeuvre.interfaces.site.studio.report.voice_bars import VOICE_CURVES
from oeuvre.interfaces.ui import charts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oeuvre.interfaces.site.studio.report.curves import CurveWords
    from oeuvre.interfaces.site.studio.report.reading import Json
    from oeuvre.interfaces.ui.charts import Chart

MOST_BARS = 12


def loss_chart(curve: Sequence[Json], modality: str = "") -> Chart | None:
    """Loss while training, on the training works and on those held out; None before there are two points. ``modality``
    is that of the model, which says what the lines are called."""
    words = VOICE_CURVES.get(modality, USUAL)
    points = {"curve": list(curve)}
    series = {
        label: [
            (step, value)
            for row in rows(points, "curve")
            if (step := number(row, "step")) is not None and (value := number(row, key)) is not None
        ]
        for key, label in (("loss", str(words.learned)), ("held_out_loss", str(words.held_out)))
    }
    series = {label: found for label, found in series.items() if found}
    if not series or max(len(found) for found in series.values()) < 2:
        return None
    return charts.line_chart(
        title=str(words.title),
        summary=_loss_summary(series, words),
        x=_("Step"),
        y=str(words.y),
        series=series,
    )


def _loss_summary(series: dict[str, list[tuple[float, float]]], words: CurveWords) -> str:
    told = []
    for label, points in series.items():
        first, last = points[0][1], points[-1][1]
        told.append(_("%(series)s: from %(first).2f to %(last).2f.") % {"series": label, "first": first, "last": last})
    held = series.get(str(words.held_out))
    if held and held[-1][1] > min(value for _step, value in held) + 0.02:
        told.append(str(words.rose))
    return " ".join(told)


def held_out_chart(details: Json) -> Chart | None:
    """The ratio on each held-out work."""
    found = [
        (text(row, "title") or text(row, "file"), ratio)
        for row in rows(details, "held_out")
        if (ratio := number(row, "ratio")) is not None
    ]
    if not found:
        return None
    found.sort(key=lambda item: item[1])
    better = sum(ratio < 1 for _title, ratio in found)
    shown = found if len(found) <= MOST_BARS else [*found[: MOST_BARS // 2], *found[-MOST_BARS // 2 :]]
    return charts.bar_chart(
        title=_("Each held-out work on its own"),
        summary=ngettext(
            "%(better)d of %(count)d work is foreseen better than by the base model (below 1.00). Nearest: “%(best)s”, "
            "%(low).2f. Farthest: “%(worst)s”, %(high).2f.",
            "%(better)d of %(count)d works are foreseen better than by the base model (below 1.00). Nearest: “%(best)s”, "
            "%(low).2f. Farthest: “%(worst)s”, %(high).2f.",
            len(found),
        )
        % {
            "better": better,
            "count": len(found),
            "best": found[0][0],
            "low": found[0][1],
            "worst": found[-1][0],
            "high": found[-1][1],
        },
        x=_("Perplexity ratio, lower is nearer to you"),
        y=_("Work"),
        values=distinct(shown),
    )


def comparison_charts(details: Json) -> list[Chart]:
    """Own against other authors, for each measure that was taken."""
    drawn = []
    own_ratio, own_delta = number(details, "perplexity_ratio"), number(details, "own_delta")
    for key, own, title, axis in (
        (
            "perplexity_ratio",
            own_ratio,
            _("Your writing against that of others"),
            _("Perplexity ratio, lower is nearer"),
        ),
        ("delta", own_delta, _("Whose habits its texts have"), _("Burrows's Delta, lower is nearer")),
        (
            "char_grams",
            number(details, "own_char_grams"),
            _("Whose endings and punctuation its texts have"),
            _("Difference of character 4-grams, lower is nearer"),
        ),
    ):
        others = [
            (author(text(row, "other")), value)
            for row in rows(details, "comparisons")
            if (value := number(row, key)) is not None
        ]
        if own is None or not others:
            continue
        nearest = min(others, key=lambda item: item[1])
        drawn.append(
            charts.bar_chart(
                title=title,
                summary=_("You: %(own).2f. The nearest other, %(other)s: %(value).2f.")
                % {"own": own, "other": nearest[0], "value": nearest[1]},
                x=axis,
                y=_("Author"),
                values=distinct([(_("You"), own), *sorted(others, key=lambda item: item[1])]),
            )
        )
    return drawn


def runs_chart(details: Json, *, limit: float | None) -> Chart | None:
    """The longest copied run of every output that was looked at, against the bar."""
    found = mapping(details, "memorisation").get("runs")
    runs = [value for value in found if isinstance(value, (int, float))] if isinstance(found, (list, tuple)) else []
    if not runs:
        return None
    copied = sum(run > 0 for run in runs)
    return charts.distribution(
        title=_("What it repeated, output by output"),
        summary=ngettext(
            "%(copied)d of %(count)d output repeats 13 tokens or more of a work; the longest run is %(longest)d.",
            "%(copied)d of %(count)d outputs repeat 13 tokens or more of a work; the longest run is %(longest)d.",
            len(runs),
        )
        % {"copied": copied, "count": len(runs), "longest": max(runs)},
        x=_("Longest copied run, tokens"),
        y=_("Outputs"),
        values=[float(run) for run in runs],
        mark_at=limit,
    )


def distinct(values: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """Two works of one title would share a bar: the second gets a number."""
    seen: dict[str, int] = {}
    kept = []
    for name, value in values:
        seen[name] = seen.get(name, 0) + 1
        kept.append((name if seen[name] == 1 else f"{name} ({seen[name]})", value))
    return kept
