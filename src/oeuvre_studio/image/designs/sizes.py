"""The sizes that buyers ask for, where each comes from, and free ones."""

from __future__ import annotations

import dataclasses
import re

from oeuvre_studio.image.designs.errors import SizeUnknownError

MIN_SIDE, MAX_SIDE = 50, 4096
"""Limits of a free size in pixels; a shorter side carries no line of legible text and a picture."""
MAX_RATIO = 12.0
"""The longest banner in use (728×90) is 8.1 to 1."""
POINTS_PER_MM = 72 / 25.4
BLEED_MM = 3.0
"""What printers in Europe ask for round the trimmed page."""
PRINT_DPI = 300

IAB = "IAB Tech Lab, Display Ad Unit Portfolio (fixed sizes)"
_ISO = "ISO 216"


@dataclasses.dataclass(frozen=True)
class Format:
    """One size. ``width`` and ``height`` are pixels on a screen and points on paper; ``safe`` is how much of each
    edge (top, right, bottom, left; shares of height or width) an app's own buttons may cover.
    """

    name: str
    label: str
    width: float
    height: float
    source: str
    kind: str = "screen"
    safe: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)

    @property
    def print(self) -> bool:
        """Whether the size is paper's."""
        return self.kind == "print"

    @property
    def ratio(self) -> float:
        """Width over height."""
        return self.width / self.height

    @property
    def bleed(self) -> float:
        """Points beyond the trimmed edge that a printer cuts off; 0 on a screen."""
        return BLEED_MM * POINTS_PER_MM if self.print else 0.0

    @property
    def pixels(self) -> tuple[int, int]:
        """The raster's size: the format's own, or 300 dots an inch on paper."""
        scale = PRINT_DPI / 72 if self.print else 1.0
        return round(self.width * scale), round(self.height * scale)

    @property
    def smallest_text(self) -> float:
        """The smallest size of text, in the format's unit: 10 px in ads that are shown as they are, a 45th of the
        width where a feed shows the picture on a phone (1080 → 360 points wide, so 8 points there), 6.5 points on paper.
        """
        if self.print:
            return max(6.5, min(self.width, self.height) / 62)
        if self.kind == "social":
            return max(12.0, min(self.width, self.height) / 45)
        return 10.0

    @property
    def roles(self) -> tuple[str, ...]:
        """The texts that a size has room for, in the order of their weight."""
        if self.height <= 60 or self.width <= 130:
            return ("headline", "cta", "brand")
        if self.height <= 110 or self.width * self.height < 60_000:
            return ("headline", "subline", "cta", "brand")
        return ("headline", "subline", "body", "cta", "brand")

    @property
    def dispensable(self) -> tuple[str, ...]:
        """The texts that a small banner may go without, the first to go first. The whole of the smallest is clicked,
        so that even its call to action may go. Larger sizes keep every text, or say which is too long.
        """
        if self.print or self.width * self.height >= 120_000:
            return ()
        return ("body", "subline", "brand", "cta") if self.height <= 60 else ("body", "subline", "brand")


def _screen(name: str, label: str, source: str = IAB) -> Format:
    width, height = (float(side) for side in name.split("x"))
    return Format(name, label, width, height, source)


def _social(name: str, label: str, source: str, safe: tuple[float, float, float, float] = (0, 0, 0, 0)) -> Format:
    width, height = (float(side) for side in name.split("x"))
    return Format(name, label, width, height, source, "social", safe)


def _paper(name: str, label: str, width_mm: float, height_mm: float, source: str) -> Format:
    return Format(name, label, width_mm * POINTS_PER_MM, height_mm * POINTS_PER_MM, source, "print")


_META = "Meta Business Help Centre, ad sizes"
FORMATS: dict[str, Format] = {
    made.name: made
    for made in (
        _screen("300x250", "Medium rectangle"),
        _screen("728x90", "Leaderboard"),
        _screen("160x600", "Wide skyscraper"),
        _screen("320x50", "Mobile banner"),
        _screen("970x250", "Billboard"),
        _screen("300x600", "Half page"),
        _screen("320x100", "Large mobile banner"),
        _social("1080x1080", "Square post", _META),
        _social("1080x1350", "Portrait post", _META),
        # Meta asks to leave 14 % at the top and 20 % at the bottom (35 % in Reels) free of text; sides 6 %.
        _social("1080x1920", "Story", f"{_META}: safe zones", (0.14, 0.06, 0.20, 0.06)),
        _social("1200x628", "Link picture", _META),
        _social("1200x630", "Open Graph picture", "The Open Graph protocol in common use"),
        _social("1500x500", "Profile header", "X Help Centre, header photo"),
        _social("1280x720", "Video thumbnail", "YouTube Help, custom thumbnails"),
        _paper("a4", "A4 poster", 210, 297, _ISO),
        _paper("a5", "A5 flyer", 148, 210, _ISO),
        _paper("a6", "A6 postcard", 105, 148, _ISO),
        _paper("card", "Business card", 85, 55, "Common in Europe (85 × 55 mm)"),
    )
}

_FREE = re.compile(r"(\d{2,5})\s*[x×X]\s*(\d{2,5})")


def format_named(name: str) -> Format:
    """A size of the table by its name (``1080x1080``, ``a5``), or a free one in pixels.

    Raises:
        SizeUnknownError: neither, or out of the limits.
    """
    wanted = name.strip().lower().replace("×", "x").replace(" ", "")
    if wanted in FORMATS:
        return FORMATS[wanted]
    match = _FREE.fullmatch(wanted)
    if match is None:
        raise SizeUnknownError(
            f"There is no size {name!r}. Choose {', '.join(FORMATS)}, or give WIDTHxHEIGHT in pixels."
        )
    width, height = int(match.group(1)), int(match.group(2))
    if not (min(width, height) >= MIN_SIDE and max(width, height) <= MAX_SIDE):
        raise SizeUnknownError(f"{width}×{height} is out of range: each side is {MIN_SIDE} to {MAX_SIDE} pixels.")
    if max(width / height, height / width) > MAX_RATIO:
        raise SizeUnknownError(f"{width}×{height} is too narrow: one side is at most {MAX_RATIO:.0f} times the other.")
    kind = "social" if min(width, height) >= 480 else "screen"
    return Format(f"{width}x{height}", "Free size", float(width), float(height), "As asked for", kind)
