"""Reports and manifests as the studio writes them now: figures of one modality apart, works with a size."""

from __future__ import annotations

from typing import Any

from django.db import migrations

DETAILS = (
    "base_perplexity",
    "perplexity",
    "perplexity_ratio",
    "held_out",
    "memorisation",
    "own_delta",
    "comparisons",
    "own_char_grams",
    "near_duplicates",
)
BARS = (
    ("perplexity_ratio", "perplexity_ratio", "ratio", "≤ 0.8", lambda value: value <= 0.8),
    ("longest_run_tokens", "longest_copied_run", "tokens", "< 50", lambda value: value < 50),
    ("shared_13gram_share", "shared_13gram_mass", "share", "< 0.05", lambda value: value < 0.05),
    ("canaries_recovered", "canaries_recovered", "canaries", "≤ 0", lambda value: value <= 0),
)


def report_now(report: dict[str, Any]) -> dict[str, Any]:
    """A report, or the summary of an imported version's, in the new form; one that has it already stays."""
    if not report or "details" in report or ("bars" in report and "memorisation" not in report):
        return report
    if "bars" not in report:
        return summary_now(report)
    kept = {name: value for name, value in report.items() if name not in DETAILS}
    details = {name: report[name] for name in DETAILS if name in report}
    return {**kept, "modality": "text", "details": {**details, "modality": "text"}}


def summary_now(summary: dict[str, Any]) -> dict[str, Any]:
    """The few figures that travelled with a version, as bars."""
    bars = [
        {"name": name, "value": summary[field], "unit": unit, "bar": bar, "met": met(summary[field])}
        for field, name, unit, bar, met in BARS
        if field in summary and (field != "canaries_recovered" or summary.get("canaries_planted"))
    ]
    return {"status": summary.get("status", "rejected"), "bars": bars}


def manifest_now(manifest: dict[str, Any]) -> dict[str, Any]:
    """A manifest in the new form; the signed archive stays as it is."""
    if not manifest or "unit" in manifest:
        return manifest
    kept = {name: value for name, value in manifest.items() if name not in ("canaries", "canary_seed")}
    canaries = {name: manifest[name] for name in ("canaries", "canary_seed") if name in manifest}
    works = [
        {**{name: value for name, value in work.items() if name != "words"}, "size": work.get("words", 0)}
        for work in manifest.get("works", [])
    ]
    return {
        **kept,
        "unit": "words",
        "works": works,
        "hyperparameters": {**manifest.get("hyperparameters", {}), **canaries},
        "report": summary_now(manifest.get("report", {})),
        "consents": [],
    }


def forwards(apps: Any, schema_editor: Any) -> None:
    for version in apps.get_model("creation", "ModelVersion").objects.iterator(chunk_size=50):
        version.report, version.manifest = report_now(version.report), manifest_now(version.manifest)
        version.save(update_fields=["report", "manifest"])
    for run in apps.get_model("creation", "TrainingRun").objects.exclude(report={}).iterator(chunk_size=50):
        run.report = report_now(run.report)
        run.save(update_fields=["report"])


class Migration(migrations.Migration):
    dependencies = [("creation", "0003_gig_model")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
