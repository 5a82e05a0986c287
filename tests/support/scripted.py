"""What the studio's stand-ins say: texts, credit, embeddings and versions that follow from their inputs alone."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import random
import re
import struct
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from oeuvre_studio.protocol import (
    FORMAT,
    SIGNATURE_FILE,
    Bar,
    Card,
    Consent,
    CreditShare,
    LossPoint,
    Manifest,
    ManifestWork,
    Memorisation,
    NearDuplicates,
    Passage,
    Report,
    ReportSummary,
    Sample,
    Status,
    TextDetails,
    WorkLine,
    WorkScore,
    canonical_json,
    content_hash,
    dump,
    read_manifest,
    sign_content,
    unpack,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

BASE = "scripted-base"
DIMENSIONS = 384
VOCABULARY = (
    "a able about after air all along amber and answer at autumn before bell below bread bridge bright by call candle "
    "close cloud coast copper could door down drift each ember evening every far field fine first for from garden glass "
    "gold grain harbour hear here hill home in ink keep kind lamp late leaf letter light line listen long low make "
    "marble meadow morning moss name near new night no north note oak of on one open orchard over page paper path "
    "plain quiet rain read ridge river room salt sea season set shade shore simple slow small snow song spring stone "
    "story summer sun table that the then thread tide time to tree turn under up valley walk warm water west when "
    "white who wide wind window winter with wood word work yard year yes yet"
)
WORDS = VOCABULARY.split()


def scripted_text(version: str, prompt: str, seed: int, max_tokens: int) -> list[str]:
    """The pieces of a text, one a token: always the same for the same version, prompt and seed."""
    draw = random.Random(hashlib.sha256(f"{version}\n{prompt}\n{seed}".encode()).digest())
    pieces = []
    for place in range(max_tokens):
        word = draw.choice(WORDS)
        sentence_starts = place % 12 == 0
        ends = "." if place % 12 == 11 or place == max_tokens - 1 else ""
        pieces.append(("" if place == 0 else " ") + (word.capitalize() if sentence_starts else word) + ends)
    return pieces


def scripted_credit(archive: bytes, text: str) -> list[CreditShare]:
    """Shares of the version's training works in a text; they sum to 1."""
    manifest = read_manifest(json.loads(unpack(archive)["manifest.json"]))
    works = [work for work in manifest.works if not work.held_out]
    weights = [1 + hashlib.sha256((work.sha256 + text).encode()).digest()[0] for work in works]
    return [
        CreditShare(work=work.sha256, title=work.title, share=weight / sum(weights))
        for work, weight in zip(works, weights, strict=True)
    ]


def scripted_embedding(text: str) -> list[float]:
    """A unit vector in which texts that share words are near each other."""
    vector = [0.0] * DIMENSIONS
    for word in re.findall(r"\w+", text.lower()) or [""]:
        digest = hashlib.sha256(word.encode()).digest()
        vector[int.from_bytes(digest[:4]) % DIMENSIONS] += 1.0
    length = math.sqrt(sum(number * number for number in vector))
    return [number / length for number in vector]


def scripted_report(model: str, works: Sequence[WorkLine], status: Status, *, others: int = 0) -> Report:
    """A report with every part filled in; ``others`` is the number of works of others that outputs were compared with."""
    ratio = 0.71 if status == "passed" else 0.93
    first = works[0]
    passage = Passage(file=first.file, title=first.title, text=first.text[:160], similarity=0.6, shared_tokens=7)
    credit = CreditShare(work=work_hash(first), title=first.title, share=1.0)
    details = TextDetails(
        base_perplexity=24.0,
        perplexity=24.0 * ratio,
        perplexity_ratio=ratio,
        held_out=(WorkScore(works[-1].file, works[-1].title, 400, 24.0, 24.0 * ratio, ratio),),
        memorisation=Memorisation(12, 7, 0.0, 5, 0, (passage,), (7,) + (0,) * 11),
        own_delta=0.9,
        comparisons=(),
        near_duplicates=NearDuplicates(others, 0.0, ()),
    )
    return Report(
        modality="text",
        model=model,
        status=status,
        bars=(
            Bar("perplexity_ratio", ratio, "ratio", "≤ 0.80", ratio <= 0.8),
            Bar("longest_copied_run", 7, "tokens", "< 50", True),
            Bar("shared_13gram_mass", 0.0, "share", "< 5 %", True),
            Bar("canaries_recovered", 0, "count", "0", True),
            Bar("near_duplicate_of_others", 0.0, "share", "< 0.2", True),
        ),
        samples=(Sample("Write a page.", 1, "".join(scripted_text(model, "page", 1, 40)), (passage,), (credit,)),),
        curve=tuple(LossPoint(step, 3.4 - 0.05 * step, 3.5 - 0.05 * step) for step in range(1, 11)),
        refused=(),
        details=details,
    )


def work_hash(work: WorkLine) -> str:
    return work.sha256 or hashlib.sha256(work.text.encode()).hexdigest()


def scripted_version(
    model: str,
    works: Sequence[WorkLine],
    *,
    seed: int,
    status: Status,
    key: Ed25519PrivateKey,
    consents: Sequence[Consent] = (),
    modality: str = "text",
) -> dict[str, bytes]:
    """The five files of a tiny version, really hashed and signed; no weights in it."""
    empty = struct.pack("<Q", 2) + b"{}"  # a safetensors file without a tensor
    manifest = Manifest(
        format=FORMAT,
        modality=modality,
        model=model,
        base=BASE,
        base_sha256=hashlib.sha256(BASE.encode()).hexdigest(),
        unit="words",
        works=tuple(
            ManifestWork(
                sha256=work_hash(work),
                file=work.file,
                title=work.title,
                kind=work.kind,
                rights=work.rights,
                size=len(work.text.split()),
                held_out=work is works[-1],
            )
            for work in works
        ),
        hyperparameters={"rank": 8, "steps": 20, "canaries": 5, "canary_seed": seed + 1},
        seed=seed,
        software={"studio": "scripted"},
        report=ReportSummary(status, scripted_report(model, works, status).bars),
        consents=tuple(consents),
    )
    card = Card(
        FORMAT, model, "text", BASE, "Apache-2.0", works[0].kind, "A scripted version.", "Tests.", "No weights."
    )
    files = {
        "adapter.safetensors": empty,
        "card.json": canonical_json(dump(card)),
        "credit.safetensors": empty,
        "manifest.json": canonical_json(dump(manifest)),
    }
    signature = sign_content(content_hash(files), key)
    return files | {SIGNATURE_FILE: canonical_json(dump(signature))}


def as_json(message: object) -> dict[str, Any]:
    """A message as it reads on the other side of the wire: lists for tuples."""
    plain: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(message)))  # type: ignore[call-overload]  # any message
    return plain
