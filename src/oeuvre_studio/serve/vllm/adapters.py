"""The versions that vLLM holds: written to a folder and loaded when they are asked for, taken out when they are not."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import re
import shutil
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable
from pathlib import Path

from oeuvre_studio.artifacts import LoadedVersion
from oeuvre_studio.errors import UsageError
from oeuvre_studio.protocol import is_version_name
from oeuvre_studio.serve.errors import EngineAwayError, EngineFailedError
from oeuvre_studio.serve.metrics import EngineObserver
from oeuvre_studio.serve.vllm.client import VllmClient, VllmRefusedError
from oeuvre_studio.text.peft_layout import folder_name, write_peft

LOCK = ".lock"
_OURS = re.compile(r"\.?[a-z0-9][a-z0-9-]*--[0-9a-f]{12}(\..+)?")
"""What `folder_name` gives, and the drafts that `write_peft` was killed over."""

log = logging.getLogger(__name__)


class AdapterFolder:
    """The folder that adapters lie in while vLLM holds them: closed to other accounts, one studio's own.

    Whatever an earlier studio left there is removed: it may have been switched off since.

    Raises:
        UsageError: others can look into it, it cannot be made, or another studio uses it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise UsageError(f"--adapters: {self.path} cannot be used: {error}") from error
        if self.path.stat().st_mode & 0o077:
            os.close(self._lock)
            raise UsageError(f"--adapters: other accounts can look into {self.path}. Close it: chmod 700 {self.path}")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise UsageError(
                f"--adapters: another studio uses {self.path}. Give each its own folder, and its own vLLM."
            ) from error
        for child in self.path.iterdir():
            if _OURS.fullmatch(child.name):
                shutil.rmtree(child)

    def close(self) -> None:
        """Let another studio have it."""
        os.close(self._lock)

    def put(self, version: LoadedVersion) -> Path:
        """Write a version, unless it is there.

        Raises:
            UsageError: something else lies under its name.
        """
        folder = self.path / folder_name(version.name)
        write_peft(version, folder)
        return folder

    def remove(self, name: str) -> None:
        """Remove a version, if it is there."""
        shutil.rmtree(self.path / folder_name(name), ignore_errors=True)


class Adapters:
    """Which versions vLLM holds under their immutable names. Used from the engine's event loop only."""

    def __init__(self, vllm: VllmClient, folder: AdapterFolder, *, memory: int, observer: EngineObserver) -> None:
        """``memory``: bytes that versions may take in the folder; the least recently used that nobody uses goes first."""
        self._vllm = vllm
        self._folder = folder
        self._memory = memory
        self._observer = observer
        self._held: OrderedDict[str, int] = OrderedDict()
        """The bytes of each version that vLLM knows, the one used last at the end."""
        self._users: Counter[str] = Counter()
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._tasks: set[asyncio.Task[None]] = set()

    async def hold(self, version: LoadedVersion) -> None:
        """Have a version in vLLM until `release`.

        Raises:
            EngineAwayError: vLLM is not there.
            EngineFailedError: it does not take the version.
        """
        self._users[version.name] += 1
        # on its own: whoever asked may be gone before vLLM is done, and then nobody would know what it holds
        task = asyncio.ensure_future(self._bring(version))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            await asyncio.shield(task)
        except BaseException:
            self.release(version.name)
            raise

    def release(self, name: str) -> None:
        """A holder is done with it; it stays while there is room."""
        self._users[name] -= 1

    async def drop(self, name: str) -> None:
        """Take a version out of vLLM and off the disk, used or not.

        A vLLM that is away is not waited for: it forgets all adapters when it starts, and one that was only out of
        reach is cleared by `reconcile` before it is used again.
        """
        async with self._locks[name]:
            self._held.pop(name, None)
            try:
                await self._vllm.unload_adapter(name)
            except (EngineAwayError, VllmRefusedError) as error:
                log.warning("vLLM did not unload an adapter: %s", error)
            await asyncio.to_thread(self._folder.remove, name)
        self._observer.adapter_evicted()

    def forget(self, name: str) -> None:
        """vLLM does not know it any more, whatever was thought."""
        self._held.pop(name, None)

    async def reconcile(self, loaded: Iterable[str]) -> None:
        """Make vLLM hold what is held here, given what it says it has loaded; foreign names are left alone."""
        found = set(loaded)
        for name in filter(is_version_name, found - set(self._held)):
            async with self._locks[name]:
                if name not in self._held:  # it may have been on its way in
                    await self._vllm.unload_adapter(name)
        for name in set(self._held) - found:
            async with self._locks[name]:
                self._held.pop(name, None)

    async def clear(self) -> None:
        """Drop everything."""
        for name in list(self._held):
            await self.drop(name)

    async def _bring(self, version: LoadedVersion) -> None:
        async with self._locks[version.name]:
            if not self._users[version.name]:
                return  # whoever asked is gone, perhaps because it was switched off
            if version.name in self._held:
                self._held.move_to_end(version.name)
                self._observer.adapter_hit()
                return
            began = asyncio.get_running_loop().time()
            await self._load(version)
            self._held[version.name] = version.size
            self._observer.adapter_loaded(asyncio.get_running_loop().time() - began)
        while sum(self._held.values()) > self._memory:
            unused = next((name for name in self._held if not self._users[name]), None)
            if unused is None:
                break
            await self.drop(unused)

    async def _load(self, version: LoadedVersion) -> None:
        try:
            path = await asyncio.to_thread(self._folder.put, version)
        except (OSError, UsageError) as error:
            log.error("The adapter of %s could not be written: %s", version.name, error)
            raise EngineFailedError("The version could not be made ready. The server's log says why.") from error
        try:
            await self._vllm.load_adapter(version.name, str(path))
        except VllmRefusedError as error:
            await asyncio.to_thread(self._folder.remove, version.name)
            log.error(
                "vLLM does not take %s: %s. It has to run on this machine and as this account, with"
                " VLLM_ALLOW_RUNTIME_LORA_UPDATING=1 and a --max-lora-rank that fits.",
                version.name,
                error,
            )
            raise EngineFailedError("vLLM does not take the version. The server's log says why.") from error
