"""Writing many texts at once: who has room, what each step computes, which token each text gets."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from oeuvre_studio.text.batch.adapters import BASE_SLOT, AdapterSlots
from oeuvre_studio.text.batch.draw import Choice, draw
from oeuvre_studio.text.batch.model import BatchModel, Rows
from oeuvre_studio.text.batch.pages import Pages, pages_for
from oeuvre_studio.text.lora import RANK, Adapter
from oeuvre_studio.text.sampling import Constraint, FinishReason, Sampling, TokenScore

CONTEXT = 4096
"""Most tokens of prompt and answer together."""

log = logging.getLogger(__name__)

ROWS = 128
"""Most rows in a step. More would make those who are being answered wait longer while others' prompts are read."""


@dataclasses.dataclass(eq=False)
class Draft:
    """A text in the making."""

    prompt: Sequence[int]
    sampling: Sampling
    seed: int
    name: str = ""
    """The adapter's immutable name; with no adapter it has no meaning."""
    adapter: Adapter | None = None
    logprobs: int | None = None
    constraint: Constraint | None = None
    written: list[int] = dataclasses.field(default_factory=list)
    scores: list[TokenScore] = dataclasses.field(default_factory=list)
    finished: FinishReason | None = None
    failed: bool = False
    """Its constraint broke down; what is written from then on means nothing."""

    def __post_init__(self) -> None:
        # Philox: counter-based, the same numbers everywhere (Salmon et al. 2011)
        self._chances = np.random.Generator(np.random.Philox(self.seed % 2**64))
        self.read = 0
        """Tokens of the prompt that were computed."""
        self.place = -1
        self.slot = BASE_SLOT

    @property
    def most_tokens(self) -> int:
        """Prompt and answer together, at most."""
        return len(self.prompt) + self.sampling.max_tokens

    def write(self, token: int, *, end_of_text: int) -> None:
        """Take a token that was drawn."""
        if token == end_of_text:
            self.finished = "stop"
            return
        with self._only_its_own_fault():
            if self.constraint is not None:
                self.constraint.accept(token)
        self.written.append(token)
        if len(self.written) >= self.sampling.max_tokens:
            self.finished = "length"

    def rule_out(self, scores: Tensor, *, end_of_text: int) -> None:
        """Set the scores ``(vocabulary,)`` of what may not come next to minus infinity: too early an end, another form."""
        if len(self.written) < self.sampling.at_least:
            scores[end_of_text] = -torch.inf
        with self._only_its_own_fault():
            if self.constraint is not None:
                self.constraint.forbid(scores)

    @contextlib.contextmanager
    def _only_its_own_fault(self) -> Iterator[None]:
        """A constraint that raises ends its own text, not those beside it."""
        try:
            yield
        except Exception:
            log.exception("A constraint broke down")
            self.constraint, self.failed = None, True

    def choice(self) -> Choice:
        """What drawing its next token takes."""
        return Choice(self.sampling, self.written, float(self._chances.random()))


@dataclasses.dataclass(frozen=True)
class Room:
    """How much is kept ready. Memory: `pages` · `PAGE` tokens of keys and values, and `slots` adapters."""

    texts: int = 8
    """Texts at the same time."""
    slots: int = 1
    """Adapters side by side."""
    tokens: int = 8 * 1024
    """Tokens of all texts together."""


