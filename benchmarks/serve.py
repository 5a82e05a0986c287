"""How fast are many versions served from one base, beside PEFT, llama.cpp and vLLM on the same machine?

The same as ``studio bench serve``, with the plot that RESULTS.md shows. Peers that are not here are left out, and the
tables say how to get them. docs/handbook/serving.md says how it is measured.

    python benchmarks/serve.py [--quick] [--only oeuvre|peft|llama|vllm …] [--check] [--json]
"""

from __future__ import annotations

import sys
from pathlib import Path

from oeuvre_studio.cli import app

PLOT = Path(__file__).parent / "plots" / "serve.svg"

if __name__ == "__main__":
    drawn = [] if "--quick" in sys.argv else ["--plot", str(PLOT)]
    app(["bench", "serve", *drawn, *sys.argv[1:]])
