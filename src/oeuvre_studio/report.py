"""A report as a page for people: one HTML file without scripts, its charts inside, and the charts as files
beside it.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from oeuvre_studio.charts import Chart, charts
from oeuvre_studio.protocol import Bar, Report, Sample

STYLE = """
body { font: 16px/1.5 Georgia, serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: #1f1d1a; }
h1, h2, th { font-family: system-ui, sans-serif; } table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #ddd; } figure { margin: 1rem 0; }
svg { max-width: 100%; height: auto; } blockquote { white-space: pre-wrap; border-left: 3px solid #b4532a;
margin: .5rem 0; padding-left: 1rem; } .missed { color: #a11; font-weight: bold; }
@media (prefers-color-scheme: dark) { body { background: #191816; color: #eee; } td, th { border-color: #444;
} }
"""


def write_report(folder: Path, report: Report, *, version: str) -> None:
    """Write ``report.html`` and one ``<chart>.svg`` for each chart."""
    drawn = charts(report)
    for chart in drawn:
        (folder / f"{chart.name}.svg").write_text(chart.svg, encoding="utf-8")
    (folder / "report.html").write_text(render(report, drawn, version=version), encoding="utf-8")


def render(report: Report, drawn: list[Chart], *, version: str) -> str:
    """The page."""
    verdict = "passed the release gate" if report.status == "passed" else "was rejected by the release gate"
    parts = [
        "<!doctype html>",
        f'<html lang="en"><head><meta charset="utf-8"><title>{escape(version)}</title><style>{STYLE}</style></head>',
        f"<body><h1>{escape(version)}</h1><p>This version <strong>{verdict}</strong>.</p>",
        "<h2>Measures</h2><table><tr><th>measure</th><th>value</th><th>bar</th><th></th></tr>",
        *(_bar(bar) for bar in report.bars),
        "</table>",
        *(_figure(chart) for chart in drawn),
        *_copied(report),
        "<h2>What it writes</h2>",
        *(_sample(sample) for sample in report.samples),
        *_refused(report),
        "</body></html>",
    ]
    return "\n".join(parts)


def _bar(bar: Bar) -> str:
    verdict = "met" if bar.met else '<span class="missed">missed</span>'
    name = escape(bar.name.replace("_", " "))
    return (
        f"<tr><td>{name}</td><td>{bar.value:g} {escape(bar.unit)}</td><td>{escape(bar.bar)}</td><td>{verdict}</td></tr>"
    )


def _figure(chart: Chart) -> str:
    svg = chart.svg.replace("<svg ", f'<svg role="img" aria-label="{escape(chart.alternative)}" ', 1)
    return f"<figure><figcaption><strong>{chart.title}.</strong> {escape(chart.alternative)}</figcaption>{svg}</figure>"


def _copied(report: Report) -> list[str]:
    found = report.memorisation
    lines = [
        "<h2>Does it copy?</h2>",
        f"<p>Given the beginnings of {found.prompts} passages it was trained on, the longest run it repeated was"
        f" {found.longest_run_tokens} tokens; {found.shared_13gram_share:.1%} of its words stood in a stretch of 13"
        f" or more tokens from the works. Of {found.canaries_planted} planted records it gave up"
        f" {found.canaries_recovered}.</p>",
    ]
    for passage in found.passages:
        lines.append(f"<p>{escape(passage.title)}, {passage.shared_tokens} tokens:</p>")
        lines.append(f"<blockquote>{escape(passage.text)}</blockquote>")
    return lines


def _sample(sample: Sample) -> str:
    nearest = "".join(
        f"<li>{escape(p.title)} (likeness {p.similarity:.2f}, longest shared run {p.shared_tokens} tokens):"
        f" <em>{escape(p.text)}</em></li>"
        for p in sample.nearest
    )
    return (
        f"<h3>{escape(sample.prompt)}</h3><blockquote>{escape(sample.text)}</blockquote>"
        f"<details><summary>Nearest passages of the works (seed {sample.seed})</summary><ul>{nearest}</ul></details>"
    )


def _refused(report: Report) -> list[str]:
    if not report.refused:
        return []
    items = "".join(f"<li>{escape(r.file)}: {escape(r.reason)}</li>" for r in report.refused)
    return ["<h2>Left out</h2>", f"<ul>{items}</ul>"]
