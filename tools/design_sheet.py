"""Look at designs: compose some from a folder of works and put them on one sheet.

.venv/bin/python tools/design_sheet.py WORKS sheet.png --headline "Big summer sale" --cta "Shop now" --size 1080x1080 --n 6
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

from PIL import Image

from oeuvre_studio.image.designs.mode import DesignOutput, DesignRequest, generate
from oeuvre_studio.image.works import read_folder

GAP, GROUND = 12, (118, 118, 122)


def arguments() -> argparse.Namespace:
    """What was typed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("works", type=Path, help="a folder of works")
    parser.add_argument("sheet", type=Path, help="the PNG to write")
    for role in ("headline", "subline", "body", "cta", "brand", "prompt"):
        parser.add_argument(f"--{role}", default="")
    parser.add_argument("--size", default="1080x1080", help="one size, or several with commas")
    parser.add_argument("--n", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--side", type=int, default=640, help="the longer side of each design on the sheet")
    parser.add_argument("--width", type=int, default=2000, help="the sheet's width")
    return parser.parse_args()


def sheet_of(outputs: list[DesignOutput], side: int, width: int) -> Image.Image:
    """The designs in rows, none larger than it is."""
    places: list[tuple[Image.Image, int, int]] = []
    x = y = GAP
    tallest = 0
    for output in outputs:
        picture = Image.open(io.BytesIO(output.content)).convert("RGB")
        picture.thumbnail((side, side), Image.Resampling.LANCZOS)
        if x + picture.width + GAP > width and x > GAP:
            x, y, tallest = GAP, y + tallest + GAP, 0
        places.append((picture, x, y))
        x, tallest = x + picture.width + GAP, max(tallest, picture.height)
    sheet = Image.new("RGB", (width, y + tallest + GAP), GROUND)
    for picture, left, top in places:
        sheet.paste(picture, (left, top))
    return sheet


def main() -> None:
    """Compose, write the sheet, and say what each design is."""
    typed = arguments()
    works = read_folder(typed.works).works
    request = DesignRequest(
        headline=typed.headline,
        subline=typed.subline,
        body=typed.body,
        cta=typed.cta,
        brand=typed.brand,
        prompt=typed.prompt,
        sizes=tuple(typed.size.split(",")),
    )
    outputs = generate(works, request, n=typed.n, seed=typed.seed)
    sheet_of(outputs, typed.side, typed.width).save(typed.sheet)
    for output in outputs:
        facts = output.facts
        print(
            f"{output.size:>10}  {output.score:.3f}  {facts['layout']}, {facts['scheme']}, {facts['pair']}: {facts['hero']}"
        )


if __name__ == "__main__":
    main()
