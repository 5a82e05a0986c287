"""How fast a version is trained, beside a plain PEFT loop on the same machine in the same run.

For every corpus: ours, then the plain loop (LoRA on all linear layers, the same rank and pairs, fp32, AdamW, batches of 8
padded to 512) until it reaches our held-out loss or six times our time. Both are measured by the same loss on the same
held-out passages, in between, with their clocks stopped. Then ``studio train`` on 40,000 words, gate and all.
"""

from __future__ import annotations

import dataclasses
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors.torch import load_file

from oeuvre_studio.bench.bars import at_least, at_most
from oeuvre_studio.bench.outcome import Outcome, Table
from oeuvre_studio.bench.train_plot import write_plot
from oeuvre_studio.bench.train_worker import Point, Spec, prepared_for
from oeuvre_studio.bench.workload import PeerFailedError
from oeuvre_studio.errors import UsageError
from oeuvre_studio.progress import Reporter
from oeuvre_studio.protocol import Bar, parse
from oeuvre_studio.text.base import DEFAULT_BASE, Base, load_base
from oeuvre_studio.text.compute import engine_of
from oeuvre_studio.text.credit import spread
from oeuvre_studio.text.dataset import LENGTH, Rows, pack
from oeuvre_studio.text.lora import ALPHA, RANK, Adapter, adapter_from_tensors
from oeuvre_studio.text.works import read_folder

CORPORA = ("jane-austen", "ulysses-s-grant", "william-j-clinton")
PASSAGES = 16
"""Held-out passages both are measured on, about 6,500 tokens."""

GIVE_UP = 6.0
"""Times our time after which the plain loop is stopped."""

WORDS = 40_000
FASTER, RATIO, SECONDS, WORDS_RATIO, MEMORY = 3.0, 0.80, 240.0, 0.75, 6.0

Say = Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class Measured:
    """A point on an entrant's way: perplexity ratio on the held-out passages after so many seconds."""

    corpus: str
    entrant: str
    step: int
    seconds: float
    loss: float
    ratio: float
    tokens: int
    peak_mib: int


@dataclasses.dataclass(frozen=True)
class Whole:
    """``studio train`` on a corpus cut to `WORDS` words."""

    corpus: str
    words: int
    training_seconds: float
    gate_seconds: float
    ratio: float
    status: str


class Referee:
    """Measures adapters on one corpus's held-out passages."""

    def __init__(self, base: Base, corpus: str, spec: Spec) -> None:
        examples = prepared_for(spec, base).held_out_examples
        self._corpus = corpus
        self._rows: Rows = pack([examples[i] for i in spread(len(examples), PASSAGES)], length=LENGTH)
        self._engine = engine_of(base)
        self._nothing = self._loss(None)

    def _loss(self, adapter: Adapter | None) -> float:
        return float(self._engine.losses(self._rows, adapter).mean())

    def measure(self, entrant: str, point: Point) -> Measured:
        """The loss of an adapter that an entrant handed over."""
        loss = self._loss(adapter_from_tensors(load_file(point.file), scale=ALPHA / RANK))
        ratio = math.exp(loss - self._nothing)
        return Measured(
            self._corpus,
            entrant,
            point.step,
            point.seconds,
            round(loss, 4),
            round(ratio, 4),
            point.tokens,
            point.peak_mib,
        )


@contextmanager
def entrant(name: str, spec: Spec) -> Iterator[subprocess.Popen[str]]:
    """A worker process; ended with the block."""
    file = Path(spec.out) / "spec.json"
    file.write_text(json.dumps(dataclasses.asdict(spec)))
    command = [sys.executable, "-m", "oeuvre_studio.bench.train_worker", name, str(file)]
    environment = dict(os.environ)
    if name == "plain":
        environment.pop("GOMP_SPINCOUNT", None)  # ours lets others have the cores while it waits; the peer need not
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def race(name: str, spec: Spec, referee: Referee, done: Callable[[Point, Measured], bool], say: Say) -> list[Measured]:
    """Let an entrant run until ``done``; all of its points.

    Raises:
        PeerFailedError: it ended without handing anything over.
    """
    found: list[Measured] = []
    with entrant(name, spec) as process:
        if process.stdin is None or process.stdout is None:
            raise PeerFailedError("A worker has no pipes.")
        for line in process.stdout:
            point = parse(Point, json.loads(line))
            measured = referee.measure(name, point)
            Path(point.file).unlink()
            found.append(measured)
            say(f"{measured.corpus} {name}: step {point.step}, {point.seconds:.0f} s, ratio {measured.ratio:.3f}")
            stop = done(point, measured)
            process.stdin.write("stop\n" if stop else "on\n")
            process.stdin.flush()
            if stop:
                return found
        status = process.wait()
    why = "it was killed; is there memory enough?" if status < 0 else "its last words are above"
    raise PeerFailedError(f"The {name} entrant ended with {status} before it was told to: {why}")


