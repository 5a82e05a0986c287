"""A first draft of a brief, from what was read and answered. The buyer edits all of it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from oeuvre.domains.briefs.guide.knowledge import DATA
from oeuvre.domains.briefs.guide.rules import occurrence, pattern_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from oeuvre.domains.briefs.guide.belief import Hypothesis, Reading
    from oeuvre.domains.briefs.guide.facts import Facts
    from oeuvre.domains.briefs.guide.knowledge import Attribute, Knowledge
    from oeuvre.domains.briefs.guide.questions import Answer
    from oeuvre.domains.briefs.guide.words import Token

TITLE = 80
_GREETING = re.compile(r"^(hi|hello|hey|good (morning|evening|day)|dear [a-z]+)\b[ ,.!:]*", re.IGNORECASE)
_TEXT_GROUPS = frozenset({"writing", "ai-assisted-content"})
_TIMED_GROUPS = frozenset({"ai-video", "ai-music-and-voice", "voice-and-audio"})
_SEEN_GROUPS = _TIMED_GROUPS | {"ai-artists-by-tool", "ai-art-by-style", "illustration-and-design"}
_TOLERANCE = 10
"""Percent by which a length may differ from the one that was asked for."""
_NOT_TOLD = frozenset({"other", "any", "none", "text", "code"})
"""Options whose labels are everyday words: that one occurs says nothing."""
_POLICY_OF_ANSWER = {"person": "human", "blend": "assisted", "model": "generated"}
_POLICY_OF_RULE = {"a-person-please": "human"}


@dataclass(frozen=True, slots=True)
class CriterionDraft:
    """Something that a delivery must be; kinds and their ``spec`` are those of ``briefs.criteria``."""

    kind: str
    spec: Mapping[str, Any]
    label: str = ""


@dataclass(frozen=True, slots=True)
class BriefDraft:
    """A structured request, as far as the guide can tell."""

    title: str
    goal: str
    category: str
    use_case: str
    deliverables: tuple[str, ...]
    attributes: Mapping[str, str | tuple[str, ...]]
    criteria: tuple[CriterionDraft, ...]
    languages: tuple[str, ...]
    budget: int | None
    """Whole units of ``currency``; its currency is empty where the buyer named none."""
    currency: str
    due: date | None
    ai_policy: str
    """``human``, ``assisted``, ``generated`` or ``any``."""
    privacy_level: str
    licence: str
    ask: tuple[str, ...]
    """What to ask freelancers, from the use case."""


@cache
def _starts() -> dict[str, Any]:
    return tomllib.loads((DATA / "drafts.toml").read_text(encoding="utf-8"))


def draft_of(
    knowledge: Knowledge, chosen: Hypothesis, reading: Reading, facts: Facts, answers: Sequence[Answer]
) -> BriefDraft:
    """The draft for one leaf and use case."""
    leaf, case = chosen.leaf, chosen.case
    start = _starts()["leaves"].get(leaf.key) or _starts()["groups"].get(leaf.group) or {}
    policy = _ai_policy(reading, answers)
    attributes = dict(_attributes(knowledge, leaf.attributes, reading.tokens))
    for key, section in (("privacy_level", "privacy"), ("licence", "licence")):
        found = _first_of(_starts()[section], reading.tokens)
        if found and key in leaf.attributes and _has_option(knowledge.attributes.get(key), found):
            attributes[key] = found
    return BriefDraft(
        title=title_of(reading.text) or (case.title if case else leaf.name),
        goal=reading.text.strip(),
        category=leaf.key,
        use_case=case.key if case else "",
        deliverables=tuple(_(one) for one in start.get("deliverables", ())),
        attributes=attributes,
        criteria=tuple(_criteria(leaf.group, start, facts, policy)),
        languages=facts.languages,
        budget=facts.budget,
        currency=facts.currency,
        due=facts.due,
        ai_policy=policy,
        privacy_level=str(attributes.get("privacy_level", "")),
        licence=str(attributes.get("licence", "")),
        ask=case.ask if case else (),
    )


def title_of(text: str) -> str:
    """The first sentence that says something, at most ``TITLE`` letters long."""
    plain = _GREETING.sub("", " ".join(text.split()))
    for sentence in re.split(r"(?<=[.!?])\s+", plain):
        words = sentence.strip(" .,;:-")
        if len(words.split()) >= 3:
            return words if len(words) <= TITLE else words[: TITLE - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"
    return plain[:TITLE]


def _ai_policy(reading: Reading, answers: Sequence[Answer]) -> str:
    for answer in answers:
        if answer.question == "general:maker" and answer.choice in _POLICY_OF_ANSWER:
            return _POLICY_OF_ANSWER[answer.choice]
    applied = (_POLICY_OF_RULE.get(one.rule.key) for one in reading.rules)
    return next((policy for policy in applied if policy), "any")


def _criteria(group: str, start: Mapping[str, Any], facts: Facts, policy: str) -> Iterator[CriterionDraft]:
    kinds = set()
    for one in _own_criteria(group, facts, policy):
        kinds.add(one.kind)
        yield one
    for row in start.get("criteria", ()):
        spec = {key: value for key, value in row.items() if key not in ("kind", "label")}
        if row["kind"] == "manual" or row["kind"] not in kinds:
            yield CriterionDraft(row["kind"], spec, _(row["label"]) if "label" in row else "")


def _own_criteria(group: str, facts: Facts, policy: str) -> Iterator[CriterionDraft]:
    """What the buyer's own words ask for."""
    if facts.formats:
        yield CriterionDraft("format", {"formats": list(facts.formats)})
    if facts.words and group in _TEXT_GROUPS:
        yield CriterionDraft("words", _around(facts.words))
    if len(facts.languages) == 1 and group in _TEXT_GROUPS:
        yield CriterionDraft("language", {"language": facts.languages[0]})
    if facts.seconds and group in _TIMED_GROUPS:
        yield CriterionDraft("duration", _around(facts.seconds))
    if facts.pixels and group in _SEEN_GROUPS:
        yield CriterionDraft("resolution", {"width": facts.pixels[0], "height": facts.pixels[1]})
    if policy == "human":
        yield CriterionDraft("no_ai", {})


def _around(number: int) -> dict[str, int]:
    slack = number * _TOLERANCE // 100
    return {"least": max(1, number - slack), "most": number + slack}


def _attributes(
    knowledge: Knowledge, keys: Sequence[str], tokens: Sequence[Token]
) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """Options of the leaf's attributes whose labels the buyer wrote."""
    for key in keys:
        attribute = knowledge.attributes.get(key)
        if attribute is None or key in ("privacy_level", "licence"):
            continue
        told = [
            option.key
            for option in attribute.options
            if option.key not in _NOT_TOLD and occurrence(pattern_of(option.label), tokens)
        ]
        if told:
            yield key, told[0] if attribute.type == "choice" else tuple(told)


def _first_of(section: Mapping[str, Sequence[str]], tokens: Sequence[Token]) -> str:
    """The first option one of whose phrases occurs."""
    for option, phrases in section.items():
        if any(occurrence(pattern_of(phrase), tokens) for phrase in phrases):
            return option
    return ""


def _has_option(attribute: Attribute | None, key: str) -> bool:
    return attribute is not None and any(option.key == key for option in attribute.options)
