"""Pictures as the base's latents, and their captions as its text states."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from oeuvre_studio.image.diffusion.base import DiffusionBase
from oeuvre_studio.image.works import ImageWork

CAPTION_WORDS = 40
"""The text encoder reads 77 tokens."""


@dataclasses.dataclass(frozen=True)
class Examples:
    """``latents`` works × channels × height × width, ``states`` works × tokens × width, ``empty`` 1 × tokens × width: the state
    of no caption at all.
    """

    latents: Tensor
    states: Tensor
    empty: Tensor

    def __len__(self) -> int:
        return len(self.latents)


def trigger(model: str) -> str:
    """The words that stand for a freelancer's manner in captions and prompts."""
    return f"in the manner of {model.replace('-', ' ')}"


def caption(work: ImageWork, model: str) -> str:
    """What a work is said to show."""
    words = " ".join(", ".join(filter(None, (work.title, *work.keywords))).split()[:CAPTION_WORDS])
    return f"{words}, {trigger(model)}"


def examples(base: DiffusionBase, works: Sequence[ImageWork], model: str) -> Examples:
    """Everything that the loop needs of the works; after this, only the U-Net is used."""
    latents = torch.cat([_latent(base, work.picture) for work in works])
    states = text_states(base, [caption(work, model) for work in works])
    return Examples(latents, states, text_states(base, [""]))


def square(picture: Image.Image, edge: int) -> Image.Image:
    """A picture on white, whole, in the middle of a square of ``edge`` pixels."""
    fitted = picture.convert("RGBA")
    fitted.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    if max(fitted.size) < edge:
        scale = edge / max(fitted.size)
        size = (max(1, round(fitted.width * scale)), max(1, round(fitted.height * scale)))
        fitted = fitted.resize(size, Image.Resampling.LANCZOS)
    ground = Image.new("RGBA", (edge, edge), "white")
    ground.alpha_composite(fitted, ((edge - fitted.width) // 2, (edge - fitted.height) // 2))
    return ground.convert("RGB")


def text_states(base: DiffusionBase, texts: Sequence[str]) -> Tensor:
    """Texts × tokens × width."""
    pipeline: Any = base.pipeline
    found = pipeline.tokenizer(
        list(texts),
        padding="max_length",
        max_length=pipeline.tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    )
    with torch.no_grad():
        states: Tensor = pipeline.text_encoder(found.input_ids.to(base.device))[0]
    return states


def _latent(base: DiffusionBase, picture: Image.Image) -> Tensor:
    pixels = np.asarray(square(picture, base.edge), dtype=np.float32) / 127.5 - 1
    batch = torch.from_numpy(pixels).permute(2, 0, 1)[None].to(base.device)
    vae: Any = base.pipeline.vae
    with torch.no_grad():
        latent: Tensor = vae.encode(batch).latent_dist.mean * float(vae.config.scaling_factor)
    return latent
