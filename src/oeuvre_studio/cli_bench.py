"""``studio bench``: this studio measured beside other programs."""

from __future__ import annotations

import json
import os
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from oeuvre_studio.bench.outcome import Outcome
from oeuvre_studio.catalog import default_models_dir
from oeuvre_studio.cli_common import BaseName, CheckFlag, JsonFlag, ModelsDir, check_bars, reporting, show_bars
from oeuvre_studio.errors import UsageError
from oeuvre_studio.runtime import OFFLINE, set_threads

BENCH_IMAGE = "oeuvre_studio.bench.image:bench_image"
BENCH_MADE = "oeuvre_studio.bench.made:bench_made"
BENCH_SERVE = "oeuvre_studio.bench.serve:bench_serve"
BENCH_TRAIN = "oeuvre_studio.bench.train:bench_train"
BENCH_VOICE = "oeuvre_studio.bench.voice:bench_voice"

bench = typer.Typer(no_args_is_help=True, help="Measure the studio beside its peers, on this machine.")


def show(outcome: Outcome, *, as_json: bool, check: bool) -> None:
    """Tables, bars, and one JSON object last if asked for.

    Raises:
        BarNotMetError: under ``check``, where one is not met.
    """
    print("\n".join(outcome.lines()))
    show_bars(outcome.bars)
    if as_json:
        print(json.dumps(outcome.as_json(), ensure_ascii=False))
    if check:
        check_bars(outcome.bars)


def over_corpora(
    name: str,
    corpora: Path,
    only: list[str] | None,
    models_dir: Path | None,
    *,
    check: bool,
    as_json: bool,
    **more: object,
) -> None:
    """Run the benchmark of this name over people's works and show what came of it.

    Raises:
        UsageError: there is no such folder.
        BarNotMetError: under ``check``, where a bar is not met.
    """
    with reporting(as_json=as_json) as reporter:
        if not corpora.is_dir():
            raise UsageError(f"There is no folder {corpora}. Name a folder of corpora with --corpora.")
        run: Callable[..., Outcome] = pkgutil.resolve_name(name)  # only now: it takes seconds
        folder = models_dir or default_models_dir()
        outcome = run(corpora=corpora, names=tuple(only or ()), models_dir=folder, reporter=reporter, **more)
        show(outcome, as_json=as_json, check=check)


@bench.command("serve")
def bench_serve(
    quick: Annotated[bool, typer.Option("--quick", help="A small grid, to see that it all runs.")] = False,
    only: Annotated[list[str] | None, typer.Option("--only", help="oeuvre, peft, llama or vllm; repeatable.")] = None,
    plot: Annotated[Path | None, typer.Option(help="An SVG file to draw the throughput into.")] = None,
    base: BaseName = None,
    models_dir: ModelsDir = None,
    check: CheckFlag = False,
    json_: JsonFlag = False,
) -> None:
    """Serve many adapters over one base: this studio, PEFT, llama.cpp and vLLM in one run."""
    os.environ.update(OFFLINE)  # nothing else: peers start as they would without us
    with reporting(as_json=json_) as reporter:
        run: Callable[..., Outcome] = pkgutil.resolve_name(BENCH_SERVE)  # only now: it takes seconds
        outcome = run(
            base=base,
            models_dir=models_dir or default_models_dir(),
            quick=quick,
            only=tuple(only or ()),
            plot=plot,
            reporter=reporter,
        )
        show(outcome, as_json=json_, check=check)


@bench.command("train")
def bench_train(
    corpora: Annotated[Path, typer.Option(help="A folder with one folder of works for each author.")],
    only: Annotated[list[str] | None, typer.Option("--only", help="An author's folder; repeatable.")] = None,
    plot: Annotated[Path | None, typer.Option(help="An SVG file to draw the losses into.")] = None,
    models_dir: ModelsDir = None,
    check: CheckFlag = False,
    json_: JsonFlag = False,
) -> None:
    """Train on real works: this studio and a plain PEFT loop to the same held-out loss in one run."""
    set_threads(0)
    over_corpora(BENCH_TRAIN, corpora, only, models_dir, check=check, as_json=json_, plot=plot)


@bench.command("image")
def bench_image(
    corpora: Annotated[Path, typer.Option(help="A folder with one folder of pictures for each artist.")],
    only: Annotated[list[str] | None, typer.Option("--only", help="An artist's folder; repeatable.")] = None,
    part: Annotated[list[str] | None, typer.Option("--part", help="time, shapes or gate; repeatable.")] = None,
    models_dir: ModelsDir = None,
    check: CheckFlag = False,
    json_: JsonFlag = False,
) -> None:
    """Make pictures of real works: their time, and new shapes beside plain resizing and seam carving in one run."""
    set_threads(0)
    over_corpora(BENCH_IMAGE, corpora, only, models_dir, check=check, as_json=json_, parts=tuple(part or ()))


@bench.command("voice")
def bench_voice(
    corpora: Annotated[Path, typer.Option(help="A folder with one folder of recordings for each person.")],
    only: Annotated[list[str] | None, typer.Option("--only", help="A person's folder; repeatable.")] = None,
    models_dir: ModelsDir = None,
    check: CheckFlag = False,
    json_: JsonFlag = False,
) -> None:
    """Make voices of real people: their likeness beside the best stock voice and a fit without gradients in one run."""
    set_threads(1)
    over_corpora(BENCH_VOICE, corpora, only, models_dir, check=check, as_json=json_)


@bench.command("made")
def bench_made(
    versions: Annotated[list[Path], typer.Argument(help="Folders of versions, of a voice or of pictures.")],
    models_dir: ModelsDir = None,
    check: CheckFlag = False,
    json_: JsonFlag = False,
) -> None:
    """Serve speech and pictures to one client and to four: first byte, seconds for each, in one run."""
    with reporting(as_json=json_) as reporter:
        run: Callable[..., Outcome] = pkgutil.resolve_name(BENCH_MADE)  # only now: it takes seconds
        outcome = run(versions=versions, models_dir=models_dir or default_models_dir(), reporter=reporter)
        show(outcome, as_json=json_, check=check)
