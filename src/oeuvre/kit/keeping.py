"""Figures that a process keeps for a minute: nearly everybody who browses asks for the same, and they take long to count."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Generic, TypeVar
from weakref import WeakSet

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

V = TypeVar("V")
SECONDS = 60.0
MOST = 500

_all: WeakSet[Kept[object]] = WeakSet()


class Kept(Generic[V]):
    """Values by key, shared by a process's threads. Other processes learn of a change within ``SECONDS``; whoever changes what
    was counted calls ``forget``, so that this one knows at once.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[Hashable, tuple[float, V]] = {}
        _all.add(self)  # type: ignore[arg-type]  # a set of whatever they keep

    def get(self, key: Hashable, count: Callable[[], V]) -> V:
        """The value that was kept, else what ``count`` answers. It must not be changed by whoever gets it."""
        with self._lock:
            counted_at, value = self._values.get(key, (float("-inf"), None))
        if value is not None and time.monotonic() - counted_at < SECONDS:
            return value
        value = count()
        with self._lock:
            self._values.pop(key, None)
            self._values[key] = (time.monotonic(), value)
            while len(self._values) > MOST:
                del self._values[next(iter(self._values))]
        return value

    def forget(self) -> None:
        """Count anew when asked next."""
        with self._lock:
            self._values.clear()


def forget_everything() -> None:
    """For tests, whose rows are rolled back."""
    for kept in _all:
        kept.forget()
