"""All that the measures ask of the model, in one place: how surprised it is by texts, and what it writes to prompts.

Whoever makes either faster replaces a method here and nothing else.
"""

from __future__ import annotations

import dataclasses
import math
from collections import defaultdict
from collections.abc import Sequence

from oeuvre_studio.text.base import Base
from oeuvre_studio.text.compute import losses
from oeuvre_studio.text.dataset import IGNORED, Example, pack
from oeuvre_studio.text.lora import Adapter
from oeuvre_studio.text.sampling import Sampling
from oeuvre_studio.text.writing import write


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


NOTHING = Surprise(0.0, 0)


class Probe:
    """A base and the version under examination."""

    def __init__(self, base: Base, adapter: Adapter) -> None:
        """Raises AdapterMismatchError where the adapter was made for other layers."""
        self.base = base
        self.adapter = base.fit(adapter)

    def surprises(self, examples: Sequence[Example], *, adapter: Adapter | None) -> list[Surprise]:
        """Cross-entropy of each example's text given its instruction; ``None``: the base alone.

        The end-of-turn token does not count: a version has learned where passages end, which is no part of an
        author's style. An example without text has no tokens and no nats.
        """
        texts = [dataclasses.replace(example, text=example.text[:-1]) for example in examples]
        rows = pack([text for text in texts if text.text])
        with self.base.adapted(adapter):
            found = losses(self.base, rows).double()
        places: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for number, text in enumerate(texts):
            places[(*text.prompt, *text.text)].append(number)
        measured = [NOTHING] * len(texts)
        at = 0
        for row in range(len(rows)):  # packing changes the order; an example is known again by its tokens
            for segment in range(1, int(rows.segments[row].max()) + 1):
                inside = rows.segments[row] == segment
                size = int((rows.targets[row][inside] != IGNORED).sum())
                number = places[tuple(rows.tokens[row][inside].tolist())].pop()
                measured[number] = Surprise(nats=float(found[at : at + size].sum()), tokens=size)
                at += size
        return measured

    def surprise(self, examples: Sequence[Example], *, adapter: Adapter | None) -> Surprise:
        """The sum of `surprises`."""
        return sum(self.surprises(examples, adapter=adapter), start=NOTHING)

    def write(
        self, prompts: Sequence[Sequence[int]], sampling: Sampling, *, seeds: Sequence[int], at_least: int = 0
    ) -> list[list[int]]:
        """What the version writes to each prompt (tokens in, new tokens out), no text shorter than ``at_least``."""
        rules = dataclasses.replace(sampling, at_least=at_least)
        return [list(text.tokens) for text in write(self.base, self.adapter, prompts, rules, seeds=seeds)]

    def tokens(self, text: str) -> list[int]:
        """A text in the base's tokens, nothing added."""
        tokens: list[int] = self.base.tokenizer(text, add_special_tokens=False)["input_ids"]
        return tokens

    def text(self, tokens: Sequence[int]) -> str:
        """Tokens as text, without special ones."""
        text: str = self.base.tokenizer.decode(list(tokens), skip_special_tokens=True)
        return text.strip()
