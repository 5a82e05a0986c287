"""A text on its way: the chunks of a streamed chat completion put together."""

from __future__ import annotations

from typing import Any

from oeuvre.domains.creation.errors import StudioRefusedError, StudioUnavailableError
from oeuvre.domains.creation.ports import GeneratedText


class TextStream:
    """Collects chunks. The field ``oeuvre`` is the studio's own; servers without it are counted by ``usage``."""

    def __init__(self, *, seed: int) -> None:
        self.text = ""
        self._seed = seed
        self._pieces = 0
        self._tokens: int | None = None
        self._finish_reason = ""
        self._credit: tuple[tuple[str, float], ...] = ()

    def take(self, chunk: dict[str, Any]) -> bool:
        """Add a chunk; True when there is more text now. Raises StudioRefusedError for what is no chunk."""
        try:
            return self._take(chunk)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise StudioRefusedError(
                "The studio's answer cannot be read; is it another release?", reason="unreadable"
            ) from error

    def _take(self, chunk: dict[str, Any]) -> bool:
        if usage := chunk.get("usage"):
            self._tokens = int(usage["completion_tokens"])
        if told := chunk.get("oeuvre"):
            self._tokens, self._seed = int(told["tokens"]), int(told["seed"])
            self._credit = tuple((str(share["work"]), float(share["share"])) for share in told["credit"])
        if not chunk.get("choices"):
            return False
        choice = chunk["choices"][0]
        self._finish_reason = choice.get("finish_reason") or self._finish_reason
        piece = (choice.get("delta") or {}).get("content") or ""
        self.text += piece
        self._pieces += bool(piece)
        return bool(piece)

    def cancelled(self) -> GeneratedText:
        """What there is, for a request that the caller gave up. Pieces stand for tokens, which nobody counted."""
        return GeneratedText(self.text, self._pieces, self._seed, "cancelled", ())

    def finished(self) -> GeneratedText:
        """The whole text. Raises StudioUnavailableError when the stream broke off before its end."""
        if not self._finish_reason:
            raise StudioUnavailableError("The studio stopped in the middle of a text. Nothing is lost; try again.")
        tokens = self._pieces if self._tokens is None else self._tokens
        return GeneratedText(self.text, tokens, self._seed, self._finish_reason, self._credit)
