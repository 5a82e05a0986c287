"""From a search to the documents that may be shown: by words, by meaning, or in a plain order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection

from oeuvre.domains.search.conditions import Condition, conditions_of, where
from oeuvre.domains.search.meaning import as_literal
from oeuvre.domains.search.ranking import formula
from oeuvre.domains.search.spelling import KnownWords, corrections, words_known
from oeuvre.domains.search.states import Sort
from oeuvre.domains.search.wording import TextQuery, Wording, any_word, every_word, excluded_words, wording_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oeuvre.domains.search.query import SearchQuery

TEXT_DEPTH = 400
"""Documents that are ranked by their words; those after them count nothing in the fused list."""
MEANING_DEPTH = 100
FEW = 10
"""Where fewer documents hold every word, those that hold some of them come after them."""
TOGETHER = 4_000
"""Of what holds some words, so many are ranked, those with the rarest words: the others are hardly told apart."""
LEAST_SIMILAR = 0.25
"""Cosine below which a document is not near in meaning: about what two sentences on different matters have."""
EXACT_MOST = 8_000
"""Up to so many documents that pass the filters, their vectors are compared one by one; else through the index."""
EF_SEARCH = 120
MOST_SCANNED = 20_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as it was understood."""

    query: SearchQuery
    wording: Wording
    known: KnownWords
    corrected: str
    conditions: tuple[Condition, ...]

    @property
    def has_words(self) -> bool:
        return bool(self.wording.words)


class Row(NamedTuple):
    """A candidate: its id, what its order is made from, and its own measure (relevance, or cosine)."""

    id: int
    prior: float
    owner_completed: int
    owner_weeks: int
    measure: float | None


@dataclass(frozen=True, slots=True)
class Found:
    """Candidates in their order, and how many there would be."""

    rows: tuple[Row, ...]
    total: int
    match: Condition | None
    """What their words had to meet."""
    all_words: bool = True


def understand(query: SearchQuery) -> Asked:
    """Take the text apart, look its words up, put typing mistakes right. One statement, none without a text."""
    wording = wording_of(query.text)
    known = words_known(wording.words) if query.text else KnownWords((), {})
    corrected = ""
    if not query.as_written and (instead := corrections(wording, known)):
        wording = wording.corrected({word: meant for word, (meant, _documents) in instead.items()})
        known = KnownWords(known.configs, {**known.documents, **dict(instead.values())})
        corrected = wording.text
    conditions = conditions_of(query)
    if wording.excluded:
        out = excluded_words(wording, known.configs)
        conditions.append(Condition("text", f"NOT document.tsv @@ {out.sql}", out.params))
    return Asked(query, wording, known, corrected, tuple(conditions))


_COLUMNS = "document.id, document.prior, document.owner_completed, document.owner_weeks"


def by_words(asked: Asked, *, depth: int = TEXT_DEPTH) -> Found:
    """The documents that hold every word, or, where they are few in the whole index, some word; the most relevant first.

    What was put in quotes must occur. Relevance is ``ts_rank`` with the weights of title, aliases, summary and body; equals are told apart by their prior.
    """
    every = every_word(asked.wording, asked.known.configs)
    ranked = any_word(asked.wording.words, asked.known.configs)
    passes, params = where(asked.conditions)
    match = Condition("text", f"document.tsv @@ {every.sql}", every.params)
    rows = _rows(
        f"""
        SELECT {_COLUMNS}, ts_rank(document.tsv, {ranked.sql}) AS relevance, count(*) OVER () AS total
        FROM search_searchdocument AS document
        WHERE document.tsv @@ {every.sql} AND {passes}
        ORDER BY relevance DESC, document.prior DESC, document.id LIMIT {depth}
        """,  # noqa: S608  (parts of ours; what people typed are parameters)
        [*ranked.params, *every.params, *params],
    )
    if len(rows) >= FEW or not asked.wording.may_be_loosened:
        return _found(rows, match)
    return _by_some_words(asked, every, depth) or _found(rows, match)


def _by_some_words(asked: Asked, every: TextQuery, depth: int) -> Found | None:
    """None where enough documents hold every word, which the filters then kept back, or where no word is known."""
    rare = asked.known.rare(asked.wording.words, together=TOGETHER)
    if not rare:
        return None
    some = any_word(rare, asked.known.configs)
    match = TextQuery(f"({every.sql} || {some.sql})", (*every.params, *some.params))
    passes, params = where(asked.conditions)
    rows = _rows(
        f"""
        SELECT {_COLUMNS}, ts_rank(document.tsv, {some.sql}) AS relevance, count(*) OVER () AS total
        FROM search_searchdocument AS document
        WHERE document.tsv @@ {match.sql} AND {passes} AND (
            SELECT count(*) < {FEW} FROM (
                SELECT FROM search_searchdocument AS other WHERE other.tsv @@ {every.sql} LIMIT {FEW}
            ) AS few
        )
        ORDER BY (document.tsv @@ {every.sql}) DESC, relevance DESC, document.prior DESC, document.id
        LIMIT {depth}
        """,  # noqa: S608  (as above)
        [*some.params, *match.params, *params, *every.params, *every.params],
    )
    if not rows:
        return None
    return _found(rows, Condition("text", f"document.tsv @@ {match.sql}", match.params), all_words=False)


