"""Papers: those of an earlier format keep verifying and read as today's; a consent cannot be changed after it was signed."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from oeuvre_studio.artifacts import read_files
from oeuvre_studio.errors import UsageError, VersionDamagedError
from oeuvre_studio.modalities import read_options
from oeuvre_studio.protocol import (
    SIGNATURE_FILE,
    Signature,
    TrainResult,
    canonical_json,
    content_hash,
    dump,
    parse,
    read_manifest,
    sign_consent,
    verify_consent,
    verify_files,
)
from oeuvre_studio.text.options import TrainOptions

KEY = Ed25519PrivateKey.generate()


def earlier_manifest(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest as the first format had it."""
    settings = dict(manifest["hyperparameters"])
    canaries = {name: settings.pop(name) for name in ("canaries", "canary_seed")}
    kept = {name: value for name, value in manifest.items() if name not in ("unit", "consents")}
    works = [
        {**{name: value for name, value in work.items() if name != "size"}, "words": work["size"]}
        for work in manifest["works"]
    ]
    figures = {"perplexity_ratio": 0.7, "longest_run_tokens": 61, "shared_13gram_share": 0.01}
    counts = {"canaries_planted": 2, "canaries_recovered": 0}
    report = {"status": "rejected", **figures, **counts}
    changes = {"format": "oeuvre-version/1", "works": works, "hyperparameters": settings, "report": report}
    return {**kept, **canaries, **changes}


def earlier_files(trained: TrainResult) -> dict[str, bytes]:
    files = read_files(Path(trained.dir))
    files["manifest.json"] = canonical_json(earlier_manifest(json.loads(files["manifest.json"])))
    found = content_hash(files)
    signature = Signature(
        algorithm="Ed25519",
        content_sha256=found,
        public_key=KEY.public_key().public_bytes_raw().hex(),
        signature=KEY.sign(f"oeuvre-version/1\n{found}\n".encode()).hex(),
    )
    return {**files, SIGNATURE_FILE: canonical_json(dump(signature))}


def test_version__of_the_first_format_verifies_and_reads_as_today_s(trained: TrainResult) -> None:
    _, manifest, _, _ = verify_files(earlier_files(trained))
    assert manifest.unit == "words"
    assert sum(work.size for work in manifest.works) > 0
    assert manifest.hyperparameters["canaries"] == 2
    assert {bar.name: bar.met for bar in manifest.report.bars} == {
        "perplexity_ratio": True,
        "longest_copied_run": False,
        "shared_13gram_mass": True,
        "canaries_recovered": True,
    }


def test_version__of_the_first_format_is_refused_when_it_was_changed(trained: TrainResult) -> None:
    files = earlier_files(trained)
    files["manifest.json"] = files["manifest.json"].replace(b"sailor", b"Sailor")
    with pytest.raises(VersionDamagedError):
        verify_files(files)


@pytest.mark.parametrize("lost", ["works", "report", "canaries", "hyperparameters"])
def test_manifest__of_the_first_format_that_lacks_a_field_says_so(trained: TrainResult, lost: str) -> None:
    manifest = earlier_manifest(json.loads(read_files(Path(trained.dir))["manifest.json"]))
    del manifest[lost]
    with pytest.raises(ValueError, match=lost):
        read_manifest(manifest)


def test_manifest__of_an_unknown_format_is_refused(trained: TrainResult) -> None:
    manifest = json.loads(read_files(Path(trained.dir))["manifest.json"])
    with pytest.raises(ValueError, match="oeuvre-version/9"):
        read_manifest({**manifest, "format": "oeuvre-version/9"})


@pytest.mark.parametrize("change", [{"statement": "Anything."}, {"given_at": "2020"}, {"checks": {"similarity": 1.0}}])
def test_consent__cannot_be_changed_after_it_was_signed(change: dict[str, Any]) -> None:
    consent = sign_consent(
        kind="voice",
        statement="This is my voice.",
        given_at="2026-01-02T03:04:05Z",
        checks={"similarity": 0.91, "references": 8, "passed": True, "heard": "seven boats"},
        key=KEY,
    )
    verify_consent(consent)
    again = parse(type(consent), json.loads(json.dumps(dump(consent))))
    assert again == consent
    verify_consent(again)
    with pytest.raises(VersionDamagedError, match="consent"):
        verify_consent(dataclasses.replace(consent, **change))


def test_options__that_a_modality_does_not_know_are_refused_by_name() -> None:
    assert read_options(TrainOptions, {"max_steps": 3}, modality="text") == TrainOptions(max_steps=3)
    with pytest.raises(UsageError, match="--speaking-rate for text"):
        read_options(TrainOptions, {"speaking_rate": 1.2}, modality="text")
