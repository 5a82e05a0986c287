"""PEFT in a process of its own, without HTTP between: batches with ``adapter_names``, and switching adapters."""

from __future__ import annotations

import contextlib
import itertools
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from oeuvre_studio.bench.peers import Entrant, Session, Setting
from oeuvre_studio.bench.processes import end
from oeuvre_studio.bench.workload import Answer, Cell, PeerFailedError, Request, Trace

MIXED, SWITCHING = "PEFT adapter_names", "PEFT switching"
MOST = 32
"""Adapters it is given; each is a set of modules that takes a third of a second to put in."""

ROUNDS = 16
"""Batches that a cell may take at most."""

COLDS = 5


class Peft:
    """One of the two ways to use the worker."""

    def __init__(self, worker: subprocess.Popen[str], *, mixed: bool) -> None:
        self._worker = worker
        self._mixed = mixed

    def run(self, requests: Iterator[Request], in_flight: int, seconds: float) -> Trace:
        """See `Peer.run`: whole batches, as it cannot take a request into one that runs."""
        chosen = [(r.adapter, r.prompt, r.tokens) for r in itertools.islice(requests, in_flight * ROUNDS)]
        found = ask(
            self._worker,
            {"do": "run", "requests": chosen, "in_flight": in_flight, "seconds": seconds, "mixed": self._mixed},
        )
        return Trace(
            answers=[Answer(**answer) for answer in found["answers"]], began=found["began"], ended=found["ended"]
        )

    def cold(self, first: Request, again: Request) -> float:
        """See `Peer.cold`."""
        return float(
            ask(self._worker, {"do": "cold", "number": first.adapter, "prompts": [first.prompt, again.prompt]})
        )


def ask(worker: subprocess.Popen[str], command: dict[str, Any]) -> Any:
    """The worker's answer.

    Raises:
        PeerFailedError: it ended instead.
    """
    if worker.stdin is None:
        raise PeerFailedError("PEFT's process was started without pipes.")
    with contextlib.suppress(BrokenPipeError):
        worker.stdin.write(json.dumps(command) + "\n")
        worker.stdin.flush()
    return read(worker)


def read(worker: subprocess.Popen[str]) -> Any:
    """The next thing that the worker says.

    Raises:
        PeerFailedError: it ended instead.
    """
    line = worker.stdout.readline() if worker.stdout else ""
    if not line:
        raise PeerFailedError(f"PEFT's process ended with {worker.wait()}; its message is above.")
    return json.loads(line)


def session(dtype: str) -> Session:
    """A session in ``float32`` or ``bfloat16``; which is faster depends on the processor and the batch."""
    short = {"float32": "fp32", "bfloat16": "bf16"}[dtype]

    @contextlib.contextmanager
    def start(setting: Setting) -> Iterator[Sequence[Entrant]]:
        count = min(MOST, max(setting.plan.adapters))
        command = [sys.executable, "-m", "oeuvre_studio.bench.peft_worker", str(setting.base_folder)]
        command += [str(setting.peft_folder), str(count), dtype]
        worker = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        try:
            read(worker)  # the adapters are in
            mixed = Entrant(f"{MIXED} {short}", Peft(worker, mixed=True), takes_mixed, why_not_mixed, most_touched=0)
            switching = Entrant(
                f"{SWITCHING} {short}",
                Peft(worker, mixed=False),
                lambda cell: cell.in_flight == 1 and cell.adapters <= MOST,
                lambda cell: too_many(cell) or "one request at a time, so no faster than with 1 in flight",
                colds=setting.colds[:COLDS],
                most_touched=0,
            )
            yield [mixed, switching]
        finally:
            end(worker)

    return start


def takes_mixed(cell: Cell) -> bool:
    """Whether the cell is another than one with fewer adapters."""
    return cell.adapters <= min(cell.in_flight, MOST)


def why_not_mixed(cell: Cell) -> str:
    """The reason where it is not."""
    return too_many(cell) or "as with so many adapters as are in flight: a batch holds no more"


def too_many(cell: Cell) -> str:
    """Why it does not get more adapters, where that is the reason."""
    return "every adapter is 420 modules that take a third of a second to put in" if cell.adapters > MOST else ""
