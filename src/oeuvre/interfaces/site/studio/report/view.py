"""The whole report as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from oeuvre.interfaces.site.studio.report.bars import BarView, bar_view, limit_of
from oeuvre.interfaces.site.studio.report.figures import comparison_charts, held_out_chart, loss_chart, runs_chart
from oeuvre.interfaces.site.studio.report.media import media_type
from oeuvre.interfaces.site.studio.report.passages import (
    ForeignView,
    Part,
    PassageView,
    copied_views,
    foreign_views,
    passage_views,
)
from oeuvre.interfaces.site.studio.report.reading import mapping, number, rows, text
from oeuvre.interfaces.site.studio.report.voice_bars import SPEED, sample_note

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from oeuvre.interfaces.site.studio.report.reading import Json
    from oeuvre.interfaces.ui.charts import Chart

FOREIGN = frozenset({"near_duplicate_of_others", "near_voice_of_others", "likeness_to_others"})
COPYING = frozenset({"longest_copied_run", "shared_13gram_mass", "canaries_recovered", "largest_copy"})
MOST_CREDITED = 4
_PICTURE = "image/"


@dataclass(frozen=True, slots=True)
class Share:
    """An estimated share of a work, 0 to 1."""

    title: str
    share: float


@dataclass(frozen=True, slots=True)
class NearWork:
    """A work beside a picture that is like it."""

    work_id: str
    title: str
    likeness: float
    """0 to 1."""


@dataclass(frozen=True, slots=True)
class SampleView:
    """An output with what it is nearest to and the freelancer's word on it (accepted, rejected or nothing)."""

    index: int
    number: int
    prompt: str
    seed: int
    parts: tuple[Part, ...]
    nearest: tuple[PassageView, ...]
    credit: tuple[Share, ...]
    verdict: str
    media: str = ""
    """The media type of its file; empty where it is a text."""
    near: tuple[NearWork, ...] = ()
    """Works that are most like it and still there, where it is a picture."""
    note: str = ""
    """What it is, where it is not the version's own: a ready-made voice to compare with."""


@dataclass(frozen=True, slots=True)
class OwnRecording:
    """A recording of the freelancer's that was kept away from training, to hear beside the samples."""

    work_id: str
    title: str
    likeness: float
    """Of the model's voice to it, 0 to 1, by the ear that took no part in the fitting."""


@dataclass(frozen=True, slots=True)
class Refused:
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReportView:
    """Bars by question, charts, samples and remarks; parts that a report lacks are empty."""

    passed: bool
    sounds: tuple[BarView, ...]
    copies: tuple[BarView, ...]
    others: tuple[BarView, ...]
    """Whether it repeats anybody else; empty where that was not measured."""
    charts: tuple[Chart, ...]
    loss: Chart | None
    runs: Chart | None
    memory_prompts: int
    passages: tuple[PassageView, ...]
    foreign: tuple[ForeignView, ...]
    samples: tuple[SampleView, ...]
    notes: tuple[str, ...]
    refused: tuple[Refused, ...]
    is_summary: bool
    own: tuple[OwnRecording, ...] = ()

    @property
    def sounds_like_me(self) -> bool:
        return bool(self.sounds) and all(bar.met for bar in self.sounds if bar.name != SPEED)

    @property
    def copies_me(self) -> bool:
        return any(not bar.met for bar in self.copies)

    @property
    def repeats_others(self) -> bool:
        return any(not bar.met for bar in self.others)

    @property
    def is_seen(self) -> bool:
        """Whether its samples are pictures, which look like somebody's and do not sound so."""
        return any(sample.media.startswith(_PICTURE) for sample in self.samples)

    @property
    def headline(self) -> str:
        """The verdict in a sentence."""
        if self.repeats_others:
            return _("It repeats somebody else's work.")
        if self.is_seen:
            return self._seen_headline
        if not self.sounds and not self.copies:
            return _("This version came without figures.")
        if not self.copies:  # no model of this kind can copy: a voice holds no recording
            return _("It comes near to you.") if self.sounds_like_me else _("It does not come near enough to you yet.")
        if self.sounds_like_me and not self.copies_me:
            return _("It sounds like you, and it does not copy you.")
        if self.copies_me and self.sounds_like_me:
            return _("It sounds like you, but it copies you.")
        if self.copies_me:
            return _("It copies you, and does not sound like you yet.")
        return _("It does not copy you, but it does not sound like you yet.")

    @property
    def _seen_headline(self) -> str:
        if self.copies_me:
            return _("It pastes your works instead of drawing with them.")
        if self.sounds_like_me:
            return _("It draws with your works, and it does not paste them.")
        return _("It does not paste your works, but it does not look like you yet.")

    @property
    def accepted(self) -> int:
        return sum(sample.verdict == "accepted" for sample in self.samples)

    @property
    def judged(self) -> int:
        return sum(bool(sample.verdict) for sample in self.samples)

    @property
    def to_judge(self) -> int:
        """Samples that the version made; the others are there to compare with."""
        return sum(not sample.note for sample in self.samples)


