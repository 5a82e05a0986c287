"""Colours as people see them: OKLab, the palette of a work, colour words.

OKLab: Ottosson 2020, "A perceptual color space for image processing"; the matrices are his.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from oeuvre_studio.image.patch.pieces import Piece, Pixels

Lab = NDArray[np.float32]
"""``(…, 3)``: lightness 0 to 1, green to red, blue to yellow."""

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_FROM_LAB, _FROM_LMS = np.linalg.inv(_TO_LAB), np.linalg.inv(_TO_LMS)
_LINEAR = np.array([v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in np.arange(256) / 255])
"""sRGB's transfer function (IEC 61966-2-1) for each byte."""

COLOURS = 6
"""Colours a palette has at most: flat art rarely has more that matter."""
SAME = 0.06
"""Distance in OKLab under which two colours of a palette are one."""
SAMPLE = 6000
"""Pixels that a palette is read from."""
NEUTRAL = 0.04
"""Chroma under which a colour is black, grey or white."""

WORDS = {
    "black": "#111111",
    "white": "#ffffff",
    "grey": "#8a8f94",
    "gray": "#8a8f94",
    "silver": "#c0c6cc",
    "red": "#d62828",
    "crimson": "#a4161a",
    "burgundy": "#6a1b2d",
    "pink": "#f48fb1",
    "rose": "#e0457b",
    "coral": "#ff7f5c",
    "salmon": "#fa8c78",
    "orange": "#f77f00",
    "peach": "#ffc49b",
    "brown": "#7b4b2a",
    "beige": "#e9dcc3",
    "cream": "#fbf3dc",
    "sand": "#d9c08c",
    "gold": "#d4a017",
    "yellow": "#fcd116",
    "mustard": "#d8a31a",
    "lime": "#a4d637",
    "green": "#2e9e4f",
    "mint": "#a8e6c5",
    "olive": "#7a7f2a",
    "emerald": "#0f8a5f",
    "teal": "#0d8080",
    "turquoise": "#2ec4b6",
    "cyan": "#22c3e6",
    "blue": "#2364d2",
    "navy": "#14274e",
    "sky": "#87c7f0",
    "indigo": "#3f37c9",
    "purple": "#7b2cbf",
    "violet": "#7f4fd6",
    "lavender": "#c8b6ff",
    "lilac": "#cdb4db",
    "magenta": "#d6249f",
    "plum": "#70325c",
}
"""What a colour word means, as sRGB."""

_HEX = re.compile(r"#([0-9a-fA-F]{6})\b")


def to_lab(rgb: Pixels) -> Lab:
    """sRGB bytes to OKLab."""
    found: Lab = (np.cbrt(_LINEAR[rgb] @ _TO_LMS.T) @ _TO_LAB.T).astype(np.float32)
    return found


def from_lab(lab: Lab) -> Pixels:
    """OKLab to sRGB bytes; what no screen shows is clipped."""
    linear = (((lab.astype(np.float64) @ _FROM_LAB.T) ** 3) @ _FROM_LMS.T).clip(0, 1)
    coded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    found: Pixels = np.rint(coded * 255).astype(np.uint8)
    return found


def colours_named(text: str) -> list[str]:
    """The colours a text names, in its order: ``#rrggbb`` or a word of `WORDS`."""
    found = re.findall(r"#[0-9a-f]{6}\b|[a-z]+", text.lower())
    named = [word if word.startswith("#") else WORDS.get(word, "") for word in found]
    return list(dict.fromkeys(colour for colour in named if colour))


def rgb_of(colour: str) -> tuple[int, int, int]:
    """The bytes of ``#rrggbb``.

    Raises:
        ValueError: it is something else.
    """
    match = _HEX.fullmatch(colour.strip())
    if match is None:
        raise ValueError(f"{colour!r} is no colour like #1b4f8a.")
    value = int(match.group(1), 16)
    return value >> 16, value >> 8 & 255, value & 255


def hex_of(rgb: NDArray[np.uint8]) -> str:
    """``#rrggbb``."""
    return "#" + "".join(f"{int(value):02x}" for value in rgb)


def palette_of(piece: Piece, *, colours: int = COLOURS) -> tuple[Lab, NDArray[np.float64]]:
    """A work's colours ``(n, 3)`` and the share of each, largest first; the ground is left out."""
    return palette(piece.rgb, piece.alpha > 200, colours=colours)


def palette(rgb: Pixels, where: NDArray[np.bool_], *, colours: int = COLOURS) -> tuple[Lab, NDArray[np.float64]]:
    """The colours of some pixels; those on an edge between two are mixtures and count only where there is nothing else."""
    busy = ndimage.morphological_gradient(rgb.astype(np.int16).sum(-1), size=3)
    calm = where & (busy < 40)
    chosen = rgb[calm if calm.sum() >= 50 else where]
    if not len(chosen):
        chosen = rgb.reshape(-1, 3)
    lab = to_lab(chosen[:: max(len(chosen) // SAMPLE, 1)])
    centres = _spread_out(lab, colours)
    for _ in range(8):  # Lloyd's steps
        nearest = ((lab[:, None] - centres[None]) ** 2).sum(-1).argmin(1)
        centres = np.stack([lab[nearest == n].mean(0) if (nearest == n).any() else c for n, c in enumerate(centres)])
    counts = np.bincount(nearest, minlength=len(centres)).astype(np.float64)
    order = np.argsort(-counts, kind="stable")
    order = order[counts[order] > 0]
    return centres[order].astype(np.float32), counts[order] / counts.sum()


def _spread_out(lab: Lab, colours: int) -> Lab:
    """First centres: the median colour, then again and again the one farthest from those there are."""
    centres = [np.median(lab, axis=0)]
    gap = ((lab - centres[0]) ** 2).sum(-1)
    while len(centres) < colours and gap.max() > SAME**2:
        centres.append(lab[gap.argmax()])
        gap = np.minimum(gap, ((lab - centres[-1]) ** 2).sum(-1))
    return np.stack(centres)


def chroma(lab: Lab) -> NDArray[np.float32]:
    """How colourful."""
    return np.hypot(lab[..., 1], lab[..., 2])
