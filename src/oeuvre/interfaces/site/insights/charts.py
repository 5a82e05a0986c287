"""The drawings of insights. Each is None where there is nothing to draw, or too little to say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from oeuvre.interfaces.site.studio.report.figures import distinct
from oeuvre.interfaces.ui import charts
from oeuvre.interfaces.ui.charts import Chart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from django.utils.safestring import SafeString

    from oeuvre.domains.insights.figures import Funnel, Lost
    from oeuvre.domains.insights.selectors import EarnedRow, Position, Trend
    from oeuvre.interfaces.site.insights.shown import TopicShown

CHARTED = 10
LINES = 4
WIDTH, ROW = 400, 36
"""Pixels of a plot, and of a row in it: long names stand to the left, and all of it is still to be read on a phone."""
_GOOD, _MUTED, _STAMP, _ACCENT = "#030303", "#040404", "#020202", "#010101"
_PARTS = " · "
_SERIES = (_ACCENT, _STAMP, _GOOD, "#060606")


def _whole(axis_title: str) -> alt.X:
    return alt.X("value:Q", title=axis_title, axis=alt.Axis(tickCount=5, tickMinStep=1, format="d", grid=True))


def _names(names: Sequence[str]) -> alt.Y:
    """Names down the side; one of two parts stands on two lines."""
    axis = alt.Axis(labelLimit=230, ticks=False, labelExpr=f"split(datum.label, '{_PARTS}')")
    return alt.Y("name:N", title=None, sort=list(names), axis=axis)


def _drawn(chart: Any, *, title: str, summary: str, rows: int, row: int = ROW) -> SafeString:
    """As many rows as there are. The edge leaves room for a font that is wider than the one that was measured with."""
    padded = chart.properties(padding={"left": 24, "right": 16, "top": 5, "bottom": 5})
    return charts.svg(padded, label=f"{title}. {summary}", width=WIDTH, height=max(2, rows) * row)


def _bars(title: str, summary: str, rows: Sequence[tuple[str, int]], *, x: str, y: str) -> Chart:
    """Whole numbers as horizontal bars."""
    drawn = alt.Chart(alt.InlineData(values=[{"name": name, "value": count} for name, count in rows]))
    bars = drawn.mark_bar(color=_ACCENT, size=18).encode(x=_whole(x), y=_names([name for name, _count in rows]))
    table = tuple((name, str(count)) for name, count in rows)
    return Chart(title, summary, _drawn(bars, title=title, summary=summary, rows=len(rows)), (y, x), table)


def lost(found: Lost) -> Chart | None:
    if not found.reasons:
        return None
    rows = [(str(reason.label), count) for reason, count in found.reasons]
    summary = _(
        "%(lost)d of %(decided)d enquiries that came to an end brought no order. "
        "The commonest likely reason: %(reason)s."
    ) % {"lost": found.evidence.cases, "decided": found.decided, "reason": rows[0][0]}
    return _bars(_("Likely reasons"), summary, rows, x=_("Enquiries"), y=_("Reason"))


def funnel(found: Funnel) -> Chart | None:
    if not found.stages:
        return None
    rows = [(str(stage.label), count) for stage, count in found.stages]
    summary = _("Of %(asked)d enquiries, %(ordered)d led to an order so far.") % {
        "asked": found.stages[0][1],
        "ordered": found.stages[3][1],
    }
    return _bars(_("How far they came"), summary, rows, x=_("Enquiries"), y=_("Stage"))


def topics(rows: Sequence[TopicShown]) -> Chart | None:
    """What became of enquiries about each topic, side by side in one bar."""
    if not rows:
        return None
    shown = rows[:CHARTED]
    groups = [(_("Ordered"), "won", _GOOD), (_("Still talking"), "going_on", _MUTED), (_("No order"), "lost", _STAMP)]
    data = [
        {"name": one.name, "group": label, "place": place, "value": getattr(one.row, field)}
        for one in shown
        for place, (label, field, _colour) in enumerate(groups)
    ]
    scale = alt.Scale(domain=[label for label, _field, _colour in groups], range=[colour for *_rest, colour in groups])
    drawn = (
        alt.Chart(alt.InlineData(values=data))
        .mark_bar(size=18)
        .encode(
            x=_whole(_("Enquiries")),
            y=_names([one.name for one in shown]),
            color=alt.Color("group:N", scale=scale, legend=alt.Legend(columnPadding=28)),
            order=alt.Order("place:Q"),
        )
    )
    title = _("What became of them")
    first = shown[0]
    summary = _("Most asked about: %(topic)s, in %(count)d enquiries, %(won)d of them ordered.") % {
        "topic": first.name,
        "count": first.row.enquiries,
        "won": first.row.won,
    }
    table = tuple((one.name, str(one.row.won), str(one.row.going_on), str(one.row.lost)) for one in shown)
    columns = (_("Topic"), *(label for label, _field, _colour in groups))
    return Chart(title, summary, _drawn(drawn, title=title, summary=summary, rows=len(shown)), columns, table)


def prices(positions: Iterable[Position]) -> Chart | None:
    known = [one for one in positions if one.evidence.is_enough and one.others.prices is not None]
    if not known:
        return None
    places = [
        (_name(one), *(float(price.decimal) for price in one.others.prices or ()), float(one.price.decimal))
        for one in known
    ]
    return _strips(_("Your prices"), known[0].price.currency, places, write=lambda value: f"{value:,.2f}")


def days(positions: Iterable[Position]) -> Chart | None:
    known = [one for one in positions if one.evidence.is_enough and one.others.days is not None]
    if not known:
        return None
    places = [(_name(one), *(one.others.days or ()), float(one.days)) for one in known]
    return _strips(_("Your delivery times"), _("Days"), places, write=lambda value: f"{value:g}")


def _name(position: Position) -> str:
    return f"{position.gig}{_PARTS}{position.package}"


def _strips(title: str, x: str, places: Sequence[tuple[Any, ...]], *, write: Callable[[float], str]) -> Chart:
    """For each row the middle half of others as a bar, their median as a line across it, one's own as a dot."""
    names = [name for name, _value in distinct([(place[0], 0.0) for place in places[:CHARTED]])]
    rows = [(name, *place[1:]) for name, place in zip(names, places, strict=False)]
    data = [dict(zip(("name", "low", "median", "high", "own"), row, strict=True)) for row in rows]
    base = alt.Chart(alt.InlineData(values=data)).encode(y=_names(names))
    drawn = alt.layer(
        base.mark_bar(size=14, color=_ACCENT, opacity=0.3).encode(
            x=alt.X("low:Q", title=x, axis=alt.Axis(grid=True, tickCount=5)), x2="high:Q"
        ),
        base.mark_tick(thickness=3, size=22, color=_ACCENT).encode(x="median:Q"),
        base.mark_point(size=110, filled=True, color=_STAMP, opacity=1).encode(x="own:Q"),
    )
    outside = sum(not low <= own <= high for _name, low, _median, high, own in rows)
    summary = _(
        "The bar is the middle half of comparable gigs, the line their median, the dot yours. "
        "Outside the bar: %(outside)d of %(count)d."
    ) % {"outside": outside, "count": len(rows)}
    table = tuple((name, *(write(value) for value in values)) for name, *values in rows)
    columns = (_("Package"), _("Lower quartile"), _("Median"), _("Upper quartile"), _("Yours"))
    return Chart(title, summary, _drawn(drawn, title=title, summary=summary, rows=len(rows), row=48), columns, table)


