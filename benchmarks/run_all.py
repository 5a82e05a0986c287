"""Runs every benchmark beside this file and writes RESULTS.md: the figures, the machine, the versions, the date.

python benchmarks/run_all.py [NAME …]
"""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
RESULTS = HERE / "RESULTS.md"
NO_BENCHMARKS = {"run_all", "teach_reader"}
VERSIONS = ("torch", "transformers", "peft", "safetensors", "django", "psycopg")


def machine() -> str:
    """Processor, cores and memory, as far as they can be read."""
    processor = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        names = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        processor = names[0] if names else processor
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{processor}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.release()}"


def versions() -> str:
    """Python and the libraries that matter to the figures."""
    found = [f"Python {platform.python_version()}"]
    for name in VERSIONS:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return ", ".join(found)


def measure(benchmark: Path) -> dict[str, Any]:
    """One benchmark's JSON object; a benchmark that fails is reported as failed, not left out."""
    load = os.getloadavg()[0]
    done = subprocess.run(
        [sys.executable, str(benchmark), "--json"], stdout=subprocess.PIPE, text=True, check=False, cwd=HERE.parent
    )
    lines = done.stdout.splitlines()
    result: dict[str, Any] = json.loads(lines[-1]) if done.returncode == 0 and lines else {"bars": []}
    if done.returncode != 0:
        result["failed"] = f"ended with status {done.returncode}"
    return {**result, "load": round(load, 1)}


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Rows as Markdown; the first has all keys, and what another lacks stays empty."""
    names = list(rows[0])
    lines = [f"| {' | '.join(names)} |", f"|{'---|' * len(names)}"]
    return lines + [f"| {' | '.join(str(row.get(name, '')) for name in names)} |" for row in rows]


def title(benchmark: Path) -> str:
    """The heading of a benchmark's section."""
    return f"## {benchmark.stem.replace('_', ' ').capitalize()}"


def section(benchmark: Path, result: dict[str, Any], today: str) -> list[str]:
    """A benchmark's part of the page."""
    lines = ["", title(benchmark), "", f"`python benchmarks/{benchmark.name}`, {today}"]
    for reason in ("skipped", "failed"):
        if reason in result:
            return [*lines, "", f"{reason.capitalize()}: {result[reason]}."]
    bars = result["bars"]
    met = sum(bar["met"] for bar in bars)
    lines += ["", f"{met} of {len(bars)} bars met. Load when this page was made: {result['load']} processes."]
    for plot in result.get("plots", ()):
        lines += ["", f"![{plot['alternative']}](plots/{Path(plot['file']).name})"]
    for name, value in result.items():
        if isinstance(value, list) and name not in {"bars", "plots"} and value and isinstance(value[0], dict):
            lines += ["", f"{name.capitalize()}:", "", *table(value)]
    shown = [
        {"measure": b["name"], "value": f"{b['value']:g} {b['unit']}", "bar": b["bar"], "met": b["met"]} for b in bars
    ]
    for entry in shown:
        entry["met"] = "yes" if entry["met"] else "**no**"
    return [*lines, "", *table(shown)] if shown else lines


def kept_sections() -> dict[str, list[str]]:
    """The sections of the page as it is, by their headings."""
    sections: dict[str, list[str]] = {}
    for line in RESULTS.read_text().splitlines() if RESULTS.is_file() else ():
        if line.startswith("## "):
            sections[line] = []
        if sections:
            sections[next(reversed(sections))].append(line)
    return sections


def main() -> None:
    """Run them, or those named, and write the page; the sections of the others stay as they are."""
    found = sorted(path for path in HERE.glob("*.py") if path.stem not in NO_BENCHMARKS)
    names = sys.argv[1:] or [benchmark.stem for benchmark in found]
    unknown = set(names) - {benchmark.stem for benchmark in found}
    if unknown:
        sys.exit(f"There is no benchmark {', '.join(sorted(unknown))}. There is: {', '.join(b.stem for b in found)}.")
    today = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}"
    lines = [
        "# Results",
        "",
        "Written by `make bench`, each section on the day it names.",
        "",
        f"Machine: {machine()}.",
        f"Versions: {versions()}.",
        "Seconds depend on what else the machine was doing: they are no measure of speed where the load was above 1.",
    ]
    measured = {}
    for benchmark in found:
        if benchmark.stem in names:
            print(f"{benchmark.name} …", file=sys.stderr)
            measured[benchmark] = section(benchmark, measure(benchmark), today)
    kept = kept_sections()  # read last, for another run may have written some meanwhile
    for benchmark in found:
        if benchmark in measured:
            lines += measured[benchmark]
        elif (heading := title(benchmark)) in kept:
            lines += ["", *"\n".join(kept[heading]).rstrip().split("\n")]
    RESULTS.write_text("\n".join(lines) + "\n")
    print(RESULTS)


if __name__ == "__main__":
    main()
