"""The versions that can be asked for: those of a folder, opened when first asked for, and those put here.

What is open lies in memory, the least recently used going first when room is needed: a version of the folder is
opened again when it is asked for again, one that was put here has to be put again. A version that was deleted
does not come back by anything that was under way.
"""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from weakref import WeakValueDictionary

from oeuvre_studio.artifacts import glance, is_version_folder, load_version, map_version
from oeuvre_studio.errors import StudioError, VersionDamagedError
from oeuvre_studio.protocol import Manifest
from oeuvre_studio.serve.errors import EvictedError, NameMismatchError, NotLoadedError
from oeuvre_studio.serve.hosting import Host, Opened
from oeuvre_studio.serve.metrics import Metrics

LOADERS = 2
"""Versions opened at the same time; each takes a processor for some milliseconds."""

log = logging.getLogger(__name__)


@dataclasses.dataclass(eq=False)
class Arrival:
    """A version on its way into the library."""

    name: str
    turned_away: bool = False
    """The version was deleted meanwhile."""


@dataclasses.dataclass(frozen=True)
class Listed:
    """A version that can be asked for."""

    name: str
    size: int
    """Bytes of its files."""
    loaded: bool
    """Whether it is open, so that asking for it costs nothing."""


class Library:
    """Versions by name. Safe to use from several threads; nothing but `put` takes time in the caller's."""

    def __init__(self, hosts: Mapping[str, Host], *, memory: int, metrics: Metrics) -> None:
        """``hosts``: what opens the versions of each modality that is served here.

        ``memory``: bytes that open versions may take; the one used last stays, however large.
        """
        self._hosts = hosts
        self._memory = memory
        self._metrics = metrics
        self._folders: dict[str, tuple[Path, int]] = {}
        self._open: OrderedDict[str, Opened] = OrderedDict()
        self._living: WeakValueDictionary[str, Opened] = WeakValueDictionary()
        """The open ones, and those that had to go while somebody still writes with them."""
        self._arrivals: set[Arrival] = set()
        self._opening: dict[str, tuple[Arrival, Future[Opened]]] = {}
        self._lock = threading.Lock()
        self._loaders = ThreadPoolExecutor(LOADERS, thread_name_prefix="library")
        self.on_delete: Callable[[str], None] = lambda name: None
        """Called with the name of a version that was deleted."""

    def index(self, folder: Path) -> None:
        """Learn the versions in a folder, or the one that it is, from their small papers; what is wrong is logged."""
        for child in [folder] if is_version_folder(folder) else sorted(folder.iterdir()):
            if not (child.is_dir() and is_version_folder(child)):
                continue
            try:
                if child.is_symlink() and child != folder:
                    raise VersionDamagedError("It is a link. Put the version itself there.")
                name, manifest, size = glance(child)
                self._host(name, manifest).check(name, manifest)
            except StudioError as error:
                log.warning("Left out %s: %s", child, error.message)
                continue
            with self._lock:
                self._folders[name] = (child, size)

    def open(self, name: str) -> Future[Opened]:
        """A version, at once if it is open, else as soon as it is; asked for many times, it is opened once.

        The future raises VersionDamagedError, BaseMismatchError or AdapterMismatchError where the version is not what
        it claims to be, and EvictedError where it was deleted meanwhile.

        Raises:
            NotLoadedError: there is no such version here.
        """
        with self._lock:
            opened = self._living.get(name)
            if opened is not None:
                self._keep(opened)
                found: Future[Opened] = Future()
                found.set_result(opened)
                return found
            if name in self._opening:
                return self._opening[name][1]
            if name not in self._folders:
                raise NotLoadedError(f"The model {name} is not loaded here.", param="model")
            arrival = self._announce(name)
            opening = self._loaders.submit(self._load, self._folders[name][0], arrival)
            self._opening[name] = arrival, opening
            return opening

    @contextmanager
    def expecting(self, name: str) -> Iterator[Arrival]:
        """For as long as a version is being put here. If it is deleted in the meantime, `put` refuses it."""
        with self._lock:
            arrival = self._announce(name)
        try:
            yield arrival
        finally:
            self._settle(arrival)

    def put(self, files: Mapping[str, bytes], arrival: Arrival) -> bool:
        """Verify and keep a version, in memory only; returns whether it is new.

        Raises:
            VersionDamagedError, BaseMismatchError, AdapterMismatchError: it is refused.
            NameMismatchError: its content has another name than the one announced.
            EvictedError: it was deleted after it had been announced.
        """
        version = load_version(files)
        if version.name != arrival.name:
            raise NameMismatchError(f"This content is {version.name}, not {arrival.name}.")
        host = self._host(version.name, version.manifest)
        host.check(version.name, version.manifest)
        opened = host.open(version, files)
        with self._lock:
            new = version.name not in self._open
            self._admit(arrival, opened)
        return new

    def delete(self, name: str) -> None:
        """Forget a version, whatever state it is in, and end what it is writing. Nothing happens if it is not there.

        A version of the folder is forgotten until the server starts anew; its files stay.
        """
        with self._lock:
            for arrival in self._arrivals:
                arrival.turned_away |= arrival.name == name
            self._opening.pop(name, None)
            self._folders.pop(name, None)
            self._open.pop(name, None)
            self._living.pop(name, None)
        self.on_delete(name)

    def has(self, opened: Opened) -> bool:
        """Whether this version may still write: whether it was not deleted since it was handed out."""
        with self._lock:
            return self._living.get(opened.name) is opened

    def listing(self) -> list[Listed]:
        """Everything that can be asked for, by name."""
        with self._lock:
            sizes = {name: size for name, (_, size) in self._folders.items()}
            sizes |= {name: opened.size for name, opened in self._open.items()}
            return [Listed(name, size, loaded=name in self._open) for name, size in sorted(sizes.items())]

    @property
    def loaded(self) -> tuple[int, int]:
        """How many versions are open, and their bytes."""
        with self._lock:
            return len(self._open), self._bytes()

    def close(self) -> None:
        """Open nothing more."""
        self._loaders.shutdown(cancel_futures=True)

    def _load(self, folder: Path, arrival: Arrival) -> Opened:
        started = time.perf_counter()
        try:
            version = map_version(folder)
            if version.name != arrival.name:
                raise VersionDamagedError(f"{folder} holds {version.name}, no longer {arrival.name}.")
            host = self._host(version.name, version.manifest)
            host.check(version.name, version.manifest)
            opened = host.open(version, folder)
            with self._lock:
                opened = self._admit(arrival, opened)
        finally:
            self._settle(arrival)
        self._metrics.version_loaded(time.perf_counter() - started)
        return opened

    def _host(self, name: str, manifest: Manifest) -> Host:
        if manifest.modality not in self._hosts:
            raise VersionDamagedError(
                f"{name} is a model of {manifest.modality}. Served here are those of: {', '.join(self._hosts)}."
            )
        return self._hosts[manifest.modality]

    # the rest is called with the lock held, but for `_settle`

    def _announce(self, name: str) -> Arrival:
        arrival = Arrival(name)
        self._arrivals.add(arrival)
        return arrival

    def _settle(self, arrival: Arrival) -> None:
        with self._lock:
            self._arrivals.discard(arrival)
            if arrival.name in self._opening and self._opening[arrival.name][0] is arrival:
                del self._opening[arrival.name]

    def _admit(self, arrival: Arrival, opened: Opened) -> Opened:
        """Keep what arrived, or what came in by another way meanwhile: one version is one object."""
        if arrival.turned_away:
            raise EvictedError(f"{arrival.name} was taken away.")
        opened = self._living.setdefault(arrival.name, opened)
        self._keep(opened)
        return opened

    def _keep(self, opened: Opened) -> None:
        """Note that a version is used, and make room for it."""
        name = opened.name
        known = name in self._open
        self._open[name] = opened
        self._open.move_to_end(name)
        while not known and len(self._open) > 1 and self._bytes() > self._memory:
            self._open.popitem(last=False)  # whoever writes with it keeps what they need
            self._metrics.version_evicted()

    def _bytes(self) -> int:
        return sum(opened.size for opened in self._open.values())
