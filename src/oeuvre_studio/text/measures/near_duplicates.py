"""Near-duplicates: does the version hand out somebody else's work?

What: every output that a report shows against the work of everybody else on the installation, of which the studio has
sketches only (`oeuvre_studio.protocol.sketches`): keyed hashes, no text.
Formula: containment ``|S(output) ∩ S(work)| / |S(output)|``, where ``S`` is the set of 8-word shingles sampled by one
modulus from both; the largest over all outputs and works counts.
Source: Broder 1997, "On the resemblance and containment of documents". Containment and not resemblance, because an
output is short and a work long: a novel's paragraph resembles the novel hardly at all.
Unit: a share of the output's shingles, 0 to 1; its standard error is below 0.07 for an output of 200 words.
Bar: ``near_duplicate_of_others``. Its threshold of a fifth is 50 of an output's 256 tokens, the length from which
``longest_copied_run`` counts a run as copied too. Measured where an index of others' works was given; without one
nothing is said, and the report shows that.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from oeuvre_studio.errors import OthersIndexError
from oeuvre_studio.protocol import (
    ForeignPassage,
    NearDuplicates,
    Shingle,
    read_index,
    read_sketch_key,
    shingles,
)

SHOWN = 3
"""Passages shown to people, those with the largest shares."""


@dataclasses.dataclass(frozen=True)
class OthersIndex:
    """The sketches of everybody else's works, on disk, and the key they were made with."""

    file: Path
    key: bytes

    def sketches(self) -> Iterator[tuple[str, bytes]]:
        """``(id, sketch)`` of each work. Raises OthersIndexError for a file that is no index of this key."""
        with self.file.open("rb") as stream:
            yield from read_index(stream, key=self.key)


def open_index(file: Path | None, key_file: Path | None) -> OthersIndex | None:
    """The index in a file, read through once, so that a damaged one is refused before the long part of a run.

    Raises:
        OthersIndexError: one of the two is not given, missing or damaged, or the index was made with another key.
    """
    if file is None and key_file is None:
        return None
    if file is None or key_file is None:
        raise OthersIndexError(
            "An index of others' works and its key go together: give --others-index and --others-key."
        )
    index = OthersIndex(file=file, key=read_sketch_key(key_file))
    try:
        for _ in index.sketches():
            pass
    except OSError as error:
        raise OthersIndexError(f"The index {file} cannot be read: {error}") from error
    return index


def near_duplicates(outputs: Sequence[str], index: OthersIndex) -> NearDuplicates:
    """The largest containment of any output in any work of the index, and the stretches concerned."""
    written = [shingles(output, index.key) for output in outputs]
    values = [{shingle.value for shingle in found} for found in written]
    wanted = np.array(sorted(set().union(*values)), dtype=np.uint64)
    found: list[ForeignPassage] = []
    works = 0
    for work, sketch in index.sketches():
        works += 1
        shared = _shared(wanted, np.frombuffer(sketch, dtype="<u8"))
        for number in range(len(outputs)) if shared else ():
            common = values[number] & shared
            if common:
                found.append(
                    ForeignPassage(
                        work=work,
                        share=round(len(common) / len(values[number]), 4),
                        sample=number,
                        text=_stretch(outputs[number], written[number], common),
                    )
                )
    found.sort(key=lambda passage: (-passage.share, passage.sample, passage.work))
    return NearDuplicates(works=works, highest_share=found[0].share if found else 0.0, passages=tuple(found[:SHOWN]))


def _shared(
    wanted: np.ndarray[tuple[int], np.dtype[np.uint64]], sketch: np.ndarray[tuple[int], np.dtype[np.uint64]]
) -> set[int]:
    """Which of the ``wanted`` values are in a sketch; both ascend."""
    if not len(sketch) or not len(wanted):
        return set()
    places = np.minimum(np.searchsorted(sketch, wanted), len(sketch) - 1)
    return set(wanted[sketch[places] == wanted].tolist())


def _stretch(output: str, written: Sequence[Shingle], common: set[int]) -> str:
    """The output from the first to the last of the common shingles."""
    inside = [shingle for shingle in written if shingle.value in common]
    return output[inside[0].start : inside[-1].end]
