"""Races on purpose: calls in threads with database connections of their own, and points where they meet."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from django.db import connections

if TYPE_CHECKING:
    from collections.abc import Callable


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls at the same time; returns what each answered, or the exception that it raised."""

    def run(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


class Rendezvous:
    """A point in the code where ``parties`` threads wait for each other, so that a race is lost for certain.

    Where a lock keeps the others out they never arrive: the first goes on alone after ``patience`` seconds. So the
    same scenario passes with the lock and fails without it, every time.
    """

    def __init__(self, parties: int = 2, patience: float = 0.5) -> None:
        self._barrier = threading.Barrier(parties)
        self._patience = patience

    def wait(self) -> None:
        try:
            self._barrier.wait(self._patience)
        except threading.BrokenBarrierError:
            return

    def after(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, followed by the meeting."""

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            result = function(*args, **kwargs)
            self.wait()
            return result

        return wrapper
