"""The documented part of the order: what each signal is worth, as arithmetic on numbers that everybody may see.

Pure functions of ``ranking.toml`` and a hit's inputs. There is no other term: nobody can pay for a place.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

RANKING = Path(__file__).with_name("ranking.toml")
BEST_RATING, WORST_RATING = 5.0, 1.0


@dataclass(frozen=True, slots=True)
class Formula:
    """The constants of ``ranking.toml``, under the names that downloads give them."""

    k: int
    quality_weight: float
    quality_prior_mean: float
    quality_prior_reviews: int
    experience_weight: float
    experience_full_at: int
    punctuality_weight: float
    punctuality_prior_share: float
    punctuality_prior_orders: int
    freshness_weight: float
    freshness_weeks: int
    newcomers_one_in: int
    newcomers_orders_below: int
    newcomers_weeks: int


@dataclass(frozen=True, slots=True)
class Signals:
    """What is counted about a gig (or a model, or a freelancer), and about who offers it."""

    rating_sum: int = 0
    """Stars of all its reviews, 1 to 5 each, added up."""
    rating_count: int = 0
    completed: int = 0
    """Orders of it that were completed."""
    on_time: int = 0
    """Of those that had a date, how many met it."""
    due: int = 0
    fresh_weeks: int = 0
    """Whole weeks since it went live; counted up to where freshness ends."""
    owner_completed: int = 0
    """Completed orders of its freelancer, of all gigs together."""
    owner_weeks: int = 0
    """Whole weeks since its freelancer's first gig went live."""


@dataclass(frozen=True, slots=True)
class SignalValue:
    """One term of a score: ``contribution`` is ``weight * value``."""

    name: str
    value: float
    weight: float

    @property
    def contribution(self) -> float:
        return self.weight * self.value


@cache
def formula() -> Formula:
    """The file, read once a process. Raises KeyError for a list that is not complete."""
    found: dict[str, Any] = tomllib.loads(RANKING.read_text())
    flat: dict[str, Any] = {"k": found["fusion"]["k"]}
    for name, values in found["signals"].items():
        flat |= {f"{name}_{key}": value for key, value in values.items()}
    return Formula(**flat, **{f"newcomers_{key}": value for key, value in found["newcomers"].items()})


def rating(signals: Signals) -> float:
    """The Bayesian average of the stars: reviews, and the few that everybody starts with, as if they were reviews too."""
    terms = formula()
    stars = signals.rating_sum + terms.quality_prior_mean * terms.quality_prior_reviews
    return stars / (signals.rating_count + terms.quality_prior_reviews)


def on_time_share(signals: Signals) -> float:
    """The share of orders that met their date, smoothed in the same way."""
    terms = formula()
    met = signals.on_time + terms.punctuality_prior_share * terms.punctuality_prior_orders
    return met / (signals.due + terms.punctuality_prior_orders)


def signal_values(signals: Signals) -> tuple[SignalValue, ...]:
    """Quality, experience, punctuality, freshness; each between 0 and 1."""
    terms = formula()
    orders = min(signals.completed, terms.experience_full_at)
    return (
        SignalValue("quality", (rating(signals) - WORST_RATING) / (BEST_RATING - WORST_RATING), terms.quality_weight),
        SignalValue("experience", math.log1p(orders) / math.log1p(terms.experience_full_at), terms.experience_weight),
        SignalValue("punctuality", on_time_share(signals), terms.punctuality_weight),
        SignalValue("freshness", max(0.0, 1 - signals.fresh_weeks / terms.freshness_weeks), terms.freshness_weight),
    )


def prior(signals: Signals) -> float:
    """What relevance is multiplied with: 1 and the signals' contributions."""
    return 1 + sum(signal.contribution for signal in signal_values(signals))


def reciprocal(rank: int | None) -> float:
    """A list's part of the fused score: 1 / (k + rank), ranks from 1 on; nothing where the list does not hold it."""
    return 0.0 if rank is None else 1 / (formula().k + rank)


def score(*, text_rank: int | None, meaning_rank: int | None, is_fused: bool, signals: Signals) -> float:
    """The whole formula. Without words (``is_fused`` false) everything is equally relevant, so the signals decide."""
    fused = reciprocal(text_rank) + reciprocal(meaning_rank) if is_fused else 1.0
    return fused * prior(signals)


def is_newcomer(*, owner_completed: int, owner_weeks: int) -> bool:
    """Whether the freelancer is new here, and has hardly been ordered from."""
    terms = formula()
    return owner_completed < terms.newcomers_orders_below and owner_weeks < terms.newcomers_weeks


def whole_weeks(since: datetime, now: datetime, *, most: int) -> int:
    """Whole weeks from ``since`` to ``now``, from 0 to ``most``."""
    return max(0, min(most, (now - since).days // 7))


def as_download() -> dict[str, float]:
    """The constants by name, as a download carries them."""
    return asdict(formula())
