"""An empty installation, and 100,000 gigs in it, by the services that the platform itself uses wherever they do for so many."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.core.management import call_command
from django.db import connection

from oeuvre.domains.search import services
from oeuvre.domains.search.models import FILTERS, SearchEmbedding, SearchStanding, SearchWording
from oeuvre.domains.search.standing import OWNER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from search_gigs.gigs import Gig

AT_ONCE = 1_000


def load(gigs: Sequence[Gig]) -> dict[str, float]:
    """Tables, then documents with what is counted about them; seconds by step."""
    seconds: dict[str, float] = {}
    with _timed(seconds, "tables"):
        call_command("migrate", verbosity=0)
    with _timed(seconds, "documents"):
        _standings(gigs)
        for start in range(0, len(gigs), AT_ONCE):
            services.documents_put(documents=[gig.draft for gig in gigs[start : start + AT_ONCE]])
    return seconds


def texts_to_embed(gigs: Sequence[Gig]) -> list[str]:
    """What the platform would embed of each gig, in their order."""
    rows = SearchWording.objects.values_list("document__ref_id", "text")
    text_of = dict(rows.iterator(chunk_size=10_000))
    return [text_of[gig.draft.ref_id] for gig in gigs]


def load_vectors(gigs: Sequence[Gig], vectors: NDArray[np.float32]) -> dict[str, float]:
    """Vectors in one go, with their index built once and not row by row; then the words. Seconds by step."""
    seconds: dict[str, float] = {}
    (index,) = [index for index in SearchEmbedding._meta.indexes if index.name == "search_embedding_near"]
    with connection.schema_editor() as editor:
        editor.remove_index(SearchEmbedding, index)
    with _timed(seconds, "vectors"), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE arriving (ref_id uuid PRIMARY KEY, vector halfvec)")
        with cursor.copy("COPY arriving FROM STDIN") as copy:
            for gig, vector in zip(gigs, vectors, strict=True):
                copy.write_row((str(gig.draft.ref_id), "[" + ",".join(f"{number:.6g}" for number in vector) + "]"))
        filters = ", ".join(FILTERS)
        cursor.execute(
            f"INSERT INTO search_searchembedding (document_id, vector, {filters}) "  # noqa: S608  (names of ours)
            f"SELECT document.id, arriving.vector, {filters} "
            "FROM search_searchdocument AS document JOIN arriving USING (ref_id)"
        )
    SearchWording.objects.update(is_embedded=True)
    with _timed(seconds, "words"):
        services.documents_index()
        services.terms_count()
    with _timed(seconds, "vector index"):
        with connection.cursor() as cursor:
            cursor.execute("SET maintenance_work_mem = '1GB'")
        with connection.schema_editor() as editor:
            editor.add_index(SearchEmbedding, index)
    with _timed(seconds, "vacuum"), connection.cursor() as cursor:
        for table in ("search_searchdocument", "search_searchembedding", "search_searchterm", "search_searchwording"):
            cursor.execute(f"VACUUM ANALYZE {table}")
    return seconds


def _standings(gigs: Sequence[Gig]) -> None:
    owners = {gig.owner.id: gig.owner for gig in gigs}
    rows = [
        SearchStanding(kind=OWNER, ref_id=owner.id, completed=owner.completed, level=owner.level, since=owner.since)
        for owner in owners.values()
    ]
    rows += [
        SearchStanding(
            kind=gig.draft.kind,
            ref_id=gig.draft.ref_id,
            rating_sum=gig.counts.rating_sum,
            rating_count=gig.counts.rating_count,
            completed=gig.counts.completed,
            on_time=gig.counts.on_time,
            due=gig.counts.due,
        )
        for gig in gigs
    ]
    SearchStanding.objects.bulk_create(rows, batch_size=5_000)


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    seconds[name] = round(time.perf_counter() - begun, 1)
