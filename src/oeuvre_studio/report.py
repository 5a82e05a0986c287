"""A report as a page for people: one HTML file without scripts, its charts inside, and the charts as files
beside it.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from oeuvre_studio.charts import Chart, charts
from oeuvre_studio.protocol import Bar, ForeignPassage, Passage, Report, Sample
from oeuvre_studio.text.measures import MEASURES, title_of

STYLE = Path(__file__).with_name("report.css")


def write_report(folder: Path, report: Report, *, version: str) -> None:
    """Write ``report.html`` and one ``<chart>.svg`` for each chart."""
    drawn = charts(report)
    for chart in drawn:
        (folder / f"{chart.name}.svg").write_text(chart.svg, encoding="utf-8")
    (folder / "report.html").write_text(render(report, drawn, version=version), encoding="utf-8")


def render(report: Report, drawn: list[Chart], *, version: str) -> str:
    """The page."""
    passed = report.status == "passed"
    verdict = "passed the release gate" if passed else "was rejected by the release gate"
    missed = [title_of(bar.name) for bar in report.bars if not bar.met]
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(version)}</title><style>{STYLE.read_text(encoding='utf-8')}</style></head>",
        f"<body><main><header><h1>{escape(version)}</h1>",
        f'<p class="verdict" data-met="{"yes" if passed else "no"}">This version <strong>{verdict}</strong>.</p>',
        f"<p>Not met: {escape('; '.join(missed))}.</p>" if missed else "",
        "</header>",
        *_measures(report),
        "<section><h2>In pictures</h2>",
        '<div class="charts">',
        *(_figure(chart) for chart in drawn),
        "</div></section>",
        *_copied(report),
        *_foreign(report),
        "<section><h2>What it writes</h2>",
        *(_sample(number, sample) for number, sample in enumerate(report.samples, start=1)),
        "</section>",
        *_refused(report),
        "</main></body></html>",
    ]
    return "\n".join(part for part in parts if part)


def _measures(report: Report) -> list[str]:
    """Every bar with its figure, and what each measure says and comes from."""
    rows = [_bar(bar) for bar in report.bars]
    if report.own_char_grams is not None:
        nearest = min(
            ((c.char_grams, c.other) for c in report.comparisons if c.char_grams is not None), default=(None, "")
        )
        beside = f"nearest other: {escape(nearest[1])}, {nearest[0]:.2f}" if nearest[0] is not None else ""
        rows.append(
            f"<tr><th scope=row>Character 4-grams</th><td>{report.own_char_grams:.2f}</td>"
            f"<td>{beside}</td><td>no bar</td></tr>"
        )
    if report.near_duplicates is None:
        rows.append(
            "<tr><th scope=row>Near-duplicates of others' works</th><td></td><td></td><td>Not measured</td></tr>"
        )
    listed = "".join(
        f"<dt>{escape(measure.title)}</dt><dd>{escape(measure.about)} <cite>{escape(measure.source)}</cite></dd>"
        for measure in MEASURES
    )
    return [
        "<section><h2>Measures</h2>",
        '<div class="scroll"><table><thead><tr><th scope=col>measure</th><th scope=col>value</th>',
        "<th scope=col>bar</th><th scope=col>verdict</th></tr></thead><tbody>",
        *rows,
        "</tbody></table></div>",
        f"<details><summary>What they say, and where they come from</summary><dl>{listed}</dl></details></section>",
    ]


def _bar(bar: Bar) -> str:
    verdict = "met" if bar.met else '<span class="missed">not met</span>'
    if bar.unit == "share":
        value, limit = f"{bar.value:.1%}", _share(bar.bar)
    else:
        value, limit = f"{bar.value:g} {escape(bar.unit)}", escape(bar.bar)
    return f"<tr><th scope=row>{escape(title_of(bar.name))}</th><td>{value}</td><td>{limit}</td><td>{verdict}</td></tr>"


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


def _copied(report: Report) -> list[str]:
    found = report.memorisation
    return [
        "<section><h2>Does it copy its author?</h2>",
        f"<p>Given the beginnings of {found.prompts} passages it was trained on, the longest run it repeated was"
        f" {found.longest_run_tokens} tokens; {found.shared_13gram_share:.1%} of what it wrote stood in a stretch of 13"
        f" or more tokens from the works. Of {found.canaries_planted} planted records it gave up"
        f" {found.canaries_recovered}.</p>",
        *(_passage(passage) for passage in found.passages),
        "</section>",
    ]


def _passage(passage: Passage) -> str:
    """A copied run: the output that has it beside the work it comes from."""
    written = _marked(passage.output or passage.text, passage.text)
    source = _marked(passage.source, passage.text) if passage.source else "<p>(the run above)</p>"
    return (
        f'<article class="pair"><h3>{passage.shared_tokens} tokens from {escape(passage.title)}</h3>'
        f"<div><h4>It wrote</h4><blockquote>{written}</blockquote></div>"
        f"<div><h4>The work has</h4><blockquote>{source}</blockquote></div></article>"
    )


def _marked(text: str, run: str) -> str:
    """A text with the run in it marked; a run that was cut inside a character is not found, and nothing is marked."""
    before, found, after = text.partition(run) if run else (text, "", "")
    return f"{escape(before)}<mark>{escape(found)}</mark>{escape(after)}" if found else escape(text)


def _foreign(report: Report) -> list[str]:
    head = "<section><h2>Does it repeat anybody else?</h2>"
    found = report.near_duplicates
    if found is None:
        return [head, "<p>Not measured: no index of other people's works was given.</p></section>"]
    told = f"Its outputs were compared with sketches of {found.works} works of others; the texts are not known here."
    if not found.passages:
        return [head, f"<p>{told} No output shares a stretch of words with any of them.</p></section>"]
    return [
        head,
        f"<p>{told} At most {found.highest_share:.1%} of an output stands in one of them.</p>",
        *(_foreign_passage(passage, report) for passage in found.passages),
        "</section>",
    ]


def _foreign_passage(passage: ForeignPassage, report: Report) -> str:
    written = report.samples[passage.sample].text if passage.sample < len(report.samples) else passage.text
    return (
        f"<article><h3>{passage.share:.1%} of output {passage.sample + 1}, from work"
        f" <code>{escape(passage.work)}</code></h3><blockquote>{_marked(written, passage.text)}</blockquote></article>"
    )


def _sample(number: int, sample: Sample) -> str:
    nearest = "".join(
        f"<li><strong>{escape(p.title)}</strong> (likeness {p.similarity:.2f}, longest shared run {p.shared_tokens}"
        f" tokens)<br>{escape(p.text)}</li>"
        for p in sample.nearest
    )
    return (
        f"<article><h3>{number}. {escape(sample.prompt)}</h3><blockquote>{escape(sample.text)}</blockquote>"
        f"<details><summary>Nearest passages of the works (seed {sample.seed})</summary><ul>{nearest}</ul></details>"
        "</article>"
    )


def _refused(report: Report) -> list[str]:
    if not report.refused:
        return []
    items = "".join(f"<li>{escape(r.file)}: {escape(r.reason)}</li>" for r in report.refused)
    return ["<section><h2>Left out</h2>", f"<ul>{items}</ul></section>"]
