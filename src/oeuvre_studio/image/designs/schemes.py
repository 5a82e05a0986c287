"""Colour schemes for one design: who plays ground, shape, text and call to action, taken from the chosen works and
the freelancer's palette, with every text's contrast settled beforehand.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from oeuvre_studio.image.designs.colour import Rgb, contrast, distance, from_oklch, hue_gap, mix, oklch, readable
from oeuvre_studio.image.designs.style import Style, Swatch

AA = 4.5
"""WCAG 2.2, success criterion 1.4.3: contrast of text."""
AA_LARGE = 3.0
"""The same for text of at least 24 px, or 18.66 px in bold."""


@dataclasses.dataclass(frozen=True)
class Scheme:
    """``ground`` lies behind everything; ``shape`` is what stands on it behind the motif; ``text`` (running text) and
    ``loud`` (the headline's stressed line) are read on the ground, ``shape_text`` on the shape; ``button`` with
    ``button_text`` is the call to action on the ground; ``line`` is the colour of outlines, ``paper`` of cut edges.
    """

    name: str
    ground: Rgb
    shape: Rgb
    text: Rgb
    loud: Rgb
    shape_text: Rgb
    button: Rgb
    button_text: Rgb
    line: Rgb
    paper: Rgb = (255, 255, 255)


def schemes(style: Style, motif_colours: Sequence[Swatch], brand: Sequence[Rgb]) -> list[Scheme]:
    """The schemes worth trying for a design, the most natural first: strong colours for a
    freelancer who paints in them, quiet ones for one who does not.
    """
    own = [swatch.colour for swatch in _hues(motif_colours)]
    wider = [swatch.colour for swatch in style.chromatic()]
    if brand:
        return _branded(style, list(brand), own or wider)
    lead = (own or wider or [style.ink])[0]
    others = [one for one in [*own[1:], *wider] if hue_gap(oklch(one)[2], oklch(lead)[2]) > 30]
    second = others[0] if others else from_oklch(0.62, max(oklch(lead)[1], 0.12), oklch(lead)[2] + 150)
    quiet = [_tint(style, lead, second), _paper(style, lead, second)]
    strong = [_bold(style, second, lead), _deep(style, lead, second), _bold(style, lead, second)]
    made = [*strong, *quiet] if style.colourful else [*quiet, *strong]
    made.append(_tint(style, second, lead))
    if len(others) > 1:
        made.append(_deep(style, others[1], lead))
        made.append(_bold(style, others[1], lead))
    return _distinct(made)


def _hues(swatches: Sequence[Swatch]) -> list[Swatch]:
    kept: list[Swatch] = []
    for swatch in sorted(swatches, key=lambda one: -one.share * (0.02 + oklch(one.colour)[1])):
        _, chroma, hue = oklch(swatch.colour)
        if chroma >= 0.03 and all(hue_gap(hue, oklch(other.colour)[2]) > 24 for other in kept):
            kept.append(swatch)
    return kept


def _distinct(made: Sequence[Scheme]) -> list[Scheme]:
    kept: list[Scheme] = []
    for scheme in made:
        if all(distance(scheme.ground, other.ground) + distance(scheme.shape, other.shape) > 0.1 for other in kept):
            kept.append(scheme)
    return kept


def _finished(
    name: str, style: Style, ground: Rgb, shape: Rgb, button: Rgb, loud: Rgb, line: Rgb | None = None
) -> Scheme:
    """Settle every text colour on what it stands on."""
    dark = _ink(style, ground)
    light = mix((255, 255, 255), ground, 0.06)
    text = dark if contrast(dark, ground) >= max(AA + 1.5, contrast(light, ground) * 0.9) else light
    text = readable(ground, text, AA + 0.4)
    button = _standing_out(button, ground, text)
    button_text = max((dark, (255, 255, 255)), key=lambda one: contrast(one, button))
    shape_text = max((dark, light), key=lambda one: contrast(one, shape))
    return Scheme(
        name,
        ground,
        shape,
        text,
        readable(ground, loud, AA_LARGE + 0.3) if distance(loud, ground) > 0.2 else text,
        readable(shape, shape_text, AA + 0.3),
        button,
        readable(button, button_text, AA + 0.3),
        line or dark,
    )


def _standing_out(button: Rgb, ground: Rgb, text: Rgb) -> Rgb:
    """A button must be seen (WCAG 1.4.11: 3 to 1); one too like the ground becomes the text's colour, and so does a
    yellow one that would have to turn to mud.
    """
    if contrast(button, ground) >= 3:
        return button
    if yellow(oklch(button)[2]):
        return text
    moved = readable(ground, button, 3.0)
    kept_hue = oklch(moved)[1] > 0.07 and distance(moved, button) < 0.25
    return moved if kept_hue else text


def _ink(style: Style, ground: Rgb) -> Rgb:
    lightness, chroma, _ = oklch(style.ink)
    hue = oklch(ground)[2]
    return from_oklch(min(max(lightness, 0.17), 0.27), min(max(chroma, 0.025), 0.06), hue)


def _tint(style: Style, lead: Rgb, second: Rgb) -> Scheme:
    lightness, chroma, hue = oklch(lead)
    ground = from_oklch(0.945, min(0.05, 0.018 + chroma * 0.16), hue)
    shape = _light(lightness, min(chroma, 0.13), hue)
    return _finished("tint", style, ground, shape, second, _deepened(second))


def _bold(style: Style, lead: Rgb, second: Rgb) -> Scheme:
    lightness, chroma, hue = oklch(lead)
    # Between 0.60 and 0.70 neither dark nor light text reads well: go to the nearer side.
    dark = lightness < 0.64
    lightness = min(lightness, 0.52) if dark else min(max(lightness, 0.76), 0.91 if yellow(hue) else 0.83)
    chroma = min(max(chroma, 0.09), 0.175)
    ground = from_oklch(lightness, chroma, hue)
    shape = from_oklch(0.86, chroma * 0.5, hue) if dark else from_oklch(0.955, 0.045, hue)
    button = (255, 255, 255) if dark else _ink(style, ground)
    loud = from_oklch(0.93, 0.13, oklch(second)[2]) if dark else _deepened(second)
    return _finished("bold", style, ground, shape, button, loud)


def _deep(style: Style, lead: Rgb, second: Rgb) -> Scheme:
    _, chroma, hue = oklch(lead)
    own = from_oklch(0.27, min(max(chroma * 0.55, 0.045), 0.11), hue)
    ground = from_oklch(0.25, 0.035, 45) if yellow(hue) else own
    shape = _light(0.80, min(max(chroma, 0.06), 0.13), hue)
    bright = from_oklch(max(oklch(second)[0], 0.78), max(oklch(second)[1], 0.12), oklch(second)[2])
    return _finished("deep", style, ground, shape, bright, bright, line=from_oklch(0.16, 0.03, hue))


def _paper(style: Style, lead: Rgb, second: Rgb) -> Scheme:
    _, chroma, hue = oklch(lead)
    ground = from_oklch(0.972, 0.014, 85)
    shape = _light(0.82, max(chroma * 0.6, 0.07), hue)
    return _finished("paper", style, ground, shape, _deepened(second), _deepened(lead))


def yellow(hue: float) -> bool:
    """Hues whose dark shades are olive."""
    return 72 <= hue <= 128


def _light(lightness: float, chroma: float, hue: float) -> Rgb:
    """A clear, light colour; yellow is lighter and stronger than the others, or it is drab."""
    if yellow(hue):
        return from_oklch(max(lightness, 0.89), max(chroma, 0.15), min(hue, 100))
    return from_oklch(min(max(lightness, 0.74), 0.86), chroma, hue)


def _deepened(colour: Rgb) -> Rgb:
    """A shade that reads on light ground; yellow becomes burnt orange rather than olive."""
    lightness, chroma, hue = oklch(colour)
    return from_oklch(min(lightness, 0.53), max(chroma, 0.12), 48 if yellow(hue) else hue)


def _branded(style: Style, brand: list[Rgb], own: list[Rgb]) -> list[Scheme]:
    """A buyer's colours lead: the first is ground or button, the second (or the works' own) goes with it."""
    first = brand[0]
    second = brand[1] if len(brand) > 1 else (own[0] if own else first)
    hue, chroma = oklch(first)[2], oklch(first)[1]
    plain = from_oklch(0.955, min(0.03, chroma * 0.2), hue)
    dark = from_oklch(0.25, min(chroma, 0.08), hue)
    kept = contrast(first, plain) >= 3
    tint = mix(first, (255, 255, 255), 0.25) if kept else first
    made = [
        _finished("brand ground", style, first, _beside(first), second, second),
        _finished("brand tint", style, plain, tint, first, _deepened(first)),
        _finished("brand shape", style, (255, 255, 255), first, first, _deepened(first)),
    ]
    if contrast(first, dark) >= 3:
        made.append(_finished("brand deep", style, dark, first, first, mix(first, (255, 255, 255), 0.6)))
    return _distinct(made)


def _beside(colour: Rgb) -> Rgb:
    lightness, chroma, hue = oklch(colour)
    return from_oklch(lightness + (0.12 if lightness < 0.7 else -0.1), chroma * 0.9, hue)
