"""How the versions of each modality are opened: a text's beside the base in this process, others in workers of their own."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from oeuvre_studio.artifacts import LoadedVersion, check_base
from oeuvre_studio.errors import AdapterMismatchError, VersionDamagedError
from oeuvre_studio.protocol import Manifest
from oeuvre_studio.text.base import Base
from oeuvre_studio.text.embeddings import Embedder
from oeuvre_studio.text.generate import Author
from oeuvre_studio.text.lora import RANK

Source = Path | Mapping[str, bytes]
"""Where a version's files are: in a folder, or in memory."""


class Opened(Protocol):
    """A version that is ready to be asked."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def size(self) -> int:
        """Bytes of its files."""


class Host(Protocol):
    """What a modality is to the library."""

    def check(self, name: str, manifest: Manifest) -> None:
        """Refuse, by its papers alone, a version that cannot be served here.

        Raises:
            BaseMismatchError: it was made for another base.
        """

    def open(self, version: LoadedVersion, source: Source) -> Opened:
        """Make a verified version ready.

        Raises:
            VersionDamagedError, AdapterMismatchError: it is not what it has to be.
        """


class TextHost:
    """Texts are written in this process, many versions in one batch."""

    modality = "text"

    def __init__(self, base: Base, embedder: Embedder) -> None:
        self._base = base
        self._embedder = embedder

    def check(self, name: str, manifest: Manifest) -> None:
        """See `Host`."""
        check_base(name, manifest, self._base.sha256)

    def open(self, version: LoadedVersion, source: Source) -> Author:
        """See `Host`."""
        try:
            author = Author(self._base, self._embedder, version)
        except (KeyError, ValueError, ZeroDivisionError) as error:
            raise VersionDamagedError(f"{version.name} does not say how its adapter is scaled: {error}.") from error
        odd = {a.shape[0] for a, _ in author.adapter.pairs.values()} - {RANK}
        if odd:  # an engine keeps room for one rank; matrices of another would be spread over it
            raise AdapterMismatchError(f"{version.name} has matrices of rank {min(odd)}; only rank {RANK} is served.")
        return author


@dataclasses.dataclass(frozen=True, eq=False)
class WorkerVersion:
    """A version that workers open for themselves; here are only its papers and where its files are."""

    name: str
    size: int
    modality: str
    source: Source


class WorkerHost:
    """Whatever is made in one piece is made in workers, which check the base that they load."""

    def check(self, name: str, manifest: Manifest) -> None:
        """See `Host`; the base is the worker's business."""

    def open(self, version: LoadedVersion, source: Source) -> WorkerVersion:
        """See `Host`."""
        kept = source if isinstance(source, Path) else dict(source)
        return WorkerVersion(version.name, version.size, version.manifest.modality, kept)
