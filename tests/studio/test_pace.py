"""The time left is told from what steps and measurements took lately."""

import time

import pytest

from oeuvre_studio.text.pace import FORWARD_SHARE, RECENT, Pace


class Clock:
    """A clock that goes on by what a test says."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock)
    return clock


def step(pace: Pace, clock: Clock, seconds: float) -> None:
    with pace.step():
        clock.now += seconds


def test_pace__says_nothing_before_it_knows(clock: Clock) -> None:
    pace = Pace(rows_per_step=2, rows_measured=8)
    assert pace.left(steps=10, measurements=1) is None
    step(pace, clock, 30)  # the first step also compiles
    assert pace.left(steps=10, measurements=1) is None
    step(pace, clock, 2)
    assert pace.left(steps=10, measurements=0) == 20


def test_pace__counts_measurements_apart_from_steps(clock: Clock) -> None:
    pace = Pace(rows_per_step=2, rows_measured=8)
    step(pace, clock, 9)
    step(pace, clock, 1)
    assert pace.left(steps=3, measurements=2) == pytest.approx(3 + 2 * 4 * FORWARD_SHARE)  # a guess, until one was seen
    with pace.measurement():
        clock.now += 5
    assert pace.left(steps=3, measurements=2) == 13


def test_pace__follows_a_machine_that_becomes_slower(clock: Clock) -> None:
    pace = Pace(rows_per_step=1, rows_measured=1)
    for _ in range(20):
        step(pace, clock, 1)
    for _ in range(RECENT):
        step(pace, clock, 3)
    assert pace.left(steps=10, measurements=0) == 30
