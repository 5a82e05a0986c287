"""A reputation as a document: what it holds, whole numbers and texts only, so that its canonical form is the same everywhere.

``docs/handbook/reviews.md`` describes it for other programs. Sums stand beside means, so that a reader can recompute both.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from django.utils.translation import gettext as _
from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

from oeuvre.domains.reviews.errors import ReputationInvalidError
from oeuvre.domains.reviews.limits import LIMITS

_INTEGER = 2**53 - 1

Count = Annotated[int, Field(ge=0, le=_INTEGER, strict=True)]
Score = Annotated[int, Field(ge=1, le=5, strict=True)]
Line = Annotated[str, StringConstraints(max_length=200)]
Address = Annotated[str, StringConstraints(max_length=200, pattern=r"^https?://[^\s<>\"]+$")]
Words = Annotated[str, StringConstraints(max_length=LIMITS.text)]


def _day(value: object) -> object:
    """A day is written as ``2026-11-21`` and in no other way."""
    return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else value


Day = Annotated[date, BeforeValidator(_day)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)


class Subject(Part):
    """Whom it is about."""

    name: Line
    handle: Line
    address: Address


class Issuer(Part):
    """The installation that says it."""

    name: Line
    address: Address


class Period(Part):
    """From the first completed order to the day of signing."""

    first_day: Day
    last_day: Day


class Orders(Part):
    """Counts of all orders that ended in the period."""

    completed: Count
    due: Count
    """Those of them that had a date."""
    on_time: Count
    cancelled_by_freelancer: Count


class AspectNumbers(Part):
    sum: Count
    mean_hundredths: Count
    """The mean in hundredths, halves up; 0 without a review."""


class Ratings(Part):
    """What all visible reviews by buyers come to."""

    count: Count
    as_asked: AspectNumbers
    communication: AspectNumbers
    on_time: AspectNumbers
    stars: AspectNumbers
    distribution: Annotated[list[Count], Field(min_length=5, max_length=5)]
    """Reviews with 1, 2, 3, 4 and 5 stars."""


class ReviewEntry(Part):
    """One review, as everybody can read it on the issuing installation."""

    day: Day
    category: Line
    as_asked: Score
    communication: Score
    on_time: Score
    stars: Score
    text: Words
    answer: Words
    buyer: Line
    """The buyer's name where they agreed to it, else empty."""


class Reputation(Part):
    """The whole document."""

    type: Literal["org.oeuvre.reputation"]
    version: Literal[1]
    id: Line
    issued_at: AwareDatetime
    issuer: Issuer
    subject: Subject
    recipient: Annotated[str, StringConstraints(max_length=200)]
    """The address of the profile elsewhere that it was made out to; empty for one that is only read."""
    period: Period
    level: Line
    """The level's name on the issuing installation; what it asks for is published there."""
    orders: Orders
    ratings: Ratings
    reviews: Annotated[list[ReviewEntry], Field(max_length=LIMITS.exported_reviews)]
    """Newest first. Fewer than counted where words or reviews are left out."""

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        """A signature says who wrote it and not that it makes sense; a document that contradicts itself is refused."""
        ratings = self.ratings
        if sum(ratings.distribution) != ratings.count or len(self.reviews) > ratings.count:
            raise ValueError("the counts of reviews contradict each other")
        if sum(stars * count for stars, count in enumerate(ratings.distribution, start=1)) != ratings.stars.sum:
            raise ValueError("the stars do not add up")
        for numbers in (ratings.as_asked, ratings.communication, ratings.on_time, ratings.stars):
            if not ratings.count <= numbers.sum <= 5 * ratings.count:
                raise ValueError("a sum of scores is not possible")
            if numbers.mean_hundredths != mean_hundredths(numbers.sum, ratings.count):
                raise ValueError("a mean is not what its sum comes to")
        if not self.orders.on_time <= self.orders.due <= self.orders.completed:
            raise ValueError("the counts of orders contradict each other")
        if self.period.first_day > self.period.last_day:
            raise ValueError("the period ends before it begins")
        if any(
            review.stars != (review.as_asked + review.communication + review.on_time + 1) // 3
            for review in self.reviews
        ):
            raise ValueError("a review has other stars than its scores")
        return self

    def as_payload(self) -> dict[str, Any]:
        """What is signed."""
        payload: dict[str, Any] = json.loads(self.model_dump_json(by_alias=True))
        payload["issuedAt"] = self.issued_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        return payload


def mean_hundredths(total: int, count: int) -> int:
    """Halves up; 0 for none."""
    return (200 * total + count) // (2 * count) if count else 0


def payload_read(payload: Any) -> Reputation:
    """Raises ReputationInvalidError for what is not a reputation, or contradicts itself."""
    try:
        return Reputation.model_validate(payload)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "payload"
        raise ReputationInvalidError(
            _("This is not a reputation that we can read: %(place)s. Ask its issuer for a new one.") % {"place": place},
            problem="form",
            place=place,
            detail=first["msg"],
        ) from error


def statement_read(data: bytes) -> dict[str, Any]:
    """A file as the JSON object that it should be. Raises ReputationInvalidError for anything else."""
    if len(data) > LIMITS.statement_bytes:
        raise ReputationInvalidError(
            _("A reputation has at most %(most)d MB. Choose the file that the other installation gave you.")
            % {"most": LIMITS.statement_bytes // (1024 * 1024)},
            problem="size",
        )
    try:
        found = json.loads(data.decode("utf-8"), parse_float=_refuse, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ReputationInvalidError(
            _("This file is not a reputation. Choose the JSON file that the other installation gave you."),
            problem="json",
        ) from error
    if not isinstance(found, dict):
        raise ReputationInvalidError(
            _("This file is not a reputation. Choose the JSON file that the other installation gave you."),
            problem="json",
        )
    return found


def _refuse(text: str) -> Any:
    raise ValueError(f"{text} is not a whole number")


def issued_now(moment: datetime) -> datetime:
    """To the second, as it is written."""
    return moment.replace(microsecond=0)
