"""Figures that are counted once a minute."""

from __future__ import annotations

import pytest

from oeuvre.kit import keeping
from oeuvre.kit.keeping import Kept


@pytest.fixture
def counted() -> list[str]:
    return []


def ask(kept: Kept[int], counted: list[str], key: str) -> int:
    def count() -> int:
        counted.append(key)
        return len(counted)

    return kept.get(key, count)


def test_kept__counts_once_a_minute_and_anew_when_told_to_forget(
    counted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_000.0
    monkeypatch.setattr("oeuvre.kit.keeping.time.monotonic", lambda: now)
    kept = Kept[int]()
    assert [ask(kept, counted, key) for key in ("a", "a", "b")] == [1, 1, 2]
    now += keeping.SECONDS + 1
    assert ask(kept, counted, "a") == 3
    kept.forget()
    assert ask(kept, counted, "a") == 4


def test_kept__keeps_only_so_many_and_those_that_were_counted_last(
    counted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MOST", 2)
    kept = Kept[int]()
    for key in ("a", "b", "c", "b", "a"):
        ask(kept, counted, key)
    assert counted == ["a", "b", "c", "a"]


def test_kept__keeps_nothing_of_a_count_that_failed() -> None:
    kept = Kept[int]()

    def fail() -> int:
        raise LookupError("no table")

    with pytest.raises(LookupError, match="no table"):
        kept.get("a", fail)
    assert kept.get("a", lambda: 1) == 1


def test_forget_everything__reaches_all() -> None:
    first, second = Kept[int](), Kept[str]()
    first.get("a", lambda: 1)
    second.get("a", lambda: "1")
    keeping.forget_everything()
    assert (first.get("a", lambda: 2), second.get("a", lambda: "2")) == (2, "2")
