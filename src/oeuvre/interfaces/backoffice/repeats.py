"""Whose works a rejected version repeated: what operators see of a report that belongs to somebody else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from oeuvre.domains.portfolio import selectors as portfolio

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from oeuvre.domains.creation.models import TrainingRun
    from oeuvre.domains.portfolio.models import Work
    from oeuvre.kit.actor import Actor

BAR = "near_duplicate_of_others"


@dataclass(frozen=True, slots=True)
class Repeat:
    """A work of which a text was a near-duplicate, and the share of the text that stands in it."""

    work: Work
    share: float


@dataclass(frozen=True, slots=True)
class RunRow:
    run: TrainingRun
    repeats: tuple[Repeat, ...]


def run_rows(*, actor: Actor, runs: Sequence[TrainingRun]) -> list[RunRow]:
    """The runs, those that were rejected for it with the works that they repeated; one query for all of them."""
    found = {run.pk: _shares(run.report) for run in runs}
    works = portfolio.works_named(actor=actor, ids={work for shares in found.values() for work in shares})
    return [
        RunRow(run, tuple(Repeat(works[work], share) for work, share in found[run.pk].items() if work in works))
        for run in runs
    ]


def _shares(report: dict[str, Any]) -> dict[UUID, float]:
    """Work → the largest share, where the bar was missed; nothing for reports without the measure."""
    if not any(bar.get("name") == BAR and not bar.get("met") for bar in report.get("bars") or ()):
        return {}
    shares: dict[UUID, float] = {}
    for row in ((report.get("details") or {}).get("near_duplicates") or {}).get("passages", ()):
        work = UUID(row["work"])
        shares[work] = max(shares.get(work, 0.0), row["share"])
    return shares
