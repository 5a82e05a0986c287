"""The typefaces, from the packages that carry them: cut down to Latin script, as WOFF2, at first use.

The fonts (SIL Open Font License) are dependencies, never copied into this repository.
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from tempfile import mkstemp
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage
from fontTools.subset import Options, Subsetter, load_font, parse_unicodes, save_font

if TYPE_CHECKING:
    from collections.abc import Iterable

FONTS = {
    "serif": ("fontpkg_newsreader", "Newsreader[opsz,wght].ttf"),
    "serif-italic": ("fontpkg_newsreader", "Newsreader-Italic[opsz,wght].ttf"),
    "sans": ("fontpkg_instrument_sans", "InstrumentSans[wdth,wght].ttf"),
    "mono": ("fontpkg_geist_mono", "GeistMono[wght].ttf"),
}
"""File name without ending → package and file in it."""

_LATIN = "U+20-7E,U+A0-17F,U+2010-2027,U+2030-203A,U+20AC,U+2116,U+2190-2193,U+2212,U+2248,U+2264-2265"


def font_file(name: str, folder: Path) -> Path:
    """``folder/<name>.woff2``, made when missing. Raises KeyError for a name that is not in FONTS."""
    path = folder / f"{name}.woff2"
    if not path.exists():
        package, source = FONTS[name]
        options = Options(flavor="woff2", layout_features=["*"], notdef_outline=True)
        font = load_font(str(Path(str(import_module(package).__file__)).parent / "files" / source), options)
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=parse_unicodes(_LATIN))
        subsetter.subset(font)
        folder.mkdir(parents=True, exist_ok=True)
        handle, draft = mkstemp(dir=folder, suffix=".part")
        os.close(handle)
        save_font(font, draft, options)
        os.chmod(draft, 0o644)
        os.replace(draft, path)  # two processes may make the same file; each reader sees a whole one
    return path


class FontFinder(BaseFinder):
    """Offers ``fonts/<name>.woff2`` as static files, kept under ``fonts`` of the installation's folder."""

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        self.folder = Path(settings.HOME) / "fonts"
        self.storage = FileSystemStorage(location=self.folder)
        self.storage.prefix = "fonts"  # type: ignore[attr-defined]  # what collectstatic reads

    def check(self, **_kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **_kwargs: Any) -> Any:
        folder, _, name = path.partition("/")
        stem, _, ending = name.rpartition(".")
        if folder != "fonts" or ending != "woff2" or stem not in FONTS:
            return []
        found = str(font_file(stem, self.folder))
        return [found] if find_all else found

    def list(self, _ignore_patterns: Iterable[str] | None) -> Iterable[tuple[str, FileSystemStorage]]:
        for name in FONTS:
            font_file(name, self.folder)
            yield f"{name}.woff2", self.storage
