"""Two lists made one: reciprocal rank fusion, the signals, and the places that are newcomers'."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from oeuvre.domains.search.ranking import formula

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Placed(Generic[T]):
    """An item at its place (from 1 on). ``by_score`` is where it would be without the newcomers' share."""

    item: T
    place: int
    by_score: int


def newcomers_placed(ordered: Sequence[T], *, is_new: Callable[[T], bool]) -> list[Placed[T]]:
    """The order with the newcomers' share: of every ``newcomers_one_in`` places at least one is a newcomer's.

    ``ordered`` is by score, the best first. Where a run of so many places holds no newcomer, its last place goes to the best
    newcomer from further down, and what stood there and behind it moves on by one. So a newcomer who is found is seen, and
    nobody else loses more than one place for it in each run.
    """
    one_in = formula().newcomers_one_in
    new = [is_new(item) for item in ordered]
    waiting = [number for number in range(len(new)) if new[number]][::-1]
    others = [number for number in range(len(new)) if not new[number]][::-1]
    placed: list[int] = []
    has_one = False
    while waiting or others:
        if len(placed) % one_in == 0:
            has_one = False  # a run begins
        owed = len(placed) % one_in == one_in - 1 and not has_one
        takes_newcomer = bool(waiting) and (not others or waiting[-1] < others[-1] or owed)
        placed.append((waiting if takes_newcomer else others).pop())
        has_one = has_one or takes_newcomer
    return [Placed(ordered[number], place, number + 1) for place, number in enumerate(placed, start=1)]
