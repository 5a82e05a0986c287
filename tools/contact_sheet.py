"""Look at what a body of pictures becomes: every way to make a picture, for some of the works, on one sheet.

.venv/bin/python tools/contact_sheet.py WORKS sheet.png [--lead FILE …] [--seed 1] [--strength 0.5]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from oeuvre_studio.image.choosing import words_of
from oeuvre_studio.image.patch.credit import largest_copy, overlay, shares
from oeuvre_studio.image.patch.modes import MODES
from oeuvre_studio.image.patch.picture import Picture
from oeuvre_studio.image.patch.pieces import Piece, make_piece
from oeuvre_studio.image.patch.wish import Wish
from oeuvre_studio.image.works import read_folder

GAP, LINE, GROUND, INK = 14, 20, (226, 226, 230), (30, 30, 34)
ROW = 300
"""Pixels of a row's height."""
REFERENCES = 6


def arguments() -> argparse.Namespace:
    """What was typed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("works", type=Path, help="a folder of works")
    parser.add_argument("sheet", type=Path, help="the picture to write")
    parser.add_argument("--lead", action="append", default=[], help="a work's file; repeatable; default: four of them")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--strength", type=float, default=0.5)
    return parser.parse_args()


def related(lead: Piece, pieces: list[Piece]) -> tuple[Piece, ...]:
    """The lead and those that share most words with it, motifs before scenes."""
    words = set(words_of(f"{lead.title} {' '.join(lead.keywords)}"))
    others = [piece for piece in pieces if piece is not lead]
    others.sort(
        key=lambda piece: (-len(words & set(words_of(f"{piece.title} {' '.join(piece.keywords)}"))), piece.scene)
    )
    return (lead, *others[: REFERENCES - 1])


def tiled(picture: Picture) -> np.ndarray:
    """A tile four times, half as large, so that its seams would show."""
    image = Image.fromarray(np.tile(picture.rgb, (2, 2, 1)))
    return np.asarray(image.resize((picture.size[1], picture.size[0]), Image.Resampling.LANCZOS))


def outputs(pieces: tuple[Piece, ...], seed: int, strength: float) -> Iterator[tuple[str, np.ndarray]]:
    """The work, then what becomes of it, each with what it is."""
    lead = pieces[0]
    yield lead.title, lead.on(lead.ground)
    wishes: list[tuple[str, str, int, int]] = [
        ("variation", "", 512, 512),
        ("aspect", "", 628, 1200),
        ("aspect", "grow", 628, 1200),
        ("tile", "", 512, 512),
        ("palette", "", 512, 512),
        *([] if lead.scene else [("compose", "wreath", 512, 512), ("compose", "heart", 512, 512)]),
    ]
    for mode, layout, height, width in wishes:
        wish = Wish(pieces, height, width, seed=seed, strength=strength, layout=layout)
        picture = MODES[mode].make(wish)
        told = f"{mode} {layout}".strip() + f", copied in one go {largest_copy(picture)[0]:.0%}"
        yield told, tiled(picture) if mode == "tile" else picture.rgb
        if mode == wishes[-1][0] and layout == wishes[-1][1]:
            first = shares(picture, len(pieces)).max()
            yield f"whose pixels, {first:.0%} at most of one", overlay(picture, pieces)


def row_of(made: list[tuple[str, np.ndarray]]) -> Image.Image:
    """Pictures of one height beside each other, a line of text under each."""
    images = []
    for told, rgb in made:
        image = Image.fromarray(rgb)
        width = max(round(image.width * ROW / image.height), 60)
        images.append((told, image.resize((width, ROW), Image.Resampling.LANCZOS)))
    row = Image.new("RGB", (sum(image.width + GAP for _, image in images) + GAP, ROW + LINE + GAP), GROUND)
    pen, font, left = ImageDraw.Draw(row), ImageFont.load_default(12), GAP
    for told, image in images:
        row.paste(image, (left, GAP))
        shown = told
        while shown and pen.textlength(shown, font=font) > image.width:
            shown = shown[:-1]
        pen.text((left, ROW + GAP + 3), shown, fill=INK, font=font)
        left += image.width + GAP
    return row


def stacked(rows: list[Image.Image]) -> Image.Image:
    """Rows under each other."""
    sheet = Image.new("RGB", (max(row.width for row in rows), sum(row.height for row in rows) + GAP), GROUND)
    top = 0
    for row in rows:
        sheet.paste(row, (0, top))
        top += row.height
    return sheet


def main() -> None:
    """Read, make, write."""
    options = arguments()
    body = read_folder(options.works)
    pieces = {
        work.file: make_piece(work.picture, key=work.sha256, title=work.title, keywords=work.keywords, kind=work.kind)
        for work in body.works
    }
    files = options.lead or [list(pieces)[int(n)] for n in np.linspace(0, len(pieces) - 1, min(4, len(pieces)))]
    rows = []
    for file in files:
        if file not in pieces:
            raise SystemExit(f"There is no usable work {file!r} in {options.works}.")
        chosen = related(pieces[file], list(pieces.values()))
        rows.append(row_of(list(outputs(chosen, options.seed, options.strength))))
    stacked(rows).save(options.sheet)


if __name__ == "__main__":
    main()
