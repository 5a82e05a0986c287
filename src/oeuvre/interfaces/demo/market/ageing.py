"""The one place that moves times into the past.

A story (an order, a brief) is played through the services, so that every step happens *now*. Before each next step all
that the story has so far is made older by the days between the two. A service therefore always finds what it would have
found on that day: what is late is late, what has cleared may clear, and every committed state is one that a real
installation passes through, whatever else its worker does meanwhile.

What is moved is found by foreign keys, so that a table which is added tomorrow ages as well. What never changes stays as
it is: the ledger and the audit log are append-only, and tell when the demo was really loaded.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from django.db.models import DateTimeField, F, ManyToOneRel
from django.utils import timezone

from oeuvre.domains.demand.models import DemandEvent
from oeuvre.domains.demand.states import DemandKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import Model, QuerySet

_OF_ORDERS = [DemandKind.HIRE, DemandKind.COMPLETED, DemandKind.BRIEF, DemandKind.OFFER]


def age(roots: Iterable[QuerySet[Model]], by: timedelta) -> None:
    """Make the rows, and everything that belongs to them, older. Runs in the caller's transaction."""
    if not by:
        return
    for rows in roots:
        ids = list(rows.values_list("pk", flat=True))
        if ids:
            for model, path in _belonging(rows.model):
                fields = [field.name for field in model._meta.concrete_fields if isinstance(field, DateTimeField)]
                found = model._base_manager.filter(**{f"{path}pk__in": ids})
                found.update(**{name: F(name) - by for name in fields})


def due_move(rows: QuerySet[Model], by: timedelta) -> None:
    """Make the day on which briefs are wanted earlier by whole days: days do not age by parts."""
    rows.update(due=F("due") - by)


@cache
def _belonging(root: type[Model]) -> tuple[tuple[type[Model], str], ...]:
    """The model and those that point at it, directly or through others, each with the look-up path back to it."""
    found: dict[type[Model], str] = {root: ""}
    waiting = [root]
    while waiting:
        parent = waiting.pop(0)
        for relation in parent._meta.get_fields(include_hidden=True):
            if not isinstance(relation, ManyToOneRel):  # one to one is a kind of it
                continue
            child = relation.related_model
            if child not in found:
                found[child] = f"{relation.field.name}__{found[parent]}"
                waiting.append(child)
    with_times = (one for one in found.items() if any(isinstance(f, DateTimeField) for f in one[0]._meta.fields))
    return tuple(with_times)


@contextmanager
def demand_of(days_ago: float) -> Iterator[None]:
    """What is counted of orders and briefs inside is counted on a day in the past. Runs in the caller's transaction."""
    rows = DemandEvent.objects.filter(kind__in=_OF_ORDERS)
    today = timezone.now().date()
    before = set(rows.filter(day=today).values_list("pk", flat=True))
    yield
    made = rows.filter(day=today).exclude(pk__in=before)
    made.update(day=today - timedelta(days=round(days_ago)))
