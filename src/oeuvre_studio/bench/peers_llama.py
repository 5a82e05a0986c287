"""llama.cpp's server with all adapters loaded at its start and one chosen in every request."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from oeuvre_studio.bench import client
from oeuvre_studio.bench.peers import Entrant, Setting
from oeuvre_studio.bench.processes import free_port, server
from oeuvre_studio.bench.tools import llama_cpp
from oeuvre_studio.bench.workload import PeerFailedError, Request, Trace

ENGINE = "llama.cpp"
MOST = 32
"""Adapters it is given: they are converted beforehand and named on the command line."""

CONTEXT = 512
"""Tokens of prompt and answer together, for each request in flight."""


class Llama:
    """The running server."""

    def __init__(self, port: int) -> None:
        self._port = port

    def run(self, requests: Iterator[Request], in_flight: int, seconds: float) -> Trace:
        """See `Peer.run`."""
        return client.run(self._port, _body, requests, in_flight, seconds)

    def cold(self, first: Request, again: Request) -> float:
        """It cannot load an adapter while it runs."""
        raise PeerFailedError("llama.cpp's server takes adapters only when it starts.")


def _body(request: Request) -> dict[str, Any]:
    return {
        "prompt": request.prompt,
        "max_tokens": request.tokens,
        "temperature": 0,
        "ignore_eos": True,
        "cache_prompt": False,
        "lora": [{"id": request.adapter, "scale": 1.0}],
    }


@contextlib.contextmanager
def session(setting: Setting) -> Iterator[Sequence[Entrant]]:
    """Base and adapters in bf16, as many slots as requests are ever in flight."""
    tools = llama_cpp()
    out = setting.work_folder / "llama"
    names = [f"adapter-{number:04d}" for number in range(min(MOST, max(setting.plan.adapters)))]
    convert = [
        sys.executable,
        "-m",
        "oeuvre_studio.bench.llama_convert",
        str(tools),
        str(setting.base_folder),
        str(out),
    ]
    done = subprocess.run(
        [*convert, *(str(setting.peft_folder / name) for name in names)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise PeerFailedError(f"llama.cpp's converters failed: {done.stderr[-1000:]}")
    adapters = ",".join(str(out / f"{name}.gguf") for name in names)
    slots, port = max(setting.plan.in_flight), free_port()
    threads = str(len(os.sched_getaffinity(0)))
    command = [str(tools / "llama-server"), "--host", "127.0.0.1", "--port", str(port)]
    command += ["--model", str(out / "base.gguf"), "--lora", adapters, "--lora-init-without-apply"]
    command += ["--parallel", str(slots), "--ctx-size", str(slots * CONTEXT), "--threads", threads]
    with server(command, port, ready="/health", patience=120):
        yield [
            Entrant(
                engine=ENGINE,
                peer=Llama(port),
                takes=lambda cell: cell.adapters <= MOST,
                because=lambda cell: "every adapter is converted beforehand and loaded at the start",
            )
        ]
