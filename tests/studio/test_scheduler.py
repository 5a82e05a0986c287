"""Whose turn it is, and who has to wait."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oeuvre_studio.serve.errors import QueueFullError
from oeuvre_studio.serve.jobs import Job
from oeuvre_studio.serve.limits import EngineLimits
from oeuvre_studio.serve.scheduler import Entry, Scheduler
from oeuvre_studio.text.sampling import Sampling

numbers = iter(range(10**9))


def entry(model: str, tenant: str = "") -> Entry:
    job = Job(
        model=model, adapter=None, prompt=[1], sampling=Sampling(), seed=0, stops=(), sink=lambda _: None, tenant=tenant
    )
    return Entry(job, next(numbers))


def scheduler(**limits: int) -> Scheduler[Entry]:
    return Scheduler(EngineLimits(**limits))


def start_all(queue: Scheduler[Entry]) -> None:
    while queue.start(lambda _: True):
        pass


def test_scheduler__a_hot_model_does_not_keep_a_rare_one_waiting() -> None:
    queue = scheduler(running=8, model_running=6, waiting=100, model_waiting=100)
    queue.admit([entry("hot") for _ in range(50)])
    start_all(queue)
    assert len(queue.running) == 6  # the limit of a model leaves room
    rare = entry("rare")
    queue.admit([rare])
    start_all(queue)
    assert rare in queue.running


def test_scheduler__steps_go_round_by_model_not_by_number_of_texts() -> None:
    queue = scheduler(running=20, model_running=20, waiting=100, model_waiting=100)
    queue.admit([entry("hot") for _ in range(12)] + [entry("rare")])
    start_all(queue)
    computed: Counter[str] = Counter()
    for _ in range(200):
        for chosen in queue.turn(2):
            queue.charge(chosen, 1)
            computed[chosen.job.model] += 1
    assert computed["rare"] >= 190  # one of the two places of nearly every step


def test_scheduler__one_who_was_away_has_no_credit_for_it() -> None:
    queue = scheduler(running=4, model_running=2)
    busy = [entry("busy"), entry("busy")]
    queue.admit(busy)
    start_all(queue)
    for _ in range(500):
        for chosen in queue.turn(1):
            queue.charge(chosen, 1)
    queue.remove(busy[0])
    queue.admit([entry("late")])
    start_all(queue)
    computed: Counter[str] = Counter()
    for _ in range(100):
        for chosen in queue.turn(1):
            queue.charge(chosen, 1)
            computed[chosen.job.model] += 1
    assert computed["busy"] >= 45


def test_scheduler__a_tenant_with_many_models_has_one_share() -> None:
    queue = scheduler(running=20, model_running=20, tenant_running=20)
    queue.admit([entry(f"m{n}", "many") for n in range(9)] + [entry("n", "few")])
    start_all(queue)
    computed: Counter[str] = Counter()
    for _ in range(300):
        for chosen in queue.turn(1):
            queue.charge(chosen, 1)
            computed[chosen.job.tenant] += 1
    assert computed["few"] >= 60  # of ten texts, one would get 30


@pytest.mark.parametrize(
    ("limits", "filling"),
    [
        ({"waiting": 2}, [("a", ""), ("b", "")]),
        ({"model_waiting": 2}, [("c", ""), ("c", "x")]),
        ({"tenant_waiting": 2}, [("a", "me"), ("b", "me")]),
    ],
)
def test_scheduler__refuses_what_is_too_much_and_takes_nothing_of_it(
    limits: dict[str, int], filling: list[tuple[str, str]]
) -> None:
    queue = scheduler(**limits)
    queue.admit([entry(*side) for side in filling])
    with pytest.raises(QueueFullError):
        queue.admit([entry("other", "other"), entry("c", "me")])
    assert len(queue.waiting) == 2


def test_scheduler__a_large_text_is_not_overtaken_for_ever_by_small_ones() -> None:
    queue = scheduler()
    large, small = entry("large"), entry("small")
    queue.admit([large, small])
    assert queue.start(lambda e: e is small) is None
    assert queue.start(lambda e: True) is large


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["", "x", "y"]), st.integers(1, 9)), max_size=40))
def test_scheduler__whatever_happens_limits_hold_and_nothing_is_lost(events: list[tuple[str, str, int]]) -> None:
    limits = EngineLimits(running=5, model_running=3, tenant_running=2)
    queue: Scheduler[Entry] = Scheduler(limits)
    admitted = removed = 0
    for model, tenant, tokens in events:
        queue.admit([entry(model, tenant)])
        admitted += 1
        start_all(queue)
        models = Counter(e.job.model for e in queue.running)
        tenants = Counter(e.job.tenant for e in queue.running if e.job.tenant)
        assert len(queue.running) <= 5
        assert max(models.values()) <= 3
        assert max(tenants.values(), default=0) <= 2
        for chosen in queue.turn(2):
            queue.charge(chosen, tokens)
        if tokens > 6:
            queue.remove(queue.turn(1)[0])
            removed += 1
    assert len(queue.waiting) + len(queue.running) == admitted - removed
    for left in [*queue.waiting, *queue.running]:
        queue.remove(left)
    assert not queue._present
