"""Works that a report knows by their file only: their titles, and those that are heard beside its samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oeuvre.domains.portfolio import selectors as portfolio
from oeuvre.interfaces.site.studio.report.media import media_type
from oeuvre.interfaces.site.studio.report.reading import mapping, number, rows, text
from oeuvre.interfaces.site.studio.report.view import OwnRecording

if TYPE_CHECKING:
    from oeuvre.interfaces.site.studio.report.reading import Json
    from oeuvre.kit.actor import Actor


def refused_titles(*, actor: Actor, report: Json) -> dict[str, str]:
    """Titles of the works that the studio left out, by the id under which they travelled; asks only if there are any."""
    files = {text(row, "file") for row in rows(report, "refused")}
    if not files:
        return {}
    works = portfolio.works_of(actor=actor, owner_id=actor.person_id).values_list("pk", "title")
    return {str(pk): title for pk, title in works if str(pk) in files}


def near_works(*, actor: Actor, report: Json) -> dict[str, str]:
    """Titles, by id, of the works that a report's pictures are most like and that are still there; asks only if there are
    any pictures."""
    files = {
        text(near, "file")
        for row in rows(report, "samples")
        if media_type(row).startswith("image/")
        for near in rows(row, "nearest")
    }
    if not files:
        return {}
    works = portfolio.works_of(actor=actor, owner_id=actor.person_id).values_list("pk", "title")
    return {str(pk): title for pk, title in works if str(pk) in files}


MOST_OWN = 3


def own_recordings(*, actor: Actor, report: Json) -> list[OwnRecording]:
    """Recordings that were kept away from training and are still among the works, the likest first; asks only if the
    report has any."""
    found = {text(row, "file"): number(row, "likeness") for row in rows(mapping(report, "details"), "held_out")}
    heard = {file: likeness for file, likeness in found.items() if likeness is not None}
    if not heard:
        return []
    works = portfolio.works_of(actor=actor, owner_id=actor.person_id).values_list("pk", "title")
    there = [OwnRecording(str(pk), title, heard[str(pk)]) for pk, title in works if str(pk) in heard]
    return sorted(there, key=lambda one: -one.likeness)[:MOST_OWN]
