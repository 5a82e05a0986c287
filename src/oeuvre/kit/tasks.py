"""Work that is done later: deferred by name inside the caller's transaction, run by a worker's threads."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from django.db import close_old_connections, connection
from procrastinate.contrib.django import app

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


def defer(task: str, *, schedule_in: dict[str, int] | None = None, **arguments: Any) -> int:
    """Enqueue a task by its name in the present transaction; returns the job's id.

    Services name tasks instead of importing them, because tasks import services.
    """
    options = {"schedule_in": schedule_in} if schedule_in else {}
    return int(app.configure_task(task, allow_unknown=False, **options).defer(**arguments))
