"""vLLM's CPU build with its own multi-adapter serving, asked over HTTP."""

from __future__ import annotations

import contextlib
import json
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from oeuvre_studio.bench import client
from oeuvre_studio.bench.peers import Entrant, Session, Setting
from oeuvre_studio.bench.processes import free_port
from oeuvre_studio.bench.vllm_server import vllm_server
from oeuvre_studio.bench.workload import Cell, Request, Trace

ENGINE = "vLLM CPU"
FEW, MANY = 8, 32
"""Adapters it computes with at the same time; a session for each, so that few adapters pay for few places."""

COLDS = 10


class Vllm:
    """The running server."""

    def __init__(self, port: int, peft_folder: Path) -> None:
        self._port = port
        self._peft_folder = peft_folder

    def run(self, requests: Iterator[Request], in_flight: int, seconds: float) -> Trace:
        """See `Peer.run`."""
        return client.run(self._port, _body, requests, in_flight, seconds)

    def cold(self, first: Request, again: Request) -> float:
        """See `Peer.cold`: loading the adapter by its own call counts as well."""
        began = time.perf_counter()
        self._load(first.adapter)
        return time.perf_counter() - began + client.surplus(self._port, _body, first, again)

    def _load(self, adapter: int) -> None:
        body = {"lora_name": _name(adapter), "lora_path": str(self._peft_folder / _name(adapter))}
        call = urllib.request.Request(
            f"http://127.0.0.1:{self._port}/v1/load_lora_adapter",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        urllib.request.urlopen(call, timeout=client.PATIENCE).read()  # noqa: S310  (this machine's)


def _name(adapter: int) -> str:
    return f"adapter-{adapter:04d}"


def _body(request: Request) -> dict[str, Any]:
    return {
        "model": _name(request.adapter),
        "prompt": request.prompt,
        "max_tokens": request.tokens,
        "temperature": 0,
        "ignore_eos": True,
    }


def why_not(cell: Cell) -> str:
    """The reason where it does not take a cell in either session."""
    return (
        f"more adapters than the {MANY} places for them: they would wait for each other" if cell.adapters > MANY else ""
    )


def session(slots: int, above: int) -> Session:
    """A session with this many adapter slots, for the cells with more adapters than ``above``."""

    @contextlib.contextmanager
    def start(setting: Setting) -> Iterator[Sequence[Entrant]]:
        port = free_port()
        count = min(slots, max(setting.plan.adapters))
        adapters = {_name(number): setting.peft_folder / _name(number) for number in range(count)}
        with vllm_server(setting.base_folder, adapters, slots, port):
            yield [
                Entrant(
                    engine=ENGINE,
                    peer=Vllm(port, setting.peft_folder),
                    takes=lambda cell: above < cell.adapters <= slots,
                    because=lambda cell: (
                        f"more adapters than the {MANY} places for them: they would wait for each other"
                    ),
                    colds=setting.colds[:COLDS] if above == 0 else (),
                )
            ]

    return start
