"""What serving has to reach, and the cells it is read from."""

from __future__ import annotations

from oeuvre_studio.bench import peers_ours, peers_peft, peers_vllm
from oeuvre_studio.bench.measure import Results, Skipped
from oeuvre_studio.bench.workload import Cell
from oeuvre_studio.protocol import Bar

AGAINST = (
    ("faster than vLLM's CPU build, 8 requests over 4 adapters", peers_vllm.ENGINE, Cell(4, 8), 3.0),
    ("faster than PEFT's adapter_names, 32 adapters", peers_peft.MIXED, Cell(32, 32), 10.0),
)
"""Name, peer, cell, and how many times its throughput ours has to be."""

CELLS = tuple(cell for _, _, cell, _ in AGAINST)
"""Measured several times."""

ONE, MANY = Cell(1, 32), Cell(256, 32)
NEAR_ONE = 0.8
COLD_MS = 50.0
DIFFERENCE = 1e-3


def bars(results: Results, difference: float | None) -> tuple[list[Bar], list[Skipped]]:
    """The bars that could be measured, and those that could not."""
    found: list[Bar] = []
    left: list[Skipped] = []
    for name, engine, cell, least in AGAINST:
        ours, theirs = results.rate(peers_ours.ENGINE, cell), results.rate(engine, cell)
        if ours is None or theirs is None:
            left.append(Skipped("bar", name, f"{engine if ours else peers_ours.ENGINE} was not measured there"))
            continue
        found.append(at_least(name, ours / theirs, "times", least))
    many = "throughput with 256 adapters, of that with one, 32 in flight"
    if results.near_one is None:
        left.append(Skipped("bar", many, "this run has no such cells"))
    else:
        found.append(at_least(many, results.near_one, "share", NEAR_ONE))
    cold = next((row for row in results.colds if row.engine == peers_ours.ENGINE), None)
    if cold is None:
        left.append(Skipped("bar", "cold adapter", "it was not measured"))
    else:
        slower = max(cold.cached_ms, cold.disk_ms or 0.0)
        found.append(at_most("cold adapter", slower, "ms", COLD_MS))
    if difference is None:
        left.append(Skipped("bar", "difference from PEFT's logits, fp32", "it was not measured"))
    else:
        found.append(at_most("difference from PEFT's logits, fp32", difference, "", DIFFERENCE))
    return found, left


def at_least(name: str, value: float, unit: str, least: float) -> Bar:
    """A bar that large values meet."""
    return Bar(name=name, value=round(value, 3), unit=unit, bar=f"≥ {least:g}", met=value >= least)


def at_most(name: str, value: float, unit: str, most: float) -> Bar:
    """A bar that small values meet."""
    return Bar(name=name, value=float(f"{value:.3g}"), unit=unit, bar=f"≤ {most:g}", met=value <= most)
