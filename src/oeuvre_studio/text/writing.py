"""Writing texts with one version: the fast way where the base allows it, the plain one elsewhere."""

from __future__ import annotations

import dataclasses
import weakref
from collections.abc import Sequence

from torch import nn

from oeuvre_studio.text.base import Base
from oeuvre_studio.text.batch.compiled import ensure_compiled
from oeuvre_studio.text.batch.kernels import PAGE
from oeuvre_studio.text.batch.model import BatchModel
from oeuvre_studio.text.batch.shape import is_llama_like, shape_of
from oeuvre_studio.text.batch.writer import CONTEXT, Draft, Room, Writers, write_all
from oeuvre_studio.text.lora import Adapter
from oeuvre_studio.text.plain import write_plainly
from oeuvre_studio.text.sampling import FinishReason, Sampling

AT_ONCE = 32
"""Texts side by side."""

_packed: weakref.WeakKeyDictionary[nn.Module, BatchModel] = weakref.WeakKeyDictionary()


@dataclasses.dataclass(frozen=True)
class Written:
    """A text in tokens, without the one that ended it, and why it ended."""

    tokens: tuple[int, ...]
    finish_reason: FinishReason


def batch_model(base: Base) -> BatchModel:
    """The base ready for many adapters, made on first use and kept as long as the base is.

    Raises:
        ModelUnavailableError: its architecture is not one that `BatchModel` computes.
    """
    if base.model not in _packed:
        shape = shape_of(base.model)
        ensure_compiled(shape.head, base.dtype)
        _packed[base.model] = BatchModel(base.model, context=CONTEXT)
    return _packed[base.model]


def write(
    base: Base,
    adapter: Adapter | None,
    prompts: Sequence[Sequence[int]],
    sampling: Sampling,
    *,
    seeds: Sequence[int],
) -> list[Written]:
    """Continue every prompt with a version; the same seed gives the same text, whatever else is written with it."""
    drafts = [
        Draft(prompt=prompt, sampling=sampling, seed=seed, adapter=adapter)
        for prompt, seed in zip(prompts, seeds, strict=True)
    ]
    if is_llama_like(base.model) and base.head.device.type == "cpu":
        most = sum(sorted((draft.most_tokens for draft in drafts), reverse=True)[:AT_ONCE])
        rank = adapter.rank if adapter else 1
        room = Room(texts=min(len(drafts), AT_ONCE), slots=1, tokens=most + AT_ONCE * PAGE)
        writers = Writers(batch_model(base), room, end_of_text=base.tokenizer.eos_token_id, rank=rank)
        write_all(writers, drafts, at_once=AT_ONCE)
    else:
        with base.adapted(base.fit(adapter) if adapter else None):
            write_plainly(base, drafts)
    return [Written(tuple(draft.written), draft.finished or "stop") for draft in drafts]
