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
EXACT_MOST = 16_000
"""Up to about so many documents that pass the filters, their vectors are compared one by one; else through the index."""
TEXT = "text"
"""The name of conditions on words."""
SAMPLE_PERCENT = 1
"""Of the vectors' pages, so many are looked at to tell about how many pass."""
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
        conditions.append(Condition(TEXT, f"NOT document.tsv @@ {out.sql}", out.params))
    return Asked(query, wording, known, corrected, tuple(conditions))


_PLANNED = """
    SELECT set_config('jit', 'off', true), set_config('random_page_cost', '1.1', true), set_config('work_mem', '32MB', true),
           set_config('max_parallel_workers_per_gather', '0', true);
"""
"""For a statement that reads from memory for some milliseconds: compiling it, or waking other processes for it, would take
longer than it does. In the same round trip as the statement, and for its transaction alone."""
_NEAR = f"""
    SELECT set_config('hnsw.iterative_scan', 'relaxed_order', true), set_config('hnsw.ef_search', '{EF_SEARCH}', true),
           set_config('hnsw.max_scan_tuples', '{MOST_SCANNED}', true);
"""


_COLUMNS = "document.id, document.prior, document.owner_completed, document.owner_weeks"
_NO_WORDS = "OFFSET 0"
"""Ends a part whose rows are carried on without their words: PostgreSQL would keep these, a kilobyte each, until it has counted."""


def by_words(asked: Asked, *, depth: int = TEXT_DEPTH) -> Found:
    """The documents that hold every word, or, where they are few in the whole index, some word; the most relevant first.

    What was put in quotes must occur. Relevance is ``ts_rank`` with the weights of title, aliases, summary and body; equals are told apart by their prior.
    """
    every = every_word(asked.wording, asked.known.configs)
    ranked = any_word(asked.wording.words, asked.known.configs)
    passes, params = where(asked.conditions)
    match = Condition(TEXT, f"document.tsv @@ {every.sql}", every.params)
    rows = rows_of(
        f"""
        SELECT *, count(*) OVER () AS total FROM (
            SELECT {_COLUMNS}, ts_rank(document.tsv, {ranked.sql}) AS relevance
            FROM search_searchdocument AS document
            WHERE document.tsv @@ {every.sql} AND {passes} {_NO_WORDS}
        ) AS found
        ORDER BY relevance DESC, prior DESC, id LIMIT {depth}
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
    rows = rows_of(
        f"""
        SELECT id, prior, owner_completed, owner_weeks, relevance, count(*) OVER () AS total FROM (
            SELECT {_COLUMNS}, ts_rank(document.tsv, {some.sql}) AS relevance, document.tsv @@ {every.sql} AS has_every
            FROM search_searchdocument AS document
            WHERE document.tsv @@ {match.sql} AND {passes} AND (
                SELECT count(*) < {FEW} FROM (
                    SELECT FROM search_searchdocument AS other WHERE other.tsv @@ {every.sql} LIMIT {FEW}
                ) AS few
            ) {_NO_WORDS}
        ) AS found
        ORDER BY has_every DESC, relevance DESC, prior DESC, id LIMIT {depth}
        """,  # noqa: S608  (as above)
        [*some.params, *every.params, *match.params, *params, *every.params],
    )
    if not rows:
        return None
    return _found(rows, Condition(TEXT, f"document.tsv @@ {match.sql}", match.params), all_words=False)


def _found(rows: list[tuple[Any, ...]], match: Condition | None, *, all_words: bool = True) -> Found:
    total = rows[0][5] if rows else 0
    return Found(tuple(Row(*row[:5]) for row in rows), total, match, all_words)


def by_meaning(
    asked: Asked, vector: Sequence[float], *, depth: int = MEANING_DEPTH, exact_most: int = EXACT_MOST
) -> tuple[Row, ...]:
    """The documents nearest in meaning that pass the filters, the nearest first; none that is not near at all.

    Up to about ``exact_most`` documents are compared one by one. Beyond, the HNSW index is walked on until enough of what it finds
    passes (pgvector's iterative scan), which may miss some.
    """
    near = as_literal(vector)
    # The vectors' table holds what filters ask for under the same names. Words that must not occur are looked for afterwards.
    of_words = [condition for condition in asked.conditions if condition.name == TEXT]
    passes, params = where(asked.conditions, without={TEXT})
    spared, words = where(of_words)
    distance = "document.vector <#> %s::halfvec"
    rows = rows_of(
        f"""
        WITH size AS MATERIALIZED (
            SELECT count(*) * {100 // SAMPLE_PERCENT} < {exact_most} AS is_small
            FROM search_searchembedding AS document TABLESAMPLE SYSTEM ({SAMPLE_PERCENT}) REPEATABLE (1) WHERE {passes}
        )
        SELECT {_COLUMNS}, -found.distance AS similarity
        FROM (
            (
                -- Adding nothing keeps the planner from walking through the index here, too.
                SELECT document.document_id, ({distance}) + 0 AS distance
                FROM search_searchembedding AS document
                WHERE (SELECT is_small FROM size) AND {passes}
                ORDER BY distance, document.document_id LIMIT {depth}
            ) UNION ALL (
                SELECT document.document_id, {distance} AS distance
                FROM search_searchembedding AS document
                WHERE NOT (SELECT is_small FROM size) AND {passes}
                ORDER BY {distance} LIMIT {depth}
            )
        ) AS found JOIN search_searchdocument AS document ON document.id = found.document_id
        WHERE found.distance <= -{LEAST_SIMILAR} AND {spared}
        ORDER BY found.distance, document.id
        """,  # noqa: S608  (as above)
        [*params, near, *params, near, *params, near, *words],
        near=True,
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
    rows = rows_of(
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
    rows = rows_of(
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


def rows_of(sql: str, params: Sequence[Any], *, near: bool = False) -> list[tuple[Any, ...]]:
    """What a statement answers, planned as suits a search; ``near`` where it walks through the index of vectors."""
    with connection.cursor() as cursor:
        cursor.execute(_PLANNED + (_NEAR if near else "") + sql, params)
        for _settings in range(1 + near):
            cursor.nextset()
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
