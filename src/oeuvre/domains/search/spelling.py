"""Which words are known here, how common they are, and which one was meant by a word that is not.

PostgreSQL's own answer, pg_trgm, is not in every installation (docs/adr/0008). Distances are rapidfuzz's, optimal string
alignment: a letter too much, too few or wrong counts one, and so do two neighbours that changed places.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from rapidfuzz import process
from rapidfuzz.distance import OSA

from oeuvre.domains.search.languages import SIMPLE, fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from oeuvre.domains.search.wording import Wording

MOST_TERMS = 50_000
"""The commonest words of the index that a mistake may be put right to."""
KEPT_SECONDS = 300
"""How long a process goes on with the words that it read."""
NO_MISTAKE, ONE_MISTAKE = 4, 6
"""Words shorter than the first are never changed, shorter than the second by one mistake at most, longer ones by two."""

_LOOK_UP = """
    WITH RECURSIVE used (config) AS (
        (SELECT config FROM search_searchdocument ORDER BY config LIMIT 1)
        UNION ALL
        SELECT (SELECT config FROM search_searchdocument WHERE config > used.config ORDER BY config LIMIT 1)
        FROM used WHERE used.config IS NOT NULL
    ), asked AS MATERIALIZED (
        SELECT used.config, word, (tsvector_to_array(to_tsvector(used.config::regconfig, word)))[1] AS lexeme
        FROM used CROSS JOIN unnest(%s::text[]) AS word
        WHERE used.config IS NOT NULL
    ), counted AS (
        SELECT word, string_agg(DISTINCT '''' || replace(lexeme, '''', '''''') || '''', ' | ') AS lexemes, max(
            CASE WHEN lexeme IS NULL THEN %s ELSE (
                SELECT max(term.documents) FROM search_searchterm AS term
                WHERE term.config = asked.config AND term.lexeme = asked.lexeme
            ) END
        ) AS documents
        FROM asked GROUP BY word
    )
    SELECT NULL, word, coalesce(documents, (
        -- No worker has learnt it yet, or nobody wrote it.
        SELECT count(*) FROM (SELECT FROM search_searchdocument WHERE tsv @@ lexemes::tsquery LIMIT 1) AS unlearnt
    )) FROM counted
    UNION ALL SELECT config, NULL, 0 FROM used WHERE config IS NOT NULL
"""
"""For each word how many documents hold it, in the language where it is commonest; and the configurations in use (by steps
through their index)."""
STOP_WORD = 2**31 - 1
"""The count of a word that a configuration leaves out of texts and queries: as if every document held it."""


@dataclass(frozen=True, slots=True)
class KnownWords:
    """What the index knows of a query's words."""

    configs: tuple[str, ...]
    """The configurations in use; ``simple`` where the index is empty."""
    documents: Mapping[str, int]
    """Word → documents that hold it in the language where it is commonest; 0 for one that nobody wrote."""

    def rare(self, words: Sequence[str], *, together: int) -> list[str]:
        """The rarest of the words, as many as ``together`` documents hold, one at least; without those that no document holds.

        What nearly every document holds tells none from another, and would cost the most to rank.
        """
        held = sorted((self.documents[word], word) for word in words if 0 < self.documents[word] < STOP_WORD)
        kept: list[str] = []
        total = 0
        for count, word in held:
            total += count
            if kept and total > together:
                break
            kept.append(word)
        return kept


def words_known(words: Sequence[str]) -> KnownWords:
    """Look the words up, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(_LOOK_UP, [list(words), STOP_WORD])
        rows = cursor.fetchall()
    documents = dict.fromkeys(words, 0) | {word: count for _config, word, count in rows if word is not None}
    configs = tuple(sorted(config for config, _word, _count in rows if config is not None))
    return KnownWords(configs or (SIMPLE,), documents)


class _Vocabulary:
    """The commonest words, read now and then; shared by a process's threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self._folded: list[str] = []
        self._terms: list[tuple[str, int]] = []

    def forget(self) -> None:
        """Read anew when asked next."""
        self._read_at = float("-inf")

    def nearest(self, word: str) -> tuple[str, int] | None:
        """The known word that was meant, and its count: the fewest mistakes, then the same first letter, which people
        rarely get wrong, then the commonest; None where none is near.
        """
        folded = fold(word)
        most = 0 if len(folded) < NO_MISTAKE else 1 if len(folded) < ONE_MISTAKE else 2
        if not most or not folded.isalpha():
            return None
        candidates, terms = self._present()
        near = process.extract(folded, candidates, scorer=OSA.distance, score_cutoff=most, limit=20)
        ranked = sorted((distance, term[0] != folded[0], -terms[number][1], number) for term, distance, number in near)
        return terms[ranked[0][3]] if ranked else None

    def _present(self) -> tuple[list[str], list[tuple[str, int]]]:
        with self._lock:
            if time.monotonic() - self._read_at > KEPT_SECONDS:
                self._terms = _terms()
                self._folded = [fold(term) for term, _documents in self._terms]
                self._read_at = time.monotonic()
            return self._folded, self._terms


def _terms() -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT term, max(documents) AS documents FROM search_searchterm GROUP BY term ORDER BY 2 DESC, 1 LIMIT %s",
            [MOST_TERMS],
        )
        return [(term, documents) for term, documents in cursor.fetchall()]


vocabulary = _Vocabulary()


def corrections(wording: Wording, known: KnownWords) -> dict[str, tuple[str, int]]:
    """For each loose word that no document holds, the one that was probably meant, and how many hold that."""
    unknown = [word for word in wording.loose if known.documents[word] == 0]
    found = {word: vocabulary.nearest(word) for word in unknown}
    return {word: meant for word, meant in found.items() if meant is not None and meant[0] != word}
