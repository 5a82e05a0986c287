"""How long do pictures take, and how do new shapes compare with plain resizing and seam carving?

The same as ``studio bench image``, with the corpora beside this repository. docs/handbook/image-models.md says how it is
measured.

    python benchmarks/image.py [--corpora DIR] [--only ARTIST …] [--check] [--json]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from oeuvre_studio.cli import app

CORPORA = Path(__file__).parents[2] / "shared/corpora/image"

if __name__ == "__main__":
    given = sys.argv[1:]
    if "--corpora" not in given:
        if not CORPORA.is_dir():
            print(json.dumps({"skipped": f"there are no corpora at {CORPORA}", "bars": []}))
            sys.exit(0)
        given = ["--corpora", str(CORPORA), *given]
    app(["bench", "image", *given])
