"""Decisions of the engine as they are kept and shown."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oeuvre.domains.assistant.sources import SourceLink, links_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from oeuvre.domains.assistant.engine.types import Decision, Knowledge, OrderFacts


@dataclass(frozen=True, slots=True)
class SentenceText:
    """A sentence of a reply with what it stands on."""

    text: str
    sources: tuple[SourceLink, ...]


@dataclass(frozen=True, slots=True)
class DecisionText:
    """What the assistant did, or would have done, opened for its freelancer."""

    action: str
    reason: str
    confidence: float
    sentences: tuple[SentenceText, ...]
    sources: tuple[SourceLink, ...]
    summary: str
    language: str
    aspects: tuple[str, ...]
    task_kind: str
    task_arguments: Mapping[str, str]

    @property
    def text(self) -> str:
        return " ".join(sentence.text for sentence in self.sentences)


def decision_json(decision: Decision, knowledge: Knowledge, orders: Iterable[OrderFacts] = ()) -> dict[str, Any]:
    """A decision as plain values, with the names that its sources had then."""
    links = links_of(decision.sources, knowledge, orders)
    return {
        "action": decision.action.value,
        "reason": decision.reason,
        "confidence": decision.confidence,
        "sentences": [[sentence.text, list(sentence.sources)] for sentence in decision.sentences],
        "links": {link.id: [link.label, link.url] for link in links},
        "summary": decision.summary,
        "language": decision.language,
        "aspects": list(decision.aspects),
        "task": (
            {"kind": decision.task.kind.value, "arguments": dict(decision.task.arguments)} if decision.task else None
        ),
    }


def decision_read(raw: Mapping[str, Any]) -> DecisionText:
    """The reverse, for people."""
    links = {id_: SourceLink(id_, label, url) for id_, (label, url) in raw["links"].items()}
    task = raw["task"] or {"kind": "", "arguments": {}}
    return DecisionText(
        action=raw["action"],
        reason=raw["reason"],
        confidence=raw["confidence"],
        sentences=tuple(
            SentenceText(text, tuple(links[id_] for id_ in ids if id_ in links)) for text, ids in raw["sentences"]
        ),
        sources=tuple(links.values()),
        summary=raw["summary"],
        language=raw["language"],
        aspects=tuple(raw["aspects"]),
        task_kind=task["kind"],
        task_arguments=task["arguments"],
    )


def words_hash(text: str) -> str:
    """What tells whether a reply is the one that was marked."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()
