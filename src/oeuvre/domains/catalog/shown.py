"""A version of a gig with everything that a page shows of it. Imported through ``catalog.selectors``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from oeuvre.domains.catalog.content import questions_of
from oeuvre.domains.catalog.references import references
from oeuvre.domains.catalog.rules import LICENCE, attribute_words
from oeuvre.domains.catalog.states import AiPolicy, GigState, SampleLabel, SampleSource
from oeuvre.kit.parts import Part

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from uuid import UUID

    from oeuvre.domains.catalog.content import Question
    from oeuvre.domains.catalog.models import Gig, GigExtra, GigImage, GigPackage, GigSample, GigVersion
    from oeuvre.domains.catalog.references import Reference


@dataclass(frozen=True, slots=True)
class AttributeShown:
    """An answered attribute as people read it."""

    key: str
    label: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SampleShown:
    """A sample that is still there: an image, a text, or what another domain confirmed."""

    label: SampleLabel
    title: str
    caption: str
    excerpt: str
    image: GigImage | None
    reference: Reference | None


@dataclass(frozen=True, slots=True)
class VersionShown:
    """A version in full."""

    version: GigVersion
    packages: Sequence[GigPackage]
    """Cheapest first."""
    extras: Sequence[GigExtra]
    questions: Sequence[Question]
    samples: Sequence[SampleShown]
    attributes: Sequence[AttributeShown]
    rights: str
    """The licence that a completed order assigns, as people read it; empty where the category does not ask."""
    ai_policy: AiPolicy


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a gig can be ordered now. ``reason``: ``paused``, ``not_accepting``, ``full``, ``over`` or ``not_live``."""

    open: bool
    reason: str = ""
    until: date | None = None
    """The day on which a pause ends by itself."""


def availability(*, gig: Gig, open_orders: int = 0) -> Availability:
    """Whether one more order can be placed, given how many are open."""
    if gig.status == GigState.PAUSED:
        return Availability(False, "paused", gig.paused_until)
    if gig.status in (GigState.REMOVED, GigState.CLOSED):
        return Availability(False, "over")
    if gig.status != GigState.LIVE:
        return Availability(False, "not_live")
    if not gig.accepting_orders:
        return Availability(False, "not_accepting")
    if gig.orders_at_once is not None and open_orders >= gig.orders_at_once:
        return Availability(False, "full")
    return Availability(True)


def version_parts(*names: str, path: str = "") -> list[Part]:
    """What a version needs to be shown, or the named parts of that, for ``with_parts``; ``path`` leads to the version."""
    parts = (Part("packages", path), Part("extras", path), Part("samples", path, one=("image",)))
    return [part for part in parts if not names or part.name in names]


def version_shown(version: GigVersion, *, owner_id: UUID) -> VersionShown:
    """The version with everything, of rows that came with ``version_parts``: a query more, and one a kind of reference."""
    words = attribute_words(set(version.attributes))
    answers = {
        key: tuple(words.values(key, tuple(value) if isinstance(value, list) else value))
        for key, value in version.attributes.items()
    }
    return VersionShown(
        version=version,
        packages=list(version.packages.all()),
        extras=list(version.extras.all()),
        questions=questions_of(version),
        samples=_samples(list(version.samples.all()), owner_id),
        attributes=[AttributeShown(key, words.label(key), values) for key, values in answers.items()],
        rights=", ".join(answers.get(LICENCE, ())),
        ai_policy=AiPolicy(version.ai_policy),
    )


def _samples(rows: list[GigSample], owner_id: UUID) -> list[SampleShown]:
    wanted = [(row.source, row.ref_id) for row in rows if row.ref_id]
    found = references(owner_id, wanted)
    shown = []
    for row in rows:
        reference = found.get((row.source, row.ref_id)) if row.ref_id else None
        if row.source == SampleSource.TEXT or row.image or reference:
            title = row.title or (reference.title if reference else "")
            label = SampleLabel(row.label)
            shown.append(SampleShown(label, title, row.caption, row.excerpt, row.image, reference))
    return shown
