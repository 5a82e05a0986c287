"""Writing with any Hugging Face causal language model, on any device: the way for bases that `batch` does not compute."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

import torch
from transformers import DynamicCache

from oeuvre_studio.text.base import Base
from oeuvre_studio.text.batch.draw import draw
from oeuvre_studio.text.batch.writer import Draft


@torch.inference_mode()
def write_plainly(base: Base, drafts: Sequence[Draft]) -> None:
    """Write all drafts to their ends side by side, with whatever adapter is attached to the base."""
    device = base.head.device
    width = max(len(draft.prompt) for draft in drafts)
    eos = base.tokenizer.eos_token_id
    tokens = torch.tensor([[0] * (width - len(d.prompt)) + list(d.prompt) for d in drafts], device=device)
    mask = torch.tensor([[0] * (width - len(d.prompt)) + [1] * len(d.prompt) for d in drafts], device=device)
    cache = DynamicCache(config=base.model.config)
    known = inspect.signature(base.model.forward).parameters
    last_only = {"logits_to_keep": 1} if "logits_to_keep" in known else {}
    while any(draft.finished is None for draft in drafts):
        positions = (mask.cumsum(1) - 1).clamp(min=0)[:, -tokens.shape[1] :]
        told = base.model(  # its own logits: some bases scale, cap or shift them
            input_ids=tokens,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            **last_only,
        )
        logits = told.logits[:, -1].float().cpu()
        for row, draft in enumerate(drafts):
            draft.rule_out(logits[row], end_of_text=eos)
        drawn = draw(logits, [draft.choice() for draft in drafts]).tolist()
        for draft, token in zip(drafts, drawn, strict=True):
            if draft.finished is None:
                draft.write(token, end_of_text=eos)
        tokens = torch.tensor(drawn, device=device).unsqueeze(1)
        mask = torch.cat([mask, torch.ones(len(drafts), 1, dtype=mask.dtype, device=device)], dim=1)
