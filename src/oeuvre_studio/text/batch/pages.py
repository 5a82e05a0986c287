"""The memory of what texts have said so far: keys and values in pages, shared out and taken back."""

from __future__ import annotations

import numpy as np
import torch

from oeuvre_studio.text.batch.kernels import PAGE
from oeuvre_studio.text.batch.shape import LlamaShape, bits


def pages_for(tokens: int) -> int:
    """How many pages so many tokens take."""
    return -(-tokens // PAGE)


class Pages:
    """Keys ``(pages, g, e, PAGE)`` and values ``(pages, g, PAGE, e)`` of every layer, and who has which page.

    A text gets all the pages it can ever need when it starts, so that it never has to stop half-way. Not safe to use
    from several threads.
    """

    def __init__(self, shape: LlamaShape, *, pages: int, texts: int, context: int, dtype: torch.dtype) -> None:
        self._keys = [torch.zeros(pages, shape.key_heads, shape.head, PAGE, dtype=dtype) for _ in range(shape.layers)]
        self._values = [torch.zeros(pages, shape.key_heads, PAGE, shape.head, dtype=dtype) for _ in range(shape.layers)]
        self.keys = [bits(tensor) for tensor in self._keys]
        self.values = [bits(tensor) for tensor in self._values]
        self.table = np.zeros((texts, pages_for(context)), dtype=np.int32)
        """``(texts, pages of a whole context)``: each place's pages in order."""
        self._free = list(range(pages))
        self._free_places = list(range(texts))
        self._held: dict[int, list[int]] = {}

    def can_take(self, tokens: int) -> bool:
        """Whether a text of so many tokens could start now."""
        return bool(self._free_places) and len(self._free) >= pages_for(tokens)

    def take(self, tokens: int) -> int:
        """A place for a text of at most so many tokens.

        Raises:
            RuntimeError: there is no room (ask `can_take` first).
        """
        if not self.can_take(tokens):
            raise RuntimeError("There is no room for another text.")
        place = self._free_places.pop()
        held = [self._free.pop() for _ in range(pages_for(tokens))]
        self._held[place] = held
        self.table[place, : len(held)] = held
        return place

    def give_back(self, place: int) -> None:
        """End a text: its pages are wiped, so that nothing of it can reach another."""
        held = self._held.pop(place)
        for keys, values in zip(self._keys, self._values, strict=True):
            keys[held] = 0
            values[held] = 0
        self._free += held
        self._free_places.append(place)
