"""Who confirms what a skill's evidence or a gig's sample refers to: a domain registers when the application starts.

The catalogue lies below or beside the domains that keep works, orders and programmes, so it cannot ask them itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Reference:
    """Something of a freelancer's that exists, as others may see it. ``url`` is empty where there is no page to show."""

    kind: str
    ref_id: UUID
    title: str
    url: str = ""


ReferenceSource = Callable[[UUID, Collection[UUID]], Mapping[UUID, Reference]]
"""``(freelancer, ids)`` → those of the ids that exist, are the freelancer's, and may be named in public. One query."""

_sources: dict[str, ReferenceSource] = {}


def reference_register(kind: str, source: ReferenceSource) -> None:
    """Say who confirms references of this kind (``work``, ``order``, ``programme``, ``generation``).

    Call it once, from ``AppConfig.ready``. The source is asked when a reference is added and again each time it is
    shown, so that what was removed since is not shown any more.
    """
    _sources[kind] = source


def reference_kinds() -> frozenset[str]:
    """The kinds that somebody on this installation can confirm."""
    return frozenset(_sources)


def references(owner_id: UUID, wanted: Iterable[tuple[str, UUID]]) -> dict[tuple[str, UUID], Reference]:
    """Those of ``(kind, id)`` that are confirmed; one call of a source a kind."""
    by_kind: dict[str, set[UUID]] = {}
    for kind, ref_id in wanted:
        by_kind.setdefault(kind, set()).add(ref_id)
    return {
        (kind, ref_id): reference
        for kind, ids in by_kind.items()
        if kind in _sources
        for ref_id, reference in _sources[kind](owner_id, ids).items()
        if ref_id in ids
    }
