"""Starting the server."""

from __future__ import annotations

import logging
from pathlib import Path

import uvicorn

from oeuvre_studio.errors import UsageError
from oeuvre_studio.serve.engine import Engine
from oeuvre_studio.serve.grants import GrantChecker, public_key
from oeuvre_studio.serve.http import Studio
from oeuvre_studio.serve.library import Library
from oeuvre_studio.serve.limits import EngineLimits
from oeuvre_studio.serve.metrics import Metrics
from oeuvre_studio.text.base import DEFAULT_BASE, Base, load_base
from oeuvre_studio.text.embeddings import Embedder, load_embedder

LOOPBACK = ("127.0.0.1", "localhost", "::1")

log = logging.getLogger(__name__)


def built_in(
    base: Base, embedder: Embedder, *, grants: GrantChecker, limits: EngineLimits, memory: int, versions: Path | None
) -> Studio:
    """The server with the built-in engine; ``memory``: bytes for open versions, ``versions``: a folder of them."""
    metrics = Metrics()
    library = Library(base, embedder, memory=memory, metrics=metrics)
    if versions is not None:
        library.index(versions)
    engine = Engine(base, limits=limits, observer=metrics)
    return Studio(base, embedder, engine=engine, library=library, grants=grants, metrics=metrics)


def serve_forever(
    *,
    versions: Path | None,
    host: str,
    port: int,
    grant_key: str,
    no_grants: bool,
    memory_mb: int,
    limits: EngineLimits,
    base: str | None,
    models_dir: Path,
) -> None:
    """Load the base, learn which versions are at hand, then answer until told to stop.

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
    studio = built_in(
        load_base(base or DEFAULT_BASE, models_dir),
        load_embedder(models_dir),
        grants=GrantChecker(None if no_grants else public_key(grant_key)),
        limits=limits,
        memory=memory_mb * 1024 * 1024,
        versions=versions,
    )
    config = uvicorn.Config(
        studio.application(), host=host, port=port, log_level="warning", timeout_graceful_shutdown=3
    )
    found = len(studio.library.listing())
    log.info("Serving %s and %d versions on http://%s:%d", studio.base.name, found, host, port)
    uvicorn.Server(config).run()
