"""Versions to measure serving with: signed like any other, their matrices drawn at random in a trained version's scale.

How fast a version is served depends on the shapes of its matrices, not on what they have learned.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import torch
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from torch import Tensor

from oeuvre_studio.artifacts import write_version
from oeuvre_studio.protocol import FORMAT, Card, Manifest, ManifestWork, ReportSummary
from oeuvre_studio.text.base import Base
from oeuvre_studio.text.lora import ALPHA, RANK, Adapter

A_SCALE, B_SCALE = 0.027, 0.012
"""Standard deviations of the matrices of a version trained on *Emma*, over all its layers."""

WORKS, PASSAGES = 16, 8
"""Training works and their embedded passages: what that version carries for its credit, in round numbers."""

SPARE = 4 * 1024**3
"""Bytes of disk that are left alone."""


@dataclasses.dataclass(frozen=True)
class MadeVersion:
    """A version's name and folder."""

    name: str
    folder: Path


def version_bytes(base: Base) -> int:
    """About how much disk a version takes, with a little to spare."""
    numbers = sum(RANK * (layer.base.in_features + layer.base.out_features) for layer in base.layers.values())
    return 2 * numbers + 256 * 1024


def affordable(wanted: int, base: Base, folder: Path) -> int:
    """How many of the ``wanted`` versions the disk under ``folder`` has room for."""
    free = shutil.disk_usage(folder).free - SPARE
    return max(0, min(wanted, free // version_bytes(base)))


def random_adapter(base: Base, seed: int) -> Adapter:
    """An adapter in bf16; another one for every seed."""
    generator = torch.Generator().manual_seed(seed)
    shapes = {name: (layer.base.in_features, layer.base.out_features) for name, layer in base.layers.items()}
    numbers = torch.randn(RANK * sum(map(sum, shapes.values())), generator=generator)
    pairs: dict[str, tuple[Tensor, Tensor]] = {}
    used = 0
    for name, (inside, outside) in shapes.items():
        a = numbers[used : used + RANK * inside].view(RANK, inside)
        b = numbers[used + RANK * inside : used + RANK * (inside + outside)].view(outside, RANK)
        pairs[name] = ((a * A_SCALE).bfloat16(), (b * B_SCALE).bfloat16())
        used += RANK * (inside + outside)
    return Adapter(pairs=pairs, scale=ALPHA / RANK)


def make_versions(base: Base, folder: Path, count: int, *, embedding_size: int) -> Iterator[MadeVersion]:
    """Write ``count`` signed versions into folders of their own, one after another."""
    key = Ed25519PrivateKey.generate()
    generator = torch.Generator().manual_seed(0)
    embeddings = torch.randn(WORKS * PASSAGES, embedding_size, generator=generator)
    credit = {
        "embeddings": torch.nn.functional.normalize(embeddings, dim=1).half(),
        "work": torch.arange(WORKS).repeat_interleave(PASSAGES),
    }
    for number in range(count):
        model = f"bench-{number:04d}"
        name = write_version(
            folder / model,
            adapter=random_adapter(base, number).tensors(),
            credit=credit,
            manifest=_manifest(base, model, number),
            card=_card(base, model),
            key=key,
        )
        yield MadeVersion(name=name, folder=folder / model)


def forget_cached(folder: Path) -> None:
    """Have the system drop a version's files from its cache, so that the next reader reads the disk."""
    for file in folder.iterdir():
        descriptor = os.open(file, os.O_RDONLY)
        try:
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


def _manifest(base: Base, model: str, seed: int) -> Manifest:
    return Manifest(
        format=FORMAT,
        modality="text",
        model=model,
        base=base.name,
        base_sha256=base.sha256,
        unit="words",
        works=tuple(
            ManifestWork(
                sha256=f"{work:064x}",
                file=f"work-{work:02d}.txt",
                title=f"Work {work}",
                kind="text",
                rights="own",
                size=1000,
                held_out=False,
            )
            for work in range(WORKS)
        ),
        hyperparameters={"rank": RANK, "alpha": ALPHA},
        seed=seed,
        software={},
        report=ReportSummary(status="passed", bars=()),
    )


def _card(base: Base, model: str) -> Card:
    return Card(
        format=FORMAT,
        name=model,
        modality="text",
        base=base.name,
        base_licence=base.licence,
        kind="text",
        summary="Random matrices, to measure serving with.",
        intended_use="Measuring.",
        limits="It has learned nothing.",
    )
