"""How fast and in which order a training loop learns; what modalities share."""

from __future__ import annotations

import math

import torch


def warm_cosine(step: int, steps: int, *, peak: float, warmup: float, floor: float) -> float:
    """The learning rate of a step: linear warm-up over ``warmup`` of the steps, then cosine down to ``floor`` of the peak
    (Loshchilov & Hutter 2017, "SGDR").
    """
    rising = max(1, round(warmup * steps))
    if step < rising:
        return peak * (step + 1) / rising
    progress = (step - rising) / max(1, steps - rising)
    return peak * (floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * progress)))


def row_order(rows: int, *, seed: int, needed: int) -> list[int]:
    """Which row comes when: every row once before any comes again, shuffled anew each time."""
    generator = torch.Generator().manual_seed(seed)
    order: list[int] = []
    while len(order) < needed:
        order += torch.randperm(rows, generator=generator).tolist()
    return order
