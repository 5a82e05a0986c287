"""The versions in memory: verified when they come in, the least recently used one going out, nothing on disk."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping

from oeuvre_studio.artifacts import load_version
from oeuvre_studio.serve.errors import NameMismatchError, NotLoadedError
from oeuvre_studio.text.base import Base
from oeuvre_studio.text.embeddings import Embedder
from oeuvre_studio.text.generate import Author


class Library:
    """Loaded versions by name. Safe to use from several threads."""

    def __init__(self, base: Base, embedder: Embedder, *, most: int) -> None:
        self._base = base
        self._embedder = embedder
        self._most = most
        self._authors: OrderedDict[str, Author] = OrderedDict()
        self._lock = threading.Lock()
        self.on_evict: Callable[[str], None] = lambda name: None
        """Called with the name of a version that was deleted on request."""

    def put(self, files: Mapping[str, bytes], *, name: str | None = None) -> tuple[str, bool]:
        """Verify and load a version; returns its name and whether it is new.

        Raises:
            VersionDamagedError, BaseMismatchError, AdapterMismatchError: it is refused.
            NameMismatchError: its content has another name than the one given.
        """
        version = load_version(files, base_sha256=self._base.sha256)
        if name is not None and version.name != name:
            raise NameMismatchError(f"This content is {version.name}, not {name}.")
        author = Author(self._base, self._embedder, version)
        with self._lock:
            new = version.name not in self._authors
            self._authors[version.name] = author
            self._authors.move_to_end(version.name)
            while len(self._authors) > self._most:
                self._authors.popitem(last=False)  # its running jobs keep what they need
        return version.name, new

    def get(self, name: str) -> Author:
        """A loaded version.

        Raises:
            NotLoadedError: it is not in memory.
        """
        with self._lock:
            if name not in self._authors:
                raise NotLoadedError(f"The model {name} is not loaded here.", param="model")
            self._authors.move_to_end(name)
            return self._authors[name]

    def delete(self, name: str) -> None:
        """Forget a version and end what it is writing. Nothing happens if it is not there."""
        with self._lock:
            self._authors.pop(name, None)
        self.on_evict(name)

    def sizes(self) -> dict[str, int]:
        """The loaded versions and the bytes of their files."""
        with self._lock:
            return {name: author.version.size for name, author in self._authors.items()}
