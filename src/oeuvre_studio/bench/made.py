"""`studio bench made`: how long speech and pictures take as they are served, for one client and for several at once.

The server runs as anybody starts it, over finished versions; what is measured is what a client sees. Answers come whole, so
the first byte comes with the last but for the way.
"""

from __future__ import annotations

import base64
import dataclasses
import http.client
import io
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import soundfile

from oeuvre_studio.artifacts import load_version, read_files
from oeuvre_studio.bench.outcome import Outcome
from oeuvre_studio.bench.processes import free_port, server
from oeuvre_studio.bench.workload import PeerFailedError
from oeuvre_studio.errors import UsageError
from oeuvre_studio.progress import Reporter
from oeuvre_studio.protocol import Bar

CLIENTS = (1, 4)
ROUNDS = 3
"""Requests of each client; one more before them loads the version and is not counted."""
START_SECONDS, ANSWER_SECONDS = 300.0, 600.0
MOST_FACTOR = 0.5
"""Seconds of computing for a second of speech, for one client alone."""
MOST_DRAWN = 40.0
"""Seconds for a picture of 512 by 512 pixels, for one client alone."""
SPOKEN = (
    "The ferry leaves the eastern quay at half past seven, and again at ten. Bring a coat, because the deck is open, and "
    "keep your ticket until you are ashore on the other side."
)


@dataclasses.dataclass(frozen=True)
class Kind:
    """How one modality is asked for."""

    path: str
    body: Mapping[str, Any]
    made: Callable[[bytes], float]
    """How much an answer holds, in ``unit``."""
    unit: str


@dataclasses.dataclass(frozen=True)
class Answered:
    """One answer, in seconds from sending the request."""

    first: float
    whole: float
    made: float


def seconds_of(answer: bytes) -> float:
    """How long a recording is."""
    return float(soundfile.info(io.BytesIO(answer)).duration)


def pictures_of(answer: bytes) -> float:
    """How many pictures came."""
    return float(sum(bool(base64.b64decode(row["b64_json"])) for row in json.loads(answer)["data"]))


KINDS: dict[str, Kind] = {
    "voice": Kind("/v1/audio/speech", {"input": SPOKEN, "response_format": "wav"}, seconds_of, "s of speech"),
    "image": Kind("/v1/images/generations", {"prompt": "a variation", "size": "512x512"}, pictures_of, "pictures"),
}


def bench_made(*, versions: Sequence[Path], models_dir: Path, reporter: Reporter, rounds: int = ROUNDS) -> Outcome:
    """Serve the versions and ask for what each makes.

    Raises:
        UsageError: no version is named, or one makes nothing that comes in one piece.
        VersionDamagedError: one is not whole.
        PeerFailedError: the server did not start, or refused.
    """
    if not versions:
        raise UsageError("Name a version of a voice or of pictures: the folder that `studio train` wrote.")
    rows: list[dict[str, Any]] = []
    bars: list[Bar] = []
    with tempfile.TemporaryDirectory(prefix="studio-bench-") as work:
        named = [_placed(folder, Path(work)) for folder in versions]
        port = free_port()
        command = [sys.executable, "-m", "oeuvre_studio", "serve", "--no-grants", "--port", str(port)]
        command += ["--versions", work, "--models-dir", str(models_dir)]
        with server(command, port, ready="/readyz", patience=START_SECONDS):
            for name, modality in named:
                _ask(port, KINDS[modality], name, 0)
                for clients in CLIENTS:
                    reporter.say(f"{name}: {clients} at once")
                    answers, took = _measured(port, KINDS[modality], name, clients, rounds)
                    rows.append(_row(modality, clients, answers, took))
                    if clients == 1:
                        bars.append(_bar(modality, answers))
    return Outcome(bars=tuple(bars), tables={"Made": rows})


def _placed(folder: Path, work: Path) -> tuple[str, str]:
    """A copy of a version where the server looks for it: its name and what it makes."""
    version = load_version(read_files(folder))
    if version.manifest.modality not in KINDS:
        raise UsageError(f"{folder} makes what comes bit by bit. `studio bench serve` measures that.")
    shutil.copytree(folder, work / version.name)
    return version.name, version.manifest.modality


def _measured(port: int, kind: Kind, name: str, clients: int, rounds: int) -> tuple[list[Answered], float]:
    """What all clients got, and the seconds that all of it took; no two requests have the same seed."""
    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        found = list(pool.map(lambda seed: _ask(port, kind, name, seed), range(1, clients * rounds + 1)))
    return found, time.perf_counter() - began


def _ask(port: int, kind: Kind, name: str, seed: int) -> Answered:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
    try:
        sent = time.perf_counter()
        body = json.dumps({**kind.body, "model": name, "seed": seed})
        connection.request("POST", kind.path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        start = answer.read(1)
        first = time.perf_counter() - sent
        content = start + answer.read()
        whole = time.perf_counter() - sent
    except (OSError, http.client.HTTPException) as error:
        raise PeerFailedError(f"A request ended with {type(error).__name__}: {error}") from error
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise PeerFailedError(f"A request was refused: {content[:2000].decode(errors='replace')}")
    return Answered(first=first, whole=whole, made=kind.made(content))


def _row(modality: str, clients: int, answers: Sequence[Answered], took: float) -> dict[str, Any]:
    made = sum(answer.made for answer in answers)
    return {
        "what": modality,
        "clients": clients,
        "requests": len(answers),
        "first byte, s": round(statistics.median(answer.first for answer in answers), 2),
        "whole, s": round(statistics.median(answer.whole for answer in answers), 2),
        "slowest, s": round(max(answer.whole for answer in answers), 2),
        "made": f"{made:.1f} {KINDS[modality].unit}",
        "seconds for each": round(took / made, 3),
    }


def _bar(modality: str, answers: Sequence[Answered]) -> Bar:
    """What one client alone may have to wait."""
    if modality == "voice":
        factor = statistics.median(answer.whole / answer.made for answer in answers)
        return Bar("served_real_time_factor", round(factor, 3), "", f"≤ {MOST_FACTOR}", factor <= MOST_FACTOR)
    seconds = statistics.median(answer.whole for answer in answers)
    return Bar("served_picture_512", round(seconds, 2), "s", f"≤ {MOST_DRAWN:.0f}", seconds <= MOST_DRAWN)
