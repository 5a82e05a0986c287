"""Log-probabilities in OpenAI's two forms: the one of chats and the older one of completions."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from typing import Any

from oeuvre_studio.serve.constraint import Vocabulary
from oeuvre_studio.text.sampling import TokenScore

LEAST = -9999.0
"""Stands for what is impossible, as OpenAI has it: JSON knows no minus infinity."""


def chat_scores(scores: Iterable[TokenScore], vocabulary: Vocabulary) -> dict[str, Any]:
    """``choices[].logprobs`` of a chat."""

    def entry(token: int, logprob: float) -> dict[str, Any]:
        raw = vocabulary.bytes_of(token)
        return {"token": raw.decode(errors="replace"), "logprob": max(logprob, LEAST), "bytes": list(raw)}

    content = [
        {**entry(score.token, score.logprob), "top_logprobs": [entry(*likely) for likely in score.top]}
        for score in scores
    ]
    return {"content": content, "refusal": None}


def completion_scores(scores: Iterable[TokenScore], vocabulary: Vocabulary, *, offset: int) -> dict[str, Any]:
    """``choices[].logprobs`` of a completion whose first token here stands ``offset`` characters into its text.

    Several tokens that share a character have the offset of that character.
    """
    found: dict[str, Any] = {"tokens": [], "token_logprobs": [], "top_logprobs": [], "text_offset": []}
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    for score in scores:
        found["tokens"].append(_text(score.token, vocabulary))
        found["token_logprobs"].append(max(score.logprob, LEAST))
        found["top_logprobs"].append({_text(token, vocabulary): max(logprob, LEAST) for token, logprob in score.top})
        found["text_offset"].append(offset)
        offset += len(decoder.decode(vocabulary.bytes_of(score.token)))
    return found


def _text(token: int, vocabulary: Vocabulary) -> str:
    """A token as a string; one that is part of a character is told by its bytes, as OpenAI does."""
    raw = vocabulary.bytes_of(token)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return "bytes:" + "".join(f"\\x{byte:02x}" for byte in raw)
