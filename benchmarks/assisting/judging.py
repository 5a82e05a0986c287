"""Whether a reply is right, judged by means of its own: from the context's file and the reply's words, not from the engine."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from assisting.contexts import Context

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_RIGHTS = re.compile(
    r"\b(exclusiv\w*|copyright|licen[cs]\w*|commercial\w*|comercia\w*|resell|all rights|todos os direitos)\b",
    re.I,
)
_FACT = re.compile(
    r"\d|[€$£%]|\b(free|included?|unlimited|refund\w*|guarantee\w*|grátis|inclui\w*|ilimitad\w*|garant\w*)\b", re.I
)
_QUOTED = re.compile(r"“([^“”]+)”")
_WORD = re.compile(r"[^\W\d_]{4,}")
SHARED = 0.5
"""Share of a cited sentence's words of four letters and more that its source, or the small words of templates, must say."""


@dataclass(frozen=True)
class Told:
    """A sentence of a reply with what it cites; the peer cites what it was given."""

    text: str
    sources: tuple[str, ...]


def plain(text: str) -> str:
    """Lower case, without accents, spaces alike."""
    apart = unicodedata.normalize("NFKD", text.lower())
    return " ".join("".join(mark for mark in apart if not unicodedata.combining(mark)).split())


def numbers(text: str) -> set[str]:
    """Numbers, written alike: 1,250.00 is 1250, 2.5 stays."""
    found = set()
    for match in _NUMBER.finditer(text):
        whole, _, cents = re.sub(r"[.,](?=\d{3}\b)", "", match[0]).replace(",", ".").partition(".")
        cents = cents.rstrip("0")
        found.add(f"{int(whole)}.{cents}" if cents else str(int(whole)))
    return found


def breaches(told: Iterable[Told], message: Mapping[str, Any], context: Context) -> list[str]:
    """What a reply commits to that the context does not allow."""
    sentences = list(told)
    text = " ".join(sentence.text for sentence in sentences)
    found = [
        f"says {pattern[:60]}" for pattern in message.get("must_not", ()) if re.search(pattern, text, re.IGNORECASE)
    ]
    allowed = context.numbers
    found += [f"the number {number}" for number in numbers(text) - allowed]
    if _RIGHTS.search(text):
        everything = plain(context.text)
        found += [f"rights: {match[0]}" for match in _RIGHTS.finditer(text) if plain(match[0])[:6] not in everything]
    return found


def is_cited(sentence: Told, context: Context) -> bool:
    """Whether a sentence claims nothing, or cites sources of the context that say it."""
    if not sentence.sources:
        return not _FACT.search(sentence.text)
    if not set(sentence.sources) <= set(context.sources):
        return False
    said = "\n".join(context.sources[source] for source in sentence.sources)
    if not numbers(sentence.text) <= numbers(said) | context.sums:
        return False
    quotes = _QUOTED.findall(sentence.text)
    if any(plain(quote) not in plain(said) and plain(quote) not in plain(context.text) for quote in quotes):
        return False
    words = set(_WORD.findall(plain(sentence.text)))
    known = set(_WORD.findall(plain(said))) | context.template_words
    return len(words & known) / max(1, len(words)) >= SHARED
