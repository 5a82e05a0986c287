"""How long do speech and pictures take as they are served, for one client and for four at once?

Trains a version of each on works of people in the corpora beside this repository, then runs ``studio bench made`` over them.
docs/handbook/serving.md says how it is measured.

    python benchmarks/made.py [--check] [--json]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from oeuvre_studio.cli import app

CORPORA = Path(__file__).parents[2] / "shared/corpora"
WORKS = {"voice": "june-wallack", "image": "gerald-g"}


def trained(modality: str, person: str, out: Path) -> Path:
    """A version of that person's works. What the gate says of it does not matter here; that there is one does."""
    works = CORPORA / modality / person
    command = [sys.executable, "-m", "oeuvre_studio", "train", modality, "--works", str(works), "--out", str(out)]
    subprocess.run(command, check=True, stdout=sys.stderr)
    return out


if __name__ == "__main__":
    if missing := [name for name, person in WORKS.items() if not (CORPORA / name / person).is_dir()]:
        print(json.dumps({"skipped": f"there are no works for {', '.join(missing)} at {CORPORA}", "bars": []}))
        sys.exit(0)
    with tempfile.TemporaryDirectory(prefix="made-") as work:
        folders = [str(trained(modality, person, Path(work) / modality)) for modality, person in WORKS.items()]
        app(["bench", "made", *folders, *sys.argv[1:]])
