"""Writing: one token after another, drawn with a generator of its own, so that a seed means the same text
always.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional
from transformers import DynamicCache

from oeuvre_studio.text.base import Base

FinishReason = Literal["stop", "length"]


@dataclasses.dataclass(frozen=True)
class Sampling:
    """How tokens are drawn. Temperature 0 takes the likeliest token every time."""

    temperature: float = 0.8
    top_p: float = 0.95
    """Only the likeliest tokens that together have this probability (Holtzman et al. 2020)."""
    top_k: int = 256
    """Only so many of the likeliest tokens; what lies beyond is noise in a small model, and sorting it takes
    time.
    """
    repetition_penalty: float = 1.1
    """Divides the score of tokens written lately (Keskar et al. 2019); small models loop without."""
    penalty_window: int = 64
    """How many of the last tokens count as lately. Longer, and it drives out the little words a style is made
    of.
    """
    max_tokens: int = 400


def draw(logits: Tensor, written: Sequence[int], sampling: Sampling, generator: torch.Generator) -> int:
    """The next token from logits ``(vocabulary,)`` in fp32."""
    scores = logits.clone()
    recent = torch.tensor(sorted(set(written[-sampling.penalty_window :])), dtype=torch.long)
    if len(recent) and sampling.repetition_penalty != 1.0:
        picked = scores[recent]
        penalty = sampling.repetition_penalty
        scores[recent] = torch.where(picked > 0, picked / penalty, picked * penalty)
    if sampling.temperature <= 0:
        return int(scores.argmax())
    probabilities = functional.softmax(scores / sampling.temperature, dim=-1)
    ordered, tokens = probabilities.topk(min(sampling.top_k, len(probabilities)))  # likeliest first
    before = ordered.cumsum(0) - ordered  # probability of everything likelier
    ordered = ordered.masked_fill(before >= sampling.top_p, 0.0)
    return int(tokens[torch.multinomial(ordered, 1, generator=generator)])


class Detokeniser:
    """Turns a growing list of tokens into pieces of text, never half a character."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._pending: list[int] = []
        self._context: list[int] = []

    def push(self, token: int) -> str:
        """The text that ``token`` completes; empty while a character is incomplete."""
        self._pending.append(token)
        # the token before is decoded along, because a tokeniser may treat the first token of a text
        # differently
        known = self._decode(self._context)
        text = self._decode(self._context + self._pending)
        if text.endswith("\ufffd"):
            return ""
        self._context, self._pending = self._pending, []
        return text[len(known) :]

    def _decode(self, tokens: list[int]) -> str:
        text: str = self._tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return text


class Writer:
    """One text in the making. Call `step` with the right adapter attached until `finished` is set."""

    def __init__(self, base: Base, prompt: Sequence[int], sampling: Sampling, *, seed: int) -> None:
        self._base = base
        self._sampling = sampling
        self._generator = torch.Generator().manual_seed(seed)
        self._cache = DynamicCache(config=base.model.config)
        self._next: list[int] = list(prompt)
        self._detokeniser = Detokeniser(base.tokenizer)
        self.prompt_tokens = len(prompt)
        self.tokens: list[int] = []
        self.text = ""
        self.finished: FinishReason | None = None

    @torch.inference_mode()
    def step(self) -> str:
        """Write one more token; returns the text it adds, and sets `finished` when it was the last."""
        hidden = self._base.model.base_model(
            input_ids=torch.tensor([self._next]), past_key_values=self._cache, use_cache=True
        ).last_hidden_state  # (1, new, hidden)
        logits = functional.linear(hidden[0, -1], self._base.head).float()
        token = draw(logits, self.tokens, self._sampling, self._generator)
        if token == self._base.tokenizer.eos_token_id:
            self.finished = "stop"
            return ""
        self.tokens.append(token)
        self._next = [token]
        piece = self._detokeniser.push(token)
        self.text += piece
        if len(self.tokens) >= self._sampling.max_tokens:
            self.finished = "length"
        return piece


@torch.inference_mode()
def write_batch(
    base: Base, prompts: Sequence[Sequence[int]], sampling: Sampling, *, seeds: Sequence[int], at_least: int = 0
) -> list[list[int]]:
    """Continue many prompts at once with whatever adapter is attached; returns the new tokens of each.

    For measuring: several times faster than a `Writer` each, but rounded differently, so a seed's text may
    differ from the one `Writer` gives. ``at_least`` keeps texts from ending before so many tokens.
    """
    width = max(map(len, prompts))
    eos = base.tokenizer.eos_token_id
    tokens = torch.tensor([[0] * (width - len(p)) + list(p) for p in prompts])
    mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts])
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    cache = DynamicCache(config=base.model.config)
    written: list[list[int]] = [[] for _ in prompts]
    open_rows = set(range(len(prompts)))
    while open_rows:
        positions = (mask.cumsum(1) - 1).clamp(min=0)[:, -tokens.shape[1] :]
        hidden = base.model.base_model(
            input_ids=tokens, attention_mask=mask, position_ids=positions, past_key_values=cache, use_cache=True
        ).last_hidden_state
        logits = functional.linear(hidden[:, -1], base.head).float()
        following = [eos] * len(prompts)
        for row in sorted(open_rows):
            if len(written[row]) < at_least:
                logits[row, eos] = -torch.inf
            following[row] = draw(logits[row], written[row], sampling, generators[row])
            if following[row] == eos:
                open_rows.discard(row)
                continue
            written[row].append(following[row])
            if len(written[row]) >= sampling.max_tokens:
                open_rows.discard(row)
        tokens = torch.tensor(following).unsqueeze(1)
        mask = torch.cat([mask, torch.ones(len(prompts), 1, dtype=mask.dtype)], dim=1)
    return written
