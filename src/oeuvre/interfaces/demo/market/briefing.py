"""One brief and what its beats do: it is written, offers come, and some are taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING

from django.conf import settings

from oeuvre.domains.accounts.models import User
from oeuvre.domains.briefs import services as briefs
from oeuvre.domains.briefs.models import Brief, Offer
from oeuvre.domains.briefs.services import Answered, BriefContent, OfferContent, OfferPart
from oeuvre.domains.catalog.services import Criterion
from oeuvre.domains.catalog.states import AiPolicy
from oeuvre.domains.conversations.models import Conversation
from oeuvre.interfaces.demo.market.ageing import due_move
from oeuvre.interfaces.demo.market.content import email_of
from oeuvre.interfaces.demo.market.story import Beat
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import Model, QuerySet

    from oeuvre.interfaces.demo.market.content import Row

SOON = 0.3
"""Days after which an offer that is taken back or turned down is so."""


@dataclass(frozen=True)
class Briefing:
    """A row of ``briefs`` in the market's file."""

    row: Row

    @cached_property
    def buyer(self) -> User:
        return User.objects.get(email=email_of(self.row["buyer"]))

    @property
    def found(self) -> QuerySet[Brief]:
        """The brief, once it is written: no buyer has two of one use case."""
        return Brief.objects.filter(buyer=self.buyer, use_case=self.row["use_case"])

    def roots(self) -> list[QuerySet[Model]]:
        """What ages together."""
        talks = Conversation.objects.filter(subject_type="brief", subject_id__in=self.found.values("pk"))
        found: list[QuerySet[Model]] = [self.found, talks]
        return found

    def write(self) -> None:
        row = self.row
        content = BriefContent(
            title=row["title"],
            goal=row["need"],
            category=row["category"],
            use_case=row["use_case"],
            criteria=_criteria(row["criteria"]),
            answers=tuple(Answered(one["question"], one["answer"]) for one in row["answers"]),
            languages=(row["language"],),
            budget_low=_money(row["budget"]["low"]),
            budget_high=_money(row["budget"]["high"]),
            due=date.today() + timedelta(days=row["deadline_days"]),
        )
        brief = briefs.brief_create(actor=self.buyer.actor, content=content)
        if row["state"] == "sent":
            asked = User.objects.filter(email__in=[email_of(handle) for handle in row["sent_to"]])
            people = dict.fromkeys(asked.values_list("pk", flat=True))
            briefs.brief_send(actor=self.buyer.actor, brief_id=brief.pk, freelancers=people)
        elif row["state"] != "draft":
            briefs.brief_publish(actor=self.buyer.actor, brief_id=brief.pk)

    def offer(self, offer: Row) -> None:
        person = User.objects.get(email=email_of(offer["freelancer"]))
        content = OfferContent(
            title=self.row["title"],
            message=offer["message"],
            scope=self.row["need"],
            milestones=(OfferPart(self.row["title"], _money(offer["price"]), offer["days"]),),
            revisions=offer["revisions"],
            ai_policy=AiPolicy.GENERATED,
            criteria=_criteria(self.row["criteria"]),
        )
        made = briefs.offer_draft(actor=person.actor, content=content, brief_id=self.found.get().pk)
        briefs.offer_send(actor=person.actor, offer_id=made.pk)

    def offer_of(self, offer: Row) -> Offer:
        return Offer.objects.get(brief=self.found.get(), freelancer__email=email_of(offer["freelancer"]))

    def take_back(self, offer: Row) -> None:
        found = self.offer_of(offer)
        briefs.offer_withdraw(actor=found.freelancer.actor, offer_id=found.pk)

    def turn_down(self, offer: Row) -> None:
        briefs.offer_decline(actor=self.buyer.actor, offer_id=self.offer_of(offer).pk)

    def end(self) -> None:
        """Nobody was hired: the buyer takes it back, and offers that wait are turned down."""
        briefs.brief_withdraw(actor=self.buyer.actor, brief_id=self.found.get().pk)

    def date_move(self) -> None:
        due_move(self.found, timedelta(days=round(self.row["days_ago"])))


def brief_beats(briefing: Briefing) -> Iterator[Beat]:
    """All but the order of an offer that was accepted; that one turns the others down."""
    row = briefing.row
    yield Beat(row["days_ago"], briefing.write)
    for offer in row.get("offers", []):
        yield Beat(offer["days_ago"], partial(briefing.offer, offer))
        if offer["state"] == "withdrawn":
            yield Beat(offer["days_ago"] - SOON, partial(briefing.take_back, offer))
        elif offer["state"] == "declined" and row["state"] != "closed":
            yield Beat(offer["days_ago"] - SOON, partial(briefing.turn_down, offer))
    if row["state"] == "closed" and not is_ordered(row):
        yield Beat(row["closed_days_ago"], briefing.end)
    yield Beat(0.0, briefing.date_move)


def is_ordered(row: Row) -> bool:
    """Whether an offer on the brief was accepted: then it is played with its order."""
    return any(offer["state"] == "accepted" for offer in row.get("offers", []))


def _money(minor: int) -> Money:
    return Money(minor, settings.CURRENCY)


def _criteria(rows: list[Row]) -> tuple[Criterion, ...]:
    return tuple(
        Criterion(
            one["kind"],
            one.get("label", ""),
            {key: value for key, value in one.items() if key not in ("kind", "label")},
        )
        for one in rows
    )
