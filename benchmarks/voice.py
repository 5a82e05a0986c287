"""How near do voices come to the people they are made from, and whom does the consent check let through?

The same as ``studio bench voice``, with the corpora beside this repository. docs/handbook/voice-models.md says how it is
measured.

    python benchmarks/voice.py [--corpora DIR] [--only PERSON …] [--check] [--json]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from oeuvre_studio.cli import app

CORPORA = Path(__file__).parents[2] / "shared/corpora/voice"

if __name__ == "__main__":
    given = sys.argv[1:]
    if "--corpora" not in given:
        if not CORPORA.is_dir():
            print(json.dumps({"skipped": f"there are no corpora at {CORPORA}", "bars": []}))
            sys.exit(0)
        given = ["--corpora", str(CORPORA), *given]
    app(["bench", "voice", *given])
