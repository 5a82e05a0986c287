"""The demo's drawings: plain SVG of one hand each, and patterns that join on every side."""

from __future__ import annotations

import io
import re
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pytest
import resvg_py
from lxml import etree
from PIL import Image

from oeuvre.interfaces.demo.content import DemoWork, demo_freelancers
from oeuvre.kit.files.drawings import drawing_check
from oeuvre_studio.image.patch.pieces import make_piece

if TYPE_CHECKING:
    from numpy.typing import NDArray

BY = {person.handle: person.works for person in demo_freelancers() if person.modality == "image"}
DRAWINGS = list(chain.from_iterable(BY.values()))
SINGLES = [work for work in DRAWINGS if work.kind in ("spot illustration", "motif for repeats")]
TILES = [work for work in DRAWINGS if work.kind == "seamless pattern"]
PLAIN = {
    "svg", "title", "defs", "g", "use", "path", "rect", "circle", "ellipse",
    "pattern", "mask", "linearGradient", "stop",
}  # fmt: skip
MOST_BYTES, MOST_COLOURS = 20_000, 8
CUT = 61
"""Pixels taken off two sides of a tile: then it joins no more."""


def drawn(work: DemoWork, edge: int) -> NDArray[np.int16]:
    """RGBA, ``(height, width, 4)``."""
    png = resvg_py.svg_to_bytes(svg_string=work.path.read_text(), width=edge, skip_system_fonts=True)
    with Image.open(io.BytesIO(bytes(png))) as picture:
        return np.asarray(picture.convert("RGBA"), dtype=np.int16)


def colours_of(work: DemoWork) -> set[str]:
    return set(re.findall(r"#[0-9a-f]{6}\b", work.path.read_text()))


def seams(tile: NDArray[np.int16]) -> tuple[float, float]:
    """How much the two edges that meet in a repeat differ, horizontally and vertically, against the largest step between
    two neighbouring lines inside: at most 1 where nothing shows.
    """
    found = []
    for across in (tile, tile.transpose(1, 0, 2)):
        inside = np.abs(np.diff(across, axis=1)).mean(axis=(0, 2)).max()
        found.append(float(np.abs(across[:, 0] - across[:, -1]).mean() / inside))
    return found[0], found[1]


@pytest.mark.parametrize("work", DRAWINGS, ids=lambda work: work.path.stem)
def test_demo_drawing__is_small_and_plain_and_carries_its_title(work: DemoWork) -> None:
    data = work.path.read_bytes()
    assert len(data) < MOST_BYTES
    drawing_check(data)
    root = etree.fromstring(data)
    assert {etree.QName(node).localname for node in root.iter(etree.Element)} <= PLAIN
    assert all(value.startswith("#") for node in root.iter() for key, value in node.attrib.items() if "href" in key)
    assert root.findtext("{*}title") == work.title
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"


def test_demo_drawings__are_singles_scenes_and_tiles() -> None:
    assert len(SINGLES) >= 30
    assert len(TILES) >= 14
    assert len(DRAWINGS) >= len(SINGLES) + len(TILES) + 10


def test_demo_drawings__keep_to_one_palette_a_person() -> None:
    palettes = [set().union(*map(colours_of, works)) for works in BY.values()]
    assert len(palettes) == 2
    assert all(len(palette) <= MOST_COLOURS for palette in palettes)
    assert palettes[0].isdisjoint(palettes[1])


def test_demo_singles__stand_on_clear_ground() -> None:
    for work in SINGLES:
        alpha = drawn(work, 160)[:, :, 3]
        corners = alpha[0, 0], alpha[0, -1], alpha[-1, 0], alpha[-1, -1]
        assert max(corners) == 0, work.title
        assert 0.1 < (alpha > 128).mean() < 0.9, work.title


@pytest.mark.parametrize("work", TILES, ids=lambda work: work.path.stem)
def test_demo_pattern__joins_on_every_side_and_would_not_if_it_were_cut(work: DemoWork) -> None:
    tile = drawn(work, 720)
    assert tile[:, :, 3].min() == 255
    across, down = seams(tile)
    assert across < 0.9
    assert down < 0.9
    cut_across, cut_down = seams(tile[:-CUT, :-CUT])
    assert max(cut_across, cut_down) > 1.2 * max(across, down, 0.5)


def test_studio__takes_the_patterns_for_repeats_and_nothing_else() -> None:
    for work in DRAWINGS:
        picture = Image.fromarray(drawn(work, 480).astype(np.uint8))
        piece = make_piece(picture, key=work.title, title=work.title, keywords=work.keywords, kind=work.kind)
        assert piece.repeats == (work.kind == "seamless pattern"), work.title
