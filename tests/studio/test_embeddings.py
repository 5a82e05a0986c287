"""Embeddings: the same text has the same vector, whoever else is asking."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from oeuvre_studio.text.embeddings import Embedder, load_embedder

TEXTS = ["sea", "the ship that sails the sea"]


def test_embed__is_not_disturbed_by_others_who_embed_or_count(embedder: Embedder) -> None:
    alone = embedder.embed(TEXTS)

    def embed_and_count(_: int) -> torch.Tensor:
        assert embedder.count_tokens(["gear"] * 3) == 12
        return embedder.embed(TEXTS)

    with ThreadPoolExecutor(4) as pool:
        assert all(torch.equal(found, alone) for found in pool.map(embed_and_count, range(400)))


def test_embed__is_nearly_the_same_on_any_processor(models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for dtype in (torch.float32, torch.bfloat16):
        monkeypatch.setattr("oeuvre_studio.text.embeddings.compute_dtype", lambda device, dtype=dtype: dtype)
        found.append(load_embedder(models_dir).embed(TEXTS))
    assert not torch.equal(*found)
    assert (found[0] * found[1]).sum(-1).min() > 0.999


def test_embed__of_a_text_does_not_depend_on_the_others(embedder: Embedder) -> None:
    texts = [" ".join(["sea", "ship", "gear", "the"][: 1 + number % 4] * number) for number in range(1, 40)]
    together = embedder.embed(texts)
    for text, vector in zip(texts, together, strict=True):
        assert torch.equal(embedder.embed([text])[0], vector)
    assert embedder.embed([]).shape == (0, embedder.size)
