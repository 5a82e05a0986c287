"""What a report of a text version shows beside what every report does."""

from __future__ import annotations

from html import escape

from oeuvre_studio.protocol import ForeignPassage, Passage, Report, TextDetails, details_of
from oeuvre_studio.report import Page
from oeuvre_studio.text.charts import charts
from oeuvre_studio.text.measures import MEASURES


def report_page(report: Report) -> Page:
    """The text part of the page."""
    details = details_of(report, TextDetails)
    return Page(
        measures=MEASURES,
        charts=charts(report),
        rows=_rows(details),
        sections=(*_copied(details), *_foreign(report, details)),
        samples="What it writes",
    )


def _rows(details: TextDetails) -> list[str]:
    rows = []
    if details.own_char_grams is not None:
        nearest = min(
            ((c.char_grams, c.other) for c in details.comparisons if c.char_grams is not None), default=(None, "")
        )
        beside = f"nearest other: {escape(nearest[1])}, {nearest[0]:.2f}" if nearest[0] is not None else ""
        rows.append(
            f"<tr><th scope=row>Character 4-grams</th><td>{details.own_char_grams:.2f}</td>"
            f"<td>{beside}</td><td>no bar</td></tr>"
        )
    if details.near_duplicates is None:
        rows.append(
            "<tr><th scope=row>Near-duplicates of others' works</th><td></td><td></td><td>Not measured</td></tr>"
        )
    return rows


def _copied(details: TextDetails) -> list[str]:
    found = details.memorisation
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


def _foreign(report: Report, details: TextDetails) -> list[str]:
    head = "<section><h2>Does it repeat anybody else?</h2>"
    found = details.near_duplicates
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
