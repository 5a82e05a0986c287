"""`oeuvre bench`: claims about the platform's own engines, measured from a checkout of the sources."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from oeuvre.kit.errors import SetupError

CHECKOUT = Path(__file__).parents[3]


def bench_assistant(*, part: str, as_json: bool, check: bool, peer: bool, chat: bool) -> int:
    """Run ``benchmarks/assistant.py`` and give its exit status. It embeds with the studio's models in a process of its own,
    for the platform never loads tensors. Raises SetupError where there is no checkout to measure in."""
    script = CHECKOUT / "benchmarks" / "assistant.py"
    if not script.is_file():
        raise SetupError("Benchmarks come with the sources: run this in a checkout, after `make setup`.")
    command = [sys.executable, str(script), "--part", part]
    command += ["--json"] * as_json + ["--check"] * check + ["--no-peer"] * (not peer) + ["--chat"] * chat
    return subprocess.run(command, check=False, cwd=CHECKOUT).returncode
