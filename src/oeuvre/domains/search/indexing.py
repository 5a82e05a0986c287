"""What a worker does after a push: learn the words, ask for the vectors. Imported through ``search.services``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import structlog
from django.db import connection, transaction

from oeuvre.domains.search.errors import EmbeddingsUnavailableError
from oeuvre.domains.search.meaning import as_literal
from oeuvre.domains.search.models import FILTERS, SearchDocument, SearchWording
from oeuvre.domains.search.ports import Embeddings
from oeuvre.kit.locks import lock_names
from oeuvre.kit.ports import port

if TYPE_CHECKING:
    from collections.abc import Sequence

_log = structlog.get_logger(__name__)
EMBEDDED_AT_ONCE = 64
READ_AT_ONCE = 500
SHORTEST, LONGEST = 3, 40
"""Letters of a word that is worth putting others right to."""
_WORD = re.compile(rf"[^\W\d_]{{{SHORTEST},{LONGEST}}}")


def documents_index() -> int:
    """Learn the words of new documents and embed them; returns how many were embedded. Safe to repeat.

    Where the embeddings are away, the documents wait: they are found by their words, and the next run asks again.
    """
    while _words_learn():
        pass
    done = 0
    try:
        while batch := _embed_some():
            done += batch
    except EmbeddingsUnavailableError as error:
        _log.warning("search_embeddings_away", reason=error.context.get("reason", ""))
    return done


_PLACE = f"""
    INSERT INTO search_searchembedding AS known (document_id, vector, {", ".join(FILTERS)})
    SELECT id, %s::halfvec, {", ".join(FILTERS)} FROM search_searchdocument WHERE id = %s
    ON CONFLICT (document_id) DO UPDATE SET vector = excluded.vector
"""  # noqa: S608  (names of ours)


def _embed_some() -> int:
    waiting = list(SearchWording.objects.filter(is_embedded=False).order_by("document_id")[:EMBEDDED_AT_ONCE])
    if not waiting:
        return 0
    vectors = port("embeddings", Embeddings).embed([row.text for row in waiting], patient=True)
    for row, vector in zip(waiting, vectors, strict=True):
        with transaction.atomic(), connection.cursor() as cursor:
            # Not for a text that changed, or went, while we asked; and the filters are those of this moment.
            SearchDocument.objects.select_for_update().filter(pk=row.pk).first()
            if SearchWording.objects.filter(pk=row.pk, text=row.text).update(is_embedded=True):
                cursor.execute(_PLACE, [as_literal(vector), row.pk])
    return len(waiting)


_LEARN = """
    INSERT INTO search_searchterm (config, term, lexeme, documents)
    SELECT config, term, lexeme, 1
    FROM (
        SELECT config, term, (tsvector_to_array(to_tsvector(config::regconfig, term)))[1] AS lexeme
        FROM unnest(%s::text[], %s::text[]) AS given (config, term)
    ) AS stemmed
    WHERE lexeme IS NOT NULL
    ORDER BY config, term
    ON CONFLICT (config, term) DO NOTHING
"""


def _words_learn() -> bool:
    """Learn the words of some documents; False where there were none left."""
    with transaction.atomic():
        lock_names(["search.terms"])
        rows = list(
            SearchWording.objects.filter(are_words_known=False)
            .select_related("document")
            .order_by("document_id")[:READ_AT_ONCE]
        )
        if not rows:
            return False
        words = {(row.document.config, word) for row in rows for word in _WORD.findall(row.text.lower())}
        _learn(sorted(words))
        SearchWording.objects.filter(pk__in=[row.pk for row in rows]).update(are_words_known=True)
    return True


def _learn(words: Sequence[tuple[str, str]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LEARN, [[config for config, _word in words], [word for _config, word in words]])


_COUNT = """
    WITH counted AS (
        SELECT word, ndoc
        FROM ts_stat(format('SELECT tsv FROM search_searchdocument WHERE config = %%L', %s))
    ), changed AS (
        SELECT term.id, coalesce(counted.ndoc, 0) AS documents
        FROM search_searchterm AS term LEFT JOIN counted ON counted.word = term.lexeme
        WHERE term.config = %s
    ), gone AS (
        DELETE FROM search_searchterm WHERE id IN (SELECT id FROM changed WHERE documents = 0)
    )
    UPDATE search_searchterm AS term SET documents = changed.documents
    FROM changed WHERE changed.id = term.id AND changed.documents > 0 AND term.documents <> changed.documents
"""


def terms_count() -> None:
    """Count how many documents hold each word, and forget words that none holds any more. Safe to repeat."""
    with transaction.atomic(), connection.cursor() as cursor:
        lock_names(["search.terms"])
        cursor.execute("SELECT DISTINCT config FROM search_searchterm ORDER BY config")
        for (config,) in cursor.fetchall():
            cursor.execute(_COUNT, [config, config])
