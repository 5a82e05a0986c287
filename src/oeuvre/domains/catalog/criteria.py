"""What a delivery must meet, as a gig promises it. Orders check deliveries, so they say what a criterion may be.

The catalogue lies below orders and cannot ask them; they register when the application starts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from oeuvre.kit.errors import DomainError

if TYPE_CHECKING:
    from oeuvre.domains.catalog.content import Criterion


class CriterionCheck(Protocol):
    """Answers label and spec as an order would keep them; raises a DomainError that says what would be right."""

    def __call__(self, *, kind: str, label: str, spec: dict[str, Any]) -> tuple[str, dict[str, Any]]: ...


_checks: list[CriterionCheck] = []


def criterion_check_register(check: CriterionCheck) -> None:
    """Say who judges criteria; called once, from ``AppConfig.ready``. Without anybody they are kept as they come."""
    _checks[:] = [check]


def criterion_problem(one: Criterion) -> str:
    """Why an order would not take this criterion, in words; empty where it would."""
    try:
        for check in _checks:
            check(kind=one.kind, label=one.label, spec=dict(one.spec))
    except DomainError as error:
        return error.message
    return ""
