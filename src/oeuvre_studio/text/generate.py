"""A version as an author: takes a wish, writes a text, says which works it leans on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from oeuvre_studio.artifacts import LoadedVersion
from oeuvre_studio.errors import BaseMismatchError
from oeuvre_studio.protocol import CreditShare, dump
from oeuvre_studio.text.base import Base
from oeuvre_studio.text.credit import CreditIndex, estimate
from oeuvre_studio.text.dataset import SYSTEM, chat_tokens, request
from oeuvre_studio.text.embeddings import Embedder
from oeuvre_studio.text.gate import adapter_of
from oeuvre_studio.text.lora import check_fits
from oeuvre_studio.text.sampling import Detokeniser, Sampling
from oeuvre_studio.text.writing import write


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
        self.adapter = adapter_of(version)
        """As it is stored: an engine brings it into the form that it computes with."""
        check_fits(self.adapter, base.layers)
        self._base = base
        self._embedder = embedder
        self._credit = CreditIndex.from_tensors(version.credit)
        self._works = tuple(work for work in version.manifest.works if not work.held_out)

    @property
    def name(self) -> str:
        """The version's name."""
        return self.version.name

    @property
    def size(self) -> int:
        """Bytes of the version's files."""
        return self.version.size

    def chat(self, messages: Sequence[Mapping[str, str]]) -> list[int]:
        """The tokens of a chat whose last request is put to this version as its training did."""
        kept = [dict(message) for message in messages]
        last = next((message for message in reversed(kept) if message["role"] == "user"), None)
        if last is not None:
            last["content"] = request(kind=self.version.card.kind, wish=last["content"])
        if kept[0]["role"] != "system":
            kept.insert(0, {"role": "system", "content": SYSTEM})
        return chat_tokens(self._base.tokenizer, kept)

    def credit(self, text: str) -> tuple[CreditShare, ...]:
        """The estimated shares of the training works in an output."""
        return estimate(self._credit, self._works, self._embedder.embed([text])[0])

    def write(self, wish: str, sampling: Sampling, *, seed: int) -> dict[str, Any]:
        """One output, start to end."""
        prompt = self.chat([{"role": "user", "content": wish}])
        written = write(self._base, self.adapter, [prompt], sampling, seeds=[seed])[0]
        detokeniser = Detokeniser(self._base.tokenizer)
        text = "".join(detokeniser.push(token) for token in written.tokens)
        return {
            "text": text,
            "seed": seed,
            "tokens": len(written.tokens),
            "finish_reason": written.finish_reason,
            "version": self.version.name,
            "credit": [dump(share) for share in self.credit(text)],
        }
