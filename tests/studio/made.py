"""Signed versions without training: random matrices, papers that fit them."""

from __future__ import annotations

from pathlib import Path

import torch
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from oeuvre_studio.artifacts import write_version
from oeuvre_studio.protocol import FORMAT, Card, Manifest, ManifestWork, ReportSummary
from oeuvre_studio.text.base import Base

KEY = Ed25519PrivateKey.generate()


def write_made(
    base: Base, folder: Path, *, model: str, seed: int, rank: int = 4, strength: float = 0.2, embedding: int = 16
) -> str:
    """Write a version of its own for every seed; returns its name. ``strength``: how much its matrices say."""
    generator = torch.Generator().manual_seed(seed)
    adapter = {}
    for name, layer in base.layers.items():
        a = torch.randn(rank, layer.base.in_features, generator=generator) / layer.base.in_features**0.5
        b = torch.randn(layer.base.out_features, rank, generator=generator) * strength
        adapter[f"{name}.lora_a"], adapter[f"{name}.lora_b"] = a.bfloat16(), b.bfloat16()
    works = tuple(
        ManifestWork(
            sha256=f"{n}" * 64, file=f"{n}.txt", title=f"Work {n}", kind="text", rights="own", size=9, held_out=n == 0
        )
        for n in range(3)
    )
    manifest = Manifest(
        format=FORMAT,
        modality="text",
        model=model,
        base=base.name,
        base_sha256=base.sha256,
        unit="words",
        works=works,
        hyperparameters={"rank": rank, "alpha": 2.0 * rank},
        seed=seed,
        software={},
        report=ReportSummary("passed", ()),
    )
    card = Card(
        format=FORMAT,
        name=model,
        modality="text",
        base=base.name,
        base_licence="unknown",
        kind="text",
        summary="Made for a test.",
        intended_use="Tests.",
        limits="It says nothing.",
    )
    credit = {
        "embeddings": torch.nn.functional.normalize(torch.randn(2, embedding, generator=generator)),
        "work": torch.arange(2),
    }
    return write_version(folder, adapter=adapter, credit=credit, manifest=manifest, card=card, key=KEY)