class Writers:
    """Writes drafts side by side; only one thread may use it."""

    def __init__(self, model: BatchModel, room: Room, *, end_of_text: int, rank: int = RANK) -> None:
        self._eos = end_of_text
        self._model = model
        self.adapters = AdapterSlots(model.shape, slots=room.slots, rank=rank, dtype=model.dtype)
        self._pages = Pages(
            model.shape,
            pages=pages_for(room.tokens),
            texts=room.texts,
            context=model.context,
            dtype=model.dtype,
        )

    def can_start(self, draft: Draft) -> bool:
        """Whether there is room for it now."""
        fits = draft.adapter is None or draft.name in self.adapters or self.adapters.can_take
        return fits and self._pages.can_take(draft.most_tokens)

    def start(self, draft: Draft) -> None:
        """Give a draft its room.

        Raises:
            RuntimeError: there is none (ask `can_start` first).
        """
        draft.place = self._pages.take(draft.most_tokens)
        if draft.adapter is not None:
            try:
                draft.slot = self.adapters.hold(draft.name, draft.adapter)
            except BaseException:
                self._pages.give_back(draft.place)
                raise

    def end(self, draft: Draft) -> None:
        """Take a started draft's room back, finished or not."""
        self._pages.give_back(draft.place)
        if draft.adapter is not None:
            self.adapters.release(draft.name)

    def step(self, drafts: Sequence[Draft]) -> list[Draft]:
        """Compute one more step of these started, unfinished drafts; returns those that got a token.

        Each of the drafts whose prompt was read gets one. What room for rows is left reads prompts, in the order given.
        """
        left = ROWS
        parts: list[tuple[Draft, int]] = []
        for draft in drafts:
            if draft.read == len(draft.prompt):
                parts.append((draft, 1))
                left -= 1
        for draft in drafts:
            unread = min(len(draft.prompt) - draft.read, max(left, 0))
            if unread > 0:
                parts.append((draft, unread))
                left -= unread
        if not parts:
            return []
        parts.sort(key=lambda part: part[0].slot)  # one adapter's rows share the processor's cache
        ready, wanted = self._note_reading(parts)
        logits = self._model.forward(_rows(parts), self.adapters, self._pages, np.array(wanted, np.int64))
        self._choose(ready, logits)
        return ready

    def _note_reading(self, parts: Iterable[tuple[Draft, int]]) -> tuple[list[Draft], list[int]]:
        """The drafts whose last known token is among the rows, and those rows."""
        ready: list[Draft] = []
        wanted: list[int] = []
        row = 0
        for draft, count in parts:
            row += count
            if draft.written or draft.read + count == len(draft.prompt):
                ready.append(draft)
                wanted.append(row - 1)
        return ready, wanted

    def _choose(self, drafts: Sequence[Draft], logits: Tensor) -> None:
        scored = {number: logits[number].clone() for number, d in enumerate(drafts) if d.logprobs is not None}
        for number, draft in enumerate(drafts):
            draft.rule_out(logits[number], end_of_text=self._eos)
        tokens = draw(logits, [draft.choice() for draft in drafts])
        for number, (draft, token) in enumerate(zip(drafts, tokens.tolist(), strict=True)):
            if number in scored:
                draft.scores.append(_score(scored[number], token, draft.logprobs or 0))
            draft.write(token, end_of_text=self._eos)


def _rows(parts: Sequence[tuple[Draft, int]]) -> Rows:
    """The rows of the parts, and a note in each draft of what has been read."""
    tokens: list[int] = []
    positions: list[int] = []
    texts: list[int] = []
    slots: list[int] = []
    for draft, count in parts:
        if draft.read < len(draft.prompt):
            tokens += draft.prompt[draft.read : draft.read + count]
            positions += range(draft.read, draft.read + count)
            draft.read += count
        else:
            tokens.append(draft.written[-1])
            positions.append(len(draft.prompt) + len(draft.written) - 1)
        texts += [draft.place] * count
        slots += [draft.slot] * count
    return Rows(
        tokens=np.array(tokens, np.int64),
        positions=np.array(positions, np.int32),
        texts=np.array(texts, np.int32),
        slots=np.array(slots, np.int32),
    )


def _score(logits: Tensor, token: int, top: int) -> TokenScore:
    logprobs = logits.log_softmax(dim=-1)
    best = logprobs.topk(top) if top else None
    likeliest = tuple(zip(best.indices.tolist(), best.values.tolist(), strict=True)) if best else ()
    return TokenScore(token=token, logprob=float(logprobs[token]), top=likeliest)


def write_all(writers: Writers, drafts: Sequence[Draft], *, at_once: int) -> None:
    """Write every draft to its end, at most ``at_once`` side by side.

    Raises:
        RuntimeError: there is not even room for one of them.
    """
    waiting = list(reversed(drafts))
    running: list[Draft] = []
    while waiting or running:
        while waiting and len(running) < at_once and (not running or writers.can_start(waiting[-1])):
            writers.start(waiting[-1])
            running.append(waiting.pop())
        writers.step(running)
        for draft in [draft for draft in running if draft.finished]:
            writers.end(draft)
            running.remove(draft)
