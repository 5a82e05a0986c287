"""Tasks run in threads that outlive them: each starts and ends with database connections that are known to work."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from django.db import close_old_connections, connection

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")


def fresh_connections(function: Callable[P, R]) -> Callable[P, R]:
    """Drop connections that a restarted PostgreSQL left dead, before and after the task.

    Inside an open transaction (a test that runs tasks in line) connections stay as they are.
    """

    @wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        if connection.in_atomic_block:
            return function(*args, **kwargs)
        close_old_connections()
        try:
            return function(*args, **kwargs)
        finally:
            close_old_connections()

    return wrapper