def trends(found: Sequence[Trend], names: Mapping[str, str]) -> Chart | None:
    """Searches and briefs a month, a line a category; months with too few to show interrupt it."""
    shown = [one for one in found if one.evidence.is_enough and any(count for _month, count in one.months)][:LINES]
    if not shown:
        return None
    months = [date_format(month, "M y") for month, _count in shown[0].months]
    called = [names.get(one.category, one.category) for one in shown]
    data = [
        {"series": name, "month": label, "value": count}
        for name, one in zip(called, shown, strict=True)
        for label, (_month, count) in zip(months, one.months, strict=True)
    ]
    drawn = (
        alt.Chart(alt.InlineData(values=data))
        .mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=40, filled=True))
        .encode(
            x=alt.X("month:O", title=None, sort=months, axis=alt.Axis(labelAngle=-45)),
            y=alt.Y("value:Q", title=_("Searches and briefs"), axis=alt.Axis(tickCount=5, tickMinStep=1)),
            color=alt.Color(
                "series:N",
                scale=alt.Scale(domain=called, range=list(_SERIES[: len(called)])),
                legend=alt.Legend(columnPadding=28),
            ),
        )
    )
    title = _("What is asked for, month by month")
    summary = _("Searches and briefs of everybody on this site. Months with fewer than five are not shown.")
    table = tuple(
        (label, *(str(one.months[place][1] or _("under 5")) for one in shown)) for place, label in enumerate(months)
    )
    picture = charts.svg(drawn, label=f"{title}. {summary}", width=480, height=220)
    return Chart(title, summary, picture, (_("Month"), *called), table)


def earned(rows: Sequence[EarnedRow], *, title: str, name: str, most: str) -> Chart | None:
    """What each brought in; one alone needs no drawing. ``most`` says of the first that it brought in most."""
    if len(rows) < 2:
        return None
    best = rows[0]
    summary = most % {"name": best.name, "amount": best.amount}
    values = distinct([(row.name, float(row.amount.decimal)) for row in rows[:CHARTED]])
    drawn = (
        alt.Chart(alt.InlineData(values=[{"name": key, "value": value} for key, value in values]))
        .mark_bar(color=_ACCENT, size=18)
        .encode(
            x=alt.X("value:Q", title=best.amount.currency, axis=alt.Axis(tickCount=5, grid=True)),
            y=_names([key for key, _value in values]),
        )
    )
    table = tuple((key, str(row.amount)) for (key, _value), row in zip(values, rows, strict=False))
    picture = _drawn(drawn, title=title, summary=summary, rows=len(values))
    return Chart(title, summary, picture, (name, best.amount.currency), table)