def _found(rows: list[tuple[Any, ...]], match: Condition | None, *, all_words: bool = True) -> Found:
    total = rows[0][5] if rows else 0
    return Found(tuple(Row(*row[:5]) for row in rows), total, match, all_words)


_SETTINGS = f"""
    SELECT set_config('hnsw.iterative_scan', 'strict_order', true), set_config('hnsw.ef_search', '{EF_SEARCH}', true),
           set_config('hnsw.max_scan_tuples', '{MOST_SCANNED}', true), set_config('jit', 'off', true);
"""
"""In the same round trip as the statement that they are for, and for its transaction alone."""


def by_meaning(
    asked: Asked, vector: Sequence[float], *, depth: int = MEANING_DEPTH, exact_most: int = EXACT_MOST
) -> tuple[Row, ...]:
    """The documents nearest in meaning that pass the filters, the nearest first; none that is not near at all.

    Up to ``exact_most`` documents are compared one by one. Beyond, the HNSW index is walked on until enough of what it finds
    passes (pgvector's iterative scan), which may miss some.
    """
    near = as_literal(vector)
    passes, params = where(asked.conditions)
    distance = "embedding.vector <#> %s::halfvec"
    rows = _rows(
        f"""{_SETTINGS}
        WITH passing AS MATERIALIZED (
            SELECT document.id FROM search_searchdocument AS document WHERE {passes} LIMIT {exact_most + 1}
        ), size AS MATERIALIZED (SELECT count(*) <= {exact_most} AS is_small FROM passing)
        SELECT {_COLUMNS}, -found.distance AS similarity
        FROM (
            (
                SELECT embedding.document_id, {distance} AS distance
                FROM passing JOIN search_searchembedding AS embedding ON embedding.document_id = passing.id
                WHERE (SELECT is_small FROM size) AND embedding.vector IS NOT NULL
                ORDER BY distance, embedding.document_id LIMIT {depth}
            ) UNION ALL (
                SELECT embedding.document_id, {distance} AS distance
                FROM search_searchembedding AS embedding
                JOIN search_searchdocument AS document ON document.id = embedding.document_id
                WHERE NOT (SELECT is_small FROM size) AND {passes}
                ORDER BY {distance} LIMIT {depth}
            )
        ) AS found JOIN search_searchdocument AS document ON document.id = found.document_id
        WHERE found.distance <= -{LEAST_SIMILAR}
        ORDER BY found.distance, document.id
        """,  # noqa: S608  (as above)
        [*params, near, near, *params, near],
        sets=2,
    )
    return tuple(Row(*row) for row in rows)


_ORDERS = {
    Sort.PRICE: "document.price_minor NULLS LAST, document.prior DESC, document.id",
    Sort.DELIVERY: "document.days NULLS LAST, document.prior DESC, document.id",
    Sort.RATING: "document.rating DESC, document.rating_count DESC, document.id",
    Sort.NEWEST: "document.live_since DESC, document.id",
}


def in_order(asked: Asked, extra: Sequence[Condition], *, sort: Sort, offset: int, limit: int) -> Found:
    """A stretch of all that passes, in one of the plain orders."""
    passes, params = where((*asked.conditions, *extra))
    rows = _rows(
        f"""
        SELECT {_COLUMNS}, NULL, (SELECT count(*) FROM search_searchdocument AS document WHERE {passes})
        FROM search_searchdocument AS document WHERE {passes}
        ORDER BY {_ORDERS[sort]} LIMIT %s OFFSET %s
        """,  # noqa: S608  (as above)
        [*params, *params, limit, offset],
    )
    return _found(rows, None)


def by_signals(asked: Asked, extra: Sequence[Condition] = ()) -> Found:
    """The first of all that passes by their prior, and the first newcomers, wherever they stand."""
    passes, params = where((*asked.conditions, *extra))
    terms = formula()
    new = [terms.newcomers_orders_below, terms.newcomers_weeks]
    rows = _rows(
        f"""
        WITH first AS (
            SELECT {_COLUMNS} FROM search_searchdocument AS document WHERE {passes}
            ORDER BY document.prior DESC, document.id LIMIT {TEXT_DEPTH}
        ), new AS (
            SELECT {_COLUMNS} FROM search_searchdocument AS document
            WHERE document.owner_completed < %s AND document.owner_weeks < %s AND {passes}
            ORDER BY document.prior DESC, document.id LIMIT {TEXT_DEPTH // terms.newcomers_one_in}
        )
        SELECT document.*, NULL, (SELECT count(*) FROM search_searchdocument AS document WHERE {passes})
        FROM (SELECT * FROM first UNION SELECT * FROM new) AS document
        ORDER BY document.prior DESC, document.id
        """,  # noqa: S608  (as above)
        [*params, *new, *params, *params],
    )
    return _found(rows, None)


def _rows(sql: str, params: Sequence[Any], *, sets: int = 1) -> list[tuple[Any, ...]]:
    """What the last of ``sets`` statements answers."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        for _statement in range(sets - 1):
            cursor.nextset()
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
