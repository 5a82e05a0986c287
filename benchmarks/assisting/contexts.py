"""The contexts of ``benchmarks/data/assistant``: a freelancer's knowledge and rules, and messages with what is right."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

from assisting.judging import numbers, plain
from oeuvre.domains.assistant.engine import types
from oeuvre.domains.assistant.engine.types import (
    Audience,
    BankAnswer,
    ExtraFacts,
    FaqFacts,
    GigFacts,
    Knowledge,
    OfferLimits,
    OfficeWindow,
    OrderFacts,
    PackageFacts,
    Passage,
    Profile,
    Rules,
    Situation,
    TaskKind,
    Tone,
    Topic,
    Turn,
)
from oeuvre.kit.money import Money

DATA = Path(__file__).parents[1] / "data" / "assistant"
LESSONS = DATA.with_name("assistant_training")
EVERY, WEIGHED = 8, (6, 7)
"""Of so many contexts of ``LESSONS``, in the order of their names, the places of those that nothing is taught with: on them it is
weighed what taught things say of messages that they never saw."""
DIRECT = 40
"""Messages of each context of ``LESSONS`` that were written to teach; those after them are of the measure's kind."""
TEMPLATES = Path(types.__file__).with_name("data") / "templates.toml"
HELD_OUT = 7
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
CURRENCY = "EUR"


@dataclass(frozen=True)
class Context:
    """A freelancer's world, and the messages that come into it."""

    slug: str
    knowledge: Knowledge
    rules: Rules
    orders: dict[str, OrderFacts]
    messages: list[dict[str, Any]]
    text: str
    sources: dict[str, str]

    @property
    def numbers(self) -> set[str]:
        """Every number that a reply may say."""
        return numbers(self.text) | self.sums

    @property
    def sums(self) -> set[str]:
        """Totals of offers within the limits: a package times a number, with any of the gig's extras."""
        offers = self.rules.offers
        found = set()
        for gig in self.knowledge.gigs if offers else ():
            for package in gig.packages:
                for copies in range(1, (offers.most_copies if offers else 1) + 1):
                    for chosen in range(2 ** len(gig.extras)):
                        extras = sum(e.price.amount for n, e in enumerate(gig.extras) if chosen >> n & 1)
                        total = package.price.amount * copies + extras
                        if offers and total <= offers.most.amount:
                            found |= numbers(f"{total / 100:.2f}") | {str(copies)}
        return found

    @property
    def template_words(self) -> set[str]:
        """Words that the assistant's own sentences are made of, and titles."""
        told = plain(TEMPLATES.read_text(encoding="utf-8") + " ".join(gig.title for gig in self.knowledge.gigs))
        return set(re.findall(r"[^\W\d_]{4,}", told))


def held_out(slugs: list[str]) -> set[str]:
    """The slugs that nothing may be tuned on: those whose SHA-256 is smallest."""
    return set(sorted(slugs, key=lambda slug: hashlib.sha256(slug.encode()).hexdigest())[:HELD_OUT])


def lesson_paths() -> tuple[list[Path], list[Path]]:
    """The files of ``LESSONS`` to teach with, and those to weigh with."""
    paths = sorted(LESSONS.glob("*.toml"))
    kept = [path for place, path in enumerate(paths) if place % EVERY in WEIGHED]
    return [path for path in paths if path not in kept], kept


def of_the_measures_kind(context: Context) -> Context:
    """The context with those of its messages that were written as the measure's were."""
    return replace(context, messages=[one for one in context.messages if int(one["id"][1:]) > DIRECT])


