"""How long does a search among 100,000 gigs take with filters on, and does it find what an exact search finds?

docs/handbook/search.md says how it works, search_gigs/ what the gigs are and which of their vectors are real. A database of its
own is made for it in ``OEUVRE_HOME`` (``.oeuvre/bench/search``) and replaced by the next run.

    python benchmarks/search.py [--gigs N] [--searches N] [--reuse] [--check] [--json]
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys

from search_gigs.installation import open_database

DATABASE = "oeuvre_bench_search"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigs", type=int, default=100_000)
    parser.add_argument("--searches", type=int, default=400)
    parser.add_argument("--reuse", action="store_true", help="measure again what the last run loaded")
    parser.add_argument("--check", action="store_true", help="exit with 3 where a bar is not met")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    open_database(DATABASE, reuse=given.reuse)
    measuring = importlib.import_module("search_gigs.measuring")  # needs Django
    result = measuring.benchmark(gigs=given.gigs, count=given.searches, reuse=given.reuse)
    for name in ("loading", "times", "vectors", "bars"):
        for line in result[name]:
            measuring.say("  ".join(str(value) for value in line.values()))
    if given.json:
        print(json.dumps(result, ensure_ascii=False))
    return 3 if given.check and not all(one["met"] for one in result["bars"]) else 0


if __name__ == "__main__":
    sys.exit(main())
