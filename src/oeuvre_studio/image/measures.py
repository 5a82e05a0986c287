"""What the gate measures about a version of pictures, as people read it."""

from __future__ import annotations

from oeuvre_studio.image.descriptors import COPY
from oeuvre_studio.image.patch.seams import SEAMLESS
from oeuvre_studio.measures import Measure
from oeuvre_studio.protocol import Bar

SECONDS = {256: 10.0, 512: 40.0}
"""Most seconds of one core for a square of so many pixels a side, with six references."""
LARGEST_COPY = 0.25
CREDIT_ERROR = 1e-6

MEASURES = (
    Measure(
        "seconds",
        "Time for a picture",
        "one processor core, six references",
        "s",
        {"seconds_": "Time for {} pixels a side"},
        "How long the processor works on one variation.",
    ),
    Measure(
        "credit",
        "Credit",
        "counted from the patch map",
        "",
        {"credit_error": "Credit adds up to 1"},
        "Every pixel of a drawing comes from one work; the shares are counted, not estimated.",
    ),
    Measure(
        "largest_copy",
        "Largest copy",
        "connected pixels of one source and one offset",
        "share",
        {"largest_copy": "Largest region copied in one go"},
        "The worst of the outputs of all ways that are not asked to keep a work as it is.",
    ),
    Measure(
        "seam",
        "Seams of patterns",
        "step across the edge against the steps inside",
        "",
        {"seam": "Seam of a repeating pattern"},
        "How much the place shows where the patterns that were made are laid side by side; 1 is no more than lines inside them.",
    ),
    Measure(
        "style",
        "Whose hand",
        "regularised logistic regression over the drawing's style",
        "distance",
        {"style_": "Nearer to the author's unseen works than to those of {}"},
        "Where the outputs lie between the author's unseen works and another artist's, on the axis that tells those two apart.",
    ),
    Measure(
        "foreign",
        "Likeness to others' works",
        "SSCD, Pizzi et al. 2022",
        "cosine",
        {"likeness_to_others": "Likeness to another's work"},
        "The most alike pair of an output or work of this model and a work of somebody else.",
    ),
)


def at_most(name: str, value: float, most: float, unit: str) -> Bar:
    """A bar that small values meet."""
    return Bar(name=name, value=round(value, 6), unit=unit, bar=f"≤ {most:g}", met=value <= most)


def below(name: str, value: float, limit: float, unit: str) -> Bar:
    """A bar that values under it meet."""
    return Bar(name=name, value=round(value, 4), unit=unit, bar=f"< {limit:.4g}", met=value < limit)


def foreign_bar(value: float) -> Bar:
    """The most alike picture of somebody else's, as a cosine."""
    return below("likeness_to_others", value, COPY, "cosine")


def seam_bar(value: float) -> Bar:
    """The most visible seam of the patterns that were made, see `oeuvre_studio.image.patch.seams`."""
    return at_most("seam", value, SEAMLESS, "")
