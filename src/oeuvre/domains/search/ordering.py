"""Candidates put into their final order, and a page of them read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from oeuvre.domains.search.candidates import (
    Asked,
    Found,
    Row,
    by_meaning,
    by_signals,
    by_words,
    in_order,
)
from oeuvre.domains.search.conditions import Condition
from oeuvre.domains.search.fusion import Placed, newcomers_placed
from oeuvre.domains.search.meaning import query_vectors
from oeuvre.domains.search.models import SearchDocument
from oeuvre.domains.search.ranking import Signals, is_newcomer, reciprocal
from oeuvre.domains.search.results import Hit, Inputs, MeaningState
from oeuvre.domains.search.states import Kind
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_REACHED = 10_000
"""Hits that can be reached by paging in a plain order; by best match it is what is ranked, some hundreds."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its places in both lists."""

    row: Row
    text_rank: int | None
    relevance: float | None
    meaning_rank: int | None
    similarity: float | None
    score: float


@dataclass(frozen=True, slots=True)
class Ordered:
    """What can be paged through, with what is said about it."""

    placed: Sequence[Placed[Ranked]]
    """All of it by best match; in a plain order only the page."""
    reachable: int
    total: int
    near: int
    all_words: bool
    match: Condition | None
    meaning: MeaningState


def best_match(asked: Asked) -> Ordered:
    """The whole list by best match."""
    if not asked.has_words:
        found = by_signals(asked)
        alone = [Ranked(row, None, None, None, None, row.prior) for row in found.rows]
        return _ordered(alone, found, MeaningState.NOT_ASKED)
    found = by_words(asked)
    vector = query_vectors.of(asked.wording.wanted)
    if vector is None:
        return _ordered(_fused(found.rows, ()), found, MeaningState.UNAVAILABLE)
    return _ordered(_fused(found.rows, by_meaning(asked, vector)), found, MeaningState.USED)


def _fused(by_text: Sequence[Row], near: Sequence[Row]) -> list[Ranked]:
    """Reciprocal rank fusion: a document counts for each list by its rank there alone."""
    text = {row.id: (rank, row.measure) for rank, row in enumerate(by_text, start=1)}
    meaning = {row.id: (rank, row.measure) for rank, row in enumerate(near, start=1)}
    ranked = []
    for pk, row in ({row.id: row for row in by_text} | {row.id: row for row in near}).items():
        text_rank, relevance = text.get(pk, (None, None))
        meaning_rank, similarity = meaning.get(pk, (None, None))
        score = (reciprocal(text_rank) + reciprocal(meaning_rank)) * row.prior
        ranked.append(Ranked(row, text_rank, relevance, meaning_rank, similarity, score))
    ranked.sort(key=lambda one: (-one.score, one.row.id))
    return ranked


def _ordered(ranked: Sequence[Ranked], found: Found, meaning: MeaningState) -> Ordered:
    placed = newcomers_placed(ranked, is_new=lambda one: _is_new(one.row))
    near = sum(one.text_rank is None for one in ranked) if meaning is MeaningState.USED else 0
    return Ordered(placed, len(placed), found.total, near, found.all_words, found.match, meaning)


def _is_new(row: Row) -> bool:
    return is_newcomer(owner_completed=row.owner_completed, owner_weeks=row.owner_weeks)


def plain_order(asked: Asked, *, page: int, per_page: int) -> Ordered:
    """One page in the order of a price, a time, a rating or a date: of what holds the words.

    Where nothing holds them, of what is near in meaning: then ``total`` is 0, and ``near`` counts.
    """
    found, near = _matching(asked)
    match = [found.match] if found and found.match else []
    page = min(page, MOST_REACHED // per_page)
    stretch = in_order(asked, match, sort=asked.query.sort, offset=(page - 1) * per_page, limit=per_page)
    if not stretch.rows and page > 1:
        there = in_order(asked, match, sort=asked.query.sort, offset=0, limit=1).total
        return plain_order(asked, page=max(1, -(-there // per_page)), per_page=per_page)
    ranked = [Ranked(row, None, None, None, None, row.prior) for row in stretch.rows]
    first = (page - 1) * per_page + 1
    placed = [Placed(one, number, number) for number, one in enumerate(ranked, start=first)]
    return Ordered(
        placed,
        reachable=min(stretch.total, MOST_REACHED),
        total=0 if near else stretch.total,
        near=near,
        all_words=found.all_words if found else True,
        match=match[0] if match else None,
        meaning=MeaningState.USED if near else MeaningState.NOT_ASKED,
    )


def _matching(asked: Asked) -> tuple[Found | None, int]:
    """What the words match, with how many documents that is by meaning alone; nothing where there are no words."""
    if not asked.has_words:
        return None, 0
    found = by_words(asked, depth=1)
    vector = query_vectors.of(asked.wording.wanted) if not found.total else None
    if vector is None:
        return found, 0
    near = by_meaning(asked, vector)
    return Found(near, 0, Condition("text", "document.id = ANY(%s)", ([row.id for row in near],))), len(near)


def hits_of(placed: Sequence[Placed[Ranked]]) -> list[Hit]:
    """What is shown of candidates, read in one query; one that was withdrawn this moment is left out."""
    documents = SearchDocument.objects.defer("tsv", "tags", "numbers").in_bulk([one.item.row.id for one in placed])
    return [_hit(documents[one.item.row.id], one) for one in placed if one.item.row.id in documents]


def signals_of(document: SearchDocument) -> Signals:
    """The counts that a document carries."""
    return Signals(
        rating_sum=document.rating_sum,
        rating_count=document.rating_count,
        completed=document.completed,
        on_time=document.on_time,
        due=document.due,
        fresh_weeks=document.fresh_weeks,
        owner_completed=document.owner_completed,
        owner_weeks=document.owner_weeks,
    )


def _hit(document: SearchDocument, one: Placed[Ranked]) -> Hit:
    ranked = one.item
    signals = signals_of(document)
    return Hit(
        kind=Kind(document.kind),
        ref_id=document.ref_id,
        owner_id=document.owner_id,
        title=document.title,
        summary=document.summary,
        url_key=document.url_key,
        category=document.category,
        group=document.category_group,
        languages=tuple(document.languages),
        price=None if document.price_minor is None else Money(document.price_minor, document.currency),
        days=document.days,
        ai_policy=document.ai_policy,
        level=document.level,
        instant=document.instant,
        rating=document.rating,
        live_since=document.live_since,
        is_newcomer=is_newcomer(owner_completed=signals.owner_completed, owner_weeks=signals.owner_weeks),
        inputs=Inputs(ranked.text_rank, ranked.relevance, ranked.meaning_rank, ranked.similarity, signals),
        score=ranked.score,
        place=one.place,
        by_score=one.by_score,
    )
