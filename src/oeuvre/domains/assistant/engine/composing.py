"""Sentences of a reply: templates in the buyer's language, filled from facts, and quotes that say where they are from."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from oeuvre.domains.assistant.engine.sources import ANSWER, EXTRA, FAQ, GIG, PACKAGE, PASSAGE, PROFILE
from oeuvre.domains.assistant.engine.types import Sentence, Tone
from oeuvre.domains.assistant.engine.words import DATA

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from oeuvre.domains.assistant.engine.sources import Unit
    from oeuvre.domains.assistant.engine.types import ExtraFacts, GigFacts, Knowledge, OrderFacts, PackageFacts, Rules
    from oeuvre.kit.money import Money

LANGUAGES = ("en", "pt")
"""In which there are templates."""
_SAYS = {
    ANSWER: "says_answer",
    FAQ: "says_faq",
    PASSAGE: "says_passage",
    GIG: "says_gig",
    PACKAGE: "says_package",
    EXTRA: "says_extra",
    PROFILE: "says_profile",
}


@cache
def _templates() -> Mapping[str, Mapping[str, Any]]:
    raw: Mapping[str, Mapping[str, Any]] = tomllib.loads((DATA / "templates.toml").read_text(encoding="utf-8"))
    return raw


def money_text(money: Money) -> str:
    """``€90``, ``€12.50``: cents only where there are some."""
    return str(money).removesuffix(".00")


def reply_language(language: str, rules: Rules) -> str:
    """The buyer's language where the freelancer replies in it and there are templates, else the freelancer's first one."""
    allowed = [one.partition("-")[0] for one in rules.languages]
    if language in allowed and language in LANGUAGES:
        return language
    return next((one for one in allowed if one in LANGUAGES), "en")


@dataclass(frozen=True, slots=True)
class Composer:
    """Writes in one language and tone for one freelancer."""

    language: str
    tone: Tone
    knowledge: Knowledge

    @property
    def name(self) -> str:
        return self.knowledge.profile.name

    def _text(self, key: str, **values: object) -> str:
        template = _templates()[self.language][key]
        if not isinstance(template, str):
            template = template[self.tone.value]
        return str(template).format(name=self.name, **values)

    def plain(self, key: str, **values: object) -> Sentence:
        """A sentence that claims nothing."""
        return Sentence(self._text(key, **values))

    def cited(self, key: str, *sources: str, **values: object) -> Sentence:
        """A sentence of facts with where they are from."""
        return Sentence(self._text(key, **values), sources)

    def count(self, unit: str, number: int) -> str:
        """``1 day``, ``3 revisões``."""
        one, more = _templates()[self.language][unit]
        return str(one if number == 1 else more).format(n=number)

    def listed(self, items: Iterable[str]) -> str:
        """``A, B and C``; ``A, as it is; B?; C`` where marks inside would be mistaken for those between."""
        all_items = [item.rstrip(".") for item in items]
        if any(mark in item for item in all_items for mark in ",?"):
            return "; ".join(all_items)
        if len(all_items) < 2:
            return "".join(all_items)
        return f"{', '.join(all_items[:-1])} {_templates()[self.language]['and']} {all_items[-1]}"

    def languages(self, codes: Sequence[str]) -> str:
        """Names of languages; a code that has no name here stays a code."""
        names = _templates()["languages"]
        return self.listed([names.get(code.partition("-")[0], {}).get(self.language, code) for code in codes])

    def date(self, when: datetime, zone: str) -> str:
        """A day in words, in the freelancer's time zone."""
        try:
            local = when.astimezone(ZoneInfo(zone))
        except (ZoneInfoNotFoundError, ValueError):
            local = when
        words = _templates()[self.language]
        return str(words["date"]).format(
            weekday=words["weekdays"][local.weekday()],
            day=local.day,
            month=words["months"][local.month - 1],
            year=local.year,
        )

    def weekday(self, number: int) -> str:
        """The name of a day of the week; 0 is Monday."""
        return str(_templates()[self.language]["weekdays"][number])

    def package(self, key: str, gig: GigFacts, package: PackageFacts) -> Sentence:
        """A sentence about a package: ``price``, ``days``, ``revisions``, ``price_days``, ``all_facts`` or ``includes``."""
        return self.cited(
            key,
            f"gig:{gig.key}:package:{package.key}",
            package=package.title,
            gig=gig.title,
            price=money_text(package.price),
            days=self.count("day", package.days),
            revisions=self.count("revision", package.revisions),
            includes=self.listed(package.includes or (package.description,)),
        )

    def add_on(self, gig: GigFacts, place: int) -> list[Sentence]:
        """An extra with its price, its days, and what it says about itself."""
        extra: ExtraFacts = gig.extras[place]
        source = f"gig:{gig.key}:extra:{place}"
        added = self._text("extra_added", days=self.count("day", extra.days)) if extra.days else ""
        found = [
            self.cited("extra", source, extra=extra.title, gig=gig.title, price=money_text(extra.price), added=added)
        ]
        if extra.description:
            found.append(self.cited("extra_says", source, text=extra.description))
        return found

    def quote(self, unit: Unit) -> Sentence:
        """What a unit says, in its own words. An approved answer stands alone, for the freelancer wrote it as a reply."""
        if unit.kind == ANSWER:
            return Sentence(unit.text, (unit.source,))
        key = _SAYS[unit.kind]
        if unit.field in {"rights", "ai_policy"}:
            key = unit.field
        return self.cited(
            key,
            unit.source,
            gig=self._gig_of(unit),
            text=unit.text,
            title=unit.title,
            package=unit.title,
            extra=unit.title,
        )

    def _gig_of(self, unit: Unit) -> str:
        return next((gig.title for gig in self.knowledge.gigs if gig.key == unit.gig), "")

    def near(self, unit: Unit) -> Sentence:
        """The same where nobody knows whether it answers what was asked."""
        if unit.kind not in {ANSWER, FAQ}:
            return self.quote(unit)
        return self.cited(f"near_{unit.kind}", unit.source, gig=self._gig_of(unit), text=unit.text)

    def order(self, order: OrderFacts, zone: str) -> list[Sentence]:
        """Where an order stands and when it is due."""
        source = f"order:{order.id}"
        found = [self.cited("order_status", source, number=order.number, title=order.title, status=order.status_words)]
        if not order.is_finished:
            if order.due_at is not None:
                found.append(self.cited("order_due", source, date=self.date(order.due_at, zone)))
            if order.missing:
                found.append(self.cited("order_missing", source, items=self.listed(order.missing)))
        if order.page_url:
            found.append(self.cited("order_page", source, url=order.page_url))
        return found
