"""What a modality measures about a version, as people read it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable


@dataclasses.dataclass(frozen=True)
class Measure:
    """An entry of the list: where a measure is, where it comes from, and what people call its bars."""

    module: str
    title: str
    source: str
    unit: str
    bars: dict[str, str]
    """Bar → title. A bar that ends with ``_`` is completed by another author's name, which stands for ``{}``."""
    about: str
    """What it says, in a sentence."""


def title_among(measures: Iterable[Measure], bar: str) -> str:
    """A bar's title for people; a name that no measure lists is put as it is."""
    for measure in measures:
        for name, title in measure.bars.items():
            if name == bar or (name.endswith("_") and bar.startswith(name)):
                return title.format(bar.removeprefix(name))
    return bar.replace("_", " ")
