"""The engine in front of a vLLM, against one that computes nothing but behaves: what is asked, loaded, and taken away."""

import asyncio
import dataclasses
import queue
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from oeuvre_studio.artifacts import LoadedVersion, load_version, read_files
from oeuvre_studio.errors import BaseMismatchError, UsageError
from oeuvre_studio.serve.errors import (
    ContextTooLongError,
    EngineAwayError,
    EngineFailedError,
    EvictedError,
    QueueFullError,
    UnsupportedError,
)
from oeuvre_studio.serve.jobs import Event, Failed, Finished, Job, Piece
from oeuvre_studio.serve.limits import EngineLimits
from oeuvre_studio.serve.metrics import Metrics
from oeuvre_studio.serve.vllm import VllmEngine
from oeuvre_studio.serve.vllm import engine as engine_module
from oeuvre_studio.serve.vllm.adapters import AdapterFolder
from oeuvre_studio.serve.vllm.engine import wait_for_vllm
from oeuvre_studio.serve.vllm.probe import TOLERANCE, Probe, compare, own_scores
from oeuvre_studio.text.base import Base
from oeuvre_studio.text.gate import adapter_of
from oeuvre_studio.text.peft_layout import folder_name
from oeuvre_studio.text.sampling import Sampling
from tests.studio.fake_vllm import FakeVllm, running
from tests.studio.made import write_made

PATIENCE = 10.0
GREEDY = Sampling(temperature=0.0, repetition_penalty=1.0, max_tokens=8)


@dataclasses.dataclass
class Bench:
    """An engine with its fake vLLM, and versions to ask it for."""

    engine: VllmEngine
    vllm: FakeVllm
    base: Base
    versions: dict[str, LoadedVersion]
    folder: Path

    @property
    def names(self) -> list[str]:
        return list(self.versions)

    def job(self, model: str, prompt: str = "abcd", sampling: Sampling = GREEDY, **more: object) -> "Asked":
        events: queue.Queue[Event] = queue.Queue()
        version = self.versions.get(model)
        job = Job(
            model=model,
            adapter=adapter_of(version) if version else None,
            prompt=self.base.tokenizer(prompt, add_special_tokens=False)["input_ids"],
            sampling=sampling,
            seed=1,
            stops=more.pop("stops", ()),  # type: ignore[arg-type]  # on purpose anything
            sink=events.put,
            **more,  # type: ignore[arg-type]  # the same
        )
        return Asked(job, events)

    def ask(self, model: str, prompt: str = "abcd", sampling: Sampling = GREEDY, **more: object) -> "Asked":
        asked = self.job(model, prompt, sampling, **more)
        self.engine.submit([asked.job])
        return asked

    def on_disk(self) -> set[str]:
        return {path.name for path in self.folder.iterdir() if path.is_dir()}


@dataclasses.dataclass
class Asked:
    """A job and what it was told."""

    job: Job
    events: "queue.Queue[Event]"

    def next(self) -> Event:
        return self.events.get(timeout=PATIENCE)

    def end(self) -> Finished | Failed:
        while True:
            event = self.next()
            if not isinstance(event, Piece):
                return event

    def text(self) -> str:
        event = self.end()
        assert isinstance(event, Finished), event
        return event.text

    def error(self) -> Exception:
        event = self.end()
        assert isinstance(event, Failed), event
        return event.error


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture(scope="module")
def versions(base: Base, tmp_path_factory: pytest.TempPathFactory) -> dict[str, LoadedVersion]:
    home = tmp_path_factory.mktemp("versions")
    folders = [home / model for model in ("anne", "emily", "charlotte", "branwell")]
    names = [write_made(base, folder, model=folder.name, seed=seed) for seed, folder in enumerate(folders)]
    return {name: load_version(read_files(folder)) for name, folder in zip(names, folders, strict=True)}


@pytest.fixture
def vllm(base: Base) -> Iterator[FakeVllm]:
    with running(FakeVllm(base=base.name, scores=own_scores(base)[1])) as fake:
        yield fake


@pytest.fixture
def make(
    base: Base, vllm: FakeVllm, versions: dict[str, LoadedVersion], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Bench]]:
    monkeypatch.setattr(engine_module, "LOOK", 0.1)
    made: list[VllmEngine] = []

    def bench(**more: object) -> Bench:
        engine = VllmEngine(
            base,
            Probe(base),
            url=vllm.url,
            key="",
            folder=AdapterFolder(tmp_path / "adapters"),
            version_of=versions.__getitem__,
            observer=Metrics(),
            **{"memory": 2**30, **more},  # type: ignore[arg-type]  # limits and the like
        )
        made.append(engine)
        engine.start()
        return Bench(engine, vllm, base, versions, tmp_path / "adapters")

    yield bench
    for engine in made:
        engine.stop()


