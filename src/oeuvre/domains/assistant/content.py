"""What a freelancer set, as one value: what forms give, services check and store, and the engine gets as rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from oeuvre.domains.assistant.engine.types import (
    Audience,
    OfferLimits,
    OfficeWindow,
    Policy,
    Rules,
    TaskKind,
    Tone,
    Topic,
)
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Note:
    """Something else that may be cited: a policy, a way of working. ``key`` is given when it is saved and names it."""

    title: str
    text: str
    language: str = "en"
    key: str = ""


def _policies() -> Mapping[Audience, Policy]:
    return dict.fromkeys(Audience, Policy.DRAFT)


@dataclass(frozen=True, slots=True)
class SettingsContent:
    """All that the freelancer set. By itself it writes drafts, does no routine task, gives no discount and makes no offer."""

    tone: Tone = Tone.FRIENDLY
    languages: tuple[str, ...] = ("en",)
    time_zone: str = "UTC"
    office: tuple[OfficeWindow, ...] = ()
    outside_office_only: bool = False
    """Whether it answers by itself only while the office is closed; in office hours it then writes drafts."""
    away_until: datetime | None = None
    policies: Mapping[Audience, Policy] = field(default_factory=_policies)
    tasks: frozenset[TaskKind] = frozenset()
    discount_most: int = 0
    offers: OfferLimits | None = None
    hand_off_topics: tuple[Topic, ...] = ()
    refused: tuple[Topic, ...] = ()
    never: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    returns_after_days: int = 3
    """Days without a word of the freelancer's after which the assistant takes up a conversation again that they had
    answered themselves; 0 never. What a buyer asked a person for stays with the person."""

    @property
    def rules(self) -> Rules:
        return Rules(
            hand_off_topics=self.hand_off_topics,
            never=self.never,
            refused=self.refused,
            discount_most=self.discount_most,
            offers=self.offers,
            tasks=self.tasks,
            policies=dict(self.policies),
            tone=self.tone,
            languages=self.languages,
            office=self.office,
            time_zone=self.time_zone,
            away_until=self.away_until,
        )

    def is_away(self, now: datetime) -> bool:
        return self.away_until is not None and self.away_until > now

    def in_office(self, now: datetime) -> bool:
        """Whether the office is open, by the freelancer's clock; never where no hours are set."""
        local = now.astimezone(ZoneInfo(self.time_zone))
        return any(
            window.weekday == local.weekday() and window.start <= local.time() < window.end for window in self.office
        )

    def policy_for(self, audience: Audience, now: datetime) -> Policy:
        """What it does with a message now."""
        policy = self.policies.get(audience, Policy.OFF)
        if (
            policy is Policy.ANSWER
            and self.outside_office_only
            and audience is not Audience.AWAY
            and self.in_office(now)
        ):
            return Policy.DRAFT
        return policy


def settings_json(content: SettingsContent) -> dict[str, Any]:
    """The settings as plain values."""
    return {
        "tone": content.tone.value,
        "languages": list(content.languages),
        "time_zone": content.time_zone,
        "office": [
            [one.weekday, one.start.isoformat("minutes"), one.end.isoformat("minutes")] for one in content.office
        ],
        "outside_office_only": content.outside_office_only,
        "away_until": content.away_until.isoformat() if content.away_until else None,
        "policies": {audience.value: policy.value for audience, policy in content.policies.items()},
        "tasks": sorted(task.value for task in content.tasks),
        "discount_most": content.discount_most,
        "offers": (
            {
                "most": content.offers.most.amount,
                "currency": content.offers.most.currency,
                "most_copies": content.offers.most_copies,
            }
            if content.offers
            else None
        ),
        "hand_off_topics": _topics_json(content.hand_off_topics),
        "refused": _topics_json(content.refused),
        "never": list(content.never),
        "notes": [
            {"key": note.key, "title": note.title, "text": note.text, "language": note.language}
            for note in content.notes
        ],
        "returns_after_days": content.returns_after_days,
    }


def settings_read(raw: Mapping[str, Any]) -> SettingsContent:
    """The reverse of ``settings_json``."""
    offers = raw["offers"]
    return SettingsContent(
        tone=Tone(raw["tone"]),
        languages=tuple(raw["languages"]),
        time_zone=raw["time_zone"],
        office=tuple(
            OfficeWindow(weekday, time.fromisoformat(start), time.fromisoformat(end))
            for weekday, start, end in raw["office"]
        ),
        outside_office_only=raw["outside_office_only"],
        away_until=datetime.fromisoformat(raw["away_until"]) if raw["away_until"] else None,
        policies={Audience(audience): Policy(policy) for audience, policy in raw["policies"].items()},
        tasks=frozenset(TaskKind(task) for task in raw["tasks"]),
        discount_most=raw["discount_most"],
        offers=OfferLimits(Money(offers["most"], offers["currency"]), offers["most_copies"]) if offers else None,
        hand_off_topics=_topics(raw["hand_off_topics"]),
        refused=_topics(raw["refused"]),
        never=tuple(raw["never"]),
        notes=tuple(Note(**note) for note in raw["notes"]),
        returns_after_days=raw["returns_after_days"],
    )


def _topics_json(topics: Iterable[Topic]) -> list[dict[str, Any]]:
    return [{"name": topic.name, "examples": list(topic.examples)} for topic in topics]


def _topics(raw: Iterable[Mapping[str, Any]]) -> tuple[Topic, ...]:
    return tuple(Topic(topic["name"], tuple(topic["examples"])) for topic in raw)
