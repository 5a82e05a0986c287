"""Names for works that a report knows by their file only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oeuvre.domains.portfolio import selectors as portfolio
from oeuvre.interfaces.site.studio.report.reading import rows, text

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
