"""People who look at pages, all at the same time; Django is set up by whoever imports this."""

from __future__ import annotations

import os
import random
import socket
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import httpx
from django.conf import settings

from oeuvre.kit.ports import port
from search_gigs.database import load, load_vectors, texts_to_embed
from search_gigs.gigs import Catalogue, Writer
from search_gigs.installation import KEPT, MODELS
from search_gigs.market import load_market
from search_gigs.measuring import percentile, say
from search_gigs.searches import searches
from search_gigs.vectors import Embedder, made_vectors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from search_gigs.gigs import Gig

P95_MS = 150.0
READING_SECONDS = 4.0
"""How long a person looks at a page, on average (exponential)."""
WARM_SECONDS = 15.0
"""Not counted: a process that has just started reads its templates and the words of the index."""
WEB_PROCESSES = 2
"""What an installation starts unless told otherwise."""
WEIGHTS = {"home": 1, "category": 3, "search": 3, "gig": 3}
"""How often each page is asked for."""


def benchmark(*, gigs: int, people: int, seconds: int, reuse: bool) -> dict[str, Any]:
    """Everything that the benchmark says, as one JSON object."""
    made = list(Writer(Catalogue()).gigs(gigs))
    loading = {} if reuse else _loaded(made)
    with _site() as address:
        say("measuring …")
        visits = _visits(address, made, people=people, seconds=seconds)
    times = [milliseconds for found in visits.values() for milliseconds in found]
    p95 = percentile(times, 0.95)
    return {
        "gigs": gigs,
        "people": people,
        "loading": [{"step": name, "seconds": value} for name, value in loading.items()],
        "pages": [_row(name, visits[name]) for name in WEIGHTS] + [_row("all", times)],
        "bars": [
            {
                "name": f"a page with {people} people on the site, p95",
                "value": round(p95, 1),
                "unit": "ms",
                "bar": f"≤ {P95_MS:g}",
                "met": p95 <= P95_MS,
            }
        ],
    }


def _loaded(gigs: Sequence[Gig]) -> dict[str, float]:
    settings.PORTS["embeddings"] = ("search_gigs.vectors.Embedder", {"models": MODELS, "kept": KEPT})
    say(f"putting {len(gigs):,} gigs into the index …")
    seconds = load(gigs)
    say("embedding …")
    vectors, _alike = made_vectors(
        texts_to_embed(gigs), [gig.draft.category for gig in gigs], port("embeddings", Embedder)
    )
    say("building the index of vectors …")
    seconds |= load_vectors(gigs, vectors)
    say("putting people and gigs into the market …")
    begun = time.perf_counter()
    load_market(gigs)
    return {**seconds, "market": round(time.perf_counter() - begun, 1)}


@contextmanager
def _site() -> Iterator[str]:
    """The processes that people's pages come from, as ``oeuvre run`` starts them; the site's address."""
    port, studio_port = _free_port(), _free_port()
    os.environ |= {
        "OEUVRE_STUDIO_URL": f"http://127.0.0.1:{studio_port}",
        "OEUVRE_WEB_PROCESSES": str(WEB_PROCESSES),
    }
    commands = [["studio"], *[["web", "--port", str(port)]] * WEB_PROCESSES]
    with ExitStack() as ending:
        started = [subprocess.Popen([sys.executable, "-m", "oeuvre", *command]) for command in commands]
        for process in started:
            ending.callback(process.wait, 30)
            ending.callback(process.terminate)
        _answered(f"http://127.0.0.1:{studio_port}/readyz", started)
        _answered(f"http://127.0.0.1:{port}/", started)
        yield f"http://127.0.0.1:{port}"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _answered(address: str, started: Sequence[subprocess.Popen[bytes]]) -> None:
    """Wait until there is a page. Raises TimeoutError after two minutes, or where a process has ended."""
    deadline = time.monotonic() + 120
    while True:
        try:
            httpx.get(address, timeout=60).raise_for_status()
        except httpx.TransportError:
            if time.monotonic() > deadline or any(process.poll() is not None for process in started):
                raise TimeoutError(f"Nothing answers at {address}.") from None
            time.sleep(0.5)
        else:
            return


def _visits(address: str, gigs: Sequence[Gig], *, people: int, seconds: int) -> dict[str, list[float]]:
    """Milliseconds by page, of all that was asked for after the first ``WARM_SECONDS``."""
    leaves = [leaf.key for leaf in Catalogue().leaves]
    wanted = [urlencode(search.query.to_params(), doseq=True) for search in searches(400)]
    begins = time.monotonic()

    def visit(number: int) -> list[tuple[str, float]]:
        draw = random.Random(number)
        ways = {
            "home": lambda: "/",
            "category": lambda: f"/services/{draw.choice(leaves)}/",
            "search": lambda: f"/search/?{draw.choice(wanted)}",
            "gig": lambda: f"/gigs/{draw.choice(gigs).draft.url_key}/",
        }
        found = []
        with httpx.Client(
            base_url=address, headers={"X-Forwarded-For": f"198.51.100.{number + 1}"}, timeout=60
        ) as browser:
            while True:
                time.sleep(draw.expovariate(1 / READING_SECONDS))
                passed = time.monotonic() - begins
                if passed > WARM_SECONDS + seconds:
                    return found
                (name,) = draw.choices(list(WEIGHTS), list(WEIGHTS.values()))
                path = ways[name]()
                begun = time.perf_counter()
                browser.get(path).raise_for_status()
                if passed > WARM_SECONDS:
                    found.append((name, (time.perf_counter() - begun) * 1000))

    times: dict[str, list[float]] = {name: [] for name in WEIGHTS}
    with ThreadPoolExecutor(people) as crowd:
        for found in crowd.map(visit, range(people)):
            for name, milliseconds in found:
                times[name].append(milliseconds)
    return times


def _row(name: str, milliseconds: Sequence[float]) -> dict[str, Any]:
    return {
        "page": name,
        "visits": len(milliseconds),
        "p50 ms": round(statistics.median(milliseconds), 1),
        "p95 ms": round(percentile(milliseconds, 0.95), 1),
        "most ms": round(max(milliseconds), 1),
    }
