"""The ways in which a need can be met, in words for somebody who has to choose for the first time."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field

from oeuvre.domains.briefs.guide.knowledge import DATA

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from oeuvre.domains.briefs.guide.belief import Evidence

WAYS = DATA / "ways.toml"
LEAST_SHARE = 0.08
"""A way that is less likely than this is not explained first."""


class WayRow(BaseModel):
    """A way as the file has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    what: str
    fits: str
    cost: str
    cost_level: int = Field(ge=1, le=5)
    watch: str


class WaysFile(BaseModel):
    """``ways.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ways: dict[str, WayRow]


@dataclass(frozen=True, slots=True)
class WayShown:
    """A way, explained. ``share`` is how likely it is the right one here, ``likely`` whether it should stand first."""

    key: str
    name: str
    what: str
    fits: str
    cost: str
    cost_level: int
    watch: str
    share: float

    @property
    def likely(self) -> bool:
        return self.share >= LEAST_SHARE


@cache
def shipped_ways(path: Path = WAYS) -> Mapping[str, WayRow]:
    """The texts that come with the platform."""
    return WaysFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))).ways


def ways_ranked(evidence: Evidence, belief: NDArray[np.float64]) -> tuple[WayShown, ...]:
    """All ways, the likeliest first."""
    shares = dict.fromkeys(shipped_ways(), 0.0)
    for one, probability in zip(evidence.hypotheses, belief, strict=True):
        if one.way in shares:
            shares[one.way] += float(probability)
    return tuple(_shown(key, shares[key]) for key in sorted(shares, key=lambda key: -shares[key]))


def _shown(key: str, share: float) -> WayShown:
    row = shipped_ways()[key]
    return WayShown(key, _(row.name), _(row.what), _(row.fits), _(row.cost), row.cost_level, _(row.watch), share)
