"""SVG drawings: what is refused before anything draws it, and the same pixels everywhere for the rest."""

import base64
import os
import resource
from pathlib import Path

import pytest
from PIL import Image

from oeuvre_studio.image import drawings, raster
from oeuvre_studio.image.drawings import DrawingRefusedError, read_drawing
from oeuvre_studio.image.raster import font_files, rasterise
from tests.studio.image.pictures import DRAWING, as_file, svg


def refusal(source: str) -> str:
    with pytest.raises(DrawingRefusedError) as refused:
        read_drawing(source)
    assert refused.value.reason.endswith(".")
    return refused.value.code


def embedded(picture: Image.Image) -> str:
    return f"data:image/png;base64,{base64.b64encode(as_file(picture)).decode()}"


def test_rasterise__draws_in_the_asked_size_on_nothing() -> None:
    picture = rasterise(DRAWING, edge=400)
    assert (picture.mode, picture.size) == ("RGBA", (400, 200))
    assert picture.getpixel((100, 100)) == (255, 0, 0, 255)
    assert picture.getpixel((300, 100)) == (0, 0, 255, 255)
    assert picture.getpixel((399, 0)) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('viewBox="0 0 200 100"', (100, 50)),
        ('width="30000" height="60000" viewBox="0 0 1 2"', (50, 100)),
        ('width="50mm" height="2.5cm"', (100, 50)),
        ('width="1in" height="1in" viewBox="0 0 200 100"', (100, 100)),
        ('width="100%" height="100%" viewBox="0 0 200 100"', (100, 50)),
        ('height="20" viewBox="0 0 200 100"', (100, 50)),
    ],
)
def test_rasterise__rewrites_the_size_a_drawing_asks_for(attributes: str, size: tuple[int, int]) -> None:
    picture = rasterise(svg('<rect width="100%" height="100%" fill="#00ff00"/>', attributes), edge=100)
    assert picture.size == size
    assert picture.getpixel((40, 40)) == (0, 255, 0, 255)


def test_rasterise__sets_letters_in_its_own_fonts_whatever_they_ask_for() -> None:
    text = '<text x="10" y="70" font-size="60" font-family="{}">Hamburg</text>'
    families = ("sans-serif", "Instrument Sans", "No Such Font", "Newsreader")
    sans, ours, unknown, serif = (rasterise(svg(text.format(family)), edge=200) for family in families)
    assert sans.getbbox() is not None
    assert sans.tobytes() == ours.tobytes() != serif.tobytes() == unknown.tobytes()
    assert all(file.is_file() for file in font_files())


def test_rasterise__draws_the_pictures_a_drawing_carries() -> None:
    green = embedded(Image.new("RGB", (4, 4), (0, 255, 0)))
    picture = rasterise(svg(f'<image width="200" height="100" xlink:href="{green}"/>'), edge=100)
    assert picture.getpixel((50, 25)) == (0, 255, 0, 255)


@pytest.mark.parametrize("edge", [0, 2049])
def test_rasterise__has_a_largest_size(edge: int) -> None:
    with pytest.raises(ValueError, match="2048"):
        rasterise(DRAWING, edge=edge)


@pytest.mark.parametrize(
    "content",
    [
        '<image width="10" height="10" href="{file}"/>',
        '<image width="10" height="10" xlink:href="x.png"/>',
        '<image width="10" height="10" href="file:///etc/passwd"/>',
        '<image width="10" height="10" href="//example.com/x.png"/>',
        '<image width="10" height="10" href="data:image/svg+xml,%3Csvg/%3E"/>',
        '<use href="other.svg#a"/>',
        '<a href="https://example.com"><rect width="9" height="9"/></a>',
        '<g xml:base="http://example.com/"><use href="#a"/></g>',
        "<script>alert(1)</script>",
        '<rect width="9" height="9" onclick="alert(1)"/>',
        "<foreignObject><p>x</p></foreignObject>",
        "<style>@import 'x.css';</style>",
        "<style>rect {{ fill: url(x.svg#a) }}</style>",
        r"<style>@\69mport 'x.css';</style>",
        '<rect width="9" height="9" fill="url(http://example.com/#a)"/>',
        '<rect width="9" height="9" style="background: url( &quot;x.png&quot; )"/>',
        "<?xml-stylesheet href='x.css'?>",
    ],
)
def test_read_drawing__refuses_what_runs_or_leads_outside(content: str, tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(as_file(Image.new("RGB", (10, 10), "red")))
    assert refusal(svg(content.format(file=tmp_path / "x.png"))) == "active"


@pytest.mark.parametrize(
    "content",
    [
        '<linearGradient id="g"/><rect width="9" height="9" fill="url(#g)"/>',
        '<g id="a"><rect width="9" height="9"/></g><use href="#a"/>',
        "<style>@font-face {{ font-family: X; src: url(data:font/woff2;base64,AA==) }}</style>",
        "<!-- url(http://example.com) --><title>onclick</title>",
        r'<g xmlns:i="http://www.inkscape.org/namespaces/inkscape" i:export-filename="C:\works\cap.png"/>',
        "<metadata><?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><?xpacket end='w'?></metadata>",
    ],
)
def test_read_drawing__lets_through_what_only_draws(content: str) -> None:
    drawing = read_drawing(svg(content))
    assert (drawing.width, drawing.height) == (200, 100)


def test_read_drawing__expands_no_entities() -> None:
    bomb = '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + svg("<text>&b;</text>")
    assert refusal(bomb) == "active"


def test_read_drawing__counts_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawings, "MAX_ELEMENTS", 20)
    read_drawing(svg("<g/>" * 19))
    assert refusal(svg("<g/>" * 20)) == "too_large"


