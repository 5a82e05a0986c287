"""`studio bench serve`: many adapters over one base, this studio beside its peers, in one run on one machine."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from oeuvre_studio.artifacts import load_version, read_files
from oeuvre_studio.bench import bars, peers_llama, peers_ours, peers_peft, peers_vllm
from oeuvre_studio.bench.measure import Results, Skipped, measure_entrant, measure_near_one, missing
from oeuvre_studio.bench.oracle import oracle_difference
from oeuvre_studio.bench.outcome import Outcome
from oeuvre_studio.bench.peers import Session, Setting
from oeuvre_studio.bench.plots import write_plot
from oeuvre_studio.bench.versions import affordable, make_versions, random_adapter
from oeuvre_studio.bench.workload import QUICK, Plan, Prompts
from oeuvre_studio.catalog import catalog, model_folder
from oeuvre_studio.errors import StudioError, UsageError
from oeuvre_studio.progress import Reporter
from oeuvre_studio.text.base import DEFAULT_BASE, Base, load_base
from oeuvre_studio.text.embeddings import load_embedder
from oeuvre_studio.text.peft_layout import write_peft

PEERS: dict[str, tuple[Session, ...]] = {
    "oeuvre": (peers_ours.session,),
    "peft": (peers_peft.session("float32"), peers_peft.session("bfloat16")),
    "llama": (peers_llama.session,),
    "vllm": (peers_vllm.session(peers_vllm.FEW, 0), peers_vllm.session(peers_vllm.MANY, peers_vllm.FEW)),
}
QUICK_PEERS = ("oeuvre", "peft")
ORACLE_TEXTS = 4


def bench_serve(
    *, base: str | None, models_dir: Path, quick: bool, only: Sequence[str], plot: Path | None, reporter: Reporter
) -> Outcome:
    """Measure the chosen peers (none named: all) and hold the figures against the bars.

    Raises:
        UsageError: a peer that is not known.
        ModelUnavailableError: a base model was not pulled.
    """
    unknown = sorted(set(only) - set(PEERS))
    if unknown:
        raise UsageError(f"There is no peer {unknown[0]!r}. There are: {', '.join(PEERS)}.")
    chosen = tuple(only) or (QUICK_PEERS if quick else tuple(PEERS))
    results = Results()
    with tempfile.TemporaryDirectory(prefix="studio-bench-") as work:
        setting, difference = prepare(
            base or DEFAULT_BASE, models_dir, QUICK if quick else Plan(), Path(work), results, reporter.say
        )
        prompts = Prompts()
        for peer in chosen:
            for session in PEERS[peer]:
                run_session(peer, session, setting, prompts, results, reporter.say)
    found, left = bars.bars(results, difference)
    plots = []
    if plot is not None and results.rows:
        plots.append({"file": plot.name, "alternative": write_plot(results.rows, plot)})
    return Outcome(bars=tuple(found), tables=tables(results, left, setting.plan), plots=plots)


def prepare(
    base: str, models_dir: Path, plan: Plan, work: Path, results: Results, say: Callable[[str], None]
) -> tuple[Setting, float]:
    """Versions for all, the first of them in PEFT's layout, and the difference from the oracle."""
    loaded = load_base(base, models_dir)
    base_folder = model_folder(base, models_dir) if base in catalog() else Path(base)
    wanted = max(plan.adapters) + 2 * plan.colds
    count = affordable(wanted, loaded, work)
    if count < wanted:
        least = 2 * plan.colds + peers_peft.MOST
        if count < least:
            raise UsageError(f"The disk of {work} has no room for {least} versions. Make room, or set TMPDIR.")
        fits = tuple(adapters for adapters in plan.adapters if adapters <= count - 2 * plan.colds)
        reason = f"the disk has room for {count} versions only"
        results.skipped += [
            Skipped("all", f"{adapters} adapters", reason) for adapters in set(plan.adapters) - set(fits)
        ]
        plan = dataclasses.replace(plan, adapters=fits)
        count = max(fits) + 2 * plan.colds
    say(f"Writing {count} versions to {work}")
    versions_folder, peft_folder = work / "versions", work / "peft"
    versions = list(make_versions(loaded, versions_folder, count, embedding_size=load_embedder(models_dir).size))
    grid = max(plan.adapters)
    for number, made in enumerate(versions):
        if number < min(peers_peft.MOST, grid) or grid <= number:
            write_peft(load_version(read_files(made.folder)), peft_folder / f"adapter-{number:04d}")
    setting = Setting(
        base=base,
        base_folder=base_folder,
        models_dir=models_dir,
        versions=versions,
        versions_folder=versions_folder,
        peft_folder=peft_folder,
        work_folder=work,
        plan=plan,
        colds=range(grid, grid + plan.colds),
        colds_on_disk=range(grid + plan.colds, count),
    )
    os.sync()  # what is written back later would be written while others are measured
    difference = compare_with_oracle(loaded, setting)
    say(f"Largest difference from PEFT's logits: {difference:.2g}")
    return setting, difference


