"""Places in works that an output is near to."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Passage:
    """A training work that is near an output, or a stretch of one (``text``). ``shared_tokens`` is the longest run it has in common with the output.

    Of a copied run, ``text`` is the run itself; ``output`` is the whole output it stands in and ``source`` the place of
    the work it comes from.
    """

    file: str
    title: str
    text: str
    similarity: float
    shared_tokens: int = 0
    output: str = ""
    source: str = ""