def race_both(base: Base, corpus: Path, models_dir: Path, say: Say) -> tuple[list[Measured], dict[str, Any]]:
    """Ours, then the plain loop until it is as good; all points, and the line of the table."""
    with tempfile.TemporaryDirectory() as folder:
        spec = Spec(corpus=str(corpus), models_dir=str(models_dir), out=folder)
        referee = Referee(base, corpus.name, spec)
        ours = race("ours", spec, referee, lambda point, _: point.finished, say)
        best = ours[-1]
        limit = GIVE_UP * best.seconds
        theirs = race("plain", spec, referee, lambda point, m: m.loss <= best.loss or point.seconds >= limit, say)
    last = theirs[-1]
    reached = last.loss <= best.loss
    row = {
        "corpus": corpus.name,
        "ours, s": round(best.seconds, 1),
        "tokens": best.tokens,
        "ratio": best.ratio,
        "plain loop, s": f"{'' if reached else '≥ '}{last.seconds:.1f}",
        "its tokens": last.tokens,
        "its ratio": last.ratio,
        "times faster": f"{'' if reached else '≥ '}{last.seconds / best.seconds:.1f}",
        "peak memory, MiB": best.peak_mib,
        "its peak memory, MiB": last.peak_mib,
    }
    return [*ours, *theirs], row


def cut_corpus(corpus: Path, out: Path, words: int) -> int:
    """The first works of a corpus, the last one cut short, as a folder to train on; returns how many words."""
    listed: list[dict[str, Any]] = []
    left = words
    body = read_folder(corpus)
    for number, work in enumerate(body.works):
        if left <= 0:
            break
        pieces = work.text.split(" ")
        text = work.text if len(work.text.split()) <= left else " ".join(pieces[:left])
        left -= len(text.split())
        name = f"{number:03d}.txt"
        (out / name).write_text(text)
        listed.append({"file": name, "title": work.title, "kind": work.kind, "keywords": list(work.keywords)})
    (out / "works.json").write_text(json.dumps({"author": body.author, "works": listed}))
    return words - left


def train_whole(corpus: Path, models_dir: Path, say: Say) -> Whole:
    """``studio train`` as anybody would run it; told apart by its progress: training until the gate begins.

    Raises:
        PeerFailedError: the command failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        works, out = Path(folder) / "works", Path(folder) / "version"
        works.mkdir()
        words = cut_corpus(corpus, works, WORDS)
        say(f"studio train on {words} words of {corpus.name}")
        command = [sys.executable, "-m", "oeuvre_studio", "train", "text", "--works", str(works), "--out", str(out)]
        command += ["--name", corpus.name, "--models-dir", str(models_dir), "--json"]
        started = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        ready = 0.0
        for line in process.stderr or ():
            if not ready and line.startswith("{") and json.loads(line).get("phase") == "evaluating":
                ready = time.monotonic() - started
        result, _ = process.communicate()
        total = time.monotonic() - started
    if process.returncode != 0:
        raise PeerFailedError(f"studio train ended with {process.returncode}.")
    found = json.loads(result.splitlines()[-1])
    ratio = next(bar["value"] for bar in found["bars"] if bar["name"] == "perplexity_ratio")
    status = found["status"]
    return Whole(corpus.name, words, round(ready, 1), round(total - ready, 1), ratio, status)


def bars_of(rows: Sequence[dict[str, Any]], points: Sequence[Measured], wholes: Sequence[Whole]) -> list[Bar]:
    """What training has to reach."""
    found: list[Bar] = []
    for row in rows:
        corpus = row["corpus"]
        last = {m.entrant: m for m in points if m.corpus == corpus}
        times = last["plain"].seconds / last["ours"].seconds
        found.append(at_least(f"{corpus}: faster than a plain PEFT loop", times, "times", FASTER))
        found.append(at_most(f"{corpus}: perplexity ratio", last["ours"].ratio, "ratio", RATIO))
    for whole in wholes:
        name = f"{whole.words:,} words of {whole.corpus}"
        found.append(at_most(f"{name}: training phase", whole.training_seconds, "s", SECONDS))
        found.append(at_most(f"{name}: perplexity ratio", whole.ratio, "ratio", WORDS_RATIO))
    peak = max(m.peak_mib for m in points if m.entrant == "ours") / 1024
    return [*found, at_most("peak memory", peak, "GiB", MEMORY)]


def bench_train(
    *, corpora: Path, names: Sequence[str], models_dir: Path, plot: Path | None, reporter: Reporter
) -> Outcome:
    """Measure both on every corpus and hold the figures against the bars.

    Raises:
        UsageError: a corpus is not there.
        ModelUnavailableError: a base model was not pulled.
        PeerFailedError: an entrant broke down.
    """
    chosen = [corpora / name for name in names or CORPORA]
    missing = [corpus for corpus in chosen if not corpus.is_dir()]
    if missing:
        raise UsageError(f"There is no corpus at {missing[0]}. Name a folder of corpora with --corpora.")
    base = load_base(DEFAULT_BASE, models_dir)
    points: list[Measured] = []
    rows: list[dict[str, Any]] = []
    for corpus in chosen:
        found, row = race_both(base, corpus, models_dir, reporter.say)
        points += found
        rows.append(row)
    wholes = [train_whole(corpus, models_dir, reporter.say) for corpus in chosen]
    plots = [{"file": str(plot), "alternative": write_plot(points, plot)}] if plot else []
    tables: dict[str, Table] = {
        "to the same held-out loss": rows,
        "studio train, from start to version": [dataclasses.asdict(whole) for whole in wholes],
    }
    return Outcome(bars=tuple(bars_of(rows, points, wholes)), tables=tables, plots=plots)
