"""What an exact search finds, computed apart from the service: filters in Python, every vector compared, no list cut short."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from django.db import connection

from oeuvre.domains.search.candidates import FEW, LEAST_SIMILAR, MEANING_DEPTH, TEXT_DEPTH, TOGETHER, understand
from oeuvre.domains.search.ranking import reciprocal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from numpy.typing import NDArray

    from oeuvre.domains.search.candidates import Asked
    from oeuvre.domains.search.query import SearchQuery
    from search_gigs.gigs import Gig


@dataclass(frozen=True)
class Exact:
    """Scores of all that an exact search finds, the best first."""

    scores: dict[UUID, float]

    def recall(self, found: Sequence[UUID], at: int = 10) -> float:
        """The share of the first ``at`` that was found. Documents whose exact scores are equal stand for each other."""
        wanted = sorted(self.scores.values(), reverse=True)[:at]
        if not wanted:
            return 1.0
        least = wanted[-1] * (1 - 1e-9)
        return min(1.0, sum(self.scores.get(ref_id, 0) >= least for ref_id in found[:at]) / len(wanted))


class Oracle:
    """Holds every gig and vector in memory."""

    def __init__(self, gigs: Sequence[Gig], vectors: NDArray[np.float32]) -> None:
        self._gigs = gigs
        self._vectors = vectors
        with connection.cursor() as cursor:
            cursor.execute("SELECT ref_id, id, prior FROM search_searchdocument")
            rows = {ref_id: (pk, prior) for ref_id, pk, prior in cursor.fetchall()}
        self._ids = [rows[gig.draft.ref_id][0] for gig in gigs]
        self._prior = {gig.draft.ref_id: rows[gig.draft.ref_id][1] for gig in gigs}
        self._number = {pk: number for number, pk in enumerate(self._ids)}

    def search(self, query: SearchQuery, vector: Sequence[float]) -> Exact:
        """Fused scores of the whole list."""
        asked = understand(query)
        passing = np.array([_passes(gig, query) for gig in self._gigs])
        by_words = self._by_words(asked, passing)
        near = self._near(passing, vector)
        scores: dict[UUID, float] = {}
        for ranks in (by_words[:TEXT_DEPTH], near):
            for rank, number in enumerate(ranks, start=1):
                ref_id = self._gigs[number].draft.ref_id
                scores[ref_id] = scores.get(ref_id, 0.0) + reciprocal(rank) * self._prior[ref_id]
        return Exact(dict(sorted(scores.items(), key=lambda item: -item[1])))

    def _near(self, passing: NDArray[np.bool_], vector: Sequence[float]) -> list[int]:
        wanted = np.array([float(f"{number:.5g}") for number in vector], dtype=np.float16).astype(np.float32)
        cosines = np.where(passing, self._vectors @ wanted, -1.0)
        first = np.argsort(-cosines, kind="stable")[:MEANING_DEPTH]
        return [int(number) for number in first if cosines[number] >= LEAST_SIMILAR]

    def _by_words(self, asked: Asked, passing: NDArray[np.bool_]) -> list[int]:
        """All that hold every word, then, where those are few in the whole index, what holds some: ranked in full."""
        words, configs = asked.wording, asked.known.configs
        every = self._ranked([words.wanted], words.words, configs)
        found = [number for number in every if passing[number]]
        if len(found) >= FEW or len(words.words) == 1:
            return found
        rare = asked.known.rare(words.words, together=TOGETHER)
        if len(every) >= FEW or not rare:
            return found
        some = self._ranked([" or ".join(rare)], rare, configs)
        first = set(every)
        ordered = [number for number in some if number in first] + [number for number in some if number not in first]
        return [number for number in ordered if passing[number]]

    def _ranked(self, texts: Sequence[str], words: Sequence[str], configs: Sequence[str]) -> list[int]:
        match = " || ".join("websearch_to_tsquery(%s::regconfig, %s)" for _ in configs for _ in texts)
        params = [part for config in configs for text in texts for part in (config, text)]
        rank_params = [part for config in configs for part in (config, " or ".join(words))]
        rank = " || ".join("websearch_to_tsquery(%s::regconfig, %s)" for _ in configs)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT id FROM search_searchdocument WHERE tsv @@ ({match}) "  # noqa: S608  (parts of ours)
                f"ORDER BY ts_rank(tsv, ({rank})) DESC, prior DESC, id",
                [*params, *rank_params],
            )
            return [self._number[pk] for (pk,) in cursor.fetchall()]


def _passes(gig: Gig, query: SearchQuery) -> bool:
    """The filters, written down a second time."""
    draft = gig.draft
    attributes = {key: {str(value) for value in values} for key, values in draft.attributes.items()}
    return (
        (not query.kinds or draft.kind in query.kinds)
        and query.group in ("", draft.group)
        and query.category in ("", draft.category)
        and (query.price_to is None or bool(draft.price and draft.price.amount <= query.price_to))
        and (query.days is None or bool(draft.days is not None and draft.days <= query.days))
        and (not query.languages or bool(set(query.languages) & set(draft.languages)))
        and (not query.ai_policies or draft.ai_policy in query.ai_policies)
        and (not query.levels or gig.owner.level in query.levels)
        and (not query.instant or draft.instant)
        and all(set(values) & attributes.get(key, set()) for key, values in query.attributes)
    )