def doubling(levels: int) -> str:
    uses = "".join(f'<g id="g{n}"><use href="#g{n - 1}"/><use href="#g{n - 1}"/></g>' for n in range(1, levels))
    return svg(f'<defs><g id="g0"><rect width="1" height="1"/></g>{uses}</defs><use href="#g{levels - 1}"/>')


def test_read_drawing__follows_repetition_without_drawing_it() -> None:
    read_drawing(doubling(10))
    assert refusal(doubling(60)) == "too_large"


def test_read_drawing__refuses_what_contains_itself() -> None:
    assert refusal(svg('<g id="a"><use href="#b"/></g><g id="b"><use xlink:href="#a"/></g>')) == "unreadable"
    assert refusal(svg('<g id="a"><g><use href="#a"/></g></g>')) == "unreadable"


def test_read_drawing__refuses_what_is_nested_too_deep() -> None:
    assert refusal(svg("<g>" * 240 + "</g>" * 240)) == "too_large"


def test_read_drawing__looks_at_the_size_of_embedded_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = f'<image width="9" height="9" href="{embedded(Image.new("L", (100, 50)))}"/>'
    monkeypatch.setattr(drawings, "MAX_NESTED_PIXELS", 10_000)
    read_drawing(svg(picture * 2))
    assert refusal(svg(picture * 3)) == "too_large"
    assert refusal(svg('<image width="9" height="9" href="data:image/png;base64,AAAA"/>')) == "unreadable"
    assert refusal(svg('<image width="9" height="9" href="data:image/png,%89PNG"/>')) == "unreadable"


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("", "unreadable"),
        ("<svg", "unreadable"),
        ("<html/>", "not_picture"),
        (svg("<g/>", ""), "unreadable"),
        (svg("<g/>", 'width="100%" height="100%"'), "unreadable"),
        (svg("<g/>", 'viewBox="0 0 0 10"'), "unreadable"),
        (svg("<g/>", 'viewBox="0 0 nan 10"'), "unreadable"),
        (svg("<g/>", 'viewBox="0 0 1e400 10"'), "unreadable"),
        (svg("<g/>", 'viewBox="0 0 1000 10"'), "too_small"),
    ],
)
def test_read_drawing__says_what_is_wrong(source: str, code: str) -> None:
    assert refusal(source) == code


def test_rasterise__ends_a_drawing_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raster, "SECONDS", 1)
    blurs = "".join(f'<feGaussianBlur stdDeviation="{90 + n}"/>' for n in range(150))
    slow = svg(f'<filter id="f">{blurs}</filter><rect width="200" height="100" filter="url(#f)"/>')
    with pytest.raises(DrawingRefusedError, match="more than 1 s"):
        rasterise(slow, edge=2048)


def test_rasterise__ends_a_drawing_that_takes_too_much_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raster, "MEMORY", 200 * 1024**2)
    layers = '<g opacity="0.5">' * 60 + '<rect width="200" height="100"/>' + "</g>" * 60
    rasterise(svg(layers), edge=64)
    with pytest.raises(DrawingRefusedError, match="200 MB"):
        rasterise(svg(layers), edge=2048)


def test_rasterise__knows_nothing_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen = tmp_path / "seen.txt"
    child = tmp_path / "child.py"
    child.write_text(
        "import os, sys, resource\n"
        f"open({str(seen)!r}, 'w').write(repr((os.environ.copy(), os.listdir('.'), sys.flags.isolated)))\n"
        "sys.exit(3)\n"
    )
    monkeypatch.setenv("SECRET", "x")
    monkeypatch.setattr(raster.raster_child, "__file__", str(child))
    with pytest.raises(DrawingRefusedError, match="cannot be drawn"):
        rasterise(DRAWING)
    environment, folder, isolated = eval(seen.read_text(), {"environ": dict})  # noqa: S307 - written above
    assert "SECRET" not in environment
    assert (folder, isolated) == ([], 1)


def test_child__limits_itself() -> None:
    child = os.fork()
    if child == 0:
        raster.raster_child.limit(3, 2**40)
        kinds = (resource.RLIMIT_CPU, resource.RLIMIT_AS, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE)
        wanted = [3, 2**40, 0, 0]
        os._exit(0 if [resource.getrlimit(kind)[1] for kind in kinds] == wanted else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
