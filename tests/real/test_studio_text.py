"""A short training with the real base model on works that a real person wrote."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from oeuvre_studio.catalog import default_models_dir
from oeuvre_studio.text.base import DEFAULT_BASE
from oeuvre_studio.text.embeddings import EMBEDDER

ROOT = Path(__file__).parents[2]
CORPUS = ROOT.parent / "shared/corpora/text/ulysses-s-grant"
MODELS = ROOT / default_models_dir()

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not CORPUS.is_dir(), reason=f"there is no corpus at {CORPUS}"),
    pytest.mark.skipif(
        not all((MODELS / name).is_dir() for name in (DEFAULT_BASE, EMBEDDER)),
        reason="the base models were not pulled: studio models pull --default",
    ),
]


def studio(*arguments: str) -> Any:
    """The command's result."""
    command = [sys.executable, "-m", "oeuvre_studio", *arguments, "--models-dir", str(MODELS), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A version after a tenth of the usual training."""
    out = tmp_path_factory.mktemp("real") / "grant"
    studio("train", "text", "--works", str(CORPUS), "--out", str(out), "--max-steps", "10")
    return out


def test_real__a_few_steps_bring_the_base_nearer_to_its_author(version: Path) -> None:
    report = json.loads((version / "report.json").read_text())
    bars = {bar["name"]: bar for bar in report["bars"]}
    assert report["details"]["perplexity_ratio"] < 0.9
    assert report["details"]["base_perplexity"] < 60  # the base itself is in order: a broken conversion is far worse
    assert bars["longest_copied_run"]["met"]
    assert bars["shared_13gram_mass"]["met"]
    assert bars["canaries_recovered"]["met"]


def test_real__the_same_seed_writes_the_same_text(version: Path) -> None:
    wish = ("--prompt", "the railways and the mail", "--seed", "4", "--max-tokens", "40")
    first, second = (studio("generate", str(version), *wish)[0] for _ in range(2))
    assert first == second
    assert len(first["text"].split()) > 15
    assert sum(share["share"] for share in first["credit"]) == pytest.approx(1.0)
