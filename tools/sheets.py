"""Draw the contact sheets of the handbook again, from the works of the demonstration's illustrator and pattern designer.

.venv/bin/python tools/sheets.py [--out docs/images] [--only designs|patterns|image-model]
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import contact_sheet
import design_sheet
from PIL import Image

from oeuvre_studio.image.designs.mode import DesignRequest, generate
from oeuvre_studio.image.designs.sizes import format_named
from oeuvre_studio.image.patch.pieces import make_piece
from oeuvre_studio.image.works import read_folder

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "src/oeuvre/interfaces/demo/content"
ILLUSTRATOR, PATTERN_DESIGNER = "jelka-sardelic", "meruert-sadvakas"
WIDTH = 2000
"""Pixels of a sheet's width at most."""
COLOURS = 256
"""Of a sheet: flat art needs no more, and the file is a third as large."""

DESIGNS = (
    DesignRequest("Fresh bread from four in the morning", "Every day but Monday", cta="See what is in the oven",
                  brand="Pekara Luka", prompt="bread, loaf", sizes=("1080x1080",)),
    DesignRequest("Fish on Friday", "Bream, sardines and a glass of white", cta="Book a table", brand="Konoba Jadra",
                  prompt="bream on a plate", sizes=("1080x1350", "300x250")),
    DesignRequest("Lemons, by the crate", "Picked this week on the island", cta="Order", brand="Vis Citrus",
                  prompt="lemons", sizes=("728x90", "1200x628")),
    DesignRequest("Summer concert at the harbour", "Saturday, 21:00, free entry", brand="Town of Komiža",
                  prompt="accordion concert", sizes=("a5",)),
)  # fmt: skip
PICTURES = ("06-two-lemons.svg", "08-cat-on-a-rope.svg", "22-harbour-at-seven.svg")
PATTERNS = ("02-mountain-tulips.svg", "05-shoal-turning.svg", "12-bathhouse-mosaic.svg", "22-striped-fish.svg")


def gathered(handle: str, folder: Path) -> Path:
    """A demonstration's works with what is said of them in one folder."""
    found = folder / handle
    shutil.copytree(DEMO / handle / "works", found)
    told = json.loads((DEMO / handle / "works.json").read_text())
    (found / "works.json").write_text(json.dumps(told))
    return found


def saved(sheet: Image.Image, path: Path) -> None:
    """The sheet, no wider than `WIDTH`."""
    if sheet.width > WIDTH:
        sheet = sheet.resize((WIDTH, round(sheet.height * WIDTH / sheet.width)), Image.Resampling.LANCZOS)
    sheet.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(path, optimize=True)


def designs(works: Path) -> Image.Image:
    """The two best alternatives for each of some wishes, in every size asked for."""
    read = read_folder(works).works
    made = [output for number, wish in enumerate(DESIGNS) for output in generate(read, wish, n=2, seed=number)]
    made.sort(key=lambda output: format_named(output.size).ratio)  # alike shapes beside each other leave few gaps
    return design_sheet.sheet_of(made, 470, WIDTH)


def pictures(works: Path, leads: tuple[str, ...]) -> Image.Image:
    """Every way to make a picture, for some works."""
    pieces = {
        work.file: make_piece(work.picture, key=work.sha256, title=work.title, keywords=work.keywords, kind=work.kind)
        for work in read_folder(works).works
    }
    rows = [
        contact_sheet.row_of(
            list(contact_sheet.outputs(contact_sheet.related(pieces[file], list(pieces.values())), 1, 0.5))
        )
        for file in leads
    ]
    return contact_sheet.stacked(rows)


def main() -> None:
    """Draw them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "docs/images")
    parser.add_argument("--only", choices=("designs", "patterns", "image-model"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        illustrator, designer = (gathered(handle, Path(folder)) for handle in (ILLUSTRATOR, PATTERN_DESIGNER))
        if options.only in (None, "designs"):
            saved(designs(illustrator), options.out / "designs.png")
        if options.only in (None, "patterns"):
            saved(pictures(designer, PATTERNS), options.out / "patterns.png")
        if options.only in (None, "image-model"):
            saved(pictures(illustrator, PICTURES), options.out / "image-model.png")


if __name__ == "__main__":
    main()
