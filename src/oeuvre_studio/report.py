"""A report as a page for people: one HTML file without scripts, its charts inside, and the charts as files
beside it. What is the same for every modality is here; a modality adds its own as a `Page`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from html import escape
from pathlib import Path

from oeuvre_studio.charts import Chart
from oeuvre_studio.measures import Measure, title_among
from oeuvre_studio.protocol import Bar, Media, Passage, Report, Sample

STYLE = Path(__file__).with_name("report.css")


@dataclasses.dataclass(frozen=True)
class Page:
    """What a modality puts on the page. HTML is put there as it is: whoever makes it escapes what people wrote."""

    measures: Sequence[Measure]
    charts: Sequence[Chart] = ()
    rows: Sequence[str] = ()
    """Rows of HTML for measures without a bar, in the columns of the table of bars."""
    sections: Sequence[str] = ()
    """HTML between the charts and the samples."""
    samples: str = "What it makes"
    """The heading over the samples."""


def write_report(folder: Path, report: Report, page: Page, *, version: str) -> None:
    """Write ``report.html`` and one ``<chart>.svg`` for each chart."""
    for chart in page.charts:
        (folder / f"{chart.name}.svg").write_text(chart.svg, encoding="utf-8")
    (folder / "report.html").write_text(render(report, page, version=version), encoding="utf-8")


def render(report: Report, page: Page, *, version: str) -> str:
    """The page."""
    passed = report.status == "passed"
    verdict = "passed the release gate" if passed else "was rejected by the release gate"
    missed = [title_among(page.measures, bar.name) for bar in report.bars if not bar.met]
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(version)}</title><style>{STYLE.read_text(encoding='utf-8')}</style></head>",
        f"<body><main><header><h1>{escape(version)}</h1>",
        f'<p class="verdict" data-met="{"yes" if passed else "no"}">This version <strong>{verdict}</strong>.</p>',
        f"<p>Not met: {escape('; '.join(missed))}.</p>" if missed else "",
        *(f"<p>{escape(note)}</p>" for note in report.notes),
        "</header>",
        *_measures(report, page),
        *_pictures(page),
        *page.sections,
        f"<section><h2>{escape(page.samples)}</h2>",
        *(_sample(number, sample) for number, sample in enumerate(report.samples, start=1)),
        "</section>",
        *_refused(report),
        "</main></body></html>",
    ]
    return "\n".join(part for part in parts if part)


def _measures(report: Report, page: Page) -> list[str]:
    """Every bar with its figure, and what each measure says and comes from."""
    listed = "".join(
        f"<dt>{escape(measure.title)}</dt><dd>{escape(measure.about)} <cite>{escape(measure.source)}</cite></dd>"
        for measure in page.measures
    )
    return [
        "<section><h2>Measures</h2>",
        '<div class="scroll"><table><thead><tr><th scope=col>measure</th><th scope=col>value</th>',
        "<th scope=col>bar</th><th scope=col>verdict</th></tr></thead><tbody>",
        *(_bar(bar, page.measures) for bar in report.bars),
        *page.rows,
        "</tbody></table></div>",
        f"<details><summary>What they say, and where they come from</summary><dl>{listed}</dl></details></section>",
    ]


def _pictures(page: Page) -> list[str]:
    if not page.charts:
        return []
    drawn = "".join(_figure(chart) for chart in page.charts)
    return ["<section><h2>In pictures</h2>", f'<div class="charts">{drawn}</div></section>']


def _bar(bar: Bar, measures: Sequence[Measure]) -> str:
    verdict = "met" if bar.met else '<span class="missed">not met</span>'
    if bar.unit == "share":
        value, limit = f"{bar.value:.1%}", _share(bar.bar)
    else:
        value, limit = f"{bar.value:g} {escape(bar.unit)}", escape(bar.bar)
    return f"<tr><th scope=row>{escape(title_among(measures, bar.name))}</th><td>{value}</td><td>{limit}</td><td>{verdict}</td></tr>"


def _share(bar: str) -> str:
    """``< 0.05`` as ``< 5 %``."""
    sign, _, number = bar.partition(" ")
    return f"{escape(sign)} {float(number):.0%}"


def _figure(chart: Chart) -> str:
    svg = chart.svg.replace("<svg ", f'<svg role="img" aria-label="{escape(chart.alternative)}" ', 1)
    return (
        f"<figure><figcaption><strong>{escape(chart.title)}.</strong> {escape(_short(chart.alternative))}</figcaption>"
        f"{svg}</figure>"
    )


def _short(text: str, most: int = 240) -> str:
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"


def _sample(number: int, sample: Sample) -> str:
    nearest = "".join(f"<li>{_nearest(passage)}</li>" for passage in sample.nearest)
    made = _media(sample.media, sample.prompt) if sample.media else f"<blockquote>{escape(sample.text)}</blockquote>"
    return (
        f"<article><h3>{number}. {escape(sample.prompt)}</h3>{made}"
        f"<details><summary>What of the works is nearest (seed {sample.seed})</summary><ul>{nearest}</ul></details>"
        "</article>"
    )


def _nearest(passage: Passage) -> str:
    told = f"likeness {passage.similarity:.2f}"
    if passage.text:
        told += f", longest shared run {passage.shared_tokens} tokens"
    text = f"<br>{escape(passage.text)}" if passage.text else ""
    return f"<strong>{escape(passage.title)}</strong> ({told}){text}"


def _media(media: Media, words: str) -> str:
    """The picture or the recording itself, so that the page needs no file beside it."""
    source = f"data:{escape(media.mime)};base64,{escape(media.content)}"
    if media.mime.startswith("audio/"):
        return f'<p><audio controls preload="none" src="{source}"></audio></p>'
    return f'<p><img src="{source}" alt="{escape(words)}"></p>'


def _refused(report: Report) -> list[str]:
    if not report.refused:
        return []
    items = "".join(f"<li>{escape(r.file)}: {escape(r.reason)}</li>" for r in report.refused)
    return ["<section><h2>Left out</h2>", f"<ul>{items}</ul></section>"]
