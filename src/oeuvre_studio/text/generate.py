"""A version as an author: takes a wish, writes a text, says which works it leans on."""

from __future__ import annotations

from typing import Any

from oeuvre_studio.artifacts import LoadedVersion
from oeuvre_studio.errors import BaseMismatchError
from oeuvre_studio.protocol import CreditShare, dump
from oeuvre_studio.text.base import Base
from oeuvre_studio.text.credit import CreditIndex, estimate
from oeuvre_studio.text.dataset import chat_prompt, request
from oeuvre_studio.text.embeddings import Embedder
from oeuvre_studio.text.gate import adapter_of
from oeuvre_studio.text.sampling import Sampling, Writer


class Author:
    """A loaded version ready to write with a base.

    Raises:
        BaseMismatchError: the version was made for another base.
        AdapterMismatchError: its matrices do not fit the base's layers.
    """

    def __init__(self, base: Base, embedder: Embedder, version: LoadedVersion) -> None:
        if version.manifest.base_sha256 != base.sha256:
            raise BaseMismatchError(
                f"{version.name} was made for another base model than {base.name}. Use the one it names:"
                f" {version.manifest.base}, base hash {version.manifest.base_sha256[:12]}."
            )
        self.version = version
        self.adapter = base.fit(adapter_of(version))
        self._base = base
        self._embedder = embedder
        self._credit = CreditIndex.from_tensors(version.credit)
        self._works = tuple(work for work in version.manifest.works if not work.held_out)

    def prompt(self, wish: str) -> list[int]:
        """The tokens that ask this version for ``wish``, as its training did."""
        return chat_prompt(self._base.tokenizer, request(kind=self.version.card.kind, wish=wish))

    def credit(self, text: str) -> tuple[CreditShare, ...]:
        """The estimated shares of the training works in an output."""
        return estimate(self._credit, self._works, self._embedder.embed([text])[0])

    def write(self, wish: str, sampling: Sampling, *, seed: int) -> dict[str, Any]:
        """One output, start to end."""
        writer = Writer(self._base, self.prompt(wish), sampling, seed=seed)
        with self._base.adapted(self.adapter):
            while writer.finished is None:
                writer.step()
        return {
            "text": writer.text.strip(),
            "seed": seed,
            "tokens": len(writer.tokens),
            "finish_reason": writer.finished,
            "version": self.version.name,
            "credit": [dump(share) for share in self.credit(writer.text)],
        }
