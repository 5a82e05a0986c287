"""Loading, searching and comparing with the exact search; Django is set up by whoever imports this."""

from __future__ import annotations

import gc
import statistics
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.conf import settings

from oeuvre.domains.search import selectors
from oeuvre.domains.search.meaning import query_vectors
from oeuvre.kit.actor import Actor
from oeuvre.kit.ports import port
from search_gigs.database import load, load_vectors, texts_to_embed
from search_gigs.gigs import Catalogue, Writer
from search_gigs.installation import KEPT, MODELS
from search_gigs.oracle import Oracle
from search_gigs.searches import Search, searches
from search_gigs.vectors import Embedder, made_vectors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from oeuvre.domains.search.query import SearchQuery
    from oeuvre.domains.search.results import SearchResults

ROUNDS = 3
P95_MS, RECALL, PUT_RIGHT = 50.0, 0.95, 0.9


def benchmark(*, gigs: int, count: int, reuse: bool) -> dict[str, Any]:
    """Everything that the benchmark says, as one JSON object."""
    settings.PORTS["embeddings"] = ("search_gigs.vectors.Embedder", {"models": MODELS, "kept": KEPT})
    truth, seconds, alike = _loaded(gigs, reuse=reuse)
    wanted = searches(count)
    say("comparing with the exact search …")
    embedding, recalls, put_right = _found(wanted, truth)
    say("measuring …")
    gc.freeze()  # the gigs and the exact search are in this process; a web process would have none of them to look through
    times = _times(wanted)
    p95 = percentile(times["search and counts"], 0.95)
    return {
        "gigs": gigs,
        "loading": [{"step": name, "seconds": value} for name, value in seconds.items()],
        "times": [*(_row(name, values) for name, values in times.items()), _row("embedding of the search", embedding)],
        "vectors": [{"pairs of gigs": name, "mean cosine": value} for name, value in alike.items()],
        "bars": [
            _bar("search with filters and their counts, p95", p95, "ms", f"≤ {P95_MS:g}", met=p95 <= P95_MS),
            _bar("recall@10 against exact", recalls, "share", f"≥ {RECALL}", met=recalls >= RECALL),
            _bar("typing mistakes put right", put_right, "share", f"≥ {PUT_RIGHT}", met=put_right >= PUT_RIGHT),
        ],
    }


def say(text: str) -> None:
    """Progress."""
    print(text, file=sys.stderr, flush=True)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least ``share`` of them do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1)]


def _loaded(count: int, *, reuse: bool) -> tuple[Oracle, dict[str, float], dict[str, float]]:
    """The gigs in the database; the oracle over them, how long each step took, and how alike made vectors are to real ones."""
    gigs = list(Writer(Catalogue()).gigs(count))
    seconds: dict[str, float] = {}
    if not reuse:
        say(f"putting {count:,} gigs into the index …")
        seconds = load(gigs)
    say("embedding …")
    leaves = [gig.draft.category for gig in gigs]
    vectors, alike = made_vectors(texts_to_embed(gigs), leaves, port("embeddings", Embedder))
    if not reuse:
        say("building the index of vectors …")
        seconds |= load_vectors(gigs, vectors)
    return Oracle(gigs, vectors), seconds, alike


def _search(query: SearchQuery, **parts: Any) -> SearchResults:
    return selectors.search(actor=Actor.anonymous(), query=query, **parts)


def _found(wanted: Sequence[Search], truth: Oracle) -> tuple[list[float], float, float]:
    """Milliseconds to embed each search, recall@10 on average, and the share of typing mistakes that were put right."""
    embedding, recalls, put_right = [], [], []
    for search in wanted:
        embedding.append(_timed(lambda: query_vectors.of(search.meant or search.query.text))[0])  # noqa: B023  (called here)
        found = _search(search.query, per_page=100, with_facets=False)
        hits = sorted(found.hits, key=lambda hit: hit.by_score)
        vector = query_vectors.of(found.corrected or search.query.text) or []
        recalls.append(truth.search(search.query, vector).recall([hit.ref_id for hit in hits]))
        if search.meant:
            # A word may be wrong at its end alone, which is cut off; then it finds what was meant without a correction.
            meant = _search(replace(search.query, text=search.meant, as_written=True), with_facets=False)
            put_right.append(found.corrected.lower() == search.meant.lower() or found.total == meant.total)
    return embedding, statistics.mean(recalls), statistics.mean(put_right)


def _times(wanted: Sequence[Search]) -> dict[str, list[float]]:
    """Milliseconds of the service call, the words being embedded already: of the hits alone, and of hits and counts."""
    times: dict[str, list[float]] = {"search and counts": [], "search alone": []}
    for _round in range(ROUNDS):
        for search in wanted:
            alone = _timed(lambda: _search(search.query, with_facets=False))[0]  # noqa: B023  (called here)
            whole = _timed(lambda: _search(search.query))[0]  # noqa: B023  (called here)
            times["search alone"].append(alone)
            times["search and counts"].append(whole)
            times.setdefault(f"search and counts: {search.kind}", []).append(whole)
    return times


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    begun = time.perf_counter()
    answer = call()
    return (time.perf_counter() - begun) * 1000, answer


def _row(name: str, milliseconds: Sequence[float]) -> dict[str, Any]:
    return {
        "step": name,
        "searches": len(milliseconds),
        "p50 ms": round(statistics.median(milliseconds), 1),
        "p95 ms": round(percentile(milliseconds, 0.95), 1),
        "most ms": round(max(milliseconds), 1),
    }


def _bar(name: str, value: float, unit: str, wanted: str, *, met: bool) -> dict[str, Any]:
    return {"name": name, "value": round(value, 4), "unit": unit, "bar": wanted, "met": met}
