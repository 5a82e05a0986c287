"""Drawing with a version: a prompt, or a prompt over a guide."""

from __future__ import annotations

import dataclasses
import pkgutil
from collections.abc import Mapping
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from oeuvre_studio.errors import UsageError
from oeuvre_studio.image.diffusion.base import DiffusionBase
from oeuvre_studio.image.diffusion.dataset import square, trigger
from oeuvre_studio.image.diffusion.lora import with_lora

STEPS = 30
GUIDANCE = 7.0
MOST_STEPS = 100
LARGEST = 1024
"""Pixels a side; what such a base can hold together."""


@dataclasses.dataclass(frozen=True)
class Drawing:
    """How a picture is drawn. ``strength``: how far from the guide, 0 to 1."""

    prompt: str
    width: int
    height: int
    steps: int = STEPS
    guidance: float = GUIDANCE
    guide: Image.Image | None = None
    strength: float = 0.6

    def check(self, base: DiffusionBase) -> None:
        """Refuse what the base cannot draw.

        Raises:
            UsageError: says what it can.
        """
        unit = base.pipeline.vae_scale_factor
        if self.width % unit or self.height % unit or max(self.width, self.height) > LARGEST:
            raise UsageError(f"Sides are multiples of {unit} pixels, at most {LARGEST}.")
        if not 1 <= self.steps <= MOST_STEPS:
            raise UsageError(f"Between 1 and {MOST_STEPS} steps.")


def draw(base: DiffusionBase, tensors: Mapping[str, Tensor], model: str, drawing: Drawing, *, seed: int) -> Image.Image:
    """One picture. The same seed gives the same picture on the same kind of machine.

    Raises:
        UsageError: a size or a number of steps that the base cannot do.
        AdapterMismatchError: the version was made for another base.
    """
    drawing.check(base)
    generator = torch.Generator().manual_seed(seed)
    asked: dict[str, Any] = {
        "prompt": f"{drawing.prompt}, {trigger(model)}",
        "num_inference_steps": drawing.steps,
        "guidance_scale": drawing.guidance,
        "generator": generator,
    }
    with with_lora(base, tensors), torch.no_grad():
        if drawing.guide is None:
            return _picture(base.pipeline(width=drawing.width, height=drawing.height, **asked))
        after: Any = pkgutil.resolve_name("diffusers:StableDiffusionImg2ImgPipeline").from_pipe(base.pipeline)
        after.set_progress_bar_config(disable=True)
        side = max(drawing.width, drawing.height)
        guide = square(drawing.guide, side).resize((drawing.width, drawing.height), Image.Resampling.LANCZOS)
        return _picture(after(image=guide, strength=drawing.strength, **asked))


def _picture(answer: Any) -> Image.Image:
    picture: Image.Image = answer.images[0]
    return picture