def sample_view(report: Json, index: int, verdicts: Json, there: Mapping[str, str] | None = None) -> SampleView | None:
    """One sample of the report, or None where there is none of this number. ``there`` are titles of works that can be
    shown beside it, by id."""
    found = rows(report, "samples")
    if not 0 <= index < len(found):
        return None
    row = found[index]
    nearest, parts = passage_views(row, "nearest", text(row, "text"))
    credit = sorted(rows(row, "credit"), key=lambda share: -(number(share, "share") or 0))
    return SampleView(
        index=index,
        number=index + 1,
        prompt=text(row, "prompt"),
        seed=round(number(row, "seed") or 0),
        parts=parts,
        nearest=nearest,
        credit=tuple(
            Share(text(share, "title") or text(share, "work")[:12], number(share, "share") or 0)
            for share in credit[:MOST_CREDITED]
        ),
        verdict=str(verdicts.get(str(index), "")),
        media=media_type(row),
        near=_near(row, there or {}),
        note=sample_note(row),
    )


def _near(sample: Json, there: Mapping[str, str]) -> tuple[NearWork, ...]:
    """Works travel to the studio under their id as file name."""
    return tuple(
        NearWork(text(row, "file"), there[text(row, "file")], number(row, "similarity") or 0)
        for row in rows(sample, "nearest")
        if text(row, "file") in there
    )


def report_view(
    report: Json,
    *,
    verdicts: Json | None = None,
    curve: Sequence[Json] = (),
    titles: dict[str, str] | None = None,
    own: Sequence[OwnRecording] = (),
    there: Mapping[str, str] | None = None,
) -> ReportView:
    """What the page shows. ``curve`` is the run's own, for a report without one; ``titles`` names works by the file name
    under which they travelled; ``own`` are recordings that are still there, ``there`` the titles of works that samples are like."""
    bars, details = rows(report, "bars"), mapping(report, "details")
    views = [bar_view(bar, details) for bar in bars]
    memory = mapping(details, "memorisation")
    drawn = held_out_chart(details)
    samples = [sample_view(report, index, verdicts or {}, there) for index in range(len(rows(report, "samples")))]
    notes = report.get("notes")
    return ReportView(
        passed=text(report, "status") == "passed",
        sounds=tuple(view for view in views if view.name not in COPYING | FOREIGN),
        copies=tuple(view for view in views if view.name in COPYING),
        others=tuple(view for view in views if view.name in FOREIGN),
        charts=(*((drawn,) if drawn else ()), *comparison_charts(details)),
        loss=loss_chart(rows(report, "curve") or curve, text(details, "modality")),
        runs=runs_chart(details, limit=_limit(bars, "longest_copied_run")),
        memory_prompts=round(number(memory, "prompts") or 0),
        passages=copied_views(memory),
        foreign=foreign_views(report),
        samples=tuple(sample for sample in samples if sample is not None),
        notes=tuple(str(note) for note in notes) if isinstance(notes, (list, tuple)) else (),
        refused=tuple(
            Refused((titles or {}).get(text(row, "file"), text(row, "file")), text(row, "reason"))
            for row in rows(report, "refused")
        ),
        is_summary=not details,
        own=tuple(own),
    )


def _limit(bars: Sequence[Json], name: str) -> float | None:
    return next((limit_of(text(bar, "bar")) for bar in bars if text(bar, "name") == name), None)
