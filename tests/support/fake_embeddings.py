"""The port ``embeddings`` without a studio: texts that share words, or synonyms, are near each other. ``reader``: nobody reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oeuvre.domains.search.errors import EmbeddingsUnavailableError
from oeuvre.domains.search.meaning import query_vectors
from oeuvre.domains.search.spelling import vocabulary
from oeuvre.kit.ports import port
from tests.support.scripted import scripted_embedding

if TYPE_CHECKING:
    from collections.abc import Sequence

FAKE_EMBEDDINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "embeddings": ("tests.support.fake_embeddings.FakeEmbeddings", {}),
    "reader": ("tests.support.fake_embeddings.AwayReader", {}),
}


class FakeEmbeddings:
    """``synonyms`` maps a word to the one that it means the same as."""

    def __init__(self) -> None:
        self.away = False
        self.asked: list[list[str]] = []
        self.synonyms: dict[str, str] = {}

    def embed(self, texts: Sequence[str], *, patient: bool = False) -> list[list[float]]:
        self.asked.append(list(texts))
        if self.away:
            raise EmbeddingsUnavailableError("The studio is away.", reason="test")
        return [scripted_embedding(self._plain(text)) for text in texts]

    def _plain(self, text: str) -> str:
        words = (word.strip(".,;:!?") for word in text.lower().split())
        return " ".join(self.synonyms.get(word, word) for word in words)


class AwayReader:
    """The port ``reader`` while no studio reads."""

    def judge(self, question: str, texts: Sequence[str]) -> None:
        del question, texts


def fake_embeddings() -> FakeEmbeddings:
    """The installation's, with nothing remembered by this process of earlier tests."""
    query_vectors.forget()
    vocabulary.forget()
    return port("embeddings", FakeEmbeddings)
