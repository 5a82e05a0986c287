"""Motifs are cut free, and a style is read off the works."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from oeuvre_studio.image.designs.colour import contrast, from_oklch, oklch, readable
from oeuvre_studio.image.designs.cutout import motif_of
from oeuvre_studio.image.designs.schemes import AA, schemes
from oeuvre_studio.image.designs.style import learn, looked_at, palette_of
from tests.studio.image.designs import artists


def test_contrast__is_wcag() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((0x76, 0x76, 0x76), (255, 255, 255)) == pytest.approx(4.54, abs=0.01)


def test_oklch__goes_there_and_back() -> None:
    for colour in [(12, 200, 90), (250, 3, 99), (128, 128, 128)]:
        assert np.abs(np.subtract(from_oklch(*oklch(colour)), colour)).max() <= 1


def test_readable__changes_a_colour_no_more_than_it_must() -> None:
    assert readable((255, 255, 255), (10, 20, 30), AA) == (10, 20, 30)
    moved = readable((255, 255, 255), (255, 200, 0), AA)
    assert contrast(moved, (255, 255, 255)) >= AA
    assert contrast(moved, (255, 255, 255)) < 6.5


def test_motif_of__frees_a_motif_from_white_paper_without_a_halo() -> None:
    motif = motif_of(artists.round_artist()[0])
    assert motif is not None
    assert not motif.scene
    assert motif.pixels[0, 0, 3] == 0
    assert motif.pixels[motif.pixels.shape[0] // 2, motif.pixels.shape[1] // 2, 3] == 255
    edge = (motif.pixels[:, :, 3] > 30) & (motif.pixels[:, :, 3] < 225)
    assert edge.any()
    assert motif.pixels[edge][:, :3].mean() < 60  # the black outline, not its mixture with the paper


def test_motif_of__keeps_white_parts_inside_the_motif() -> None:
    motif = motif_of(artists.round_artist()[0])
    assert motif is not None
    white = (motif.pixels[:, :, :3].min(axis=2) > 250) & (motif.pixels[:, :, 3] == 255)
    assert white.mean() > 0.01


def test_motif_of__turns_a_soft_shadow_into_a_shade() -> None:
    image, draw = artists.paper()
    for step in range(60):
        grey = 255 - 2 * step
        draw.ellipse((200 + 4 * step, 700 + step, 760 - 4 * step, 860 - step), fill=(grey, grey, grey))
    draw.rectangle((380, 200, 580, 780), fill="#b03030")
    motif = motif_of(artists.work("Post", artists.finished(image)))
    assert motif is not None
    shade = (motif.pixels[:, :, :3].max(axis=2) == 0) & (motif.pixels[:, :, 3] > 0)
    assert shade.any()
    assert motif.pixels[shade][:, 3].max() < 180


def test_motif_of__leaves_a_scene_whole_and_an_empty_sheet_out() -> None:
    found = motif_of(artists.scene())
    assert found is not None
    assert found.scene
    assert motif_of(artists.work("Nothing", Image.new("RGB", (100, 100), "white"))) is None


def test_motif_of__uses_a_drawing_itself_where_it_is_transparent() -> None:
    star = motif_of(artists.drawing())
    assert star is not None
    assert star.vector


def test_learn__tells_two_freelancers_apart() -> None:
    fruit, town = learn(looked_at(artists.round_artist())), learn(looked_at(artists.angular_artist()))
    assert fruit.roundness > town.roundness + 0.2
    assert fruit.boldness > town.boldness + 0.3
    assert fruit.coverage > town.coverage + 0.2
    assert fruit.chroma > town.chroma + 0.05
    assert town.margin > fruit.margin + 0.05


def test_learn__finds_the_colours_that_works_are_painted_in() -> None:
    hues = sorted(round(oklch(swatch.colour)[2]) for swatch in learn(looked_at(artists.round_artist())).chromatic())
    for wanted in (95, 23, 140):
        assert any(abs(hue - wanted) < 18 for hue in hues), hues


def test_learn__refuses_works_that_show_nothing() -> None:
    with pytest.raises(ValueError, match="shows anything"):
        learn(looked_at([artists.work("Nothing", Image.new("RGB", (64, 64), "white"))]))


@pytest.mark.parametrize("brand", [[], [(0, 90, 200)], [(255, 230, 0), (20, 20, 20)]])
@pytest.mark.parametrize("artist", [artists.round_artist, artists.angular_artist])
def test_schemes__every_text_has_its_contrast(artist: object, brand: list[tuple[int, int, int]]) -> None:
    works = artist()  # type: ignore[operator]
    motif = motif_of(works[0])
    assert motif is not None
    made = schemes(learn(looked_at(works)), palette_of([motif], 8), brand)
    assert len(made) >= 3
    for scheme in made:
        assert contrast(scheme.text, scheme.ground) >= AA
        assert contrast(scheme.loud, scheme.ground) >= 3
        assert contrast(scheme.shape_text, scheme.shape) >= AA
        assert contrast(scheme.button_text, scheme.button) >= AA
        assert contrast(scheme.button, scheme.ground) >= 2.99


def test_palette_of__gives_one_colour_for_one_colour() -> None:
    image, draw = artists.paper()
    ImageDraw.Draw(image)
    draw.ellipse((100, 100, 800, 800), fill="#2266cc")
    motif = motif_of(artists.work("Disc", artists.finished(image)))
    assert motif is not None
    best = palette_of([motif])[0]
    assert np.abs(np.subtract(best.colour, (0x22, 0x66, 0xCC))).max() < 6
