"""Embeddings: the same text has the same vector, whoever else is asking."""

from concurrent.futures import ThreadPoolExecutor

import torch

from oeuvre_studio.text.embeddings import Embedder

TEXTS = ["sea", "the ship that sails the sea"]


def test_embed__is_not_disturbed_by_others_who_embed_or_count(embedder: Embedder) -> None:
    alone = embedder.embed(TEXTS)

    def embed_and_count(_: int) -> torch.Tensor:
        assert embedder.count_tokens(["gear"] * 3) == 12
        return embedder.embed(TEXTS)

    with ThreadPoolExecutor(4) as pool:
        assert all(torch.equal(found, alone) for found in pool.map(embed_and_count, range(400)))
