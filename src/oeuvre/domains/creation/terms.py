"""Criteria and licence terms, read from the data files beside this module."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent
EDIT = "edit"
"""The price of an edit stands beside those of the licences."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One of the operator's open criteria; ``judged`` ones are for an operator, the rest for software."""

    code: str
    label: str
    judged: bool


@dataclass(frozen=True, slots=True)
class EligibilityTerms:
    reapply_days: int
    statement_min_characters: int
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class LicenceUse:
    """A use that may be licensed, with its terms in plain words."""

    code: str
    label: str
    summary: str
    terms: tuple[str, ...]


@cache
def eligibility_terms() -> EligibilityTerms:
    data = tomllib.loads((_HERE / "eligibility.toml").read_text())
    criteria = [Criterion(row["code"], row["label"], False) for row in data["criteria"]]
    criteria += [Criterion(row["code"], row["label"], True) for row in data["judged"]]
    return EligibilityTerms(data["reapply_days"], data["statement_min_characters"], tuple(criteria))


@cache
def licence_uses() -> dict[str, LicenceUse]:
    data = tomllib.loads((_HERE / "licence_terms.toml").read_text())
    return {code: LicenceUse(code, row["label"], row["summary"], tuple(row["terms"])) for code, row in data.items()}
