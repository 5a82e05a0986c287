"""How fast is a version trained, beside a plain PEFT loop to the same held-out loss on the same machine?

The same as ``studio bench train``, with the corpora beside this repository and the plot that RESULTS.md shows.
docs/handbook/training.md says how it is measured.

    python benchmarks/train.py [--corpora DIR] [--only AUTHOR …] [--check] [--json]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from oeuvre_studio.cli import app

CORPORA = Path(__file__).parents[2] / "shared/corpora/text"
PLOT = Path(__file__).parent / "plots" / "train.svg"

if __name__ == "__main__":
    given = sys.argv[1:]
    if "--corpora" not in given:
        if not CORPORA.is_dir():
            print(json.dumps({"skipped": f"there are no corpora at {CORPORA}", "bars": []}))
            sys.exit(0)
        given = ["--corpora", str(CORPORA), *given]
    app(["bench", "train", "--plot", str(PLOT), *given])
