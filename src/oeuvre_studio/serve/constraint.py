"""Structured output: texts that follow a JSON schema by construction, with the library llguidance."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from llguidance import LLMatcher, LLParserLimits, LLTokenizer
from llguidance.hf import from_tokenizer
from torch import Tensor

from oeuvre_studio.serve.errors import RequestError, UnsupportedError
from oeuvre_studio.text.base import Base

if TYPE_CHECKING:
    from llguidance._lib import JsonCompileOptions  # declared for type checkers only

ANY_OBJECT: dict[str, Any] = {"type": "object"}
"""The schema of a request for just JSON."""

MAX_SCHEMA_CHARACTERS = 32_768
LIMITS = LLParserLimits(step_lexer_fuel=100_000, step_max_items=25_000, verbose_errors=False)
"""What one token may cost: about ten milliseconds at the very most, as all other texts wait meanwhile."""

FORM: JsonCompileOptions = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
"""One way to write each value: a small model that may add white space adds nothing else in the end."""


class Vocabulary:
    """A base's tokens as bytes, and what follows a schema in them. Made on first use. Safe to use from any thread."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._lock = threading.Lock()
        self._made: LLTokenizer | None = None

    def bytes_of(self, token: int) -> bytes:
        """What a token stands for; it may be part of a character."""
        found: bytes = self._tokens.decode_bytes([token])
        return found

    def constraints(self, schema: dict[str, Any], count: int) -> list[JsonConstraint]:
        """A constraint for each of ``count`` texts.

        Raises:
            RequestError: the schema is not one, or too large.
            UnsupportedError: it says something that cannot be followed here.
        """
        text = json.dumps(schema)
        if len(text) > MAX_SCHEMA_CHARACTERS:
            raise RequestError(
                f"The schema is longer than {MAX_SCHEMA_CHARACTERS:,} characters.", param="response_format"
            )
        grammar = LLMatcher.grammar_from_json_schema(text, overrides=FORM)
        first = LLMatcher(self._tokens, grammar, log_level=0, limits=LIMITS)
        if first.is_error():
            problem = first.get_error().splitlines()[0][:300]
            raise UnsupportedError(f"The schema cannot be followed: {problem}.", param="response_format")
        return [JsonConstraint(text, first.deep_copy(), self._tokens.vocab_size) for _ in range(count)]

    @property
    def _tokens(self) -> LLTokenizer:
        with self._lock:
            if self._made is None:
                try:
                    self._made = from_tokenizer(
                        self._base.tokenizer,
                        n_vocab=len(self._base.head),
                        eos_token=self._base.tokenizer.eos_token_id,
                    )
                except ValueError as error:
                    raise UnsupportedError(
                        f"{self._base.name} has a tokeniser whose tokens cannot be told as bytes: no log-probabilities,"
                        " no structured output."
                    ) from error
            return self._made


class JsonConstraint:
    """One text's place in the grammar of its schema; see `oeuvre_studio.serve.jobs.Constraint`."""

    def __init__(self, schema: str, matcher: LLMatcher, vocabulary: int) -> None:
        self.schema = schema
        """As JSON, for an engine that keeps to schemas by itself."""
        self._matcher = matcher
        self._words = torch.empty((vocabulary + 31) // 32, dtype=torch.int32)  # a bit for each token

    def forbid(self, scores: Tensor) -> None:
        """Leave only the tokens that the schema allows next; where the text is complete, that is its end.

        Raises:
            RuntimeError: the schema turned out to be too costly to follow.
        """
        self._matcher.unsafe_compute_mask_ptr(self._words.data_ptr(), self._words.nbytes)
        self._check()
        bits = np.unpackbits(self._words.numpy().view(np.uint8), count=len(scores), bitorder="little")
        scores.masked_fill_(torch.from_numpy(bits == 0), -torch.inf)

    def accept(self, token: int) -> None:
        """Move on past a token.

        Raises:
            RuntimeError: it was none of those allowed.
        """
        self._matcher.consume_token(token)
        self._check()

    def _check(self) -> None:
        if self._matcher.is_error():
            raise RuntimeError(f"The schema cannot be followed any further: {self._matcher.get_error()}")
