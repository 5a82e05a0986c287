"""The migration that puts stored reports and manifests into today's form loses no figure and is safe to repeat."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from oeuvre_studio.protocol import Manifest, Report, parse

MIGRATION = import_module("oeuvre.domains.creation.migrations.0004_papers_2")

WORK = {
    "sha256": "a" * 64,
    "file": "a.txt",
    "title": "A",
    "kind": "text",
    "rights": "own",
    "words": 120,
    "held_out": False,
}
SUMMARY: dict[str, Any] = {
    "status": "passed",
    "perplexity_ratio": 0.7,
    "longest_run_tokens": 60,
    "shared_13gram_share": 0.0,
    "canaries_planted": 5,
    "canaries_recovered": 0,
}
MANIFEST: dict[str, Any] = {
    "format": "oeuvre-version/1",
    "modality": "text",
    "model": "m",
    "base": "b",
    "base_sha256": "b" * 64,
    "works": [WORK],
    "hyperparameters": {"rank": 8},
    "seed": 1,
    "canary_seed": 2,
    "canaries": 5,
    "software": {},
    "report": SUMMARY,
}
MEMORY = {
    "prompts": 2,
    "longest_run_tokens": 60,
    "shared_13gram_share": 0.0,
    "canaries_planted": 5,
    "canaries_recovered": 0,
    "passages": [],
}
REPORT: dict[str, Any] = {
    "model": "m",
    "status": "passed",
    "bars": [{"name": "perplexity_ratio", "value": 0.7, "unit": "ratio", "bar": "≤ 0.8", "met": True}],
    "base_perplexity": 24.0,
    "perplexity": 17.0,
    "perplexity_ratio": 0.7,
    "held_out": [],
    "memorisation": MEMORY,
    "own_delta": None,
    "comparisons": [],
    "samples": [],
    "curve": [],
    "refused": [],
}


def test_report__is_the_studio_s_own_form_afterwards() -> None:
    found = parse(Report, MIGRATION.report_now(REPORT))
    assert found.details.perplexity_ratio == 0.7
    assert found.details.memorisation.longest_run_tokens == 60


def test_manifest__is_the_studio_s_own_form_afterwards() -> None:
    found = parse(Manifest, MIGRATION.manifest_now(MANIFEST))
    assert [work.size for work in found.works] == [120]
    assert found.hyperparameters == {"rank": 8, "canaries": 5, "canary_seed": 2}
    assert [(bar.name, bar.met) for bar in found.report.bars] == [
        ("perplexity_ratio", True),
        ("longest_copied_run", False),
        ("shared_13gram_mass", True),
        ("canaries_recovered", True),
    ]


def test_summary__of_an_imported_version_becomes_its_bars() -> None:
    assert MIGRATION.report_now(SUMMARY) == MIGRATION.manifest_now(MANIFEST)["report"]


@pytest.mark.parametrize("before", [{}, REPORT, SUMMARY])
def test_migration__is_safe_to_repeat(before: dict[str, Any]) -> None:
    once = MIGRATION.report_now(before)
    assert MIGRATION.report_now(once) == once
    manifest = MIGRATION.manifest_now(MANIFEST)
    assert MIGRATION.manifest_now(manifest) == manifest
