"""Colours as people see them (OKLab) and as screens mix them (sRGB), and WCAG's contrast between two."""

from __future__ import annotations

import math
import re

import numpy as np
from numpy.typing import NDArray

Rgb = tuple[int, int, int]

_HEX = re.compile(r"#?([0-9a-fA-F]{6}|[0-9a-fA-F]{3})")

# Björn Ottosson, "A perceptual color space for image processing", 2020: linear sRGB → LMS, LMS^(1/3) → OKLab.
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
_FROM_LAB = np.linalg.inv(_TO_LAB)
_FROM_LMS = np.linalg.inv(_TO_LMS)


def parse_hex(text: str) -> Rgb:
    """``#rgb`` or ``#rrggbb``.

    Raises:
        ValueError: anything else.
    """
    match = _HEX.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a colour such as #1a7f5a.")
    digits = match.group(1)
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def to_hex(colour: Rgb) -> str:
    """``#rrggbb``."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def linear(srgb: NDArray[np.floating]) -> NDArray[np.float64]:
    """sRGB in 0..1 to linear light (IEC 61966-2-1)."""
    values = np.asarray(srgb, dtype=np.float64)
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _companded(light: NDArray[np.floating]) -> NDArray[np.float64]:
    values = np.clip(light, 0, None)
    return np.asarray(np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055))


def oklab(rgb: NDArray[np.integer] | Rgb) -> NDArray[np.float64]:
    """sRGB bytes ``(..., 3)`` to OKLab ``(..., 3)``: lightness 0..1, then green–red and blue–yellow."""
    light = linear(np.asarray(rgb, dtype=np.float64) / 255)
    return np.asarray(np.cbrt(light @ _TO_LMS.T) @ _TO_LAB.T)


def oklch(colour: Rgb) -> tuple[float, float, float]:
    """Lightness 0..1, chroma (0..about 0.32), hue in degrees."""
    lightness, a, b = oklab(colour).tolist()
    return lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360


def from_oklch(lightness: float, chroma: float, hue: float) -> Rgb:
    """The nearest sRGB colour of that lightness and hue: chroma gives way until it is in the gamut."""
    lightness = min(max(lightness, 0.0), 1.0)
    for step in range(33):
        kept = chroma * (1 - step / 32)
        angle = math.radians(hue)
        lab = np.array([lightness, kept * math.cos(angle), kept * math.sin(angle)])
        rgb = _companded(((lab @ _FROM_LAB.T) ** 3) @ _FROM_LMS.T)
        light = ((lab @ _FROM_LAB.T) ** 3) @ _FROM_LMS.T
        if light.min() >= -1e-4 and rgb.max() <= 1.0005:
            break
    red, green, blue = (int(value) for value in np.clip(np.rint(rgb * 255), 0, 255))
    return red, green, blue


def luminance(colour: Rgb) -> float:
    """WCAG 2.2's relative luminance, 0..1."""
    red, green, blue = linear(np.asarray(colour) / 255).tolist()
    return float(0.2126 * red + 0.7152 * green + 0.0722 * blue)


def contrast(one: Rgb, other: Rgb) -> float:
    """WCAG 2.2's contrast ratio, 1..21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def distance(one: Rgb, other: Rgb) -> float:
    """Euclidean distance in OKLab; 0.02 is just noticeable, black to white is 1."""
    return float(np.linalg.norm(oklab(one) - oklab(other)))


def hue_gap(one: float, other: float) -> float:
    """Degrees between two hues, 0..180."""
    gap = abs(one - other) % 360
    return min(gap, 360 - gap)


def readable(on: Rgb, wanted: Rgb, minimum: float) -> Rgb:
    """``wanted``, made darker or lighter (hue kept) until it stands out from ``on`` by ``minimum``; the way that
    changes it less. ``minimum`` up to 4.58 can always be had: either black or white reaches it.
    """
    lightness, chroma, hue = oklch(wanted)
    if contrast(on, wanted) >= minimum:
        return wanted
    for step in range(1, 51):
        delta = step * 0.02
        options = [
            from_oklch(target, chroma if 0.12 < target < 0.97 else chroma * 0.4, hue)
            for target in (lightness - delta, lightness + delta)
            if -0.02 <= target <= 1.02
        ]
        good = [option for option in options if contrast(on, option) >= minimum]
        if good:
            return max(good, key=lambda option: contrast(on, option))
    return max(((0, 0, 0), (255, 255, 255)), key=lambda option: contrast(on, option))


def mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    """``one`` with ``share`` (0..1) of ``other``, mixed in OKLab."""
    lab = oklab(one) * (1 - share) + oklab(other) * share
    lightness, a, b = lab.tolist()
    return from_oklch(lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360)
