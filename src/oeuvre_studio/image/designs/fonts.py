"""The open typefaces that designs are set with: which there are, which go together, and static subsets of them.

All are under the SIL Open Font License and come as TTF from ``fontpkg-*`` packages. A design embeds a subset with
every Latin letter, so that its text can be changed without this program.
"""

from __future__ import annotations

import base64
import dataclasses
import functools
import importlib.util
import io
import tempfile
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

WESTERN = frozenset(map(chr, (*range(0x20, 0x7F), *range(0xA0, 0x100)))) | frozenset("–—‘’‚“”„•…‹›€™−→Œœ")  # noqa: RUF001
"""Basic Latin, Latin-1 and the marks of good typesetting: what every embedded subset holds."""
EASTERN = frozenset(map(chr, (*range(0x100, 0x180), *range(0x218, 0x21C))))
"""Latin Extended-A and Romanian: held as well where a text uses any of it."""


@dataclasses.dataclass(frozen=True)
class Face:
    """One cut of a family: which file, and where on its axes. ``tracking`` is added between letters, in ems;
    ``leading`` is the distance of lines, in ems; ``capitals``: looks its best in them.
    """

    family: str
    package: str
    file: str
    weight: int
    axes: tuple[tuple[str, float], ...] = ()
    tracking: float = 0.0
    leading: float = 1.1
    capitals: bool = False

    @property
    def key(self) -> str:
        """The face's name in a design: family and weight."""
        return f"{self.family} {self.weight}"

    @property
    def path(self) -> Path:
        """Where the package has the file.

        Raises:
            ModuleNotFoundError: the package is not installed.
        """
        spec = importlib.util.find_spec(self.package)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(f"{self.package} is missing: install the studio with its extra.")
        return Path(spec.origin).parent / "files" / self.file


def _variable(family: str, package: str, file: str, weight: int, leading: float = 1.35, **axes: float) -> Face:
    places = {"wght": float(weight), **{name: float(value) for name, value in axes.items() if name.islower()}}
    places.update({name: float(value) for name, value in axes.items() if name.isupper()})
    # Renderers know weights in hundreds only; the axis may stand between two.
    return Face(family, package, file, round(weight / 100) * 100, tuple(sorted(places.items())), leading=leading)


_NUNITO = ("Nunito", "fontpkg_nunito", "Nunito[wght].ttf")
_FIGTREE = ("Figtree", "fontpkg_figtree", "Figtree[wght].ttf")
_OUTFIT = ("Outfit", "fontpkg_outfit", "Outfit[wght].ttf")
_FRANKLIN = ("Libre Franklin", "fontpkg_libre_franklin", "LibreFranklin[wght].ttf")
_DM = ("DM Sans", "fontpkg_dm_sans", "DMSans[opsz,wght].ttf")
_INSTRUMENT = ("Instrument Sans", "fontpkg_instrument_sans", "InstrumentSans[wdth,wght].ttf")
_SPACE = ("Space Grotesk", "fontpkg_space_grotesk", "SpaceGrotesk[wght].ttf")
_ARCHIVO = ("Archivo", "fontpkg_archivo", "Archivo[wdth,wght].ttf")


def _display(face: Face, *, leading: float, tracking: float = 0.0, capitals: bool = False) -> Face:
    return dataclasses.replace(face, leading=leading, tracking=tracking, capitals=capitals)


@dataclasses.dataclass(frozen=True)
class Pair:
    """A face for headlines with a family for everything else, and the shapes that they suit: ``roundness`` 0
    (angular) to 1 (round), ``weight`` 0 (fine lines) to 1 (bold ones).
    """

    name: str
    display: Face
    text: Face
    strong: Face
    roundness: float
    weight: float

    @property
    def faces(self) -> tuple[Face, Face, Face]:
        """Headline, running text, emphasised text."""
        return self.display, self.text, self.strong


def _pair(
    name: str, display: Face, family: tuple[str, str, str], roundness: float, weight: float, strong: int = 700
) -> Pair:
    return Pair(name, display, _variable(*family, weight=450), _variable(*family, weight=strong), roundness, weight)


def _static(family: str, package: str, file: str) -> Face:
    return Face(family, package, file, 400)


