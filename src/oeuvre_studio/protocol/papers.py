"""The papers of versions that were made before ``oeuvre-version/2``, put into today's form. They keep verifying: their
hash and signature are over the bytes as they were.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

FORMAT_1 = "oeuvre-version/1"
"""Text only: works counted in words, the report's figures and the canaries as fields of their own."""

_BARS: tuple[tuple[str, str, str, str, Callable[[float], bool]], ...] = (
    ("perplexity_ratio", "perplexity_ratio", "ratio", "≤ 0.8", lambda value: value <= 0.8),
    ("longest_run_tokens", "longest_copied_run", "tokens", "< 50", lambda value: value < 50),
    ("shared_13gram_share", "shared_13gram_mass", "share", "< 0.05", lambda value: value < 0.05),
    ("canaries_recovered", "canaries_recovered", "canaries", "≤ 0", lambda value: value <= 0),
)
"""Field → name, unit and bar of the measure, and whether a value meets it, as that format's gate had them."""


def modernised(manifest: dict[str, Any]) -> dict[str, Any]:
    """A manifest of `FORMAT_1` with today's fields.

    Raises:
        ValueError: it lacks a field.
    """
    try:
        kept = {name: value for name, value in manifest.items() if name not in ("canary_seed", "canaries")}
        works = [_counted(work) for work in manifest["works"]]
        canaries = {"canary_seed": manifest["canary_seed"], "canaries": manifest["canaries"]}
        report = manifest["report"]
        bars = [
            {"name": name, "value": report[field], "unit": unit, "bar": bar, "met": met(report[field])}
            for field, name, unit, bar, met in _BARS
            if field != "canaries_recovered" or report["canaries_planted"]
        ]
        return kept | {
            "unit": "words",
            "works": works,
            "hyperparameters": {**manifest["hyperparameters"], **canaries},
            "report": {"status": report["status"], "bars": bars},
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"it lacks a field: {error}") from error


def _counted(work: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in work.items() if name != "words"}
    return kept | {"size": work["words"]}
