"""Counts that a process keeps for a minute."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oeuvre.domains.search.query import SearchQuery
    from oeuvre.domains.search.results import Facets

KEPT_SECONDS = 60.0
MOST_KEPT = 500


class KeptFacets:
    """Counts without words, shared by a process's threads: nearly everybody who browses asks for the same, and they count most.

    What comes or goes is found at once; it is counted at once by the process that put it, and within a minute by the others.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._facets: dict[SearchQuery, tuple[float, Facets]] = {}

    def get(self, query: SearchQuery) -> Facets | None:
        with self._lock:
            counted_at, facets = self._facets.get(query, (float("-inf"), None))
            return facets if time.monotonic() - counted_at < KEPT_SECONDS else None

    def put(self, query: SearchQuery, facets: Facets) -> None:
        with self._lock:
            self._facets.pop(query, None)
            self._facets[query] = (time.monotonic(), facets)
            while len(self._facets) > MOST_KEPT:
                del self._facets[next(iter(self._facets))]

    def forget(self) -> None:
        """Count anew when asked next."""
        with self._lock:
            self._facets.clear()


kept_facets = KeptFacets()
