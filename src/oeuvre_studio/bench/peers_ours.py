"""This studio's server as anybody starts it, asked over HTTP."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from oeuvre_studio.bench import client
from oeuvre_studio.bench.peers import Entrant, Setting
from oeuvre_studio.bench.processes import free_port, server
from oeuvre_studio.bench.workload import Request, Trace

ENGINE = "oeuvre"
MOST_TOUCHED = 256
"""Cells with more adapters than this are measured without using each once before: as they come, so they are loaded."""

PATIENCE = 300.0
"""Seconds for a thousand versions to be looked through."""


class Ours:
    """The running server."""

    def __init__(self, port: int, names: Sequence[str]) -> None:
        self._port = port
        self._names = names

    def run(self, requests: Iterator[Request], in_flight: int, seconds: float) -> Trace:
        """See `Peer.run`."""
        return client.run(self._port, self._body, requests, in_flight, seconds)

    def cold(self, first: Request, again: Request) -> float:
        """See `Peer.cold`."""
        return client.surplus(self._port, self._body, first, again)

    def _body(self, request: Request) -> dict[str, Any]:
        return {
            "model": self._names[request.adapter],
            "prompt": request.prompt,
            "max_tokens": request.tokens,
            "temperature": 0,
            "repetition_penalty": 1,
            "ignore_eos": True,
        }


@contextlib.contextmanager
def session(setting: Setting) -> Iterator[Sequence[Entrant]]:
    """`studio serve` over all versions, with the limits that it has by itself."""
    port = free_port()
    command = [sys.executable, "-m", "oeuvre_studio", "serve", "--no-grants", "--port", str(port)]
    command += ["--versions", str(setting.versions_folder), "--base", setting.base]
    command += ["--models-dir", str(setting.models_dir)]
    with server(command, port, ready="/readyz", patience=PATIENCE):
        yield [
            Entrant(
                engine=ENGINE,
                peer=Ours(port, [version.name for version in setting.versions]),
                takes=lambda cell: True,
                because=lambda cell: "",
                colds=setting.colds,
                colds_on_disk=setting.colds_on_disk,
                most_touched=MOST_TOUCHED,
            )
        ]
