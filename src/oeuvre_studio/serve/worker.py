"""A worker: the process in which recordings and pictures are made and looked at, so that it can be ended at any moment.

    python -m oeuvre_studio.serve.worker SOCKET MODELS_DIR

``SOCKET`` is the number of an open socket; messages are those of `oeuvre_studio.serve.frames`.
"""

from __future__ import annotations

import logging
import sys
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from oeuvre_studio.artifacts import LoadedVersion, load_version, map_version
from oeuvre_studio.errors import StudioError, VersionDamagedError
from oeuvre_studio.serve.frames import pack_frame, unpack_frame
from oeuvre_studio.serve.tasks import TASKS, Order

log = logging.getLogger(__name__)


class Desk:
    """Opens versions, keeps those it is told to keep, and does what is asked for."""

    def __init__(self, models_dir: Path) -> None:
        self._models_dir = models_dir
        self._held: dict[str, LoadedVersion] = {}

    def answer(self, message: bytes) -> bytes:
        """What the task came to, or an error that says what to do."""
        try:
            header, blobs = unpack_frame(message)
            for name in header["forget"]:
                self._held.pop(name, None)
            return self._done(header, blobs)
        except StudioError as error:
            return pack_frame({"error": {"code": error.code, "message": error.message}})
        except Exception as error:
            # where it was and what kind it is; the message may quote what a person asked for
            places = "".join(traceback.format_tb(error.__traceback__))
            log.exception("%s\n%s", type(error).__name__, places, exc_info=False)
            return pack_frame({"error": {"code": "engine_failed", "message": "The server failed. Its log says why."}})

    def _done(self, header: dict[str, Any], blobs: list[bytes]) -> bytes:
        count = len(header["files"])
        version = header["version"]
        if version is not None:
            files = dict(zip(header["version_files"], blobs[count:], strict=True))
            opened = self._version(version["name"], version["folder"], files)
        order = Order(
            fields=header["fields"],
            files=dict(zip(header["files"], blobs[:count], strict=True)),
            version=None if version is None else opened,
            models_dir=self._models_dir,
        )
        return pack_frame(*TASKS[header["task"]](order))

    def _version(self, name: str, folder: str, files: dict[str, bytes]) -> LoadedVersion:
        if name not in self._held:
            found = map_version(Path(folder)) if folder else load_version(files)
            if found.name != name:
                raise VersionDamagedError(f"This is {found.name}, not {name}.")
            self._held[name] = found
        return self._held[name]


def main() -> None:
    """Answer until the other end is closed."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    connection, desk = Connection(int(sys.argv[1])), Desk(Path(sys.argv[2]))
    while True:
        try:
            message = connection.recv_bytes()
        except EOFError:
            return
        connection.send_bytes(desk.answer(message))


if __name__ == "__main__":
    main()
