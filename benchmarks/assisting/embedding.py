"""The engine's ports answered by the embedded models in this process: vectors (kept between runs where they are of sources and
phrases) and the reader.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oeuvre.domains.assistant.engine.types import Judgement
from oeuvre_studio.text.embeddings import load_embedder
from oeuvre_studio.text.reading import load_reader

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CACHE = Path(".oeuvre/bench/assistant.json")


class EmbeddedVectors:
    """The engine's port ``vectors``, answered by all-MiniLM-L6-v2 in this process."""

    def __init__(self) -> None:
        self._kept: dict[str, list[float]] = json.loads(CACHE.read_text()) if CACHE.is_file() else {}
        self._model: Any = None

    def of(self, texts: Sequence[str]) -> list[list[float]] | None:
        """A vector for each text."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._kept]
        found = dict(zip(missing, self._embed(missing), strict=True)) if missing else {}
        return [self._kept.get(text) or found[text] for text in texts]

    def keep(self, texts: Iterable[str]) -> None:
        """Embed what does not change from run to run, and keep it: it takes minutes."""
        missing = sorted({text for text in texts if text not in self._kept})
        if not missing:
            return
        for text, vector in zip(missing, self._embed(missing), strict=True):
            self._kept[text] = [round(number, 5) for number in vector]
        CACHE.parent.mkdir(parents=True, exist_ok=True)
        CACHE.write_text(json.dumps(self._kept))

    def _embed(self, texts: Sequence[str]) -> list[list[float]]:
        if self._model is None:
            self._model = load_embedder()
        vectors: list[list[float]] = self._model.embed(list(texts)).tolist()
        return vectors


class EmbeddedReader:
    """The engine's port ``reader``."""

    def __init__(self) -> None:
        self._reader = load_reader()

    def judge(self, question: str, texts: Sequence[str]) -> Judgement:
        """Of all texts at once."""
        found = self._reader.judge(question, texts)
        return Judgement(tuple(found.settles), tuple(found.touches), found.kinds)