@pytest.fixture
def bench(make: Callable[..., Bench]) -> Bench:
    return make()


def test_engine__loads_a_version_once_under_its_immutable_name_and_streams_its_text(bench: Bench) -> None:
    name = bench.names[0]
    first = bench.ask(name, "wxyz")
    pieces = []
    while isinstance(event := first.next(), Piece):
        pieces.append(event.text)
    assert event == Finished(reason="length", text="wxyzwxyz", prompt_tokens=4, tokens=8)
    assert "".join(pieces) == "wxyzwxyz"
    assert len(pieces) > 1, "it was not streamed"
    assert bench.ask(name).text() == "abcdabcd"
    assert bench.vllm.loads == [name]
    assert bench.vllm.adapters == {name: str(bench.folder / folder_name(name))}


def test_engine__the_base_needs_no_adapter(bench: Bench) -> None:
    assert bench.ask(bench.base.name).text() == "abcdabcd"
    assert bench.vllm.loads == []


def test_engine__passes_every_choice_on(bench: Bench) -> None:
    sampling = Sampling(
        temperature=0.5,
        top_p=0.9,
        top_k=40,
        min_p=0.05,
        repetition_penalty=1.2,
        presence_penalty=0.1,
        frequency_penalty=0.2,
        max_tokens=5,
        at_least=2,
    )
    bench.ask(bench.names[0], sampling=sampling, stops=["zz"], tenant="t", logprobs=2).text()
    asked = bench.vllm.asked[0]
    expected = {
        "model": bench.names[0],
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 40,
        "min_p": 0.05,
        "repetition_penalty": 1.2,
        "presence_penalty": 0.1,
        "frequency_penalty": 0.2,
        "max_tokens": 5,
        "min_tokens": 2,
        "seed": 1,
        "stop": ["zz"],
        "logprobs": 2,
        "stream": True,
    }
    assert expected.items() <= asked.items()
    assert asked["prompt"] == bench.base.tokenizer("abcd", add_special_tokens=False)["input_ids"]


def test_engine__what_vllm_remembers_of_prompts_is_kept_apart_by_tenant(bench: Bench) -> None:
    for tenant in ("one", "one", "two"):
        bench.ask(bench.base.name, tenant=tenant).text()
    first, again, other = (asked["cache_salt"] for asked in bench.vllm.asked)
    assert first == again != other
    assert "one" not in first


@pytest.mark.parametrize("seed", [-1, 2**63, -(2**63)])
def test_engine__any_seed_is_one_that_vllm_takes(bench: Bench, seed: int) -> None:
    asked = bench.job(bench.base.name)
    asked.job.seed = seed
    bench.engine.submit([asked.job])
    asked.text()
    assert 0 <= bench.vllm.asked[0]["seed"] < 2**63


def test_engine__a_text_ends_at_a_stop_string_and_vllm_is_let_go(bench: Bench) -> None:
    bench.vllm.pause = 0.02
    long = dataclasses.replace(GREEDY, max_tokens=200)
    event = bench.ask(bench.names[0], sampling=long, stops=["da"]).end()
    assert isinstance(event, Finished)
    assert (event.reason, event.text) == ("stop", "abc")
    until(lambda: bench.vllm.broken_off == 1)


def test_engine__the_end_of_turn_is_no_token_of_the_text(bench: Bench) -> None:
    bench.vllm.ends_after = 3
    assert bench.ask(bench.names[0]).end() == Finished(reason="stop", text="abc", prompt_tokens=4, tokens=3)


def test_engine__tells_scores_with_the_text_they_belong_to(bench: Bench) -> None:
    asked = bench.ask(bench.names[0], "abcd", dataclasses.replace(GREEDY, max_tokens=2), logprobs=1)
    scores = []
    while isinstance(event := asked.next(), Piece):
        assert len(event.scores) == len(event.text)
        scores += event.scores
    ids = bench.base.tokenizer("ab", add_special_tokens=False)["input_ids"]
    assert [score.token for score in scores] == ids
    assert [score.top for score in scores] == [((token, -1.5),) for token in ids]
    assert {score.logprob for score in scores} == {-1.5}


def test_evict__ends_running_streams_at_once_unloads_and_deletes(bench: Bench) -> None:
    gone, stays = bench.names[:2]
    bench.vllm.pause = 0.05
    long = dataclasses.replace(GREEDY, max_tokens=400)
    asked, other = bench.ask(gone, sampling=long), bench.ask(stays, sampling=dataclasses.replace(GREEDY, max_tokens=20))
    assert isinstance(asked.next(), Piece)
    began = time.monotonic()
    bench.engine.evict(gone)
    assert isinstance(asked.error(), EvictedError)
    assert time.monotonic() - began < 1.0
    until(lambda: gone not in bench.vllm.adapters)
    until(lambda: bench.on_disk() == {folder_name(stays)})
    assert bench.vllm.broken_off == 1
    assert other.text() == "abcd" * 5
    time.sleep(0.2)
    assert asked.events.empty(), "something came after the last event"


