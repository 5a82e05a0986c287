"""The published rules of disputes: a TOML file of reasons with their defaults, checked when it is read."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from oeuvre.domains.disputes.errors import DisputeReasonError, DisputeRulesError
from oeuvre.domains.disputes.limits import LIMITS
from oeuvre.domains.disputes.states import OutcomeKind, Side
from oeuvre.domains.orders.states import UNDER_WAY, OrderState

FILE = Path(__file__).resolve().parent / "data" / "reasons.toml"
SHIPPED_WORDS = (
    gettext_noop("Nothing was delivered"),
    gettext_noop("The date has passed, or nothing comes any more."),
    gettext_noop("Who delivers nothing and says nothing keeps nothing: all of the money goes back."),
    gettext_noop("Not as agreed"),
    gettext_noop("What was delivered, or what is asked for, is something else than the order says."),
    gettext_noop(
        "What is not what was agreed on can be left: all of the money goes back, and the rights in the work with it."
    ),
    gettext_noop("What was delivered as agreed is paid. More than that is an extra."),
    gettext_noop("Below what was shown"),
    gettext_noop("It is what was agreed on, but clearly worse than the samples that were shown."),
    gettext_noop("Half of the money goes back, and the work stays with the buyer."),
    gettext_noop("Rights or AI policy broken"),
    gettext_noop(
        "Somebody else's work, or made with AI where the order says without or says less; or material that was not the buyer's to give."
    ),
    gettext_noop(
        "What cannot be used lawfully, or was made in another way than declared, is worth nothing: all of the money goes back."
    ),
    gettext_noop(
        "Nobody has to work with what they may not use. An operator decides what is fair for the work that was done."
    ),
    gettext_noop("Payment or charge-back"),
    gettext_noop("The amount is wrong, was charged twice, or a bank is asked to take it back while the work goes on."),
    gettext_noop("An operator compares the order with the books and decides."),
    gettext_noop("What was delivered as agreed is paid."),
    gettext_noop("Conduct"),
    gettext_noop("Threats, insults, pressure to pay elsewhere, reviews offered or demanded."),
    gettext_noop("An operator reads what was written, decides, and says why."),
)
"""The sentences of the list that comes with the product, so that they are translated with everything else."""

Sentence = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class DefaultRule(BaseModel):
    """What happens if the other side does not answer in its days."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    outcome: OutcomeKind
    percent: Annotated[int, Field(ge=1, le=100)] | None = None
    """Of what is held; with a refund only."""
    days: Annotated[int, Field(ge=1, le=LIMITS.redelivery_days)] | None = None
    """With a redelivery only."""
    rule: Sentence

    @model_validator(mode="after")
    def _is_whole(self) -> DefaultRule:
        if (self.percent is not None) != (self.outcome == OutcomeKind.REFUND):
            raise ValueError("a refund has a percent, and nothing else has")
        if (self.days is not None) != (self.outcome == OutcomeKind.REDELIVERY):
            raise ValueError("a redelivery has days, and nothing else has")
        return self

    @property
    def sentence(self) -> str:
        return _(self.rule)


class Reason(BaseModel):
    """One reason. A side that it names no default for cannot open a dispute with it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=30)]
    name: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    about: Sentence
    states: Annotated[frozenset[OrderState], Field(min_length=1)]
    """Where the order must stand."""
    buyer: DefaultRule | None = None
    freelancer: DefaultRule | None = None

    @model_validator(mode="after")
    def _can_be_used(self) -> Reason:
        odd = self.states - UNDER_WAY - {OrderState.COMPLETED}
        if odd:
            raise ValueError(f"an order cannot be disputed while it is {', '.join(sorted(odd))}")
        if self.buyer is None and self.freelancer is None:
            raise ValueError("nobody can open a dispute with it")
        return self

    @property
    def title(self) -> str:
        """The name in the reader's language."""
        return _(self.name)

    @property
    def help(self) -> str:
        return _(self.about)

    def default_for(self, opener: Side) -> DefaultRule | None:
        """What silence leads to when this side opens it; None where it cannot."""
        return self.buyer if opener is Side.BUYER else self.freelancer


class Reasons(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reasons: Annotated[tuple[Reason, ...], Field(min_length=1, max_length=30)]

    @model_validator(mode="after")
    def _are_different(self) -> Reasons:
        if len({reason.key for reason in self.reasons}) < len(self.reasons):
            raise ValueError("two reasons have the same key")
        return self

    def for_side(self, side: Side, status: str) -> list[Reason]:
        """The reasons for which a side may dispute an order that stands there."""
        return [reason for reason in self.reasons if reason.default_for(side) and status in reason.states]

    def named(self, key: str, *, side: Side, status: str) -> Reason:
        """Raises DisputeReasonError for one that this side cannot use there."""
        usable = self.for_side(side, status)
        for reason in usable:
            if reason.key == key:
                return reason
        raise DisputeReasonError(
            _("An order at this point cannot be disputed for that reason. Choose another one."), reasons=usable
        )

    def by_key(self, key: str) -> Reason | None:
        """None for a reason that the file does not hold any more."""
        return next((reason for reason in self.reasons if reason.key == key), None)


def reasons_read(text: str) -> Reasons:
    """Raises DisputeRulesError, with the place, for what is not a list of reasons."""
    try:
        return Reasons(**tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise DisputeRulesError(f"The reasons are not TOML: {error}. Correct the file.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise DisputeRulesError(f"The reasons cannot be used: {place}: {first['msg']}. Correct the file.") from error


@cache
def _file(path: Path) -> Reasons:
    return reasons_read(path.read_text(encoding="utf-8"))


def dispute_reasons() -> Reasons:
    """The installation's reasons, read once a process. Raises DisputeRulesError, OSError for a file that is not there."""
    return _file(Path(settings.DISPUTE_REASONS) if settings.DISPUTE_REASONS else FILE)
