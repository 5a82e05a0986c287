"""Starting the server."""

from __future__ import annotations

import logging
from pathlib import Path

import uvicorn

from oeuvre_studio.artifacts import is_version_folder, read_files
from oeuvre_studio.errors import StudioError, UsageError
from oeuvre_studio.serve.grants import GrantChecker, public_key
from oeuvre_studio.serve.http import Studio
from oeuvre_studio.text.base import DEFAULT_BASE, load_base
from oeuvre_studio.text.embeddings import load_embedder

LOOPBACK = ("127.0.0.1", "localhost", "::1")

log = logging.getLogger(__name__)


def version_folders(folder: Path) -> list[Path]:
    """The folder itself if it is a version, else the versions directly inside it."""
    if is_version_folder(folder):
        return [folder]
    return sorted(child for child in folder.iterdir() if child.is_dir() and is_version_folder(child))


def serve_forever(
    *,
    versions: Path | None,
    host: str,
    port: int,
    grant_key: str,
    no_grants: bool,
    memory_versions: int,
    queue: int,
    base: str | None,
    models_dir: Path,
) -> None:
    """Load the base and the versions at hand, then answer until told to stop.

    Raises:
        UsageError: neither or both of key and ``--no-grants``, or an open server that others could reach.
        ModelUnavailableError: a base model was not pulled.
    """
    if bool(grant_key) == no_grants:
        raise UsageError("Give the platform's public key with --grant-key, or --no-grants for your own use.")
    if no_grants and host not in LOOPBACK:
        raise UsageError("--no-grants serves this machine only. Leave --host at 127.0.0.1.")
    if versions is not None and not versions.is_dir():
        raise UsageError(f"{versions} is not a folder of versions.")
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    studio = Studio(
        load_base(base or DEFAULT_BASE, models_dir),
        load_embedder(models_dir),
        grants=GrantChecker(None if no_grants else public_key(grant_key)),
        most_versions=memory_versions,
        max_waiting=queue,
    )
    for folder in version_folders(versions) if versions else ():
        try:
            log.info("Loaded %s", studio.library.put(read_files(folder))[0])
        except StudioError as error:
            log.warning("Left out %s: %s", folder, error.message)
    config = uvicorn.Config(
        studio.application(), host=host, port=port, log_level="warning", timeout_graceful_shutdown=3
    )
    log.info("Serving %s on http://%s:%d", studio.base.name, host, port)
    uvicorn.Server(config).run()