def compare_with_oracle(base: Base, setting: Setting) -> float:
    """`oracle_difference` for the first versions and one prompt each."""
    prompts = Prompts(seed=1)
    numbers = range(min(ORACLE_TEXTS, max(setting.plan.adapters)))
    return oracle_difference(
        base,
        setting.base_folder,
        [random_adapter(base, number) for number in numbers],
        [setting.peft_folder / f"adapter-{number:04d}" for number in numbers],
        [base.tokenizer(prompts.next(), add_special_tokens=False)["input_ids"] for _ in numbers],
    )


def run_session(
    peer: str, session: Session, setting: Setting, prompts: Prompts, results: Results, say: Callable[[str], None]
) -> None:
    """Start a peer, measure it, end it. One that cannot be started or breaks is left out, and the tables say why."""
    say(f"Starting {peer}")
    try:
        with session(setting) as entrants:
            for entrant in entrants:
                measure_entrant(entrant, setting, prompts, results, say, often=bars.CELLS)
                missing(entrant.because, entrant.engine, results, setting.plan.cells())
                if entrant.engine == peers_ours.ENGINE and {bars.ONE, bars.MANY} <= set(setting.plan.cells()):
                    results.near_one = measure_near_one(entrant, bars.ONE, bars.MANY, setting, prompts)
    except (StudioError, OSError) as error:
        reason = error.message if isinstance(error, StudioError) else str(error)
        results.skipped.append(Skipped(peer, "all that is not shown", reason))
        say(f"{peer} was left out: {reason}")


def tables(results: Results, left: Sequence[Skipped], plan: Plan) -> dict[str, list[dict[str, Any]]]:
    """The rows as people compare them: one line for each cell, one column for each engine."""
    engines = list(dict.fromkeys(row.engine for row in results.rows))
    by_place = {(row.engine, row.adapters, row.in_flight): row for row in results.rows}

    def pivot(show: Callable[[Any], str]) -> list[dict[str, Any]]:
        return [
            {"adapters": cell.adapters, "in flight": cell.in_flight, **{
                engine: show(by_place[place]) if (place := (engine, cell.adapters, cell.in_flight)) in by_place else "-"
                for engine in engines
            }}
            for cell in plan.cells()
        ]  # fmt: skip

    cold = [
        {"engine": row.engine, "versions": row.versions, "ms": row.cached_ms, "ms, from disk": row.disk_ms or "-"}
        for row in results.colds
    ]
    return {
        "tokens a second": pivot(lambda row: f"{row.tokens_per_second:.0f}"),
        "first token, p50 / p95 ms": pivot(lambda row: f"{row.first_p50_ms:.0f} / {row.first_p95_ms:.0f}"),
        "peak memory, MiB": pivot(lambda row: f"{row.peak_mib}"),
        "first request for an adapter takes longer by": cold,
        "not measured": [dataclasses.asdict(row) for row in merged([*results.skipped, *left])],
    }


def merged(skipped: Sequence[Skipped]) -> list[Skipped]:
    """One line for all cells of an engine with the same reason."""
    cells: dict[tuple[str, str], list[str]] = {}
    for row in skipped:
        cells.setdefault((row.engine, row.reason), []).append(row.cells)
    return [Skipped(engine, "; ".join(dict.fromkeys(names)), reason) for (engine, reason), names in cells.items()]
