"""The public part of a version's report, in plain words. Passages of works stay with their owner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oeuvre.domains.creation.papers import works_digest
from oeuvre.domains.portfolio import selectors as portfolio

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from oeuvre.domains.creation.models import ModelVersion


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure: what it is called, what it says, and how near it comes to the bar it must keep below (0 to 1)."""

    label: str
    figure: str
    bar: str
    text: str
    level: float


@dataclass(frozen=True, slots=True)
class PublicReport:
    """What everybody may know of a version."""

    version: str
    trained_at: datetime
    works: int
    size_said: str
    """Of all works: ``12,400 words``, ``4:10 min``."""
    works_sha256: str
    sounds: tuple[Measure, ...]
    copies: tuple[Measure, ...]


def public_report(version: ModelVersion, modality: str) -> PublicReport:
    """The report of a version of a model of the ``modality``; of an imported one, the figures that came with it."""
    report: dict[str, Any] = version.report
    figures = {bar["name"]: bar["value"] for bar in report.get("bars", ())}
    works = version.manifest.get("works", [])
    return PublicReport(
        version=version.name,
        trained_at=version.created_at,
        works=len(works),
        size_said=portfolio.size_said(modality, sum(row["size"] for row in works)),
        works_sha256=works_digest(version.manifest),
        sounds=_sounds(figures),
        copies=_copies(figures, _planted(report)),
    )


def _planted(report: dict[str, Any]) -> int | None:
    """How many canaries there were; of an imported version that is not known."""
    return ((report.get("details") or {}).get("memorisation") or {}).get("canaries_planted")


def _sounds(figures: dict[str, float]) -> tuple[Measure, ...]:
    ratio = figures.get("perplexity_ratio")
    if ratio is None:
        return _spoken(figures)
    text = _(
        "Work by this person that it never saw surprises it %(percent)d %% less than the model it started from."
    ) % {"percent": round((1 - ratio) * 100)}
    return (Measure(_("Perplexity ratio"), f"{ratio:.2f}", _("must be 0.80 or less"), text, min(ratio / 0.8, 1)),)


def _spoken(figures: dict[str, float]) -> tuple[Measure, ...]:
    """What is known of a voice."""
    measures = []
    if (closed := figures.get("gap_closed")) is not None:
        text = _(
            "It goes %(percent)d %% of the way from the nearest ready-made voice to a second recording of this person."
        ) % {"percent": round(100 * closed)}
        figure = f"{100 * closed:.0f} %"
        measures.append(Measure(_("In the manner of"), figure, _("must be 30 % or more"), text, min(closed, 1)))
    if (errors := figures.get("word_error_rate")) is not None:
        text = _("Of 100 words that it spoke in the test, a machine that listens wrote down %(words)d differently.") % {
            "words": round(100 * errors)
        }
        measures.append(Measure(_("Misheard words"), f"{100 * errors:.0f} %", "", text, min(errors, 1)))
    return tuple(measures)


def _copies(figures: dict[str, float], planted: int | None) -> tuple[Measure, ...]:
    measures = []
    if (longest := figures.get("longest_copied_run")) is not None:
        run = round(longest)
        text = ngettext(
            "Given the beginning of a work, the longest stretch it repeated word for word is %(count)d token.",
            "Given the beginning of a work, the longest stretch it repeated word for word is %(count)d tokens.",
            run,
        ) % {"count": run}
        measures.append(
            Measure(_("Longest copied run"), str(run), _("must be under 50 tokens"), text, min(run / 50, 1))
        )
    if (mass := figures.get("shared_13gram_mass")) is not None:
        text = _("So much of what it wrote in the test stands, thirteen tokens in a row, in one of the works.")
        measures.append(
            Measure(_("Shared passages"), f"{mass * 100:.1f} %", _("must be under 5 %"), text, min(mass / 0.05, 1))
        )
    if (recovered := figures.get("canaries_recovered")) is not None:
        text = _("Invented secrets were hidden among the works before training. So many could be got out of it again.")
        found = {"found": round(recovered), "planted": planted}
        figure = _("%(found)d of %(planted)d") % found if planted else str(round(recovered))
        measures.append(Measure(_("Canaries"), figure, _("must be none"), text, 1.0 if recovered else 0.0))
    if (region := figures.get("largest_copy")) is not None:
        text = _("So much of one picture, at most, was one stretch of one work, in the pictures of the test.")
        figure, bar = f"{region * 100:.0f} %", _("must be 25 % or less")
        measures.append(Measure(_("Largest copied region"), figure, bar, text, min(region / 0.25, 1)))
    return tuple(measures)
