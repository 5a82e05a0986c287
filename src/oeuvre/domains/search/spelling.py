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
    ), asked AS (
        SELECT used.config, word, (tsvector_to_array(to_tsvector(used.config::regconfig, word)))[1] AS lexeme
        FROM used LEFT JOIN unnest(%s::text[]) AS word ON true
        WHERE used.config IS NOT NULL
    ), counted AS (
        SELECT asked.*, (
            SELECT max(term.documents) FROM search_searchterm AS term
            WHERE term.config = asked.config AND term.lexeme = asked.lexeme
        ) AS documents FROM asked
    )
    SELECT config, word, coalesce(documents, CASE
        WHEN word IS NULL THEN 0
        WHEN lexeme IS NULL THEN %s
        WHEN EXISTS (
            SELECT FROM search_searchdocument WHERE tsv @@ ('''' || replace(lexeme, '''', '''''') || '''')::tsquery
        ) THEN 1
        ELSE 0
    END) FROM counted
"""
"""Configurations in use (by steps through their index), and for each of them and each word how many documents hold it."""
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
    documents = dict.fromkeys(words, 0)
    for _config, word, count in rows:
        if word is not None:
            documents[word] = max(documents[word], count)
    configs = tuple(dict.fromkeys(config for config, _word, _count in rows))
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
        """The known word that was meant, and its count: the fewest mistakes, then the commonest; None where none is near."""
        folded = fold(word)
        most = 0 if len(folded) < NO_MISTAKE else 1 if len(folded) < ONE_MISTAKE else 2
        if not most or not folded.isalpha():
            return None
        candidates, terms = self._present()
        near = process.extract(folded, candidates, scorer=OSA.distance, score_cutoff=most, limit=20)
        ranked = sorted((distance, -terms[number][1], terms[number][0]) for _term, distance, number in near)
        return (ranked[0][2], -ranked[0][1]) if ranked else None

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
