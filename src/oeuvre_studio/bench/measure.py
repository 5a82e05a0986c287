"""A peer held against the grid: one row for every cell, with its speed, first tokens and memory."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Callable, Collection, Iterable

from oeuvre_studio.bench.peers import Entrant, Setting
from oeuvre_studio.bench.processes import PeakMemory
from oeuvre_studio.bench.versions import forget_cached
from oeuvre_studio.bench.workload import Cell, PeerFailedError, Prompts, Trace

Say = Callable[[str], None]
WARM_UP = 8
"""Tokens of each request of the round before a cell is measured."""

TOUCHED_AT_ONCE = 8
REASON = 300
"""Characters."""


@dataclasses.dataclass(frozen=True)
class Row:
    """What was measured in one cell."""

    engine: str
    adapters: int
    in_flight: int
    tokens_per_second: float
    first_p50_ms: float
    first_p95_ms: float
    peak_mib: int
    requests: int


@dataclasses.dataclass(frozen=True)
class Skipped:
    """What was not, and why. A long reason keeps its end, on one line."""

    engine: str
    cells: str
    reason: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "reason", " ".join(self.reason.replace("|", "/").split())[-REASON:])


@dataclasses.dataclass(frozen=True)
class ColdRow:
    """How much longer the first request for an adapter takes, in milliseconds, as a median."""

    engine: str
    versions: int
    cached_ms: float
    """The files are in the system's cache."""
    disk_ms: float | None
    """They are read from the disk."""


@dataclasses.dataclass
class Results:
    """Everything that was measured."""

    rows: list[Row] = dataclasses.field(default_factory=list)
    skipped: list[Skipped] = dataclasses.field(default_factory=list)
    colds: list[ColdRow] = dataclasses.field(default_factory=list)
    near_one: float | None = None
    """Our throughput with many adapters over that with one, measured in turns."""

    def rate(self, engine: str, cell: Cell) -> float | None:
        """Tokens a second of the fastest whose name begins like this; ``None``: not measured."""
        found = [
            row.tokens_per_second
            for row in self.rows
            if row.engine.startswith(engine) and (row.adapters, row.in_flight) == (cell.adapters, cell.in_flight)
        ]
        return max(found, default=None)


def measure_entrant(
    entrant: Entrant, setting: Setting, prompts: Prompts, results: Results, say: Say, *, often: Collection[Cell] = ()
) -> None:
    """All cells that it takes, then cold loads, then those of ``often`` again, of which the median counts: a machine that
    is shared is a third slower for minutes.
    """
    touched = 0
    for cell in setting.plan.cells():
        if not entrant.takes(cell):
            continue
        if touched < cell.adapters <= entrant.most_touched:
            touch(entrant, range(touched, cell.adapters), prompts)
            touched = cell.adapters
        try:
            row = measure_cell(entrant, cell, setting, prompts)
        except PeerFailedError as error:
            results.skipped.append(Skipped(entrant.engine, str_of(cell), error.message))
            say(f"{entrant.engine}: {str_of(cell)} failed: {error.message}")
            continue
        results.rows.append(row)
        say(
            f"{row.engine}: {str_of(cell)}: {row.tokens_per_second:.0f} tokens/s, first token after"
            f" {row.first_p50_ms:.0f} ms, {row.peak_mib} MiB"
        )
    note_cold(entrant, setting, prompts, results, say)
    results.rows = [
        median_row(entrant, row, setting, prompts, say)
        if row.engine == entrant.engine and Cell(row.adapters, row.in_flight) in often
        else row
        for row in results.rows
    ]


