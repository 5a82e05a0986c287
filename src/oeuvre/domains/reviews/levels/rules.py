"""The published rules of levels: a TOML file, checked when it is read."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from oeuvre.domains.reviews.errors import LevelRulesError

FILE = Path(__file__).resolve().parents[1] / "data" / "levels.toml"
SHIPPED_WORDS = (
    gettext_noop("New"),
    gettext_noop("Established"),
    gettext_noop("Trusted"),
    gettext_noop("Master"),
    gettext_noop("Everybody starts here."),
    gettext_noop("Has done this for strangers, and mostly on the day."),
    gettext_noop("Keeps dates and does what was asked for. Earnings clear sooner."),
    gettext_noop("A year of it, and hardly a date missed. Earnings clear sooner."),
)
"""Names and sentences of the list that comes with the product, so that they are translated with everything else."""

Percent = Annotated[int, Field(ge=0, le=100)]
Days = Annotated[int, Field(ge=0, le=3650)]
Count = Annotated[int, Field(ge=0, le=10_000)]
_AT_LEAST = ("completed", "on_time_percent", "as_asked", "reviews", "months")
_AT_MOST = ("cancelled_percent", "answer_hours")


class LevelRule(BaseModel):
    """One level with its thresholds. What it does not name it does not ask for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=20)]
    name: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    summary: Annotated[str, StringConstraints(max_length=200)] = ""
    completed: Count = 0
    on_time_percent: Percent = 0
    as_asked: Annotated[Decimal, Field(ge=0, le=5, decimal_places=2)] = Decimal(0)
    reviews: Count = 0
    """The mean needs as many."""
    cancelled_percent: Percent = 100
    answer_hours: Annotated[int, Field(ge=1, le=10_000)] = 10_000
    """10,000: it does not matter."""
    months: Count = 0
    clears_sooner: bool = False
    """Whether earnings wait the shorter of the two clearing times."""

    @property
    def title(self) -> str:
        """The name in the reader's language."""
        return _(self.name)

    @property
    def about(self) -> str:
        return _(self.summary) if self.summary else ""

    @property
    def as_asked_hundredths(self) -> int:
        return int(self.as_asked * 100)

    @property
    def asks_for_answers(self) -> bool:
        return self.answer_hours < 10_000


class LevelRules(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    period_days: Annotated[Days, Field(ge=1)]
    answer_days: Annotated[Days, Field(ge=1)]
    notice_days: Days
    kept_days: Days
    levels: Annotated[tuple[LevelRule, ...], Field(min_length=1, max_length=12)]

    @model_validator(mode="after")
    def _rises(self) -> LevelRules:
        keys = [level.key for level in self.levels]
        if len(set(keys)) < len(keys):
            raise ValueError("two levels have the same key")
        if self.levels[0] != LevelRule(
            key=self.levels[0].key, name=self.levels[0].name, summary=self.levels[0].summary
        ):
            raise ValueError("the first level asks for nothing: everybody starts there")
        for lower, higher in zip(self.levels, self.levels[1:], strict=False):
            weaker = [name for name in _AT_LEAST if getattr(higher, name) < getattr(lower, name)]
            weaker += [name for name in _AT_MOST if getattr(higher, name) > getattr(lower, name)]
            if weaker:
                raise ValueError(f"{higher.key} asks for less than {lower.key}: {', '.join(weaker)}")
        return self

    def rank(self, key: str) -> int:
        """0 for the first level, and for a key that the file does not hold (any more)."""
        return next((place for place, level in enumerate(self.levels) if level.key == key), 0)

    def by_key(self, key: str) -> LevelRule:
        return self.levels[self.rank(key)]

    def after(self, key: str) -> LevelRule | None:
        """The next higher level; None for the highest."""
        place = self.rank(key) + 1
        return self.levels[place] if place < len(self.levels) else None


def rules_read(text: str) -> LevelRules:
    """Raises LevelRulesError, with the place, for what is not a list of levels."""
    try:
        values: dict[str, Any] = tomllib.loads(text, parse_float=Decimal)
        return LevelRules(**values)
    except tomllib.TOMLDecodeError as error:
        raise LevelRulesError(f"The levels are not TOML: {error}. Correct the file.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise LevelRulesError(f"The levels cannot be used: {place}: {first['msg']}. Correct the file.") from error


@cache
def _file(path: Path) -> LevelRules:
    return rules_read(path.read_text(encoding="utf-8"))


def level_rules() -> LevelRules:
    """The installation's rules, read once a process. Raises LevelRulesError, OSError for a file that is not there."""
    return _file(Path(settings.LEVELS) if settings.LEVELS else FILE)
