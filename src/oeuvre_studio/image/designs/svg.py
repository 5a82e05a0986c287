"""A design as SVG with real text: pictures and fonts inside, nothing outside, no scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from xml.sax.saxutils import escape, quoteattr

from oeuvre_studio.image.designs.colour import Rgb, to_hex
from oeuvre_studio.image.designs.fonts import EASTERN, FACES, WESTERN, embedded
from oeuvre_studio.image.designs.scene import Asset, Box, Design, Picture, Shape
from oeuvre_studio.image.designs.shapes import rectangle
from oeuvre_studio.image.designs.sizes import POINTS_PER_MM, Format, format_named
from oeuvre_studio.image.designs.stack import Composed, Line


def _n(value: float) -> str:
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text


def extra_characters(composed: Composed) -> dict[str, frozenset[str]]:
    """For every face that is used, the characters beyond the western ones that are always embedded."""
    found: dict[str, set[str]] = {}
    for line in composed.lines:
        found.setdefault(line.face, set()).update(set(line.text) - WESTERN)
    return {
        key: frozenset(value) | (EASTERN if value & EASTERN else frozenset()) for key, value in sorted(found.items())
    }


def draw(
    design: Design,
    composed: Composed | None,
    *,
    fonts: bool = True,
    bleed: float = 0.0,
    asset: Callable[[str, Asset], Asset | None] | None = None,
    plain: bool = False,
) -> str:
    """The SVG document. ``composed`` ``None`` leaves the texts out; ``fonts`` embeds them; ``bleed`` widens the page
    on every side; ``asset`` may exchange a picture (``None`` drops it); ``plain`` paints ground, shapes and text
    black (to measure what the pictures cover).
    """
    made = format_named(design.size)
    page = Box(-bleed, -bleed, made.width + 2 * bleed, made.height + 2 * bleed)
    shown = {name: (asset(name, one) if asset else one) for name, one in design.assets.items()}
    names = [node.asset for node in design.nodes if isinstance(node, Picture) and shown.get(node.asset) is not None]
    parts = [_head(made, page, design.texts)]
    defs = [_font_faces(composed)] if composed is not None and fonts else []
    body: list[str] = []
    repeated = {name for name in names if names.count(name) > 1}
    clips: dict[str, str] = {}
    for name in sorted(repeated):
        defs.append(_symbol(name, shown[name]))
    for node in design.nodes:
        if isinstance(node, Shape):
            body.append(_shape(node, plain))
        elif shown.get(node.asset) is not None:
            body.append(_picture(node, shown[node.asset], node.asset in repeated, clips))
    if composed is not None:
        body.extend(_shape(button, plain) for button in composed.buttons)
        body.extend(_texts(composed.lines, plain))
    for d, name in clips.items():
        defs.append(f'<clipPath id="{name}"><path d={quoteattr(d)}/></clipPath>')
    if defs:
        parts.append(f"<defs>{''.join(defs)}</defs>")
    ground: Rgb = (0, 0, 0) if plain else design.ground
    parts.append(f'<path d="{rectangle(page)}" fill="{to_hex(ground)}"/>')
    return "".join([*parts, *body, "</svg>\n"])


def _head(made: Format, page: Box, texts: dict[str, str]) -> str:
    if made.print:
        width, height = f"{_n(page.w / POINTS_PER_MM)}mm", f"{_n(page.h / POINTS_PER_MM)}mm"
    else:
        width, height = _n(page.w), _n(page.h)
    title = escape(" ".join(texts.get("headline", "").split()))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="{_n(page.x)} {_n(page.y)} {_n(page.w)} {_n(page.h)}" role="img"><title>{title}</title>'
    )


def _font_faces(composed: Composed) -> str:
    rules = []
    for key, extra in extra_characters(composed).items():
        face = FACES[key]
        rules.append(
            f'@font-face{{font-family:"{face.family}";font-weight:{face.weight};'
            f'src:url("{embedded(key, extra)}") format("woff2")}}'
        )
    return f"<style>{''.join(rules)}</style>"


def _paint(colour: Rgb | None, plain: bool) -> str:
    if colour is None:
        return "none"
    return "#000000" if plain else to_hex(colour)


def _shape(shape: Shape, plain: bool) -> str:
    stroke = ""
    if shape.stroke is not None and shape.stroke_width > 0:
        stroke = (
            f' stroke="{_paint(shape.stroke, plain)}" stroke-width="{_n(shape.stroke_width)}" stroke-linejoin="round"'
        )
    opacity = f' opacity="{_n(shape.opacity)}"' if shape.opacity < 1 else ""
    return f'<path d={quoteattr(shape.d)} fill="{_paint(shape.fill, plain)}"{stroke}{opacity}/>'


def _uri(asset: Asset) -> str:
    return quoteattr(f"data:{asset.mime};base64,{asset.content}")


def _symbol(name: str, asset: Asset | None) -> str:
    assert asset is not None  # noqa: S101 - only names that are shown come here
    return f'<image id={quoteattr(name)} width="1" height="1" preserveAspectRatio="none" href={_uri(asset)}/>'


def _picture(node: Picture, asset: Asset | None, repeated: bool, clips: dict[str, str]) -> str:
    assert asset is not None  # noqa: S101
    box = node.box
    turn = ""
    if node.turn:
        cx, cy = box.middle
        turn = f"rotate({_n(node.turn)} {_n(cx)} {_n(cy)})"
    opacity = f' opacity="{_n(node.opacity)}"' if node.opacity < 1 else ""
    if repeated:
        move = f"{turn}translate({_n(box.x)} {_n(box.y)})scale({_n(box.w)} {_n(box.h)})"
        drawn = f'<use href={quoteattr("#" + node.asset)} transform="{move}"{opacity}/>'
    else:
        label = f" aria-label={quoteattr(asset.title)}" if asset.title else ""
        transform = f' transform="{turn}"' if turn else ""
        drawn = (
            f'<image x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.w)}" height="{_n(box.h)}"{transform}{opacity}{label}'
            f' preserveAspectRatio="none" href={_uri(asset)}/>'
        )
    if node.clip:
        name = clips.setdefault(node.clip, f"clip{len(clips)}")
        return f'<g clip-path="url(#{name})">{drawn}</g>'
    return drawn


def _texts(lines: Iterable[Line], plain: bool) -> list[str]:
    """One ``<text>`` a role, one ``<tspan>`` a line: what a person would make to edit it by hand."""
    made: list[str] = []
    grouped: dict[str, list[Line]] = {}
    for line in lines:
        grouped.setdefault(line.role, []).append(line)
    for role, own in grouped.items():
        face = FACES[own[0].face]
        first = own[0]
        family = quoteattr(f"'{face.family}'")
        spacing = f' letter-spacing="{_n(first.tracking * first.size)}"' if first.tracking else ""
        spans = "".join(
            f'<tspan x="{_n(line.x)}" y="{_n(line.baseline)}" fill="{_paint(line.colour, plain)}">{escape(line.text)}</tspan>'
            for line in own
        )
        made.append(
            f'<text class={quoteattr(role)} font-family={family} font-weight="{face.weight}" '
            f'font-size="{_n(first.size)}"{spacing}>{spans}</text>'
        )
    return made
