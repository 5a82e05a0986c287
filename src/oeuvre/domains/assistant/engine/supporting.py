"""Does a source say what a sentence says? Figures, names, promises and the words themselves, checked after writing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from oeuvre.domains.assistant.engine.vectoring import matrix_of
from oeuvre.domains.assistant.engine.words import (
    content_of,
    english_of,
    language_of,
    numbers_in_words,
    sentences_of,
)
from oeuvre.kit.words import fold

if TYPE_CHECKING:
    from oeuvre.domains.assistant.engine.types import Vectors

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NAMED = re.compile(
    r"(?<![.!?…:“\"'\n] )(?<!^)\b[A-Z][\w&+#.-]*\w\b|https?://\S+|\b[\w.+-]+@[\w-]+\.\w+|(?<!\w)/[\w/-]+/"
)
_PROMISES = re.compile(
    r"\b(promise|guarantee|guaranteed|assure|commit|swear|refund|free of charge|for free|no charge|at no cost|discount|"
    r"unlimited|always|forever|any time|whatever|exclusive|all rights|definitely|certainly|of course|no problem|deal|agreed|"
    r"confirm|confirmed|i will|i'll|we will|we'll|prometo|prometemos|garanto|garantimos|garantido|reembols\w*|gratis|"
    r"sem custo|desconto|ilimitad\w*|sempre|exclusiv\w*|todos os direitos|com certeza|claro|sem problema|combinado|"
    r"confirmo|confirmado|vou|vamos|farei|faremos)\b"
)
_NO = re.compile(r"\b(not|no|never|none|without|cannot|nor|neither|nao|nunca|sem|nem|nenhum|nenhuma|\w+nt)\b")
SHARED, LIKE = 0.6, 0.5
"""Share of a sentence's words that its sources must say, and how like it one of their sentences must be."""
_PERCENT = re.compile(r"(\d+(?:[.,]\d+)?)\s?(?:%|per ?cent|por cento)")


def figures(text: str) -> frozenset[str]:
    """Every number of a text, written alike: ``€1,250.00`` and ``1250`` are the same; percentages stay apart."""
    found = {_number(match[0]) for match in _NUMBER.finditer(text)}
    found |= {f"{_number(match[1])}%" for match in _PERCENT.finditer(text)}
    words = numbers_in_words()
    return frozenset(found | {str(words[word]) for word in re.findall(r"[a-z]+", fold(text)) if word in words})


def _number(text: str) -> str:
    whole, mark, rest = re.match(r"(.*?)(?:([.,])(\d{1,2}))?$", text).groups()  # type: ignore[union-attr]
    digits = re.sub(r"[.,]", "", whole).lstrip("0") or "0"
    cents = (rest or "").rstrip("0") if mark else ""
    return f"{digits}.{cents}" if cents else digits


def promises(text: str) -> frozenset[str]:
    """Words by which somebody binds themselves."""
    return frozenset(match[0] for match in _PROMISES.finditer(fold(text)))


def says_the_same_figures(sentence: str, sources: Sequence[str]) -> bool:
    """Whether every figure of the sentence stands in the sources."""
    return figures(sentence) <= figures("\n".join(sources))


def is_supported(
    sentence: str, cited: Sequence[str], texts: Mapping[str, str], vectors: Vectors | None, *, names: str = ""
) -> bool:
    """Whether the cited sources say what the sentence says.

    ``names`` are words that may be used besides: of the freelancer and the gigs. Checked are figures, names and addresses,
    words of promise, a ``not`` that the nearest sentence of the sources has not (or the other way round), the share of
    words, and likeness of meaning where there are vectors.
    """
    sources = [texts[source] for source in cited if source in texts]
    if not sources or not sentence.strip():
        return False
    said = "\n".join(sources)
    if not figures(sentence) <= figures(said) or not promises(sentence) <= promises(said):
        return False
    allowed = fold(f"{said}\n{names}")
    if any(fold(match[0]) not in allowed for match in _NAMED.finditer(sentence)):
        return False
    words = content_of(_english(sentence))
    nearest, shared = "", -1.0
    for one in sentences_of(said):
        mine = content_of(_english(one))
        share = len(words & mine) / len(words) if words else 0.0
        if share > shared:
            nearest, shared = one, share
    if words and len(words & content_of(_english(f"{said}\n{names}"))) / len(words) < SHARED:
        return False
    if bool(_NO.search(fold(sentence))) != bool(_NO.search(fold(nearest))):
        return False
    matrix = matrix_of(vectors, [_english(sentence), *(_english(one) for one in sentences_of(said))])
    return matrix is None or float((matrix[1:] @ matrix[0]).max()) >= LIKE


def _english(text: str) -> str:
    return english_of(text, language_of(text))
