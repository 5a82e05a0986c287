"""What stands in the search field, taken apart, and put together again as PostgreSQL's full-text queries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oeuvre.domains.search.languages import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MOST_WORDS = 16
_PART = re.compile(r'-?"[^"]*"?|\S+')
_WORD = re.compile(r"\w+")
_OR = {"or"}


@dataclass(frozen=True, slots=True)
class Wording:
    """A text as ``websearch_to_tsquery`` reads it: words, phrases in quotes, and what must not occur."""

    text: str
    wanted: str
    """The text without what must not occur."""
    words: tuple[str, ...]
    """Words to find, those of phrases included, in lower case, each once."""
    loose: tuple[str, ...]
    """Of these, the ones outside of quotes: typing mistakes in them may be put right."""
    excluded: tuple[str, ...]
    """Parts that begin with a hyphen, as written."""

    @property
    def may_be_loosened(self) -> bool:
        """Whether some of the words will do: there are several, and none was put in quotes."""
        return len(self.words) > 1 and '"' not in self.wanted

    def corrected(self, instead: Mapping[str, str]) -> Wording:
        """The same with other words in the place of some loose ones."""

        def put_right(found: re.Match[str]) -> str:
            part = found.group(0)
            if part.startswith(("-", '"')):
                return part
            return _WORD.sub(lambda word: instead.get(word.group(0).lower(), word.group(0)), part)

        return wording_of(_PART.sub(put_right, self.text))


def wording_of(text: str) -> Wording:
    """Take a line of words apart; words beyond ``MOST_WORDS`` are only looked at for their meaning."""
    words: dict[str, bool] = {}
    wanted, excluded = [], []
    for part in _PART.findall(text):
        if part.startswith("-"):
            excluded.append(part)
            continue
        wanted.append(part)
        for word in _WORD.findall(part.lower()):
            if word not in _OR or part.startswith('"'):
                words[word] = words.get(word, False) or not part.startswith('"')
    kept = list(words)[:MOST_WORDS]
    return Wording(text, " ".join(wanted), tuple(kept), tuple(word for word in kept if words[word]), tuple(excluded))


@dataclass(frozen=True, slots=True)
class TextQuery:
    """A tsquery as SQL, with its parameters; constant, so PostgreSQL plans with it."""

    sql: str
    params: tuple[Any, ...]


def _in_configs(texts: Iterable[str], configs: Sequence[str]) -> TextQuery:
    """Matches what any of the texts matches in any of the configurations."""
    pairs = [(config, text) for config in configs for text in dict.fromkeys(texts)]
    sql = " || ".join("websearch_to_tsquery(%s::regconfig, %s)" for _pair in pairs)
    return TextQuery(f"({sql})", tuple(part for pair in pairs for part in pair))


def _with_folded(text: str) -> list[str]:
    return [text, fold(text)]


def every_word(wording: Wording, configs: Sequence[str]) -> TextQuery:
    """Matches what holds all that is wanted."""
    return _in_configs(_with_folded(wording.wanted), configs)


def any_word(words: Sequence[str], configs: Sequence[str]) -> TextQuery:
    """Matches what holds any of the words."""
    return _in_configs(_with_folded(" or ".join(words)), configs)


def excluded_words(wording: Wording, configs: Sequence[str]) -> TextQuery:
    """Matches what must not be found: what any configuration makes of an excluded part."""
    return _in_configs([part.removeprefix("-") for part in wording.excluded], configs)
