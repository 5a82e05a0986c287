"""How the process runs: offline, and on how many threads. Set before any library that reads the environment."""

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
    os.environ.setdefault("GOMP_SPINCOUNT", "5000")
    # a container may be allowed fewer cores than the machine has; only Linux tells
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    count = threads or allowed
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[variable] = str(count)
