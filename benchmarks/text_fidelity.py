"""Do text versions sound like their author, and like nobody else, without copying?

For every author in a folder of corpora: ``studio train text`` with the other authors as ``--others``, whose report is
the same object that ``studio evaluate --others … --canaries`` prints (``--reevaluate`` runs that as well). Trained
versions are kept and used again as long as the works, the settings and the base are the same.

    python benchmarks/text_fidelity.py [--corpora DIR] [--out DIR] [--authors NAME …] [--reevaluate] [--json]
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from oeuvre_studio.protocol import Report, parse
from oeuvre_studio.text.train import TrainSettings

CORPORA = Path(__file__).parents[2] / "shared/corpora/text"
OUT = Path(".oeuvre/bench")
TIMING = "timing.json"


def studio(*arguments: str) -> dict[str, Any]:
    """Run the command; its progress goes to standard error, its result is returned."""
    command = [sys.executable, "-m", "oeuvre_studio", *arguments, "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def is_current(version: Path) -> bool:
    """Whether a version is there and was trained with today's settings."""
    if not (version / "signature.json").is_file() or not (version / "report.json").is_file():
        return False
    used = json.loads((version / "manifest.json").read_text())["hyperparameters"]
    return all(used.get(name) == value for name, value in dataclasses.asdict(TrainSettings()).items())


def measure(author: Path, others: list[Path], out: Path, *, reevaluate: bool) -> dict[str, Any]:
    """One author's report, with the version's name and how long it took."""
    version = out / author.name
    against = [part for other in others for part in ("--others", str(other))]
    if not is_current(version):
        started, load = time.monotonic(), os.getloadavg()[0]
        train = ("train", "text", "--works", str(author), "--out", str(version), "--name", author.name, "--resume")
        trained = studio(*train, *against)
        facts = {"version": trained["version"], "seconds": round(time.monotonic() - started), "load": round(load, 1)}
        (version / TIMING).write_text(json.dumps(facts))
    facts = json.loads((version / TIMING).read_text()) if (version / TIMING).is_file() else {}
    if reevaluate:
        report = studio("evaluate", str(version), "--works", str(author), "--canaries", *against)
        facts["version"] = report.pop("version")
    else:
        report = json.loads((version / "report.json").read_text())
    compared = {comparison["other"] for comparison in report["comparisons"]}
    if len(compared) < len(others):
        sys.exit(f"{version} was not compared with every other author. Run again with --reevaluate.")
    return {"author": author.name, "report": parse(Report, report), **facts}


def main() -> None:
    """Measure every author and print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpora", type=Path, default=CORPORA)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--authors", nargs="*", default=[])
    parser.add_argument("--reevaluate", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not options.corpora.is_dir():
        print(json.dumps({"skipped": f"there are no corpora at {options.corpora}", "bars": []}))
        return
    authors = sorted(path for path in options.corpora.iterdir() if path.is_dir())
    chosen = [author for author in authors if not options.authors or author.name in options.authors]
    found = [
        measure(author, [other for other in authors if other != author], options.out, reevaluate=options.reevaluate)
        for author in chosen
    ]
    bars = [
        {**dataclasses.asdict(bar), "name": f"{entry['author']}: {bar.name}"}
        for entry in found
        for bar in entry["report"].bars
    ]
    rows = [row(entry) for entry in found]
    if options.json:
        print(json.dumps({"bars": bars, "authors": rows, "settings": dataclasses.asdict(TrainSettings())}))
        return
    for line in rows:
        print("  ".join(f"{name} {value}" for name, value in line.items()))
    for bar in bars:
        print(f"{'met   ' if bar['met'] else 'MISSED'} {bar['name']:60} {bar['value']:8g} {bar['bar']}")


def row(entry: dict[str, Any]) -> dict[str, Any]:
    """An author's line in the table: own figures against the nearest of the others."""
    report: Report = entry["report"]
    ratios = {c.other: c.perplexity_ratio for c in report.details.comparisons if c.perplexity_ratio is not None}
    deltas = {c.other: c.delta for c in report.details.comparisons if c.delta is not None}
    return {
        "author": entry["author"],
        "version": entry.get("version", ""),
        "ratio": report.details.perplexity_ratio,
        "nearest other ratio": min(ratios.values()),
        "delta": report.details.own_delta,
        "nearest other delta": min(deltas.values()),
        "longest run": report.details.memorisation.longest_run_tokens,
        "13-gram mass": report.details.memorisation.shared_13gram_share,
        "canaries": f"{report.details.memorisation.canaries_recovered}/{report.details.memorisation.canaries_planted}",
        "status": report.status,
        "seconds": entry.get("seconds", ""),
        "load when training began": entry.get("load", "not noted"),
    }


if __name__ == "__main__":
    main()
