"""Measuring many adapters: what is counted, what is left out, and that the whole of it runs."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from typer.testing import CliRunner

from oeuvre_studio.artifacts import load_version, read_files
from oeuvre_studio.bench import bars, client
from oeuvre_studio.bench.measure import ColdRow, Results, Row, measure_entrant
from oeuvre_studio.bench.oracle import oracle_difference
from oeuvre_studio.bench.peers import Entrant, Setting
from oeuvre_studio.bench.plots import write_plot
from oeuvre_studio.bench.versions import affordable, make_versions, random_adapter
from oeuvre_studio.bench.workload import Answer, Cell, PeerFailedError, Plan, Prompts, Request, Trace
from oeuvre_studio.cli import app
from oeuvre_studio.text.base import Base
from oeuvre_studio.text.batch.adapters import AdapterSlots
from oeuvre_studio.text.peft_layout import write_peft
from tests.studio.serving import Running

ANSWER = [
    {"choices": [{"text": ""}]},
    {"choices": [{"text": "one"}]},
    {"choices": [{"text": " two"}]},
    {"choices": [], "usage": {"completion_tokens": 3}},
]


class Fake:
    """A server that answers every request with the same bytes after the head, in the given pieces."""

    def __init__(self, pieces: list[bytes], status: str = "200 OK") -> None:
        self._head = f"HTTP/1.1 {status}\r\ntransfer-encoding: chunked\r\n\r\n".encode()
        self._pieces = pieces
        self.most = self._now = 0
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(asyncio.start_server(self._answer, "127.0.0.1", 0))
        self.port: int = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._now += 1
        self.most = max(self.most, self._now)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(self._head)
        for piece in self._pieces:
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await asyncio.sleep(0.02)
        self._now -= 1
        writer.write(b"0\r\n\r\n")
        writer.close()

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(_quiet(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


@pytest.fixture
def fakes() -> Iterator[list[Fake]]:
    made: list[Fake] = []
    yield made
    for fake in made:
        fake.close()


async def _quiet() -> None:
    """Let answers that are being given end."""
    mine = asyncio.current_task()
    for task in asyncio.all_tasks():
        if task is not mine:
            task.cancel()


def stream(events: list[dict[str, object]]) -> bytes:
    return b"".join(b"data: %b\n\n" % json.dumps(event).encode() for event in events) + b"data: [DONE]\n\n"


def body(request: Request) -> dict[str, object]:
    return {"prompt": request.prompt}


def some(count: int, tokens: int = 3) -> Iterator[Request]:
    return (Request(adapter=0, prompt="x", tokens=tokens) for _ in range(count))


def test_client__finds_the_text_however_the_stream_is_cut(fakes: list[Fake]) -> None:
    whole = stream(ANSWER)
    fakes.append(Fake([whole[start : start + 7] for start in range(0, len(whole), 7)]))
    (answer,) = client.run(fakes[0].port, body, some(1), 1, 0.0).answers
    assert len(answer.arrivals) == 2
    assert answer.tokens == 3
    assert answer.arrivals[0] < answer.arrivals[1]


def test_client__keeps_as_many_going_as_asked_for_and_not_more(fakes: list[Fake]) -> None:
    fakes.append(Fake([stream(ANSWER)]))
    assert len(client.run(fakes[0].port, body, some(7), 3, 60.0).answers) == 7
    assert fakes[0].most == 3


def test_client__begins_nothing_once_the_time_is_over(fakes: list[Fake]) -> None:
    fakes.append(Fake([stream(ANSWER)]))
    assert len(client.run(fakes[0].port, body, some(50), 2, 0.0).answers) == 2


@pytest.mark.parametrize(
    ("pieces", "status"),
    [
        ([stream(ANSWER[:3])], "200 OK"),  # says nothing of tokens
        ([stream([*ANSWER[:2], {"error": {"message": "away"}}])], "200 OK"),
        ([b"{}"], "404 Not Found"),
    ],
)
def test_client__an_answer_that_is_not_what_was_asked_for_counts_for_nothing(
    fakes: list[Fake], pieces: list[bytes], status: str
) -> None:
    fakes.append(Fake(pieces, status))
    with pytest.raises(PeerFailedError):
        client.run(fakes[0].port, body, some(1), 1, 0.0)


def test_trace__counts_tokens_only_while_every_place_is_taken() -> None:
    early = Answer(sent=0.0, arrivals=[1.0, 2.0], tokens=4)
    late = Answer(sent=0.0, arrivals=[2.0, 3.0], tokens=4)
    trace = Trace(answers=[early, late], began=0.0, ended=2.0)
    assert trace.rate == (4 + 2) / 2
    assert trace.first_percentile(0.5) == trace.first_percentile(0.95) == 2.0


def test_prompts__no_two_are_the_same() -> None:
    prompts = Prompts()
    drawn = [prompts.next() for _ in range(200)]
    assert len(set(drawn)) == 200
    assert [Prompts().next()] == drawn[:1]


def test_prompts__every_adapter_has_its_turn_before_one_has_another() -> None:
    prompts = Prompts()
    drawn = [request.adapter for _ in range(2) for request in itertools.islice(prompts.endless(5, 1), 4)]
    assert len(set(drawn[:5])) == len(set(drawn[3:])) == 5


def test_versions__are_signed_distinct_and_fit_the_base(base: Base, tmp_path: Path) -> None:
    made = list(make_versions(base, tmp_path, 3, embedding_size=16))
    assert len({version.name for version in made}) == 3
    loaded = [load_version(read_files(version.folder), base_sha256=base.sha256) for version in made]
    assert [version.name for version in loaded] == [version.name for version in made]
    first, second = (version.adapter for version in loaded[:2])
    assert all((first[key] != second[key]).any() for key in first)


def test_versions__never_fill_the_disk(base: Base, tmp_path: Path) -> None:
    assert affordable(10**9, base, tmp_path) < 10**9
    assert affordable(1, base, tmp_path) == 1


def test_oracle__sees_an_adapter_that_is_not_the_one_asked_for(
    base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = []
    for number, version in enumerate(make_versions(base, tmp_path / "versions", 2, embedding_size=16)):
        folders.append(tmp_path / f"peft-{number}")
        write_peft(load_version(read_files(version.folder)), folders[-1])
    adapters = [random_adapter(base, 0), random_adapter(base, 1)]
    texts = [list(range(4, 34)), list(range(50, 70))]
    folder = Path(base.model.config.name_or_path)
    assert oracle_difference(base, folder, adapters, folders, texts) < 1e-4
    assert oracle_difference(base, folder, adapters[::-1], folders, texts) > 1e-4
    monkeypatch.setattr(AdapterSlots, "hold", lambda self, name, adapter: -1)
    assert oracle_difference(base, folder, adapters, folders, texts) > 1e-4


def row(engine: str, cell: Cell, rate: float) -> Row:
    return Row(engine, cell.adapters, cell.in_flight, rate, 1.0, 1.0, 1, 1)


def results() -> Results:
    found = Results(near_one=0.9, colds=[ColdRow("oeuvre", 10, 20.0, 30.0)])
    for (_, engine, cell, least), ours in zip(bars.AGAINST, (300.0, 500.0), strict=True):
        found.rows += [row("oeuvre", cell, ours), row(f"{engine} x", cell, ours / least / 2)]
        found.rows.append(row(f"{engine} y", cell, ours / least))
    return found


def test_bars__hold_us_against_the_faster_way_to_use_a_peer() -> None:
    found, left = bars.bars(results(), 1e-4)
    assert not left
    assert [bar.met for bar in found] == [True] * 5
    assert [bar.value for bar in found] == [3.0, 10.0, 0.9, 30.0, 1e-4]


@pytest.mark.parametrize(
    ("worse", "missed"),
    [
        ({"near_one": 0.79}, 2),
        ({"colds": [ColdRow("oeuvre", 10, 20.0, 51.0)]}, 3),
        ({"colds": [ColdRow("oeuvre", 10, 51.0, None)]}, 3),
    ],
)
def test_bars__are_missed_where_the_figure_is_worse(worse: dict[str, object], missed: int) -> None:
    found, _ = bars.bars(dataclasses.replace(results(), **worse), 1e-4)  # type: ignore[arg-type]  # by name
    assert [number for number, bar in enumerate(found) if not bar.met] == [missed]


def test_bars__one_that_was_not_measured_is_named_and_not_met_in_silence() -> None:
    found, left = bars.bars(Results(), None)
    assert not found
    assert len(left) == 5


def test_cells_of_a_bar__are_measured_three_times_and_the_median_counts() -> None:
    class Peer:
        """Answers at these speeds, one after the other."""

        def __init__(self, rates: list[float]) -> None:
            self.rates = rates

        def run(self, requests: Iterator[Request], in_flight: int, seconds: float) -> Trace:
            if seconds != Plan.seconds:  # it only warms up
                return Trace(answers=[], began=0.0, ended=1.0)
            ended = 1 / self.rates.pop(0)
            return Trace(answers=[Answer(sent=0.0, arrivals=[ended], tokens=1)], began=0.0, ended=ended)

    peer = Peer([100.0, 300.0, 200.0])
    entrant = Entrant("x", cast(Any, peer), lambda cell: True, lambda cell: "", most_touched=0)
    setting = cast(Setting, SimpleNamespace(plan=Plan(adapters=(4,), in_flight=(8,))))
    results, said = Results(), []
    measure_entrant(entrant, setting, Prompts(), results, said.append, often=[Cell(4, 8)])
    assert [row.tokens_per_second for row in results.rows] == [200.0]
    assert said[-1] == "x: 4 adapters, 8 in flight: 100, 300, 200 tokens/s"
    assert not peer.rates


def test_plot__says_in_words_what_it_shows(tmp_path: Path) -> None:
    rows = [row("oeuvre", Cell(4, 8), 100.0), row("oeuvre", Cell(4, 32), 200.0), row("other", Cell(4, 32), 20.0)]
    words = write_plot(rows, tmp_path / "plots" / "serve.svg")
    assert "oeuvre 200 with 4 adapters; other 20" in words
    assert (tmp_path / "plots" / "serve.svg").read_text().startswith("<svg")


def test_ignore_eos__writes_on_to_the_last_token(running: Running) -> None:
    answers = [running.complete(ignore_eos=True, max_tokens=200, temperature=2, seed=seed).json() for seed in range(3)]
    assert [answer["usage"]["completion_tokens"] for answer in answers] == [200] * 3
    ended = [running.complete(max_tokens=200, temperature=2, seed=seed).json() for seed in range(12)]
    assert any(answer["usage"]["completion_tokens"] < 200 for answer in ended)


def test_bench__a_quick_run_measures_us_and_peft(models_dir: Path) -> None:
    command = ["bench", "serve", "--quick", "--json", "--base", str(models_dir / "base"), "--models-dir"]
    done = CliRunner().invoke(app, [*command, str(models_dir)])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout.splitlines()[-1])
    assert {bar["name"]: bar["met"] for bar in found["bars"]}["difference from PEFT's logits, fp32"]
    speeds = found["tokens a second"]
    assert len(speeds) == 4
    assert all(float(line["oeuvre"]) > 0 for line in speeds)
    assert any(float(line["PEFT adapter_names fp32"].replace("-", "0")) > 0 for line in speeds)
    assert {line["engine"] for line in found["first request for an adapter takes longer by"]} >= {"oeuvre"}


def test_bench__names_the_peers_where_one_is_unknown(models_dir: Path) -> None:
    done = CliRunner().invoke(app, ["bench", "serve", "--only", "tgi", "--models-dir", str(models_dir)])
    assert done.exit_code == 2
    assert "oeuvre, peft, llama, vllm" in done.output
