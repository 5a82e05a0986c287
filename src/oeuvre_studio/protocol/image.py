"""What only the report of an image version has."""

from __future__ import annotations

import dataclasses
from typing import Literal


@dataclasses.dataclass(frozen=True)
class ModeScore:
    """One way to make a picture, over the outputs that the gate made with it."""

    mode: str
    outputs: int
    largest_copy: float
    """The largest region that one work lent in one go, as a share of the picture: the worst of the outputs."""
    copies: bool
    """Whether this way is asked to keep a work as it is, so that there is no bar for the largest copy."""


@dataclasses.dataclass(frozen=True)
class Timing:
    """How long a picture takes on one processor core."""

    pixels: int
    """Of each side."""
    references: int
    seconds: float


@dataclasses.dataclass(frozen=True)
class StyleComparison:
    """Outputs between the author's unseen works and another artist's, on the axis that tells the two apart best."""

    other: str
    outputs: float
    """Where the outputs lie; the author's works are at the positive end."""
    own: float
    """Where the author's own works lie that the axis was not made with and the model does not hold."""
    others: float
    """Where works of the other artist lie that the axis was not made with."""
    told_apart: float
    """The share of those unseen works of both that the axis puts on the right side; 0.5 is chance."""


@dataclasses.dataclass(frozen=True)
class ForeignPicture:
    """A picture that is like somebody else's work. ``sample`` is the output's number in ``samples``; -1: it is a work."""

    other: str
    work: str
    """The other's work, by its file or hash."""
    title: str
    """What is like it: an output's wish, or the title of a work that the version holds."""
    similarity: float
    sample: int = -1


@dataclasses.dataclass(frozen=True)
class WorkUse:
    """How much of all outputs together came from one work."""

    work: str
    title: str
    share: float


@dataclasses.dataclass(frozen=True)
class ImageDetails:
    """The figures of a model over pictures."""

    motifs: int
    """Works with a drawing on a flat ground, which can be cut out."""
    scenes: int
    """Works that are pictures to their edges."""
    modes: tuple[ModeScore, ...]
    timings: tuple[Timing, ...]
    works: tuple[WorkUse, ...]
    """Largest share first."""
    styles: tuple[StyleComparison, ...]
    foreign: tuple[ForeignPicture, ...]
    """What is most like others' works, most alike first; empty where no others were given."""
    modality: Literal["image"] = "image"
