"""Text measured as it is drawn (HarfBuzz: kerning and ligatures) and broken into even lines."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import re
import unicodedata

import uharfbuzz as hb

from oeuvre_studio.image.designs.errors import CopyUnusableError
from oeuvre_studio.image.designs.fonts import FACES, PAIRS, Pair

_SHORT_WORDS = """
a à ao aos as às com da das de do dos e é em na nas no nos o os ou para por que se sem um uma
an and at by for from in is of on or our the to with your y el la los las del en un une le les et du des au aux
der die das und mit im am zu
"""
_CLINGING = frozenset(_SHORT_WORDS.split())
"""Short words of the languages in use that read badly at the end of a line: they belong to what follows."""

# ruff: noqa: RUF001
_BREAKS = re.compile(r"[ \t]+")


@dataclasses.dataclass(frozen=True)
class Extent:
    """A line's measures in ems: its advance, and the box of its ink (left and right from the start, up and down from
    the baseline).
    """

    advance: float
    left: float
    right: float
    up: float
    down: float


@functools.cache
def _font(key: str) -> tuple[hb.Font, frozenset[int]]:
    face = FACES[key]
    loaded = hb.Face(hb.Blob.from_file_path(str(face.path)))
    font = hb.Font(loaded)
    if face.axes:
        font.set_variations(dict(face.axes))
    return font, frozenset(loaded.unicodes)


@functools.lru_cache(maxsize=20_000)
def measured(key: str, text: str, tracking: float = 0.0) -> Extent:
    """A line's measures. Ligatures are off where letters are spaced, as CSS has it.

    ``text`` may hold any characters; the caller has checked that the face has them.
    """
    font, _ = _font(key)
    em = font.face.upem
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    hb.shape(font, buffer, {"kern": True, "liga": tracking == 0, "clig": tracking == 0})
    pen = 0.0
    left, right, up, down = float("inf"), float("-inf"), 0.0, 0.0
    for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        ink = font.get_glyph_extents(info.codepoint)
        if ink is not None and ink.width:
            x = pen + place.x_offset + ink.x_bearing
            left, right = min(left, x), max(right, x + ink.width)
            up = max(up, place.y_offset + ink.y_bearing)
            down = max(down, -(place.y_offset + ink.y_bearing + ink.height))
        pen += place.x_advance + tracking * em
    if left == float("inf"):
        left = right = 0.0
    return Extent(pen / em, left / em, right / em, up / em, down / em)


def missing(key: str, text: str) -> str:
    """The characters that a face cannot draw, each once, in order."""
    _, held = _font(key)
    return "".join(dict.fromkeys(char for char in text if ord(char) not in held and not char.isspace()))


def pairs_for(text: str) -> tuple[list[Pair], str]:
    """The pairs whose faces can all draw a text, and the characters that no pair could (where there is no pair)."""
    able = [pair for pair in PAIRS.values() if not any(missing(face.key, text) for face in pair.faces)]
    if able:
        return able, ""
    lacking = [set().union(*(missing(face.key, text) for face in pair.faces)) for pair in PAIRS.values()]
    everywhere = set.intersection(*lacking) or min(lacking, key=len)
    return [], "".join(char for char in dict.fromkeys(text) if char in everywhere)


def cleaned(text: str, limit: int, role: str) -> str:
    """A buyer's text as it is set: composed (NFC), spaces single, quotation marks and dashes typographic, digits kept
    with their signs. Line breaks stay.

    Raises:
        CopyUnusableError: control characters, or more than ``limit`` characters.
    """
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n")
    if any(unicodedata.category(char) in ("Cc", "Cs", "Cn", "Co") and char not in "\n\t" for char in text):
        raise CopyUnusableError(f"The {role} holds control or unassigned characters. Paste it as plain text.")
    if len(text) > limit:
        raise CopyUnusableError(f"The {role} has {len(text)} characters; at most {limit} can be set. Shorten it.")
    lines = [_BREAKS.sub(" ", line).strip() for line in text.split("\n")]
    text = "\n".join(line for line in lines if line)
    text = re.sub(r"(?<=\w)'(?=\w)", "’", text)
    text = re.sub(r'(^|[\s(\[])"(?=\S)', r"\1“", text).replace('"', "”")
    text = re.sub(r"(?<=[ \n])-(?=[ \n])", "–", text)
    return re.sub(r"(?<=\d) (?=[%€$£°]|(?:kg|g|km|cm|mm|m|l|ml|h)\b)|(?<=[€$£]) (?=\d)", "\u00a0", text)


def broken(key: str, text: str, width: float, tracking: float = 0.0) -> list[str] | None:
    """The text in as few lines as its width (in ems) allows, as even as they can be; ``None`` where a word alone is
    wider. Least sum of squared gaps (Knuth and Plass, 1981, without hyphens), with a price on a line that ends with a
    clinging word and on a last line of one short word, above all in running
    text.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        part = _paragraph(key, tuple(paragraph.split(" ")), width, tracking)
        if part is None:
            return None
        lines.extend(part)
    return lines


@functools.lru_cache(maxsize=20_000)
def _paragraph(key: str, words: tuple[str, ...], width: float, tracking: float) -> list[str] | None:
    count = len(words)
    fits = _fitting(key, words, width, tracking)
    if any((start, start + 1) not in fits for start in range(count)):
        return None
    fewest = _fewest(fits, count)
    # best[n][i]: the least cost of words[i:] in n lines
    best: list[dict[int, tuple[float, int]]] = [{count: (0.0, count)}]
    for _ in range(fewest):
        row: dict[int, tuple[float, int]] = {}
        for start, end in itertools.combinations(range(count + 1), 2):
            if (start, end) in fits and end in best[-1]:
                cost = _cost(words, start, end, fits[start, end], width) + best[-1][end][0]
                if start not in row or cost < row[start][0]:
                    row[start] = (cost, end)
        best.append(row)
    lines, start = [], 0
    for row in reversed(best[1:]):
        end = row[start][1]
        lines.append(" ".join(words[start:end]))
        start = end
    return lines


def _fitting(key: str, words: tuple[str, ...], width: float, tracking: float) -> dict[tuple[int, int], float]:
    fits: dict[tuple[int, int], float] = {}
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            extent = measured(key, " ".join(words[start:end]), tracking)
            reach = extent.right - extent.left
            if reach > width:
                break
            fits[start, end] = reach
    return fits


def _fewest(fits: dict[tuple[int, int], float], count: int) -> int:
    lines, start = 0, 0
    while start < count:
        start = max(end for begin, end in fits if begin == start)
        lines += 1
    return lines


def _cost(words: tuple[str, ...], start: int, end: int, reach: float, width: float) -> float:
    gap = (width - reach) / width
    cost = gap * gap
    last = end == len(words)
    if not last and words[end - 1].lower().strip("“”‘’(") in _CLINGING:
        cost += 0.12
    if last and start > 0 and end - start == 1 and len(words[start]) < 7:
        cost += 0.5 if len(words) > 5 else 0.03
    return cost