PAIRS: dict[str, Pair] = {
    pair.name: pair
    for pair in (
        _pair("balloon", _display(_variable("Fredoka", "fontpkg_fredoka", "Fredoka[wdth,wght].ttf", 650),
                                  leading=1.02, tracking=-0.005), _NUNITO, 0.95, 0.75, 800),
        _pair("bubble", _display(_variable("Baloo 2", "fontpkg_baloo_2", "Baloo2[wght].ttf", 800),
                                 leading=0.98, tracking=-0.01), _NUNITO, 0.9, 0.9, 800),
        _pair("comic", _display(_static("Lilita One", "fontpkg_lilita_one", "LilitaOne-Regular.ttf"),
                                leading=1.02), _FIGTREE, 0.75, 1.0),
        _pair("geometric", _display(_variable(*_OUTFIT, weight=750), leading=1.04, tracking=-0.02), _OUTFIT, 0.7, 0.55),
        _pair("soft serif", _display(_variable("Fraunces", "fontpkg_fraunces", "Fraunces[SOFT,WONK,opsz,wght].ttf",
                                               700, opsz=144, SOFT=100), leading=1.04, tracking=-0.015),
              _FIGTREE, 0.72, 0.5),
        _pair("grotesque", _display(_variable("Bricolage Grotesque", "fontpkg_bricolage_grotesque",
                                              "BricolageGrotesque[opsz,wdth,wght].ttf", 800, opsz=96),
                                    leading=1.0, tracking=-0.02), _INSTRUMENT, 0.5, 0.75),
        _pair("elegant", _display(_static("DM Serif Display", "fontpkg_dm_serif_display",
                                          "DMSerifDisplay-Regular.ttf"), leading=1.06, tracking=-0.01),
              _DM, 0.55, 0.25),
        _pair("editorial", _display(_variable("Playfair Display", "fontpkg_playfair_display",
                                              "PlayfairDisplay[wght].ttf", 800), leading=1.08, tracking=-0.01),
              _FRANKLIN, 0.4, 0.2),
        _pair("slab", _display(_static("Alfa Slab One", "fontpkg_alfa_slab_one", "AlfaSlabOne-Regular.ttf"),
                               leading=1.08), _FRANKLIN, 0.35, 1.0),
        _pair("technical", _display(_variable(*_SPACE, weight=700), leading=1.04, tracking=-0.025), _SPACE, 0.25, 0.35),
        _pair("condensed", _display(_variable(*_ARCHIVO, weight=800, wdth=80), leading=1.0, tracking=-0.01),
              _ARCHIVO, 0.15, 0.6),
        _pair("poster", _display(_static("Anton", "fontpkg_anton", "Anton-Regular.ttf"), leading=1.08,
                                 tracking=0.004, capitals=True), _FRANKLIN, 0.1, 0.85),
    )
}  # fmt: skip

FACES: dict[str, Face] = {face.key: face for pair in PAIRS.values() for face in pair.faces}


@functools.cache
def instance(key: str, extra: frozenset[str] = frozenset()) -> bytes:
    """A static TTF of a face with every western Latin letter and ``extra`` characters; same input, same bytes."""
    face = FACES[key]
    font = TTFont(face.path, lazy=True, recalcTimestamp=False)
    options = subset.Options()
    options.hinting = False
    options.drop_tables += ["FFTM", "DSIG"]
    options.notdef_outline = True
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    reduced = subset.Subsetter(options)
    reduced.populate(unicodes=[ord(char) for char in WESTERN | extra])
    reduced.subset(font)
    if "fvar" in font:
        places = {axis.axisTag: axis.defaultValue for axis in font["fvar"].axes} | dict(face.axes)
        instancer.instantiateVariableFont(font, places, inplace=True)
    _name(font, face)
    return _saved(font)


def _name(font: TTFont, face: Face) -> None:
    """Call the cut what the design calls it, so that every renderer finds it by family and weight."""
    names = font["name"]
    postscript = f"{face.family.replace(' ', '')}-{face.weight}"
    called = {1: face.family, 2: "Regular", 3: postscript, 4: face.key, 6: postscript}
    for name_id in (*called, 16, 17, 21, 22, 25):
        names.removeNames(nameID=name_id)
    for name_id, text in called.items():
        names.setName(text, name_id, 3, 1, 0x409)
    font["OS/2"].usWeightClass = face.weight
    font["OS/2"].fsSelection = (font["OS/2"].fsSelection | 0x40) & ~0x21
    font["head"].macStyle = 0


def _saved(font: TTFont) -> bytes:
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()


@functools.cache
def embedded(key: str, extra: frozenset[str] = frozenset()) -> str:
    """The same subset as WOFF2, as a data URI."""
    font = TTFont(io.BytesIO(instance(key, extra)), recalcTimestamp=False)
    font.flavor = "woff2"
    return "data:font/woff2;base64," + base64.b64encode(_saved(font)).decode()


@functools.cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="studio-fonts-")


@functools.cache
def font_file(key: str, extra: frozenset[str] = frozenset()) -> Path:
    """The subset as a file, for renderers that only read files; removed when the process ends."""
    face = FACES[key]
    folder = (
        Path(_folder().name) / f"{face.family.replace(' ', '')}-{face.weight}-{len(extra)}-{hash(extra) & 0xFFFF:04x}"
    )
    folder.mkdir(exist_ok=True)
    path = folder / "font.ttf"
    path.write_bytes(instance(key, extra))
    return path
