"""How long do home, category, search and gig pages take in a market of 100,000 gigs with 20 people on it?

The site runs as ``oeuvre run`` starts it: two web processes, and the studio, which embeds what is searched for. Each person has an
address and a session of their own, asks for a page, reads for some seconds (4 on average) and goes on. Times are from the request to the
last byte, on the same machine.

    python benchmarks/pages.py [--gigs N] [--people N] [--seconds N] [--reuse] [--check] [--json]
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys

from search_gigs.installation import open_database

DATABASE = "oeuvre_bench_pages"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigs", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--reuse", action="store_true", help="measure again what the last run loaded")
    parser.add_argument("--check", action="store_true", help="exit with 3 where a bar is not met")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    open_database(DATABASE, reuse=given.reuse)
    visiting = importlib.import_module("search_gigs.visiting")  # needs Django
    result = visiting.benchmark(gigs=given.gigs, people=given.people, seconds=given.seconds, reuse=given.reuse)
    for name in ("loading", "pages", "bars"):
        for line in result[name]:
            visiting.say("  ".join(str(value) for value in line.values()))
    if given.json:
        print(json.dumps(result, ensure_ascii=False))
    return 3 if given.check and not all(one["met"] for one in result["bars"]) else 0


if __name__ == "__main__":
    sys.exit(main())