def test_evict__while_the_adapter_is_on_its_way_leaves_nothing_behind(bench: Bench) -> None:
    name = bench.names[0]
    bench.vllm.load_pause = 0.3
    asked = [bench.ask(name) for _ in range(3)]
    until(lambda: bench.vllm.loading == [name])
    bench.engine.evict(name)
    assert {type(one.error()) for one in asked} == {EvictedError}
    until(lambda: bench.vllm.unloads == [name])
    time.sleep(0.5)
    assert bench.vllm.adapters == {}
    assert bench.on_disk() == set()


def test_evict__a_version_that_is_hosted_again_is_loaded_again(bench: Bench) -> None:
    name = bench.names[0]
    bench.ask(name).text()
    bench.engine.evict(name)
    assert bench.ask(name).text() == "abcdabcd"
    assert bench.vllm.loads == [name, name]


def test_cancel__tells_nothing_more_and_lets_vllm_go(bench: Bench) -> None:
    bench.vllm.pause = 0.05
    asked = bench.ask(bench.names[0], sampling=dataclasses.replace(GREEDY, max_tokens=400))
    asked.next()
    bench.engine.cancel(asked.job)
    until(lambda: bench.vllm.broken_off == 1)
    while not asked.events.empty():
        assert isinstance(asked.next(), Piece)
    assert bench.engine.load == (0, 0)


