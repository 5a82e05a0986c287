"""How the process runs: offline, on how many threads, with which memory. Set before any library that reads it."""

from __future__ import annotations

import os

OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}


def set_threads(threads: int) -> None:
    """Use this many threads; 0: one for each core this process may use. Goes offline as well."""
    os.environ.update(OFFLINE)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # A thread that waits for the others turns round for some microseconds, then sleeps. Sleeping at once would cost more than
    # the second core brings where steps are short (a hundred switches a token); turning round for long would take the core
    # from the site and the database.
    os.environ.setdefault("GOMP_SPINCOUNT", "2000")
    # PyTorch asks for pages of 2 MiB: a step reads adapters, keys and values all over a gigabyte, and with pages of 4 KiB a
    # sixth of its time goes into looking up where they are.
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    # a container may be allowed fewer cores than the machine has; only Linux tells
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    count = threads or allowed
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[variable] = str(count)
