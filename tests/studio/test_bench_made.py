"""The bench of what is made in one piece: asking a server, and what is told of the answers."""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from oeuvre_studio.bench import made
from oeuvre_studio.bench.workload import PeerFailedError
from oeuvre_studio.errors import UsageError
from oeuvre_studio.progress import SilentReporter


def wav(seconds: float) -> bytes:
    target = io.BytesIO()
    soundfile.write(target, np.zeros(int(24_000 * seconds), dtype=np.float32), 24_000, format="WAV")
    return target.getvalue()


class Scripted(BaseHTTPRequestHandler):
    """Answers speech with two seconds of silence and everything else as a refusal; notes what it was asked."""

    asked: list[dict[str, Any]]

    def do_POST(self) -> None:
        self.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        is_speech = self.path == "/v1/audio/speech"
        content = wav(2.0) if is_speech else b"no such thing"
        self.send_response(200 if is_speech else 404)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *words: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    Scripted.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Scripted) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_measured__asks_as_often_as_clients_and_rounds_say_each_time_with_another_seed(port: int) -> None:
    answers, took = made._measured(port, made.KINDS["voice"], "june@0123456789ab", clients=2, rounds=3)
    assert [answer.made for answer in answers] == [2.0] * 6
    assert all(0 < answer.first <= answer.whole <= took for answer in answers)
    assert len({asked["seed"] for asked in Scripted.asked}) == 6
    assert {asked["model"] for asked in Scripted.asked} == {"june@0123456789ab"}


def test_measured__tells_what_a_server_refused(port: int) -> None:
    with pytest.raises(PeerFailedError, match="no such thing"):
        made._measured(port, made.KINDS["image"], "june@0123456789ab", clients=1, rounds=1)


def test_row__divides_the_seconds_of_all_by_what_came_of_them() -> None:
    answers = [made.Answered(0.9, 1.0, 4.0), made.Answered(1.4, 1.5, 4.0), made.Answered(2.9, 3.0, 4.0)]
    row = made._row("voice", 4, answers, took=3.0)
    assert (row["first byte, s"], row["whole, s"], row["slowest, s"]) == (1.4, 1.5, 3.0)
    assert (row["made"], row["seconds for each"]) == ("12.0 s of speech", 0.25)


@pytest.mark.parametrize(("seconds", "is_met"), [(1.9, True), (2.1, False)])
def test_bar__is_half_a_second_for_a_second_of_speech(seconds: float, *, is_met: bool) -> None:
    bar = made._bar("voice", [made.Answered(seconds, seconds, 4.0)])
    assert (bar.name, bar.met) == ("served_real_time_factor", is_met)


def test_pictures_of__counts_those_that_have_something_in_them() -> None:
    row = {"b64_json": base64.b64encode(b"a picture").decode()}
    assert made.pictures_of(json.dumps({"data": [row, row, {"b64_json": ""}]}).encode()) == 2


def test_bench__wants_a_version_of_what_is_made_in_one_piece(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Name a version"):
        made.bench_made(versions=[], models_dir=tmp_path, reporter=SilentReporter())