def test_adapters__the_least_recently_used_one_makes_room(
    make: Callable[..., Bench], versions: dict[str, LoadedVersion]
) -> None:
    size = next(iter(versions.values())).size
    bench = make(memory=2 * size + size // 2)
    first, second, third, _ = bench.names
    for name in (first, second, first, third):
        bench.ask(name).text()
    until(lambda: set(bench.vllm.adapters) == {first, third})
    until(lambda: bench.on_disk() == {folder_name(first), folder_name(third)})


def test_adapters__one_in_use_does_not_make_room(make: Callable[..., Bench]) -> None:
    bench = make(memory=1)
    bench.vllm.pause = 0.05
    asked = bench.ask(bench.names[0], sampling=dataclasses.replace(GREEDY, max_tokens=20))
    asked.next()
    bench.ask(bench.names[1]).text()
    assert asked.text() == "abcd" * 5
    assert bench.vllm.loads == bench.names[:2]


def test_adapters__something_else_under_a_versions_name_is_refused(bench: Bench) -> None:
    name = bench.names[0]
    foreign = bench.folder / folder_name(name)
    foreign.mkdir()
    (foreign / "adapter_model.safetensors").write_bytes(b"not it")
    assert isinstance(bench.ask(name).error(), EngineFailedError)
    assert bench.vllm.loads == []


def test_adapters__one_that_vllm_does_not_take_is_a_clear_error(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.vllm.refuses = "LoRA rank 4 is greater than max_lora_rank 2."
    assert "does not take" in str(bench.ask(bench.names[0]).error())
    assert "max_lora_rank 2" in caplog.text
    assert bench.on_disk() == set()


def test_restart__versions_are_loaded_again_on_demand(bench: Bench) -> None:
    name = bench.names[0]
    bench.ask(name).text()
    bench.vllm.kill()
    until(lambda: not bench.engine.ready)
    bench.vllm.start()
    until(lambda: bench.engine.ready)
    assert bench.ask(name).text() == "abcdabcd"
    assert bench.vllm.loads == [name, name]


def test_restart__one_that_nobody_saw_is_noticed_by_the_unknown_adapter(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = bench.names[0]
    bench.ask(name).text()
    bench.vllm.adapters.clear()
    assert bench.ask(name).text() == "abcdabcd"
    assert bench.vllm.loads == [name, name]


def test_restart__with_another_base_serves_nobody(bench: Bench) -> None:
    bench.vllm.kill()
    until(lambda: not bench.engine.ready)
    bench.vllm.scores = [score - 1.0 for score in bench.vllm.scores]
    bench.vllm.start()
    time.sleep(0.3)
    assert "something else" in str(bench.ask(bench.base.name).error())
    assert bench.vllm.asked == []
    assert not bench.engine.ready


def test_away__is_told_at_once_in_openais_form(bench: Bench) -> None:
    until(lambda: bench.engine.ready)
    bench.vllm.kill()
    error = bench.ask(bench.names[0]).error()
    assert isinstance(error, EngineAwayError)
    assert (error.status, error.code, error.type) == (503, "engine_away", "server_error")
    bench.vllm.start()


def test_away__a_stream_that_breaks_off_ends_with_an_error(bench: Bench) -> None:
    bench.vllm.pause = 0.05
    asked = bench.ask(bench.names[0], sampling=dataclasses.replace(GREEDY, max_tokens=400))
    asked.next()
    bench.vllm.kill()
    assert isinstance(asked.error(), EngineAwayError)
    bench.vllm.start()


def test_start__adapters_of_an_earlier_studio_are_taken_out(
    make: Callable[..., Bench], vllm: FakeVllm, tmp_path: Path
) -> None:
    vllm.adapters = {"left@0123456789ab": "/gone", "somebody-elses": "/theirs"}
    left = tmp_path / "adapters" / "left--0123456789ab"
    draft = tmp_path / "adapters" / ".left--0123456789ab.x1"
    kept = tmp_path / "adapters" / "notes"
    for folder in (left, draft, kept):
        folder.mkdir(parents=True)
    (tmp_path / "adapters").chmod(0o700)
    bench = make()
    until(lambda: bench.engine.ready)
    assert set(vllm.adapters) == {"somebody-elses"}
    assert bench.on_disk() == {"notes"}


def test_stop__tells_everybody_and_leaves_nothing(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.vllm.pause = 0.05
    asked = bench.ask(bench.names[0], sampling=dataclasses.replace(GREEDY, max_tokens=400))
    asked.next()
    bench.engine.stop()
    assert "shutting down" in str(asked.error())
    assert bench.vllm.adapters == {}
    assert bench.on_disk() == set()
    with pytest.raises(QueueFullError):
        bench.engine.submit([asked.job])


def test_limits__hold_for_a_model_and_the_rest_goes_on(make: Callable[..., Bench]) -> None:
    bench = make(limits=EngineLimits(running=2, model_running=1, waiting=8, model_waiting=2))
    bench.vllm.pause = 0.02
    hot = [bench.ask(bench.names[0], sampling=dataclasses.replace(GREEDY, max_tokens=40))]
    until(lambda: bench.engine.load[0] == 1)
    hot += [bench.ask(bench.names[0]) for _ in range(2)]
    with pytest.raises(QueueFullError):
        bench.ask(bench.names[0])
    assert bench.ask(bench.names[1]).text() == "abcdabcd"
    assert bench.engine.load[1] > 0, "the hot model's jobs should still be waiting"
    assert [one.text() for one in hot] == ["abcd" * 10, "abcdabcd", "abcdabcd"]


def test_engine__refuses_what_vllm_could_not_do(bench: Bench) -> None:
    until(lambda: bench.engine.ready)
    with pytest.raises(ContextTooLongError, match="512 is the most"):
        bench.ask(bench.base.name, sampling=dataclasses.replace(GREEDY, max_tokens=600))
    with pytest.raises(UnsupportedError):
        bench.ask(bench.base.name, constraint=object())


@pytest.mark.parametrize("mode", [0o750, 0o705, 0o777])
def test_folder__that_others_can_look_into_is_refused(tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)
    with pytest.raises(UsageError, match="chmod 700"):
        AdapterFolder(tmp_path)


def test_folder__is_private_and_one_studios_own(tmp_path: Path) -> None:
    folder = AdapterFolder(tmp_path / "new")
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    with pytest.raises(UsageError, match="another studio"):
        AdapterFolder(tmp_path / "new")
    folder.close()
    AdapterFolder(tmp_path / "new").close()


def test_wait__is_over_when_vllm_comes_and_the_wrong_one_is_refused(base: Base, vllm: FakeVllm) -> None:
    said: list[str] = []

    def wait(patience: float = PATIENCE, key: str = "") -> None:
        asyncio.run(wait_for_vllm(Probe(base), url=vllm.url, key=key, patience=patience, say=said.append))

    wait()
    assert said == []
    vllm.base = "another"
    with pytest.raises(BaseMismatchError, match="serves another, not base"):
        wait()
    vllm.base, vllm.key = base.name, "secret"
    with pytest.raises(EngineFailedError, match="VLLM_API_KEY"):
        wait(key="wrong")
    wait(key="secret")
    vllm.kill()
    with pytest.raises(EngineAwayError):
        wait(patience=0.1)
    assert said == ["Waiting for vLLM"]
    vllm.start()


def test_probe__takes_rounding_and_refuses_more() -> None:
    own = [-1.0, -2.0, -3.0]
    assert compare(own, [score + TOLERANCE / 2 for score in own], base="b") == pytest.approx(TOLERANCE / 2)
    for others in ([score - 2 * TOLERANCE for score in own], [float("nan")] * 3):
        with pytest.raises(BaseMismatchError, match="something else"):
            compare(own, others, base="b")


def test_folder__gone_from_under_it_is_made_again(bench: Bench) -> None:
    bench.ask(bench.names[0]).text()
    shutil.rmtree(bench.folder)
    assert bench.ask(bench.names[1]).text() == "abcdabcd"
