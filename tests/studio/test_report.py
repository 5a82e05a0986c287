"""The report as people read it: every figure with its bar, every chart with its words, every copy beside its source."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from oeuvre_studio.protocol import (
    Bar,
    Comparison,
    ForeignPassage,
    LossPoint,
    Memorisation,
    NearDuplicates,
    Passage,
    Report,
    Sample,
    TextDetails,
    WorkScore,
)
from oeuvre_studio.report import render, write_report
from oeuvre_studio.text.charts import MOST_WORKS, charts
from oeuvre_studio.text.report_page import report_page

RUN = "the tide came in over the old stones"


@pytest.fixture
def report() -> Report:
    """A rejected version's, with every part filled in and names that need care."""
    copied = Passage(
        "t.txt", "Tides & <Stones>", RUN, 1.0, 14, f"We waited, and {RUN}.", f"It was late: {RUN} at last."
    )
    return Report(
        modality="text",
        model="m",
        status="rejected",
        bars=(
            Bar("perplexity_ratio", 0.7184, "ratio", "≤ 0.8", True),
            Bar("longest_copied_run", 14, "tokens", "< 50", True),
            Bar("shared_13gram_mass", 0.0123, "share", "< 0.05", True),
            Bar("own_delta_below_Jane Austen", 0.6, "delta", "< 1.1", True),
            Bar("near_duplicate_of_others", 0.4, "share", "< 0.2", False),
        ),
        samples=(Sample("the <sea>", 1, f"At noon {RUN} again.", (copied,), ()),),
        curve=(LossPoint(1, 3.4), LossPoint(2, 3.2, 3.3), LossPoint(3, 3.1, 3.2)),
        refused=(),
        details=TextDetails(
            base_perplexity=24.0,
            perplexity=17.2,
            perplexity_ratio=0.7184,
            held_out=tuple(WorkScore(f"{n}.txt", "Letter's end", 400, 24.0, 17.0, 0.6 + n / 50) for n in range(14)),
            memorisation=Memorisation(2, 14, 0.0123, 5, 0, (copied,), (0, 14, 0)),
            own_delta=0.6,
            comparisons=(
                Comparison("Jane Austen", 0.95, 1.1, char_grams=0.72),
                Comparison("A version", None, None, 0.9),
            ),
            own_char_grams=0.59,
            near_duplicates=NearDuplicates(76, 0.4, (ForeignPassage("w-1", 0.4, 0, RUN),)),
        ),
    )


def page(report: Report) -> str:
    return render(report, report_page(report), version="m@0123456789ab")


def test_charts__draw_every_measure_and_say_it_in_words(report: Report) -> None:
    drawn = {chart.name: chart for chart in charts(report)}
    assert list(drawn) == ["loss", "held-out", "others", "delta", "char-grams", "runs"]
    assert all(chart.svg.startswith("<svg") for chart in drawn.values())
    assert "from 3.30 to 3.20" in drawn["loss"].alternative
    assert "own: 0.718, Jane Austen: 0.95" in drawn["others"].alternative
    assert "own: 0.59, Jane Austen: 0.72" in drawn["char-grams"].alternative
    assert "14 tokens at most, none of 13 or more in 2. The bar, dashed, is 50 tokens." in drawn["runs"].alternative
    assert "is 0.8." in drawn["held-out"].alternative


def test_charts__show_the_nearest_and_the_farthest_of_many_works_and_take_any_title(report: Report) -> None:
    (held_out,) = (chart for chart in charts(report) if chart.name == "held-out")
    assert held_out.svg.count("Letter&#39;s end") + held_out.svg.count("Letter's end") >= MOST_WORKS
    assert held_out.alternative.count("Letter's end") == 14


def test_charts__are_left_out_where_nothing_was_measured(report: Report) -> None:
    details = dataclasses.replace(
        report.details,
        comparisons=(),
        own_delta=None,
        own_char_grams=None,
        held_out=(),
        memorisation=dataclasses.replace(report.details.memorisation, runs=()),
    )
    assert charts(dataclasses.replace(report, curve=(), details=details)) == []


def test_page__gives_every_bar_its_title_its_figure_and_its_verdict(report: Report) -> None:
    html = page(report)
    assert "was rejected by the release gate" in html
    assert "Not met: Share of an output that is in somebody else&#x27;s work." in html
    assert "<th scope=row>Delta below that to Jane Austen</th><td>0.6 delta</td><td>&lt; 1.1</td><td>met</td>" in html
    assert "<td>1.2%</td><td>&lt; 5%</td><td>met</td>" in html
    assert "<td>40.0%</td><td>&lt; 20%</td>" in html
    assert "<td>0.59</td><td>nearest other: Jane Austen, 0.72</td><td>no bar</td>" in html
    assert "Kešelj et al. 2003" in html


def test_page__marks_a_copied_run_in_the_output_and_in_the_work(report: Report) -> None:
    html = page(report)
    assert f"We waited, and <mark>{RUN}</mark>." in html
    assert f"It was late: <mark>{RUN}</mark> at last." in html
    assert "Tides &amp; &lt;Stones&gt;" in html
    assert "<Stones>" not in html


def test_page__shows_what_stands_in_somebody_else_s_work(report: Report) -> None:
    html = page(report)
    assert f"At noon <mark>{RUN}</mark> again." in html
    assert "compared with sketches of 76 works" in html
    assert "<code>w-1</code>" in html


def test_page__says_that_a_measure_is_absent(report: Report) -> None:
    html = page(dataclasses.replace(report, details=dataclasses.replace(report.details, near_duplicates=None)))
    assert "Not measured: no index of other people's works was given." in html
    assert "compared with sketches" not in html


def test_report__is_written_with_its_charts_beside_it(report: Report, tmp_path: Path) -> None:
    write_report(tmp_path, report, report_page(report), version="m@0123456789ab")
    assert "<script" not in (tmp_path / "report.html").read_text()
    assert {path.name for path in tmp_path.glob("*.svg")} == {
        f"{name}.svg" for name in ("loss", "held-out", "others", "delta", "char-grams", "runs")
    }
