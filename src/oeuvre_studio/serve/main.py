"""Starting the server."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import cast

import torch
import uvicorn

from oeuvre_studio.errors import UsageError
from oeuvre_studio.modalities import REGISTRY
from oeuvre_studio.serve.engine import Engine
from oeuvre_studio.serve.grants import GrantChecker, public_key
from oeuvre_studio.serve.hosting import Host, TextHost, WorkerHost
from oeuvre_studio.serve.http import Studio
from oeuvre_studio.serve.library import Library
from oeuvre_studio.serve.limits import EngineLimits
from oeuvre_studio.serve.metrics import Metrics
from oeuvre_studio.serve.vllm import AdapterFolder, Probe, VllmEngine, wait_for_vllm
from oeuvre_studio.serve.workers import WorkerEngine
from oeuvre_studio.text.base import DEFAULT_BASE, Base, load_base
from oeuvre_studio.text.embeddings import Embedder, load_embedder
from oeuvre_studio.text.generate import Author
from oeuvre_studio.text.reading import Reader, load_reader

LOOPBACK = ("127.0.0.1", "localhost", "::1")

VLLM_KEY = "VLLM_API_KEY"
"""The environment variable with the key that vLLM was started with; vLLM reads the same."""

VLLM_PATIENCE = 600.0
"""Seconds to wait for vLLM, which may load a large base from a slow disk."""

log = logging.getLogger(__name__)


def built_in(
    base: Base,
    embedder: Embedder,
    *,
    grants: GrantChecker,
    limits: EngineLimits,
    memory: int,
    versions: Path | None,
    workers: WorkerEngine,
    reader: Callable[[], Reader],
    threads: int | None = None,
) -> Studio:
    """The server with the built-in engine; ``memory``: bytes for open versions, ``versions``: a folder of them."""
    metrics = Metrics()
    library = Library(hosts(base, embedder), memory=memory, metrics=metrics)
    if versions is not None:
        library.index(versions)
    engine = Engine(base, limits=limits, observer=metrics, threads=threads)
    return Studio(
        base,
        embedder,
        engine=engine,
        library=library,
        grants=grants,
        metrics=metrics,
        workers=workers,
        reader=reader,
    )


def hosts(base: Base, embedder: Embedder) -> dict[str, Host]:
    """What opens the versions of each modality: text here, all others in workers."""
    workers: dict[str, Host] = {name: WorkerHost() for name in REGISTRY}
    return workers | {TextHost.modality: TextHost(base, embedder)}


def before_vllm(
    base: Base,
    embedder: Embedder,
    *,
    url: str,
    adapters: Path,
    grants: GrantChecker,
    limits: EngineLimits,
    memory: int,
    versions: Path | None,
    workers: WorkerEngine,
    reader: Callable[[], Reader],
) -> Studio:
    """The same server with a vLLM at ``url`` that computes; ``memory`` also bounds the adapters in ``adapters``.

    Raises:
        UsageError: the folder for adapters cannot be used.
        EngineAwayError: vLLM does not come.
        BaseMismatchError: it serves another base.
    """
    folder = AdapterFolder(adapters)
    key = os.environ.get(VLLM_KEY, "")
    probe = Probe(base)
    asyncio.run(wait_for_vllm(probe, url=url, key=key, patience=VLLM_PATIENCE, say=log.info))
    base.model.to("meta")  # the weights were needed for their hash and the probe; from now on, only their shapes are
    metrics = Metrics()
    library = Library(hosts(base, embedder), memory=memory, metrics=metrics)
    if versions is not None:
        library.index(versions)
    engine = VllmEngine(
        base,
        probe,
        url=url,
        key=key,
        folder=folder,
        memory=memory,
        version_of=lambda name: _author(library, name).version,
        observer=metrics,
        limits=limits,
    )
    return Studio(
        base,
        embedder,
        engine=engine,
        library=library,
        grants=grants,
        metrics=metrics,
        workers=workers,
        reader=reader,
        ready=lambda: engine.ready,
    )


def _author(library: Library, name: str) -> Author:
    """A text version that is open already: a job holds it."""
    return cast(Author, library.open(name).result())


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
    vllm: str = "",
    adapters: Path | None = None,
    workers: int = 1,
) -> None:
    """Load the base, learn which versions are at hand, then answer until told to stop.

    Raises:
        UsageError: neither or both of key and ``--no-grants``, an open server that others could reach, or only one
            of ``--vllm`` and ``--adapters``. See `before_vllm` for what else can be wrong with these.
        ModelUnavailableError: a base model was not pulled.
    """
    if bool(grant_key) == no_grants:
        raise UsageError("Give the platform's public key with --grant-key, or --no-grants for your own use.")
    if no_grants and host not in LOOPBACK:
        raise UsageError("--no-grants serves this machine only. Leave --host at 127.0.0.1.")
    if versions is not None and not versions.is_dir():
        raise UsageError(f"{versions} is not a folder of versions.")
    if bool(vllm) != (adapters is not None):
        raise UsageError("--vllm and --adapters go together: the folder is where vLLM finds its adapters.")
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would note every look at vLLM
    grants = GrantChecker(None if no_grants else public_key(grant_key))
    if vllm:
        os.environ["CUDA_VISIBLE_DEVICES"] = ""  # vLLM has the graphics processor to itself
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # only the engine's thread has more, from its first step on, see `Engine.start`
    loaded, embedder = load_base(base or DEFAULT_BASE, models_dir), load_embedder(models_dir)
    memory = memory_mb * 1024 * 1024
    makers = WorkerEngine(models_dir, workers=workers)
    if adapters is None:
        studio = built_in(
            loaded,
            embedder,
            grants=grants,
            limits=limits,
            memory=memory,
            versions=versions,
            workers=makers,
            reader=partial(load_reader, models_dir),
            threads=threads,
        )
    else:
        studio = before_vllm(
            loaded,
            embedder,
            url=vllm,
            adapters=adapters,
            grants=grants,
            limits=limits,
            memory=memory,
            versions=versions,
            workers=makers,
            reader=partial(load_reader, models_dir),
        )
    config = uvicorn.Config(
        studio.application(), host=host, port=port, log_level="warning", timeout_graceful_shutdown=3
    )
    found = len(studio.library.listing())
    log.info("Serving %s and %d versions on http://%s:%d", studio.base.name, found, host, port)
    uvicorn.Server(config).run()
