"""What a report of an image version shows beside what every report does."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from oeuvre_studio.image.measures import MEASURES
from oeuvre_studio.protocol import Report, details_of
from oeuvre_studio.protocol.image import ImageDetails
from oeuvre_studio.report import Page

MOST_WORKS = 12


def report_page(report: Report) -> Page:
    """The image part of the page."""
    details = details_of(report, ImageDetails)
    sections = [_modes(details), _works(details)]
    sections += [_styles(details)] if details.styles else []
    sections += [_foreign(details)] if details.foreign else []
    return Page(measures=MEASURES, sections=sections, samples="What it makes")


def _table(title: str, told: str, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    head = "".join(f"<th scope=col>{name}</th>" for name in heads)
    body = "".join(
        f"<tr><th scope=row>{escape(row[0])}</th>{''.join(f'<td>{escape(value)}</td>' for value in row[1:])}</tr>"
        for row in rows
    )
    return (
        f"<section><h2>{title}</h2><p>{told}</p>"
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></section>'
    )


def _modes(details: ImageDetails) -> str:
    told = (
        f"{details.motifs} of the works are motifs on a flat ground, which can be cut out and arranged;"
        f" {details.scenes} are pictures to their edges, which can be carried on."
    )
    rows = [
        (one.mode, str(one.outputs), f"{one.largest_copy:.1%}", "asked for" if one.copies else "at most 25 %")
        for one in details.modes
    ]
    return _table("Ways to make a picture", told, ("way", "outputs", "largest copy", "bar"), rows)


def _works(details: ImageDetails) -> str:
    rows = [(one.title, f"{one.share:.1%}") for one in details.works[:MOST_WORKS]]
    told = "Counted over all outputs that the gate had made, pixel by pixel."
    return _table("Whose pixels they were", told, ("work", "share"), rows)


def _styles(details: ImageDetails) -> str:
    rows = [
        (one.other, f"{one.outputs:.2f}", f"{one.own:.2f}", f"{one.others:.2f}", f"{one.told_apart:.0%}")
        for one in details.styles
    ]
    told = "Places on the axis that tells the author from another artist; the last column says how well it does on works it never saw (half is chance)."
    return _table("Whose hand", told, ("other artist", "outputs", "own works", "their works", "told apart"), rows)


def _foreign(details: ImageDetails) -> str:
    rows = [(one.title, f"{one.similarity:.2f}", f"{one.other} {one.work}".strip()) for one in details.foreign]
    told = "The most alike pairs; from 0.75 on it counts as a copy."
    return _table("Others' works", told, ("output or work", "likeness", "their work"), rows)
