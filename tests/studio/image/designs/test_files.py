"""The files: real text, fonts inside, nothing outside; the same bytes for the same seed; credit to every work."""

from __future__ import annotations

import base64
import dataclasses
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pypdf
import pytest
from fontTools.ttLib import TTFont
from lxml import etree
from PIL import Image, ImageDraw

from oeuvre_studio.image.designs import prepare, search
from oeuvre_studio.image.designs.assets import Assets, lightened
from oeuvre_studio.image.designs.credit import shares
from oeuvre_studio.image.designs.cutout import motif_of
from oeuvre_studio.image.designs.errors import (
    CopyTooLongError,
    CopyUnusableError,
    DesignUnreadableError,
    MissingGlyphError,
    SizeUnknownError,
)
from oeuvre_studio.image.designs.fonts import PAIRS
from oeuvre_studio.image.designs.layouts.registry import LAYOUTS
from oeuvre_studio.image.designs.mode import DesignOutput, DesignRequest, generate, rerender
from oeuvre_studio.image.designs.render import rasterised, rendered
from oeuvre_studio.image.designs.request import LIMITS
from oeuvre_studio.image.designs.scene import Box, Design, Picture, Shape
from oeuvre_studio.image.designs.score import WEIGHTS
from oeuvre_studio.image.designs.shapes import rectangle
from oeuvre_studio.image.designs.sizes import FORMATS, format_named
from tests.studio.image.designs import artists
from tests.studio.image.designs.support import COPY, laid_out, opened

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True, scope="module")
def quick() -> Iterator[None]:
    """One candidate of each layout, and the fonts that are subset soonest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "VARIANTS", 1)
        patch.setattr(prepare, "pairs_of", lambda *_: (PAIRS["comic"],))
        yield


@pytest.fixture(scope="module")
def poster(quick: None) -> DesignOutput:
    """One square design of the fruit illustrator."""
    return generate(artists.round_artist(), dataclasses.replace(COPY, sizes=("540x540",)), n=1, seed=5, suffix="svg")[0]


def test_svg__has_the_texts_as_text_and_nothing_from_outside(poster: DesignOutput) -> None:
    root = etree.fromstring(poster.content)
    said = {node.get("class"): " ".join(node.itertext()) for node in root.iter(f"{SVG}text")}
    assert said["headline"].split() == COPY.headline.split()
    assert said["body"].replace("\u00a0", " ").split() == COPY.body.split()
    assert said["cta"] == COPY.cta
    text = poster.content.decode()
    assert "<script" not in text
    assert not re.search(r"\son\w+=", text)
    links = [value for node in root.iter() for key, value in node.attrib.items() if key.endswith("href")]
    assert links
    assert all(link.startswith(("data:image/", "#")) for link in links)
    assert set(re.findall(r'url\("?(.)', text)) <= {"d", "#"}


def test_svg__embeds_the_fonts_it_uses_with_every_western_letter(poster: DesignOutput) -> None:
    root = etree.fromstring(poster.content)
    style = root.find(f".//{SVG}style").text
    embedded = {
        (family, weight): base64.b64decode(data)
        for family, weight, data in re.findall(
            r'font-family:"([^"]+)";font-weight:(\d+);src:url\("data:font/woff2;base64,([^"]+)"', style
        )
    }
    used = {(node.get("font-family").strip("'"), node.get("font-weight")) for node in root.iter(f"{SVG}text")}
    assert used == set(embedded)
    for content in embedded.values():
        font = TTFont(io.BytesIO(content))
        assert font.flavor == "woff2"
        assert "fvar" not in font
        assert set(map(ord, "AÇãézß0€")) <= set(font.getBestCmap())


def test_png__is_the_svg_as_every_viewer_shows_it(poster: DesignOutput) -> None:
    design = Design.from_json(poster.design)
    image = opened(rendered(design, "png"))
    assert image.size == (540, 540)
    assert image.mode == "RGB"
    without_fonts = rasterised(poster.content.decode(), 540, 540, [])
    same = (np.asarray(image) == without_fonts).all(axis=2).mean()
    assert 0.7 < same < 0.999  # the same picture but for the letters


def test_webp__shows_the_same_pixels_as_png(poster: DesignOutput) -> None:
    design = Design.from_json(poster.design)
    webp, png = opened(rendered(design, "webp")), opened(rendered(design, "png"))
    assert webp.format == "WEBP"
    assert np.array_equal(np.asarray(webp.convert("RGB")), np.asarray(png))


def test_pdf__has_selectable_text_embedded_fonts_and_a_trim_box() -> None:
    output = generate(
        artists.round_artist(), DesignRequest(headline="Três ofícios", brand="Açaí", sizes=("card",)), n=1, suffix="pdf"
    )[0]
    page = pypdf.PdfReader(io.BytesIO(output.content)).pages[0]
    assert ["Três", "ofícios"][0] in page.extract_text()
    assert "Açaí" in page.extract_text()
    fonts = (
        [font.get_object() for font in page["/Resources"]["/Font"].values()] if "/Font" in page["/Resources"] else []
    )
    for form in page["/Resources"].get("/XObject", {}).values():
        inner = form.get_object().get("/Resources", {})
        fonts += [font.get_object() for font in inner.get("/Font", {}).values()]
    assert fonts
    for font in fonts:
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)
    trim = page.trimbox
    assert float(trim.width) == pytest.approx(85 / 25.4 * 72, abs=0.1)
    assert float(page.mediabox.width) == pytest.approx(91 / 25.4 * 72, abs=0.1)


def test_generate__gives_the_same_bytes_for_the_same_seed() -> None:
    request = DesignRequest(headline="Lemons", cta="Buy", sizes=("300x250",))
    one, two, other = (generate(artists.round_artist(), request, n=2, seed=seed, suffix="svg") for seed in (8, 8, 9))
    assert [output.content for output in one] == [output.content for output in two]
    assert [output.content for output in one] != [output.content for output in other]


@pytest.mark.parametrize("suffix", ["png", "webp", "pdf"])
def test_rendered__gives_the_same_bytes_for_the_same_design(suffix: str) -> None:
    candidate = laid_out(artists.round_artist(), "stage", "card", DesignRequest(headline="Lemons"))
    assert candidate is not None
    assert rendered(candidate.design, suffix) == rendered(candidate.design, suffix)


def test_generate__alternatives_look_different_and_say_why_they_are_good() -> None:
    request = dataclasses.replace(COPY, sizes=("300x250",))
    outputs = generate(artists.round_artist(), request, n=4, seed=2)
    assert len(outputs) == 4
    assert outputs[0].score == max(output.score for output in outputs)
    small = [np.asarray(opened(output.content).resize((24, 24)), dtype=float) for output in outputs]
    for index, one in enumerate(small):
        for other in small[index + 1 :]:
            assert np.abs(one - other).mean() > 8
    for output in outputs:
        assert len(output.reasons) >= 4
        assert all(0 <= value <= 1 for value in output.parts.values())
        assert sum(output.credit.values()) == pytest.approx(1, abs=1e-9)


def test_generate__keeps_an_alternatives_look_in_every_size() -> None:
    request = DesignRequest(headline="Lemons", cta="Buy", sizes=("300x250", "728x90", "320x50"))
    outputs = generate(artists.round_artist(), request, n=1, seed=4)
    assert [output.size for output in outputs] == ["300x250", "728x90", "320x50"]
    assert [opened(output.content).size for output in outputs] == [(300, 250), (728, 90), (320, 50)]
    assert len({(output.facts["scheme"], output.facts["pair"], output.facts["hero"]) for output in outputs}) == 1


def test_generate__leaves_the_lesser_texts_out_of_the_smallest_banner() -> None:
    output = generate(artists.round_artist(), dataclasses.replace(COPY, sizes=("320x50",)), n=1)[0]
    assert {"subline", "body"} <= set(output.facts["left_out"].split(", "))


def test_generate__chooses_works_by_the_prompt_or_takes_the_named_ones() -> None:
    request = DesignRequest(headline="Now open", prompt="a mill", sizes=("300x250",))
    assert generate(artists.angular_artist(), request, n=1)[0].facts["hero"] == "Mill"
    named = DesignRequest(headline="Now open", works=("Barn.png",), sizes=("300x250",))
    output = generate(artists.angular_artist(), named, n=1)[0]
    assert list(output.credit) == [artists.angular_artist()[3].sha256]


def test_generate__draws_a_drawing_as_a_drawing() -> None:
    output = generate([artists.drawing()], DesignRequest(headline="Stars", sizes=("300x250",)), n=1, suffix="svg")[0]
    assert b"data:image/svg+xml;base64," in output.content
    assert output.credit == {artists.drawing().sha256: 1.0}


def test_generate__uses_brand_colours_and_a_logo_without_crediting_it() -> None:
    logo = Image.new("RGBA", (300, 100), (0, 0, 0, 0))
    ImageDraw.Draw(logo).ellipse((20, 10, 280, 90), fill="#0b5fff")
    buffer = io.BytesIO()
    logo.save(buffer, "PNG")
    request = DesignRequest(
        headline="Lemons", cta="Buy", brand="Casa", logo=buffer.getvalue(), colours=("#0b5fff",), sizes=("300x250",)
    )
    output = generate(artists.round_artist(), request, n=1, suffix="svg")[0]
    assert "#0b5fff" in output.content.decode()
    design = Design.from_json(output.design)
    assert any(isinstance(node, Picture) and node.part == "logo" for node in design.nodes)
    assert set(output.credit) <= {work.sha256 for work in artists.round_artist()}


def test_rerender__changes_the_words_and_nothing_else(poster: DesignOutput) -> None:
    before = Design.from_json(poster.design)
    content, changed = rerender(poster.design, texts={"headline": "Promoção de Natal", "cta": "Ver já"}, suffix="png")
    after = Design.from_json(changed)
    assert after.texts["headline"] == "Promoção de Natal"
    assert (after.nodes, after.frames, after.ground, after.assets) == (
        before.nodes,
        before.frames,
        before.ground,
        before.assets,
    )
    one, two = np.asarray(opened(rendered(before, "png"))), np.asarray(opened(content))
    different = np.argwhere((one != two).any(axis=2))
    boxes = [frame.box for frame in before.frames]
    top, left = different.min(axis=0)
    bottom, right = different.max(axis=0)
    assert left >= min(box.x for box in boxes) - 3
    assert top >= min(box.y for box in boxes) - 3
    assert right <= max(box.right for box in boxes) + 3
    assert bottom <= max(box.bottom for box in boxes) + 3
    assert rerender(poster.design, suffix="svg") == (poster.content, poster.design)


def test_rerender__refuses_what_does_not_fit_or_has_no_place(poster: DesignOutput) -> None:
    with pytest.raises(CopyTooLongError, match="540x540"):
        rerender(poster.design, texts={"headline": "Rindfleischetikettierungsüberwachungsaufgabenübertragung"})
    with pytest.raises(CopyUnusableError, match="no place"):
        rerender(poster.design, texts={"price": "9 €"})
    with pytest.raises(CopyUnusableError, match="headline"):
        rerender(poster.design, texts={"headline": " "})
    with pytest.raises(MissingGlyphError, match=r"U\+6F22"):
        rerender(poster.design, texts={"headline": "漢"})


@pytest.mark.parametrize("damage", ["", "[]", "{}", '{"format": "oeuvre-design/1"}'])
def test_rerender__refuses_what_is_no_design(damage: str) -> None:
    with pytest.raises(DesignUnreadableError):
        rerender(damage)


def test_rerender__draws_no_foreign_address(poster: DesignOutput) -> None:
    document = json.loads(poster.design)
    name = next(iter(document["assets"]))
    picture = document["assets"][name]
    document["texts"]["headline"] = "</text><script>"
    content, _ = rerender(json.dumps(document), suffix="svg")
    assert b"<script" not in content
    outside = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="/etc/x.png"/></svg>'
    for bad in (
        {**picture, "content": '"/><script>'},
        {**picture, "mime": "text/html"},
        {**picture, "mime": "image/svg+xml", "content": base64.b64encode(outside).decode()},
    ):
        document["assets"][name] = bad
        with pytest.raises(DesignUnreadableError):
            rerender(json.dumps(document), suffix="svg")


def test_shares__are_the_visible_areas() -> None:
    squares = []
    for title in ("One", "Two"):
        image = Image.new("RGBA", (120, 120), (0, 0, 0, 0))
        ImageDraw.Draw(image).rectangle((10, 10, 109, 109), fill="#cc3333")
        squares.append(artists.work(title, image))
    assets, nodes = Assets(), []
    motifs = [motif for motif in map(motif_of, squares) if motif is not None]
    names = [assets.cutout(motif) for motif in motifs]
    nodes = [
        Picture(names[0], Box(0, 0, 100, 100), "hero"),
        Picture(names[1], Box(150, 0, 100, 100), "support"),
        Shape(rectangle(Box(200, 0, 100, 100)), (9, 9, 9)),
    ]
    design = Design(
        "300x250", (255, 255, 255), tuple(nodes), (), {name: assets[name] for name in names}, {"headline": ""}
    )
    credit = shares(design)
    assert credit[squares[0].sha256] == pytest.approx(2 / 3, abs=0.01)
    assert credit[squares[1].sha256] == pytest.approx(1 / 3, abs=0.01)


@pytest.mark.parametrize(
    ("request_", "error", "said"),
    [
        (DesignRequest(headline=""), CopyUnusableError, "headline"),
        (DesignRequest(headline="Go", works=("nothing.png",)), CopyUnusableError, "nothing.png"),
        (DesignRequest(headline="Go", colours=("blue",)), CopyUnusableError, "blue"),
        (DesignRequest(headline="Go", logo=b"no picture"), CopyUnusableError, "logo"),
        (DesignRequest(headline="漢字"), MissingGlyphError, "U\\+6F22"),
        (DesignRequest(headline="Go", sizes=("wide",)), SizeUnknownError, "wide"),
        (DesignRequest(headline="Go", sizes=()), CopyUnusableError, "size"),
    ],
)
def test_generate__says_what_to_mend(request_: DesignRequest, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        generate(artists.round_artist(), request_, n=1)


def test_generate__needs_works_and_a_kind_of_file() -> None:
    with pytest.raises(CopyUnusableError, match="no works"):
        generate([], DesignRequest(headline="Go"))
    blank = artists.work("Blank", Image.new("RGB", (64, 64), "white"))
    with pytest.raises(CopyUnusableError, match="something drawn"):
        generate([blank], DesignRequest(headline="Go"))
    with pytest.raises(CopyUnusableError, match="gif"):
        generate(artists.round_artist(), DesignRequest(headline="Go"), suffix="gif")


def test_formats__have_a_source_and_the_usual_sizes() -> None:
    assert {"300x250", "728x90", "160x600", "1080x1080", "1080x1920", "a4", "card"} <= set(FORMATS)
    assert all(made.source for made in FORMATS.values())
    assert FORMATS["a4"].pixels == (2480, 3508)
    assert format_named("800 × 600").name == "800x600"
    for bad in ("10x10", "9000x100", "4000x100", "large"):
        with pytest.raises(SizeUnknownError):
            format_named(bad)


def test_lightened__makes_a_small_banner_a_small_file() -> None:
    candidate = laid_out(artists.round_artist(), "strip", "320x50", DesignRequest(headline="Go"))
    assert candidate is not None
    light = lightened(candidate.design)
    assert len(light.to_json()) < 0.7 * len(candidate.design.to_json())
    for node in light.nodes:
        if isinstance(node, Picture):
            with opened(base64.b64decode(light.assets[node.asset].content)) as picture:
                assert picture.width / picture.height == pytest.approx(node.box.w / node.box.h, rel=0.03)


def test_handbook__names_every_size_layout_and_typeface() -> None:
    page = (Path(__file__).resolve().parents[4] / "docs" / "handbook" / "designs.md").read_text()
    for name in FORMATS:
        assert f"`{name}`" in page
    for pair in PAIRS.values():
        assert f"| {pair.name} | {pair.display.family} | {pair.text.family} |" in page
    for layout in LAYOUTS:
        assert layout in page
    for role, limit in LIMITS.items():
        assert f"| `{role}` | {limit} |" in page
    for part, weight in WEIGHTS.items():
        assert f"| {part} | {weight:.2f} |" in page
