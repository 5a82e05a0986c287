"""A version that makes pictures."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from oeuvre_studio.artifacts import LoadedVersion
from oeuvre_studio.errors import UsageError
from oeuvre_studio.image.choosing import Found, colours_in, layout_in, mode_in, references, size_in
from oeuvre_studio.image.index import Portfolio
from oeuvre_studio.image.options import SIZE, TRANSPARENT, GenerateOptions, colour_of, guide_pixels, size_of
from oeuvre_studio.image.patch.colours import hex_of, rgb_of
from oeuvre_studio.image.patch.credit import TINTS, largest_copy, overlay, shares, tinted
from oeuvre_studio.image.patch.modes import MODES
from oeuvre_studio.image.patch.modes.palette import recoloured
from oeuvre_studio.image.patch.picture import Picture
from oeuvre_studio.image.patch.pieces import Piece, Pixels
from oeuvre_studio.image.patch.wish import Wish, no_step
from oeuvre_studio.text.embeddings import Embedder

QUALITY = {"webp": 92, "jpeg": 92}
ANYTHING = "picture"
"""What a prompt without a word asks for."""
SEVERAL = frozenset(["tile", "compose"])
"""The ways that show several works at once."""
COLOURING = frozenset(["palette", "variation"])
"""The ways that take the colours which a prompt names as those to draw with."""
COLOURED_BEFORE = frozenset(["aspect", "extend", "tile", "compose"])
"""The ways that know no colours: works that a buyer names colours for are put into these first."""
OVERLAY_ENDING = "overlay.webp"
"""What the overlay comes under, beside a picture."""


@dataclasses.dataclass(frozen=True)
class Painted:
    """A picture with what it was made of."""

    picture: Picture
    pieces: tuple[Piece, ...]
    mode: str
    layout: str
    found_by: Found
    """How its works were chosen."""
    transparent: bool


class Painter:
    """Makes pictures out of one version's works. The same wish and seed make the same picture."""

    def __init__(self, portfolio: Portfolio, embedder: Embedder, *, name: str = "") -> None:
        self.portfolio = portfolio
        self._embedder = embedder
        self._name = name

    @staticmethod
    def of(version: LoadedVersion, embedder: Embedder) -> Painter:
        """A version's painter.

        Raises:
            VersionDamagedError: its tensors are not what they have to be.
        """
        return Painter(Portfolio.from_tensors(version.adapter, version.credit), embedder, name=version.name)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts as unit vectors ``(texts, 384)``."""
        found: NDArray[np.float32] = self._embedder.embed(texts).numpy()
        return found

    def paint(
        self, prompt: str, options: GenerateOptions, *, seed: int, step: Callable[[float], None] = no_step
    ) -> Painted:
        """One picture.

        Raises:
            UsageError: an option is not what it can be.
        """
        mode = options.mode or ("guide" if options.guide is not None else mode_in(prompt) or next(iter(MODES)))
        if mode not in MODES:
            raise UsageError(f"There is no mode {mode!r} for pictures. There is: {', '.join((*MODES, 'design'))}.")
        embedding = self.embed([prompt.strip() or ANYTHING])[0]
        choice = references(
            self.portfolio,
            prompt,
            embedding,
            names=options.named_works,
            several=mode in SEVERAL,
            seed=seed,
            repeats=mode == "tile",
        )
        pieces = tuple(self.portfolio.works[number].piece for number in choice.numbers)
        layout = options.layout or (layout_in(prompt) if mode == "compose" else "")
        height, width = self._size(mode, pieces[0], options, prompt)
        wish = Wish(
            pieces=pieces,
            height=height,
            width=width,
            seed=seed,
            strength=options.force,
            layout=layout,
            colours=options.palette or (tuple(colours_in(self.portfolio, prompt)) if mode in COLOURING else ()),
            ground=None if options.ground in ("", TRANSPARENT) else rgb_of(colour_of(options.ground)),
            guide=None if options.guide is None else guide_pixels(options.guide),
            step=step,
        )
        if wish.colours and mode in COLOURED_BEFORE:
            wish = dataclasses.replace(wish, pieces=tuple(recoloured(wish, piece) for piece in pieces))
        picture = MODES[mode].make(wish)
        layout, clear = MODES[mode].layout_of(wish), options.ground == TRANSPARENT
        return Painted(picture, wish.pieces, mode, layout, choice.found_by, transparent=clear)

    def _size(self, mode: str, lead: Piece, options: GenerateOptions, prompt: str) -> tuple[int, int]:
        asked = options.size or size_in(prompt)
        if asked:
            return size_of(asked)
        if mode == "extend":
            height, width = (max(round(1.5 * n / 2) * 2, SIZE) for n in lead.size)
            return height, width
        return SIZE, SIZE

    def outputs(self, prompt: str, options: GenerateOptions, *, n: int, seed: int) -> list[dict[str, Any]]:
        """``n`` pictures as files, each with its seed, credit and facts."""
        media_type, aside = options.media_type, options.brings_overlay
        found = []
        for number in range(n):
            painted = self.paint(prompt, options, seed=seed + number)
            picture = painted.picture
            shown = overlay(picture, painted.pieces) if options.shows_overlay else picture.rgb
            clear = painted.transparent and not options.shows_overlay and options.format != "jpeg"
            if clear:
                shown = lifted(picture, painted.pieces[0].ground)
            content = encoded(shown, picture.alpha if clear else None, options.format)
            beside = {OVERLAY_ENDING: encoded(tinted(picture, len(painted.pieces)), None, "webp")} if aside else {}
            credit = credit_of(painted)
            copied, of_drawing = largest_copy(picture)
            found.append(
                {
                    "content": content,
                    "suffix": f".{options.format}",
                    "mime": media_type,
                    "seed": seed + number,
                    "version": self._name,
                    "units": 1,
                    "credit": credit,
                    "facts": {
                        "mode": painted.mode,
                        "layout": painted.layout,
                        "found_by": painted.found_by,
                        "lead": painted.pieces[0].title,
                        "width": picture.size[1],
                        "height": picture.size[0],
                        "largest_copy": round(copied, 4),
                        "largest_copy_of_drawing": round(of_drawing, 4),
                        **({"tints": tints(len(credit))} if aside else {}),
                    },
                    **({"beside": beside} if aside else {}),
                }
            )
        return found


def credit_of(painted: Painted) -> list[dict[str, Any]]:
    """The works in a picture with their exact shares, largest first; works without a pixel are left out."""
    parts = shares(painted.picture, len(painted.pieces))
    order = [int(number) for number in np.argsort(-parts, kind="stable") if parts[number] > 0]
    return [
        {"work": painted.pieces[number].key, "title": painted.pieces[number].title, "share": float(parts[number])}
        for number in order
    ]


def tints(works: int) -> str:
    """The colours of the works in an overlay, in the order of their credit: ``#rrggbb`` with commas."""
    return ",".join(hex_of(np.array(TINTS[place % len(TINTS)], np.uint8)) for place in range(works))


def lifted(picture: Picture, ground: tuple[int, int, int]) -> Pixels:
    """The drawing's own colours, the ground taken out of the pixels that are mixed with it."""
    part = np.maximum(picture.alpha[..., None].astype(np.float32) / 255, 1e-3)
    own = (picture.rgb - np.asarray(ground, np.float32) * (1 - part)) / part
    found: Pixels = np.rint(own.clip(0, 255)).astype(np.uint8)
    return found


def encoded(rgb: np.ndarray, alpha: np.ndarray | None, kind: str) -> bytes:
    """Pixels as a file."""
    image = Image.fromarray(rgb if alpha is None else np.dstack([rgb, alpha]))
    target = io.BytesIO()
    if kind == "png":
        image.save(target, "PNG", optimize=False)
    else:
        image.save(target, kind.upper(), quality=QUALITY[kind])
    return target.getvalue()