def context_read(path: Path) -> Context:
    """A context from its file."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    profile = raw["profile"]
    text, sources = texts_of(path)
    return Context(
        raw["slug"],
        Knowledge(
            Profile(
                profile["name"],
                profile.get("headline", ""),
                profile.get("about", ""),
                tuple(profile.get("languages", ())),
            ),
            tuple(_gig(gig) for gig in raw.get("gigs", ())),
            tuple(
                BankAnswer(
                    one["id"], one["question"], one["reply"], one.get("language", "en"), tuple(one.get("sources", ()))
                )
                for one in raw.get("answers", ())
            ),
            tuple(
                Passage(one["id"], one["title"], one["text"], one.get("language", "en"))
                for one in raw.get("passages", ())
            ),
        ),
        _rules(raw["rules"]),
        {one["id"]: _order(one) for one in raw.get("orders", ())},
        raw["messages"],
        text,
        sources,
    )


def _gig(raw: dict[str, Any]) -> GigFacts:
    return GigFacts(
        raw["key"],
        raw["title"],
        raw.get("summary", ""),
        raw.get("description", ""),
        raw.get("category", ""),
        tuple(raw.get("languages", ())),
        tuple(
            PackageFacts(
                one["key"], one["title"], Money(one["price"], CURRENCY), one["days"], one["revisions"],
                one.get("description", ""), tuple(one.get("includes", ())),
            )
            for one in raw.get("packages", ())
        ),
        tuple(
            ExtraFacts(one["title"], Money(one["price"], CURRENCY), one.get("days", 0), one.get("description", ""))
            for one in raw.get("extras", ())
        ),
        tuple(FaqFacts(one["question"], one["answer"]) for one in raw.get("faq", ())),
        tuple(raw.get("requirements", ())),
        raw.get("rights", ""),
        raw.get("ai_policy", ""),
        raw.get("url", ""),
    )  # fmt: skip


def _rules(raw: dict[str, Any]) -> Rules:
    offers = raw.get("offers")
    return Rules(
        hand_off_topics=tuple(
            Topic(one["name"], tuple(one.get("examples", ()))) for one in raw.get("hand_off_topics", ())
        ),
        never=tuple(raw.get("never", ())),
        refused=tuple(Topic(one["name"], tuple(one.get("examples", ()))) for one in raw.get("refused", ())),
        discount_most=raw.get("discount_most", 0),
        offers=OfferLimits(Money(offers["most"], CURRENCY), offers.get("most_copies", 1)) if offers else None,
        tasks=frozenset(TaskKind(one) for one in raw.get("tasks", ())),
        tone=Tone(raw.get("tone", "friendly")),
        languages=tuple(raw.get("languages", ("en",))),
        office=tuple(
            OfficeWindow(day, time.fromisoformat(start), time.fromisoformat(end))
            for day, start, end in raw.get("office", ())
        ),
        time_zone=raw.get("time_zone", "UTC"),
    )


def _order(raw: dict[str, Any]) -> OrderFacts:
    return OrderFacts(
        raw["id"], raw["number"], raw["title"], raw["status"], raw["status_words"], raw.get("due_at"),
        tuple(raw.get("missing", ())), raw.get("invoice_url", ""), raw.get("files_url", ""), raw.get("page_url", ""),
        raw.get("is_finished", False),
    )  # fmt: skip


def situation_of(message: dict[str, Any], context: Context) -> Situation:
    """Where a message stands."""
    order = message.get("order", "")
    return Situation(
        NOW,
        Audience(message.get("audience", "new")),
        tuple(Turn(who, text) for who, text in message.get("turns", ())),
        (context.orders[order],) if order else (),
        message.get("about", ""),
    )


def texts_of(path: Path) -> tuple[str, dict[str, str]]:
    """Everything that a context's file says to a buyer, as one text and by source: for judging, apart from the engine."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    profile, rules = raw["profile"], raw["rules"]
    sources = {
        "profile": _lines(profile),
        "rules": _lines(
            {key: value for key, value in rules.items() if key in {"discount_most", "office", "time_zone"}}
        ),
    }
    for gig in raw.get("gigs", ()):
        own = f"gig:{gig['key']}"
        sources[own] = _lines({key: value for key, value in gig.items() if key not in {"packages", "extras", "faq"}})
        for one in gig.get("packages", ()):
            sources[f"{own}:package:{one['key']}"] = f"{_lines(one)}\n{one['price'] / 100:g}\n{gig['title']}"
        for place, one in enumerate(gig.get("extras", ())):
            sources[f"{own}:extra:{place}"] = f"{_lines(one)}\n{one['price'] / 100:g}\n{gig['title']}"
        for place, one in enumerate(gig.get("faq", ())):
            sources[f"{own}:faq:{place}"] = _lines(one)
    sources |= {f"answer:{one['id']}": _lines(one) for one in raw.get("answers", ())}
    sources |= {f"passage:{one['id']}": _lines(one) for one in raw.get("passages", ())}
    sources |= {f"order:{one['id']}": _lines(one) for one in raw.get("orders", ())}
    return "\n".join(sources.values()), sources


def _lines(value: Any) -> str:
    if isinstance(value, dict):
        return "\n".join(_lines(one) for one in value.values())
    if isinstance(value, list):
        return "\n".join(_lines(one) for one in value)
    if isinstance(value, datetime):
        return f"{value:%d %Y}"
    return str(value)
