"""Insights from sales: which models and which works brought in money. Plain functions over values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from oeuvre.domains.insights.evidence import LEAST, Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oeuvre.domains.creation.earnings import ModelEarning, Sold, WorkEarning
    from oeuvre.kit.money import Money


@dataclass(frozen=True, slots=True)
class EarnedRow:
    """What a model, or the credit of a work, brought in."""

    name: str
    sales: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Earned:
    evidence: Evidence
    """Cases are sales."""
    total: Money
    models: tuple[EarnedRow, ...]
    """Those with enough sales, the best first."""
    works: tuple[EarnedRow, ...]
    few_models: int
    few_works: int
    """Models and works with too few sales to say anything about."""


def earned(sold: Sold, *, zero: Money) -> Earned:
    """What is known of sales: nothing but their number where there are too few."""
    evidence = Evidence(sum(row.sales for row in sold.by_model))
    models, few_models = _rows((row.name, row) for row in sold.by_model)
    works, few_works = _rows((row.title, row) for row in sold.by_work)
    total = sum((row.amount for row in sold.by_model), zero)
    return Earned(evidence, total, models, works, few_models, few_works)


def _rows(found: Iterable[tuple[str, ModelEarning | WorkEarning]]) -> tuple[tuple[EarnedRow, ...], int]:
    pairs = list(found)
    rows = tuple(EarnedRow(name, row.sales, row.amount) for name, row in pairs if row.sales >= LEAST)
    return rows, len(pairs) - len(rows)
