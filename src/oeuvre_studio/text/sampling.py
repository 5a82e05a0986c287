"""How tokens are drawn and become text; the rules that every way of writing shares."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal, Protocol

from tokenizers.decoders import DecodeStream
from torch import Tensor

FinishReason = Literal["stop", "length"]


@dataclasses.dataclass(frozen=True)
class Sampling:
    """How tokens are drawn. Temperature 0 takes the likeliest token every time."""

    temperature: float = 0.8
    top_p: float = 0.95
    """Only the likeliest tokens that together have this probability (Holtzman et al. 2020)."""
    top_k: int = 256
    """Only so many of the likeliest tokens; what lies beyond is noise in a small model."""
    min_p: float = 0.0
    """Only tokens at least this many times as likely as the likeliest (Nguyen et al. 2024)."""
    repetition_penalty: float = 1.1
    """Divides the score of tokens written lately (Keskar et al. 2019); small models loop without."""
    penalty_window: int = 64
    """How many of the last tokens count as lately. Longer, and it drives out the little words a style is made
    of.
    """
    presence_penalty: float = 0.0
    """Taken from the score of every token that was written, as OpenAI's API defines it."""
    frequency_penalty: float = 0.0
    """Taken from the score of a token as many times as it was written."""
    max_tokens: int = 400
    at_least: int = 0
    """Tokens before which a text may not end."""


@dataclasses.dataclass(frozen=True)
class TokenScore:
    """A written token with its log-probability, and the likeliest ones at its place, in nats, before sampling."""

    token: int
    logprob: float
    top: tuple[tuple[int, float], ...] = ()


class Constraint(Protocol):
    """What the text may be, token by token: a grammar's state. One object serves one text."""

    def forbid(self, scores: Tensor) -> None:
        """Set the scores ``(vocabulary,)`` of tokens that may not come next to minus infinity."""

    def accept(self, token: int) -> None:
        """Move on past a token that was written."""


class Detokeniser:
    """Turns a growing list of tokens into pieces of text, never half a character."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer.backend_tokenizer
        self._stream = DecodeStream(skip_special_tokens=True)

    def push(self, token: int) -> str:
        """The text that ``token`` completes; empty while a character is incomplete."""
        return self._stream.step(self._tokenizer, token) or ""
