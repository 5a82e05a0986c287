"""vLLM's CPU build as a child process, in the environment that ``tools/vllm_env.py`` makes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from oeuvre_studio.bench.processes import server
from oeuvre_studio.bench.tools import ToolMissingError
from oeuvre_studio.text.lora import RANK

VLLM_HOME = Path(os.environ.get("OEUVRE_VLLM", ".oeuvre/vllm"))
"""Where the environment is, under the current folder."""

PATIENCE = 900.0
"""Seconds to start: some twenty on a quiet machine, several minutes on a busy one."""

ENVIRONMENT = {
    "VLLM_CPU_KVCACHE_SPACE": "2",  # GiB, as much as some 90,000 tokens of the default base take
    "VLLM_CPU_NUM_OF_RESERVED_CPU": "0",  # left alone, it computes on all cores but one, which of two is half
    "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
}


def vllm_program(home: Path = VLLM_HOME) -> Path:
    """The ``vllm`` command.

    Raises:
        ToolMissingError: it is not here; the message says how to get it.
    """
    program = home / "bin" / "vllm"
    if not (home / "stamp").exists():
        raise ToolMissingError(f"vLLM is not in {home}. Make it with: python3 tools/vllm_env.py")
    return program.absolute()


@contextlib.contextmanager
def vllm_server(
    base_dir: Path,
    adapters: Mapping[str, Path],
    max_loras: int,
    port: int,
    *,
    served_name: str = "",
    context: int = 1024,
    rank: int = RANK,
    environment: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """Serve a base (a folder that ``studio export-base`` writes) with adapters by name; gives the address.

    ``adapters`` are folders that ``studio export`` writes; more can be loaded while it runs. ``max_loras`` is how many
    are computed with at the same time, ``rank`` the most that an adapter may have. ``served_name`` is the base's name; default: the folder's.

    Raises:
        ToolMissingError: vLLM is not here; the message says how to get it.
        PeerFailedError: it did not start.
    """
    command = [str(vllm_program()), "serve", str(base_dir.absolute())]
    command += ["--served-model-name", served_name or base_dir.name]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    command += ["--enable-lora", "--max-lora-rank", str(rank), "--max-loras", str(max_loras)]
    command += ["--max-model-len", str(context), "--enforce-eager"]
    if adapters:
        command += ["--lora-modules", *(f"{name}={path.absolute()}" for name, path in adapters.items())]
    with server(command, port, ready="/health", patience=PATIENCE, environment={**ENVIRONMENT, **(environment or {})}):
        yield f"http://127.0.0.1:{port}"
