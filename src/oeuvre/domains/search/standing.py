"""What is counted about documents and freelancers. Imported through ``search.services``.

The domains above count reviews and orders and push the sums here. Sums, not events: pushing twice changes nothing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from oeuvre.domains.search import ranking
from oeuvre.domains.search.models import SearchDocument, SearchStanding
from oeuvre.domains.search.ranking import Signals, formula, whole_weeks
from oeuvre.domains.search.results import kept_facets

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from oeuvre.domains.search.states import Kind

OWNER = "owner"
"""The kind of a standing that counts for all that a freelancer offers."""
AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Counts:
    """The sums of a gig (or a model, or a freelancer) up to now."""

    rating_sum: int = 0
    """Stars of all reviews, 1 to 5 each, added up."""
    rating_count: int = 0
    completed: int = 0
    on_time: int = 0
    due: int = 0
    """Completed orders that had a date; ``on_time`` of them met it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one document and of its freelancer."""

    own: Counts = field(default_factory=Counts)
    owner_completed: int = 0
    owner_since: datetime | None = None
    level: str = ""

    def counts(self) -> dict[str, int]:
        """The document's own sums by name."""
        return asdict(self.own)

    def signals(self, *, live_since: datetime, now: datetime) -> Signals:
        """What the score is made from."""
        terms = formula()
        since = self.owner_since or live_since
        return Signals(
            **self.counts(),
            fresh_weeks=whole_weeks(live_since, now, most=terms.freshness_weeks),
            owner_completed=self.owner_completed,
            owner_weeks=whole_weeks(since, now, most=terms.newcomers_weeks),
        )


def signals_put(*, kind: Kind, ref_id: UUID, counts: Counts) -> None:
    """Set the sums of one gig, model or freelancer, in the caller's transaction; also of one that is paused."""
    with transaction.atomic():
        SearchStanding.objects.update_or_create(kind=kind, ref_id=ref_id, defaults=asdict(counts))
        _rewrite(Q(kind=kind, ref_id=ref_id))


def owner_signals_put(*, owner_id: UUID, completed: int, level: str = "") -> None:
    """Set what counts for all that a freelancer offers: completed orders, and the level's key."""
    with transaction.atomic():
        SearchStanding.objects.update_or_create(
            kind=OWNER, ref_id=owner_id, defaults={"completed": completed, "level": level}
        )
        _rewrite(Q(owner_id=owner_id))


_STALE = """
    SELECT id FROM search_searchdocument
    WHERE least(%s, floor(extract(epoch FROM %s - live_since) / 604800)) <> fresh_weeks OR owner_weeks < %s
    ORDER BY id
"""
"""Whose weeks may have changed. What they are now is computed by ``_rewrite``, in one place."""


def signals_refresh() -> int:
    """Count the weeks anew, once a day; returns how many documents were looked at."""
    terms = formula()
    with connection.cursor() as cursor:
        cursor.execute(_STALE, [terms.freshness_weeks, timezone.now(), terms.newcomers_weeks])
        ids = [row[0] for row in cursor.fetchall()]
    return sum(_rewrite(Q(id__in=ids[start : start + AT_ONCE])) for start in range(0, len(ids), AT_ONCE))


_OPEN = """
    INSERT INTO search_searchstanding AS known
        (kind, ref_id, rating_sum, rating_count, completed, on_time, due, level, since)
    SELECT %s, owner_id, 0, 0, 0, 0, 0, '', min(live_since)
    FROM unnest(%s::uuid[], %s::timestamptz[]) AS given (owner_id, live_since)
    GROUP BY owner_id ORDER BY owner_id
    ON CONFLICT (kind, ref_id) DO UPDATE SET since = least(known.since, excluded.since)
    WHERE known.since IS NULL OR known.since > excluded.since
"""


def owners_opened(documents: Sequence[tuple[UUID, datetime]]) -> None:
    """Remember since when these freelancers are here: ``(owner_id, live_since)`` of documents that are put."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [OWNER, [owner for owner, _since in documents], [since for _owner, since in documents]])


def standings_of(keys: Sequence[tuple[str, UUID, UUID]]) -> list[Standing]:
    """The standings of documents ``(kind, ref_id, owner_id)``, in their order."""
    kinds = {kind for kind, _ref_id, _owner_id in keys}
    refs = {ref_id for _kind, ref_id, _owner_id in keys}
    owners = {owner_id for _kind, _ref_id, owner_id in keys}
    rows = SearchStanding.objects.filter(Q(kind=OWNER, ref_id__in=owners) | Q(kind__in=kinds, ref_id__in=refs))
    return _standings(keys, rows)


def _standings(keys: Sequence[tuple[str, UUID, UUID]], rows: Iterable[SearchStanding]) -> list[Standing]:
    found = {(row.kind, row.ref_id): row for row in rows}
    nothing = SearchStanding()
    result = []
    for kind, ref_id, owner_id in keys:
        own, owner = found.get((kind, ref_id), nothing), found.get((OWNER, owner_id), nothing)
        counts = Counts(own.rating_sum, own.rating_count, own.completed, own.on_time, own.due)
        result.append(Standing(counts, owner.completed, owner.since, owner.level))
    return result


_WRITE = """
    UPDATE search_searchdocument AS document SET
        rating_sum = new.rating_sum, rating_count = new.rating_count, completed = new.completed,
        on_time = new.on_time, due = new.due, fresh_weeks = new.fresh_weeks,
        owner_completed = new.owner_completed, owner_weeks = new.owner_weeks,
        level = new.level, rating = new.rating, prior = new.prior,
        tags = CASE WHEN document.level = new.level THEN document.tags ELSE
            array_remove(document.tags, 'level=' || document.level)
            || CASE WHEN new.level = '' THEN '{}' ELSE ARRAY['level=' || new.level] END::varchar[]
        END
    FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[],
                %s::text[], %s::float8[], %s::float8[])
        AS new (id, rating_sum, rating_count, completed, on_time, due, fresh_weeks, owner_completed, owner_weeks,
                level, rating, prior)
    WHERE document.id = new.id
"""

_RETAG = """
    UPDATE search_searchembedding AS embedding SET tags = document.tags
    FROM search_searchdocument AS document
    WHERE document.id = ANY(%s) AND embedding.document_id = document.id AND embedding.tags <> document.tags
"""


def _rewrite(which: Q) -> int:
    """Bring the copies in the documents up to date; returns how many rows there were."""
    now = timezone.now()
    with transaction.atomic():
        rows = list(
            SearchDocument.objects.filter(which)
            .order_by("id")
            .select_for_update()
            .values_list("id", "kind", "ref_id", "owner_id", "live_since")
        )
        if not rows:
            return 0
        keys = [(kind, ref_id, owner_id) for _id, kind, ref_id, owner_id, _live in rows]
        new: list[tuple[object, ...]] = []
        for (pk, _kind, _ref_id, _owner_id, live_since), standing in zip(rows, standings_of(keys), strict=True):
            signals = standing.signals(live_since=live_since, now=now)
            figures = (ranking.rating(signals), ranking.prior(signals))
            new.append((pk, *asdict(signals).values(), standing.level, *figures))
        with connection.cursor() as cursor:
            cursor.execute(_WRITE, [list(column) for column in zip(*new, strict=True)])
            cursor.execute(_RETAG, [[row[0] for row in rows]])
    kept_facets.forget()
    return len(rows)
