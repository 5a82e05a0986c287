"""Every layout in every kind of size: legible, inside the page, nothing on top of another, nothing stretched."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from oeuvre_studio.image.designs.errors import CopyTooLongError, CopyUnusableError
from oeuvre_studio.image.designs.layouts.registry import LAYOUTS
from oeuvre_studio.image.designs.render import as_pixels
from oeuvre_studio.image.designs.request import DesignRequest
from oeuvre_studio.image.designs.scene import Box, Picture
from oeuvre_studio.image.designs.score import is_ladder
from oeuvre_studio.image.designs.sizes import format_named
from oeuvre_studio.image.designs.stack import Line
from tests.studio.image.designs import artists
from tests.studio.image.designs.support import COPY, laid_out, problems

SIZES = ("300x250", "1080x1920", "1200x628")
BANNERS = ("728x90", "970x250")


@pytest.mark.parametrize("layout", sorted(set(LAYOUTS) - {"window"}))
def test_layout__texts_are_legible_and_apart_in_every_size(layout: str) -> None:
    made = 0
    for index, size in enumerate(BANNERS if layout == "strip" else SIZES):
        works = artists.round_artist() if index % 2 == 0 else artists.angular_artist()
        try:
            candidate = laid_out(works, layout, size)
        except CopyTooLongError:
            continue
        if candidate is None or candidate.score.faults:
            continue
        made += 1
        assert problems(candidate.design, candidate.composed) == []
    assert made >= 1


def test_window__shows_a_scene_cropped_but_not_stretched() -> None:
    candidate = laid_out((artists.scene(),), "window", "1200x628")
    assert candidate is not None
    assert problems(candidate.design, candidate.composed) == []


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_layout__keeps_the_proportions_of_every_work(layout: str) -> None:
    works = (artists.scene(),) if layout == "window" else artists.round_artist()
    size = "728x90" if layout == "strip" else "1080x1080"
    try:
        candidate = laid_out(works, layout, size, DesignRequest(headline="Go", cta="Now"))
    except CopyTooLongError:
        pytest.fail("two words fit everywhere")
    assert candidate is not None
    pictures = [node for node in candidate.design.nodes if isinstance(node, Picture)]
    assert pictures
    for node in pictures:
        with Image.open(io.BytesIO(base64.b64decode(candidate.design.assets[node.asset].content))) as image:
            assert node.box.w / node.box.h == pytest.approx(image.width / image.height, rel=0.012)


def test_layout__keeps_texts_out_of_a_storys_edges() -> None:
    story = format_named("1080x1920")
    for layout in ("stage", "poster", "wreath"):
        candidate = laid_out(artists.round_artist(), layout, "1080x1920")
        assert candidate is not None
        for box in candidate.composed.boxes.values():
            assert box.y >= story.height * 0.14 - 0.5
            assert box.bottom <= story.height * 0.80 + 0.5


@pytest.mark.parametrize("size", ["728x90", "a6", "640x900"])
def test_layout__fills_the_whole_page(size: str) -> None:
    layout = "strip" if size == "728x90" else "split"
    candidate = laid_out(artists.round_artist(), layout, size)
    assert candidate is not None
    pixels = as_pixels(candidate.design, 400)
    assert pixels.shape[1] / pixels.shape[0] == pytest.approx(format_named(size).ratio, rel=0.02)
    drawn = (np.abs(pixels.astype(int) - candidate.design.ground).max(axis=2) > 8).nonzero()
    for taken, side in zip(drawn, pixels.shape[:2], strict=True):
        assert taken.min() < 0.14 * side
        assert taken.max() > 0.86 * side


def test_layouts__two_freelancers_get_visibly_different_designs() -> None:
    fruit = laid_out(artists.round_artist(), "split", "1080x1080")
    town = laid_out(artists.angular_artist(), "split", "1080x1080")
    assert fruit is not None
    assert town is not None
    assert fruit.design.facts["pair"] != town.design.facts["pair"]
    outlined = [node for node in fruit.design.nodes if not isinstance(node, Picture) and node.stroke]
    plain = [node for node in town.design.nodes if not isinstance(node, Picture) and node.stroke]
    assert outlined
    assert not plain


LETTERS = st.text(st.sampled_from("aeiou çãéõ nrst lmdp 0123456789 &!?%"), min_size=1, max_size=90)


@given(headline=LETTERS, body=LETTERS, layout=st.sampled_from(sorted(LAYOUTS)), size=st.sampled_from(SIZES))
@settings(max_examples=12, deadline=None, derandomize=True)
def test_layout__any_copy_is_set_well_or_refused(headline: str, body: str, layout: str, size: str) -> None:
    request = DesignRequest(headline=headline, body=body, cta=COPY.cta)
    try:
        candidate = laid_out(artists.angular_artist(), layout, size, request)
    except (CopyTooLongError, CopyUnusableError):
        return
    if candidate is None or candidate.score.faults:
        return
    assert problems(candidate.design, candidate.composed) == []
    words = " ".join(line.text for line in candidate.composed.lines if line.role == "headline").split()
    assert [word.lower() for word in words] == candidate.design.texts["headline"].lower().split()


def _headline(lines: list[str]) -> list[Line]:
    box = Box(0, 0, 10, 10)
    return [Line("headline", 0, text, 0, 0, 40, "any", (0, 0, 0), 0, box) for text in lines]


def test_is_ladder__is_a_headline_of_single_words_where_there_is_room_for_lines() -> None:
    ladder = _headline(["Fresh", "bread", "from", "four", "in the", "morning"])
    assert is_ladder(ladder, format_named("1080x1080"))
    assert not is_ladder(ladder, format_named("160x600")), "a narrow page has room for nothing else"
    assert not is_ladder(_headline(["Fresh bread from", "four in the morning"]), format_named("1080x1080"))


def test_close_motif__is_whole_on_a_small_page() -> None:
    made = laid_out(artists.round_artist(), "close-up", "300x250")
    assert made is not None
    (hero,) = [node.box for node in made.design.nodes if isinstance(node, Picture) and node.part == "hero"]
    assert hero.x > 0
    assert hero.y > 0
    assert hero.right < 300
    assert hero.bottom < 250
