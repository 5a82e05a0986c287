"""Does the guide send a need in plain words to the right leaf of the category tree?

Top-1 and top-3 accuracy over ``data/needs.toml``, before any question is asked, with vectors and by words alone. *Strict*
counts the one leaf that the need is labelled with, *lenient* those that a fair expert would accept as well. A third of the
needs is held out (see the file); nothing of the guide was tuned on it, and nothing of a single held-out need is printed.
The development part is no evidence: the guide's phrases and rules were written with sight of it. Phrases are measured
besides, a tenth of them left out of what the guide learns from, each in turn; weights were chosen by that.

    python benchmarks/briefs.py [--part all|development|phrases] [--json]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from oeuvre.domains.briefs.guide.guide import Guide
from oeuvre.domains.briefs.guide.knowledge import Knowledge, knowledge_of, text_key
from oeuvre.domains.catalog.files import ATTRIBUTES, catalogue_read
from oeuvre_studio.text.embeddings import load_embedder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NEEDS = Path(__file__).parent / "data" / "needs.toml"
CACHE = Path(".oeuvre/bench/briefs.json")
BAR = 0.9
FOLDS = 10


def is_held_out(key: str) -> bool:
    """The third that nothing may be tuned on."""
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % 3 == 0


def shipped_knowledge() -> Knowledge:
    """The catalogue's own files, as the guide knows them."""
    catalogue = catalogue_read()
    shared = [one.row.model_dump() for one in catalogue.attributes if one.file == ATTRIBUTES]
    return knowledge_of([one.row.model_dump() for one in catalogue.groups], shared)


def vectors_of(texts: Iterable[str]) -> dict[str, list[float]]:
    """Vectors by the texts' hashes. Those of earlier runs are kept in a file, since embedding takes a minute."""
    kept: dict[str, list[float]] = json.loads(CACHE.read_text()) if CACHE.is_file() else {}
    missing = sorted({text for text in texts if text_key(text) not in kept})
    if missing:
        found = load_embedder().embed(missing).tolist()
        kept |= {text_key(text): [round(n, 5) for n in vector] for text, vector in zip(missing, found, strict=True)}
        CACHE.parent.mkdir(parents=True, exist_ok=True)
        CACHE.write_text(json.dumps(kept))
    return kept


def accuracy(
    guide: Guide, needs: Sequence[Mapping[str, Any]], vectors: Mapping[str, list[float]] | None
) -> dict[str, float]:
    """Shares of needs whose leaf is first, and among the first three."""
    counts = dict.fromkeys(("top-1", "top-3", "top-1 lenient", "top-3 lenient"), 0)
    for need in needs:
        order = guide.ranking(need["text"], vectors[text_key(need["text"])] if vectors else None)
        accepted = {need["category"], *need.get("also", ())}
        counts["top-1"] += order[0] == need["category"]
        counts["top-3"] += need["category"] in order[:3]
        counts["top-1 lenient"] += order[0] in accepted
        counts["top-3 lenient"] += bool(accepted & set(order[:3]))
    return {name: round(count / len(needs), 4) for name, count in counts.items()}


def measure(part: str) -> list[dict[str, Any]]:
    """A row for each part and way of reading."""
    knowledge = shipped_knowledge()
    needs = tomllib.loads(NEEDS.read_text(encoding="utf-8"))["needs"]
    parts = {"development": [need for need in needs if not is_held_out(need["key"])]}
    if part == "all":
        parts["held out"] = [need for need in needs if is_held_out(need["key"])]
    wanted = [] if part == "phrases" else [need["text"] for chosen in parts.values() for need in chosen]
    vectors = vectors_of([*wanted, *(text.text for text in knowledge.texts())])
    rows = []
    if part != "phrases":
        guide = Guide(knowledge, vectors)
        for name, chosen in parts.items():
            for reading, given in (("words and meaning", vectors), ("words alone", None)):
                found = accuracy(guide, chosen, given)
                rows.append({"part": name, "needs": len(chosen), "read by": reading, **found})
    if part != "development":
        rows.append(
            {"part": "phrases", "needs": sum(len(leaf.needs) for leaf in knowledge.leaves)}
            | {"read by": "words and meaning", **of_phrases(knowledge, vectors)}
        )
    return rows


def of_phrases(knowledge: Knowledge, vectors: Mapping[str, list[float]]) -> dict[str, float]:
    """Accuracy on the guide's own phrases, each tenth by a guide that never saw it."""
    total: dict[str, float] = {}
    for fold in range(FOLDS):
        kept = tuple(
            replace(leaf, needs=tuple(need for place, need in enumerate(leaf.needs) if place % FOLDS != fold))
            for leaf in knowledge.leaves
        )
        left_out = [
            {"text": need, "category": leaf.key}
            for leaf in knowledge.leaves
            for place, need in enumerate(leaf.needs)
            if place % FOLDS == fold
        ]
        found = accuracy(Guide(Knowledge(kept, knowledge.attributes), vectors), left_out, vectors)
        for name, value in found.items():
            total[name] = total.get(name, 0.0) + value * len(left_out)
    count = sum(len(leaf.needs) for leaf in knowledge.leaves)
    return {name: round(value / count, 4) for name, value in total.items()}


def main() -> None:
    """Measure, and print a table or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=("all", "development", "phrases"), default="all")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    settings.configure(USE_I18N=False)
    rows = measure(options.part)
    bars = [
        {
            "name": "need to leaf, top-3, held out, strict",
            "value": round(100 * row["top-3"], 1),
            "unit": "%",
            "bar": f"at least {100 * BAR:g} %",
            "met": row["top-3"] >= BAR,
        }
        for row in rows
        if row["part"] == "held out" and row["read by"] == "words and meaning"
    ]
    if options.json:
        print(json.dumps({"bars": bars, "accuracy": rows}))
        return
    for row in rows:
        print("  ".join(f"{name} {value}" for name, value in row.items()))
    for bar in bars:
        print(f"{'met   ' if bar['met'] else 'MISSED'} {bar['name']:50} {bar['value']:6g} {bar['unit']}  {bar['bar']}")


if __name__ == "__main__":
    main()
