"""Declared life cycles. ``transition`` is the only writer of a status, under a row lock, and is always audited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.db import models, transaction

from oeuvre.kit.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from oeuvre.kit.actor import Actor

M = TypeVar("M", bound=models.Model)

_recorders: list[Callable[[Actor, str, models.Model, dict[str, Any]], None]] = []


def on_transition(recorder: Callable[[Actor, str, models.Model, dict[str, Any]], None]) -> None:
    """Register who writes transitions down: ``recorder(actor, code, instance, data)``. The audit domain does."""
    if recorder not in _recorders:
        _recorders.append(recorder)


class IllegalTransitionError(ConflictError):
    """The state machine has no arrow from the present state to the wanted one."""

    code = "illegal_transition"


@dataclass(frozen=True)
class StateMachine(Generic[M]):
    """A life cycle: ``entity`` names it in audit codes, ``table`` maps each state to those that may follow.

    Every state must be a key; a terminal one maps to the empty set.
    """

    entity: str
    table: Mapping[str, frozenset[str]]
    field: str = "status"

    def __post_init__(self) -> None:
        unknown = {state for targets in self.table.values() for state in targets} - set(self.table)
        if unknown:
            raise ValueError(f"{self.entity}: {unknown} are reached but not declared.")

    def allowed(self, state: str) -> frozenset[str]:
        return next(targets for key, targets in self.table.items() if key == state)

    def is_terminal(self, state: str) -> bool:
        return not self.allowed(state)

    def transition(self, instance: M, to: str, *, actor: Actor, **changes: Any) -> M:
        """Lock the row, check the arrow, write the status and ``changes``, record it; returns the fresh row.

        ``instance`` is updated in place as well, so that a caller's copy does not go stale.
        Raises IllegalTransitionError when the present (locked, not remembered) state does not allow it.
        """
        with transaction.atomic():
            manager = type(instance)._default_manager
            locked: M = manager.select_for_update(of=("self",)).get(pk=instance.pk)
            origin = getattr(locked, self.field)
            if to not in self.allowed(origin):
                raise IllegalTransitionError(
                    f"This {self.entity.replace('_', ' ')} is {origin}; it cannot become {to}.",
                    entity=self.entity,
                    origin=origin,
                    target=to,
                )
            changes[self.field] = to
            for name, value in changes.items():
                setattr(locked, name, value)
                setattr(instance, name, value)
            locked.save(update_fields=[*changes, "updated_at"])
            data = {"from": str(origin), "to": str(to)}
            for recorder in _recorders:
                recorder(actor, f"{self.entity}.{to}", locked, data)
        return locked
