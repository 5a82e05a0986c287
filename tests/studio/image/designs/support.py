"""Designs looked at as a buyer would: pixels, words, boxes."""

from __future__ import annotations

import functools
import io
import itertools

import numpy as np
from PIL import Image

from oeuvre_studio.image.designs.prepare import Job, prepared
from oeuvre_studio.image.designs.render import as_pixels
from oeuvre_studio.image.designs.request import DesignRequest
from oeuvre_studio.image.designs.scene import Design
from oeuvre_studio.image.designs.score import large
from oeuvre_studio.image.designs.search import Candidate, candidate
from oeuvre_studio.image.designs.sizes import format_named
from oeuvre_studio.image.designs.stack import Composed
from tests.studio.image.designs.artists import Work

COPY = DesignRequest(
    headline="Promoção de verão",
    subline="Leve três, pague dois",
    body="Sabores à escolha, do limão à framboesa, todos os dias até domingo.",
    cta="Ver lojas",
    brand="Açaí & Cia",
)


def opened(content: bytes) -> Image.Image:
    """A picture's bytes as a picture."""
    return Image.open(io.BytesIO(content))


def laid_out(
    works: tuple[Work, ...], layout: str, size: str, request: DesignRequest = COPY, variant: int = 0
) -> Candidate | None:
    """One candidate of a layout with every text that the size has room for."""
    job = _job(works, request)
    made = format_named(size)
    roles = tuple(role for role in made.roles if role in job.texts)
    return candidate(job, made, layout, variant, None, roles)


@functools.cache
def _job(works: tuple[Work, ...], request: DesignRequest) -> Job:
    return prepared(works, request, 3, None)


def _luminance(rgb: np.ndarray) -> np.ndarray:
    share = rgb / 255
    light = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return light @ np.array([0.2126, 0.7152, 0.0722])


def problems(design: Design, composed: Composed) -> list[str]:
    """What is wrong with the texts of a design, measured on its pixels without text; independent of its own score."""
    made = format_named(design.size)
    pixels = as_pixels(design, 700, texts=False).astype(float)
    for_buttons = _with_buttons(pixels, composed, made.width)
    across, down = pixels.shape[1] / made.width, pixels.shape[0] / made.height
    found = []
    for line in composed.lines:
        ink = line.ink
        if ink.x < -0.01 or ink.y < -0.01 or ink.right > made.width + 0.01 or ink.bottom > made.height + 0.01:
            found.append(f"{line.role} leaves the page")
        rows = slice(int(ink.y * down), int(np.ceil(ink.bottom * down)) + 1)
        columns = slice(int(ink.x * across), int(np.ceil(ink.right * across)) + 1)
        behind = _luminance(for_buttons[rows, columns].reshape(-1, 3))
        own = float(_luminance(np.array(line.colour, dtype=float)))
        ratio = np.percentile((np.maximum(behind, own) + 0.05) / (np.minimum(behind, own) + 0.05), 3)
        if ratio < (3.0 if large(line, made) else 4.5):
            found.append(f"{line.role} {line.text!r} has a contrast of {ratio:.2f}")
    for (one, first), (two, second) in itertools.combinations(composed.boxes.items(), 2):
        if (
            min(first.right, second.right) > max(first.x, second.x) + 0.5
            and min(first.bottom, second.bottom) > max(first.y, second.y) + 0.5
        ):
            found.append(f"{one} and {two} overlap")
    return found


def _with_buttons(pixels: np.ndarray, composed: Composed, width: float) -> np.ndarray:
    painted = pixels.copy()
    scale = pixels.shape[1] / width
    for shape in composed.buttons:
        box = composed.boxes["cta"]
        rows = slice(int(np.ceil(box.y * scale)), int(box.bottom * scale))
        columns = slice(int(np.ceil(box.x * scale)), int(box.right * scale))
        painted[rows, columns] = shape.fill
    return painted
