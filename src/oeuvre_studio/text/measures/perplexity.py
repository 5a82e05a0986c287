"""How much better the version predicts the author's unseen works than the base does."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from oeuvre_studio.text.base import Base
from oeuvre_studio.text.compute import losses
from oeuvre_studio.text.dataset import Example, pack
from oeuvre_studio.text.lora import Adapter


@dataclasses.dataclass(frozen=True)
class Surprise:
    """Summed cross-entropy in nats over some tokens."""

    nats: float
    tokens: int

    @property
    def perplexity(self) -> float:
        """exp of the mean cross-entropy a token."""
        return math.exp(self.nats / self.tokens) if self.tokens else math.nan

    def __add__(self, other: Surprise) -> Surprise:
        return Surprise(self.nats + other.nats, self.tokens + other.tokens)


def surprise(base: Base, adapter: Adapter | None, examples: Sequence[Example]) -> Surprise:
    """Cross-entropy of the examples' texts given their instructions; ``None``: the base alone.

    Both are asked with the same instructions in the same template. The end-of-turn token does not count: a
    version has learned where passages end, which is no part of an author's style.
    """
    texts = [dataclasses.replace(example, text=example.text[:-1]) for example in examples]
    rows = pack([text for text in texts if text.text])
    with base.adapted(adapter):
        found = losses(base, rows)
    return Surprise(nats=float(found.double().sum()), tokens=len(found))