def median_row(entrant: Entrant, first: Row, setting: Setting, prompts: Prompts, say: Say) -> Row:
    """The row with the median speed of `Plan.repeats`, the first of which is given; memory is the first's, as of other cells.

    Raises:
        PeerFailedError: see `Peer.run`.
    """
    cell = Cell(first.adapters, first.in_flight)
    touch(entrant, range(min(cell.adapters, entrant.most_touched)), prompts)  # others may have driven some out
    rows = [first, *(measure_cell(entrant, cell, setting, prompts) for _ in range(setting.plan.repeats - 1))]
    rates = [row.tokens_per_second for row in rows]
    say(f"{first.engine}: {str_of(cell)}: {', '.join(f'{rate:.0f}' for rate in rates)} tokens/s")
    median = sorted(rows, key=lambda row: row.tokens_per_second)[len(rows) // 2]
    return dataclasses.replace(median, peak_mib=first.peak_mib)


def note_cold(entrant: Entrant, setting: Setting, prompts: Prompts, results: Results, say: Say) -> None:
    """Cold loads, where it has any."""
    cold = measure_cold(entrant, setting, prompts)
    if cold is not None:
        results.colds.append(cold)
        say(
            f"{cold.engine}: cold adapter {cold.cached_ms:.0f} ms"
            + (f", {cold.disk_ms:.0f} ms from disk" if cold.disk_ms is not None else "")
        )


def touch(entrant: Entrant, adapters: Iterable[int], prompts: Prompts) -> None:
    """Use each of these adapters once, so that it is in memory."""
    entrant.peer.run(prompts.requests(list(adapters), 1), TOUCHED_AT_ONCE, float("inf"))


def run_cell(entrant: Entrant, cell: Cell, setting: Setting, prompts: Prompts) -> Trace:
    """A short round to warm up, then the cell."""
    tokens = setting.plan.tokens
    entrant.peer.run(prompts.endless(cell.adapters, min(WARM_UP, tokens)), cell.in_flight, 0.0)
    return entrant.peer.run(prompts.endless(cell.adapters, tokens), cell.in_flight, setting.plan.seconds)


def measure_cell(entrant: Entrant, cell: Cell, setting: Setting, prompts: Prompts) -> Row:
    """One cell's row."""
    with PeakMemory() as memory:
        trace = run_cell(entrant, cell, setting, prompts)
    return Row(
        engine=entrant.engine,
        adapters=cell.adapters,
        in_flight=cell.in_flight,
        tokens_per_second=round(trace.rate, 1),
        first_p50_ms=round(1000 * trace.first_percentile(0.5), 1),
        first_p95_ms=round(1000 * trace.first_percentile(0.95), 1),
        peak_mib=memory.bytes // 2**20,
        requests=len(trace.answers),
    )


def measure_cold(entrant: Entrant, setting: Setting, prompts: Prompts) -> ColdRow | None:
    """Medians over versions that nothing touched before; ``None`` where it loads none while it runs."""
    if not entrant.colds:
        return None

    def surplus(adapter: int) -> float:
        return 1000 * entrant.peer.cold(*prompts.requests([adapter, adapter], tokens=2))

    cached = [surplus(adapter) for adapter in entrant.colds]
    disk = []
    for adapter in entrant.colds_on_disk:
        forget_cached(setting.versions[adapter].folder)
        disk.append(surplus(adapter))
    return ColdRow(
        engine=entrant.engine,
        versions=len(cached),
        cached_ms=round(statistics.median(cached), 1),
        disk_ms=round(statistics.median(disk), 1) if disk else None,
    )


def measure_near_one(entrant: Entrant, one: Cell, many: Cell, setting: Setting, prompts: Prompts) -> float:
    """Median throughput of ``many`` over that of ``one``. They are near to each other, so both are measured several
    times in turns, as the machine's speed drifts.
    """
    touch(entrant, range(many.adapters), prompts)  # cells with more of them may have driven some out
    rates: dict[Cell, list[float]] = {one: [], many: []}
    for _ in range(setting.plan.repeats):
        for cell, found in rates.items():
            found.append(run_cell(entrant, cell, setting, prompts).rate)
    return statistics.median(rates[many]) / statistics.median(rates[one])


def missing(entrant_because: Callable[[Cell], str], engine: str, results: Results, cells: Iterable[Cell]) -> None:
    """Note the cells that an engine has no row for, with the reason."""
    found = {(row.adapters, row.in_flight) for row in results.rows if row.engine == engine}
    for cell in cells:
        reason = entrant_because(cell)
        if (cell.adapters, cell.in_flight) not in found and reason:
            results.skipped.append(Skipped(engine, str_of(cell), reason))


def str_of(cell: Cell) -> str:
    """A cell as people read it."""
    return f"{cell.adapters} adapters, {cell.in_flight} in flight"
