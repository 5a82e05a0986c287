"""What of a text is shown before it is paid for. Pure functions: this is the whole of the rule."""

from __future__ import annotations

import re

PREVIEW_WORDS = 40
_WORD = re.compile(r"\S+")
_SENTENCE_END = re.compile(r"[.!?…][\"'\u201d\u2019)\]]*(?=\s|$)")


def preview_of(text: str) -> str:
    """At most the first 40 words and never more than half of what is there.

    The rule holds at every moment of a stream, and a longer text never shows less: the preview only grows.
    """
    words = list(_WORD.finditer(text))
    shown = min(PREVIEW_WORDS, len(words) // 2)
    return text[: words[shown - 1].end()] if shown else ""


def preview_while_written(text: str) -> str:
    """What may be shown of a text that is not finished.

    ``tidy`` may yet take off as much as half of it, so only the first half is sure to be sold, and the rule is applied
    to that: what is shown meanwhile is never more than what is shown at the end.
    """
    return preview_of(text[: len(text.rstrip()) // 2])


def tidy(text: str, *, cut_off: bool) -> str:
    """The text as it is sold: without blank edges and, where the length limit cut it off, up to its last whole
    sentence or line, as long as that keeps at least half of it. The same text always gives the same result."""
    text = text.strip()
    if not cut_off:
        return text
    ends = [match.end() for match in _SENTENCE_END.finditer(text)] + [
        match.start() for match in re.finditer(r"\n", text)
    ]
    last = max(ends, default=0)
    return text[:last].rstrip() if last >= len(text) / 2 else text
