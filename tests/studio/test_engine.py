"""The built-in engine behind its seam: jobs in, events out."""

import queue
import threading
import time
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from oeuvre_studio.serve.engine import Engine
from oeuvre_studio.serve.errors import QueueFullError
from oeuvre_studio.serve.jobs import Event, Failed, Finished, Job, Piece
from oeuvre_studio.serve.limits import EngineLimits
from oeuvre_studio.text.base import Base
from oeuvre_studio.text.lora import Adapter, initial_adapter
from oeuvre_studio.text.sampling import Constraint, Sampling


class Observer:
    """Notes what the engine tells."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def step(self, batch: int, tokens: int) -> None:
        self.seen.append(f"step {batch}")

    def first_token(self, seconds: float) -> None:
        self.seen.append("first token")

    def adapter_loaded(self, seconds: float) -> None:
        self.seen.append("loaded")

    def adapter_hit(self) -> None:
        self.seen.append("hit")

    def adapter_evicted(self) -> None:
        self.seen.append("evicted")


@pytest.fixture
def observer() -> Observer:
    return Observer()


@pytest.fixture
def engine(base: Base, observer: Observer) -> Iterator[Engine]:
    running = Engine(base, limits=EngineLimits(running=4, model_running=3, waiting=8), observer=observer, slots=4)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def adapter(base: Base) -> Adapter:
    return initial_adapter(base.layers, seed=1)


class Asked:
    """A job and what was heard of it."""

    def __init__(self, model: str, adapter: Adapter | None = None, *, tokens: int = 8, seed: int = 1, **more: object):
        self.heard: queue.Queue[Event] = queue.Queue()
        rules = Sampling(max_tokens=tokens, at_least=tokens, temperature=1.0)
        self.job = Job(
            model=model, adapter=adapter, prompt=[5, 9, 40], sampling=rules, seed=seed, stops=more.pop("stops", ()),
            sink=self.heard.put, **more,
        )  # fmt: skip

    def events(self) -> list[Event]:
        """Everything up to the last event."""
        found: list[Event] = []
        while not found or isinstance(found[-1], Piece):
            found.append(self.heard.get(timeout=20))
        return found


def text_of(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Piece))


def test_engine__pieces_make_the_text_and_the_end_tells_what_it_took(engine: Engine) -> None:
    asked = Asked("base")
    engine.submit([asked.job])
    events = asked.events()
    last = events[-1]
    assert isinstance(last, Finished)
    assert last.text == text_of(events)
    assert (last.reason, last.prompt_tokens, last.tokens) == ("length", 3, 8)


def test_engine__a_text_does_not_depend_on_its_neighbours(engine: Engine, adapter: Adapter) -> None:
    alone = Asked("ann", adapter)
    engine.submit([alone.job])
    expected = text_of(alone.events())
    crowd = [Asked("ann", adapter, seed=n) for n in (5, 1, 6)] + [Asked("base", seed=n) for n in range(3)]
    engine.submit([asked.job for asked in crowd])
    assert text_of(crowd[1].events()) == expected
    for asked in crowd:
        if asked is not crowd[1]:
            assert isinstance(asked.events()[-1], Finished)


def test_engine__scores_come_with_every_token(engine: Engine) -> None:
    asked = Asked("base", logprobs=2)
    engine.submit([asked.job])
    scores = [score for event in asked.events() if isinstance(event, Piece) for score in event.scores]
    assert len(scores) == 8
    assert all(score.logprob <= 0 and len(score.top) == 2 for score in scores)


def test_engine__taking_a_version_away_ends_what_it_writes_at_once(engine: Engine, adapter: Adapter) -> None:
    long = [Asked("ann", adapter, tokens=900, seed=n) for n in range(5)]  # more than may run: one kind waits
    other = Asked("base", tokens=30)
    engine.submit([asked.job for asked in long])
    engine.submit([other.job])
    long[0].heard.get(timeout=20)
    began = time.monotonic()
    engine.evict("ann")
    for asked in long:
        last = asked.events()[-1]
        assert isinstance(last, Failed)
        assert last.error.code == "model_evicted"
    assert time.monotonic() - began < 5
    assert isinstance(other.events()[-1], Finished)
    assert engine.load == (0, 0)
    assert "ann" not in engine._writers.adapters


def test_engine__a_cancelled_job_is_heard_of_no_more(engine: Engine) -> None:
    asked = Asked("base", tokens=900)
    engine.submit([asked.job])
    asked.heard.get(timeout=20)
    engine.cancel(asked.job)
    deadline = time.monotonic() + 20
    while engine.load != (0, 0):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    heard = [asked.heard.get() for _ in range(asked.heard.qsize())]
    assert not any(isinstance(event, Finished | Failed) for event in heard)


def test_engine__a_full_queue_takes_nothing(engine: Engine) -> None:
    with pytest.raises(QueueFullError):
        engine.submit([Asked("base").job for _ in range(9)])
    assert engine.load == (0, 0)


def test_engine__tells_its_observer(engine: Engine, observer: Observer, adapter: Adapter) -> None:
    for _ in range(2):
        asked = Asked("ann", adapter)
        engine.submit([asked.job])
        asked.events()
    assert [word for word in observer.seen if not word.startswith("step")] == [
        "loaded",
        "first token",
        "hit",
        "first token",
    ]
    assert "step 1" in observer.seen


def test_engine__a_stop_string_ends_the_text_before_it(engine: Engine) -> None:
    free = Asked("base", tokens=60)
    engine.submit([free.job])
    text = text_of(free.events())
    stop = text[len(text) // 2 :][:3]
    asked = Asked("base", tokens=60, stops=[stop])
    engine.submit([asked.job])
    events = asked.events()
    assert isinstance(events[-1], Finished)
    assert events[-1].reason == "stop"
    assert text_of(events) == text[: text.index(stop)]


class OnlyOne(Constraint):
    """Allows a single token, then breaks down."""

    def __init__(self, token: int, *, times: int) -> None:
        self.token = token
        self.left = times

    def forbid(self, scores: Tensor) -> None:
        keep = scores[self.token].clone()
        scores.fill_(-torch.inf)
        scores[self.token] = keep

    def accept(self, token: int) -> None:
        assert token == self.token
        self.left -= 1
        if self.left < 0:
            raise ValueError("too far")


def test_engine__a_constraint_decides_what_may_come(engine: Engine) -> None:
    asked = Asked("base", constraint=OnlyOne(70, times=8), logprobs=0)
    engine.submit([asked.job])
    scores = [score for event in asked.events() if isinstance(event, Piece) for score in event.scores]
    assert {score.token for score in scores} == {70}


def test_engine__a_constraint_that_breaks_down_fails_its_own_text_only(engine: Engine) -> None:
    broken, fine = Asked("base", constraint=OnlyOne(70, times=2)), Asked("base", tokens=20)
    engine.submit([broken.job, fine.job])
    assert isinstance(broken.events()[-1], Failed)
    assert isinstance(fine.events()[-1], Finished)


def test_engine__an_adapter_that_cannot_be_read_fails_its_own_text_only(engine: Engine, adapter: Adapter) -> None:
    name, (a, b) = next(iter(adapter.pairs.items()))
    crooked = Adapter({**adapter.pairs, name: (a[:, :-1], b)}, adapter.scale)
    broken, fine = Asked("crooked", crooked), Asked("ann", adapter, tokens=20)
    engine.submit([broken.job, fine.job])
    assert isinstance(broken.events()[-1], Failed)
    assert isinstance(fine.events()[-1], Finished)
    again = Asked("crooked", crooked)
    engine.submit([again.job])
    assert isinstance(again.events()[-1], Failed)  # half-copied matrices are not taken for the version


def test_engine__shutting_down_tells_everybody(base: Base) -> None:
    running = Engine(base, limits=EngineLimits(running=2))
    running.start()
    asked = Asked("base", tokens=900)
    running.submit([asked.job])
    asked.heard.get(timeout=20)
    running.stop()
    assert isinstance(asked.events()[-1], Failed)
    with pytest.raises(QueueFullError):
        running.submit([asked.job])


def threads_elsewhere() -> int:
    """How many processor threads PyTorch uses in a thread that has just begun."""
    found: list[int] = []
    asking = threading.Thread(target=lambda: found.append(torch.get_num_threads()))
    asking.start()
    asking.join()
    return found[0]


def test_threads__are_the_engines_alone_while_it_runs(base: Base) -> None:
    torch.set_num_threads(2)
    engine = Engine(base, limits=EngineLimits(running=1), slots=1)
    assert threads_elsewhere() == 2
    engine.start()
    try:
        assert (torch.get_num_threads(), threads_elsewhere()) == (1, 1)
    finally:
        engine.stop()
    assert (torch.get_num_threads(), threads_elsewhere()) == (2, 2)


def test_start__says_what_went_wrong(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(base, limits=EngineLimits(running=1), slots=1)
    monkeypatch.setattr("oeuvre_studio.serve.engine.Writers.step", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        engine.start()
