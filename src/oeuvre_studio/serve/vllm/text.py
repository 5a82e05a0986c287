"""A job in vLLM's words, and vLLM's tokens as the job's text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from oeuvre_studio.serve.constraint import JsonConstraint
from oeuvre_studio.serve.jobs import Event, Finished, Job, Piece
from oeuvre_studio.serve.stops import StopFilter
from oeuvre_studio.text.sampling import Detokeniser, FinishReason, TokenScore

SEEDS = 2**63
"""vLLM takes seeds below this; it means something else by -1."""


def request_body(job: Job, *, salt: str) -> dict[str, Any]:
    """What to send to ``/v1/completions``. ``salt`` keeps apart whose prompts vLLM may remember for whom.

    Two things differ from the engine in the studio. vLLM's repetition penalty looks at the whole prompt and the whole
    text, not at the last tokens. And a seed means another text, as every engine draws its random numbers in its own way.
    """
    sampling = job.sampling
    body: dict[str, Any] = {
        "model": job.model,
        "prompt": list(job.prompt),
        "max_tokens": sampling.max_tokens,
        "min_tokens": sampling.at_least,
        "temperature": max(sampling.temperature, 0.0),
        "top_p": sampling.top_p,
        "top_k": sampling.top_k,
        "min_p": sampling.min_p,
        "repetition_penalty": sampling.repetition_penalty,
        "presence_penalty": sampling.presence_penalty,
        "frequency_penalty": sampling.frequency_penalty,
        "seed": job.seed % SEEDS,
        "stop": list(job.stops),
        "cache_salt": salt,
        "return_token_ids": True,
    }
    if job.logprobs is not None:
        body |= {"logprobs": job.logprobs, "return_tokens_as_token_ids": True}
    if isinstance(job.constraint, JsonConstraint):
        body["structured_outputs"] = {"json": job.constraint.schema, "disable_any_whitespace": True}
    return body


class Text:
    """A job's text as it grows."""

    def __init__(self, job: Job, tokenizer: Any) -> None:
        self._job = job
        self._eos: int = tokenizer.eos_token_id
        self._detokeniser = Detokeniser(tokenizer)
        self._stops = StopFilter(job.stops)
        self._reason: FinishReason | None = None
        self._new = ""
        self._scores: list[TokenScore] = []
        self.tokens = 0
        """Written so far, without the one that ends a text."""

    @property
    def over(self) -> bool:
        """Whether nothing more comes."""
        return self._reason is not None

    def take(self, choice: dict[str, Any]) -> int:
        """Take a chunk of vLLM's answer; returns how many tokens it brought."""
        written: list[int] = choice.get("token_ids") or []
        scores = _scores(choice.get("logprobs"), self._job.logprobs or 0)
        taken = 0
        for number, token in enumerate(written):
            if token == self._eos or self._stops.stopped:
                break
            self._new += self._stops.push(self._detokeniser.push(token))
            self._scores += scores[number : number + 1]
            taken += 1
        self.tokens += taken
        if self._stops.stopped:
            self._reason = "stop"
        elif choice.get("finish_reason"):
            self._reason = "length" if choice["finish_reason"] == "length" else "stop"
            self._new += self._stops.flush()
        return taken

    def news(self) -> Iterator[Event]:
        """What was not told yet."""
        if self._new or (self.over and self._scores):
            piece = Piece(self._new, tuple(self._scores))
            self._new, self._scores = "", []
            yield piece
        if self._reason is not None:
            yield Finished(self._reason, self._stops.text, len(self._job.prompt), self.tokens)


def _scores(logprobs: dict[str, Any] | None, top: int) -> list[TokenScore]:
    """vLLM's log-probabilities; it names tokens ``token_id:<number>`` and adds the written one to the likeliest."""
    if not logprobs:
        return []
    found: list[TokenScore] = []
    for name, score, likeliest in zip(
        logprobs["tokens"], logprobs["token_logprobs"], logprobs["top_logprobs"] or [], strict=True
    ):
        ordered = sorted(likeliest.items(), key=lambda item: -item[1])[:top]
        best = tuple((_token(token), float(value)) for token, value in ordered)
        found.append(TokenScore(token=_token(name), logprob=float(score), top=best))
    return found


def _token(name: str) -> int:
    return int(name.removeprefix("token_id:"))
