"""Finding works that resemble a newcomer, among everybody's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count

from oeuvre.domains.portfolio.modalities.table import MODALITIES
from oeuvre.domains.portfolio.models import Work, WorkBand
from oeuvre.domains.portfolio.states import LIVE, MatchKind
from oeuvre.kit.locks import lock_names

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.domains.portfolio.modalities.base import Reading

_CANDIDATES = 200
"""Works compared with a newcomer at most: those that share the most bands."""
_REPORTED = 5
"""Matches kept of a work at most, the most similar ones."""


@dataclass(frozen=True, slots=True)
class Found:
    """A work that resembles the newcomer."""

    work: Work
    kind: MatchKind
    similarity: float


def bands_lock(reading: Reading) -> None:
    """Keep others with a similar work waiting until this transaction ends.

    Two works that could be found to be similar share a band, so the second of two such uploads sees the first.
    """
    lock_names(f"work-band:{band}" for band in reading.bands)


def bands_index(work: Work, reading: Reading) -> None:
    WorkBand.objects.bulk_create(WorkBand(work=work, band=band) for band in set(reading.bands))


def similar_works(reading: Reading, *, but: UUID) -> list[Found]:
    """Living works of the same modality, other than ``but``, at or above its threshold: most similar first, exact ones
    before near ones."""
    modality = MODALITIES[reading.modality]
    sharing = WorkBand.objects.filter(
        band__in=reading.bands, work__status__in=LIVE, work__modality=reading.modality
    ).exclude(work_id=but)
    nearest = sharing.values("work_id").annotate(shared=Count("id")).order_by("-shared", "work_id")[:_CANDIDATES]
    candidates = Work.objects.filter(status__in=LIVE, pk__in=[row["work_id"] for row in nearest])
    found = [
        Found(
            candidate,
            MatchKind.EXACT if candidate.content_sha256 == reading.content_sha256 else MatchKind.NEAR,
            modality.similarity(reading.signature, bytes(candidate.signature or b"")),
        )
        for candidate in candidates.order_by("created_at")
    ]
    close = [match for match in found if match.similarity >= modality.threshold]
    return sorted(close, key=lambda match: (match.kind != MatchKind.EXACT, -match.similarity))[:_REPORTED]
