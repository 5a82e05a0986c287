"""From works to training rows: split by work, cut into passages, paired with instructions, packed to one
length.
"""

from __future__ import annotations

import bisect
import dataclasses
import random
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor

from oeuvre_studio.errors import WorksUnusableError
from oeuvre_studio.text.phrases import KeyPhrases
from oeuvre_studio.text.works import Work

LENGTH = 512
"""Tokens in a row. The base reads 8,192, but attention and memory grow with it, and style lives in sentences.
"""

SYSTEM = "You write in the author's own voice."
"""Short on purpose: it is paid for in every row. It also keeps the base's own introduction out of the
template.
"""

IGNORED = -100
"""A target that carries no loss."""

_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'\u201d\u2019)\]]*\s+|\n+")
_CLAUSE_END = re.compile(r"(?<=[;:,])\s+")


Part = Literal["whole", "opening", "middle"]


@dataclasses.dataclass(frozen=True)
class Passage:
    """A stretch of a work, whole sentences where possible."""

    work: int
    text: str
    part: Part


@dataclasses.dataclass(frozen=True)
class Example:
    """One (instruction → text) pair in tokens. Only ``text`` carries loss; it ends with the end-of-turn
    token.
    """

    work: int
    prompt: tuple[int, ...]
    text: tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class Rows:
    """Packed examples: three ``(rows, length)`` tensors.

    ``segments`` numbers the examples within a row from 1 (0 is padding), so that none looks at another;
    ``targets`` is the next token where it carries loss, else `IGNORED`.
    """

    tokens: Tensor
    segments: Tensor
    targets: Tensor

    def __len__(self) -> int:
        return int(self.tokens.shape[0])

    def take(self, indices: Sequence[int]) -> Rows:
        """Some of the rows, in the given order."""
        chosen = list(indices)
        return Rows(self.tokens[chosen], self.segments[chosen], self.targets[chosen])


def split_by_work(works: Sequence[Work], *, share: float, seed: int) -> tuple[list[int], list[int]]:
    """Indices of the works to train on and to hold out: about ``share`` of the words, never part of a work.

    At least one work is on either side.

    Raises:
        WorksUnusableError: there are fewer than two works.
    """
    if len(works) < 2:
        raise WorksUnusableError(
            f"Two usable works are needed, one of them held out to measure on; {len(works)} was found."
        )
    order = list(range(len(works)))
    random.Random(seed).shuffle(order)  # noqa: S311 - a reproducible split, nothing secret
    wanted = share * sum(work.words for work in works)
    held: list[int] = []
    taken = 0
    for index in order:
        words = works[index].words
        if len(held) < len(works) - 1 and taken < wanted and taken + words <= 1.3 * wanted:
            held.append(index)
            taken += words
    if not held:  # every work is larger than the share
        held = [min(order, key=lambda index: works[index].words)]
    return [index for index in range(len(works)) if index not in held], sorted(held)


def instruction(*, kind: str, title: str, phrases: Sequence[str], part: Part) -> str:
    """What somebody could have asked for to get this passage.

    The title belongs to where a work begins; further in, the request is the one a buyer makes (`request`).
    """
    if part == "middle":
        return request(kind=kind, wish=", ".join(phrases) or title)
    what = f'Write a {kind}, "{title}".' if part == "whole" else f'Write the opening of a {kind}, "{title}".'
    return f"{what} It is about: {', '.join(phrases)}" if phrases else what


def request(*, kind: str, wish: str) -> str:
    """A person's own words, put the way the training instructions are."""
    return f"Write a {kind}. It is about: {wish.strip()}"


def chat_prompt(tokenizer: Any, content: str) -> list[int]:
    """The tokens that put one request to a version, up to where its answer starts."""
    return chat_tokens(tokenizer, [{"role": "system", "content": SYSTEM}, {"role": "user", "content": content}])


def chat_tokens(tokenizer: Any, messages: Sequence[Mapping[str, str]]) -> list[int]:
    """A chat in the base's template, up to where the next answer starts."""
    text = tokenizer.apply_chat_template(list(messages), tokenize=False, add_generation_prompt=True)
    tokens: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return tokens


def cut(text: str, tokenizer: Any, limit: int) -> list[str]:
    """Cut a text into passages of at most ``limit`` tokens, at the ends of sentences.

    A sentence that is longer is cut at the end of a clause, and a clause that is longer anywhere.
    """
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    starts = [start for start, _ in encoded["offset_mapping"]]
    ends = [end for _, end in encoded["offset_mapping"]]
    total = len(starts)

    def breaks(pattern: re.Pattern[str]) -> list[int]:
        # the first token that reaches beyond the gap: a token may begin with the space before its word
        return sorted({bisect.bisect_right(ends, match.end()) for match in pattern.finditer(text)} | {total})

    sentences, clauses = breaks(_SENTENCE_END), breaks(_CLAUSE_END)
    passages: list[str] = []
    begin = 0
    while begin < total:
        most = begin + limit
        end = _last_within(sentences, begin, most) or _last_within(clauses, begin, most) or min(most, total)
        stop = starts[end] if end < total else len(text)
        passage = text[starts[begin] : stop].strip()
        if passage:
            passages.append(passage)
        begin = end
    return passages


def _last_within(breaks: Sequence[int], begin: int, most: int) -> int | None:
    """The last break after ``begin`` and not after ``most``."""
    found = breaks[max(bisect.bisect_right(breaks, most) - 1, 0)]
    return found if begin < found <= most else None


def passages_of(works: Sequence[Work], indices: Sequence[int], tokenizer: Any, limit: int) -> list[Passage]:
    """The passages of some works, in order."""
    found: list[Passage] = []
    for index in indices:
        texts = cut(works[index].text, tokenizer, limit)
        for number, text in enumerate(texts):
            part: Part = "whole" if len(texts) == 1 else "opening" if number == 0 else "middle"
            found.append(Passage(work=index, text=text, part=part))
    return found


class PairMaker:
    """Turns passages into examples, with key phrases learned from the training passages alone."""

    def __init__(self, works: Sequence[Work], training: Sequence[Passage], tokenizer: Any) -> None:
        self._works = works
        self._tokenizer = tokenizer
        self._phrases = KeyPhrases([passage.text for passage in training])

    def instruction_for(self, passage: Passage) -> str:
        """The instruction of a passage: its work's title and kind, and the passage's key phrases."""
        work = self._works[passage.work]
        phrases = self.phrases_of(passage)
        return instruction(kind=work.kind, title=work.title, phrases=phrases, part=passage.part)

    def phrases_of(self, passage: Passage) -> list[str]:
        """The passage's key phrases, its work's own keywords first."""
        return self._phrases.of(passage.text, self._works[passage.work].keywords)

    def example(self, passage: Passage, *, length: int = LENGTH) -> Example:
        """The pair in tokens, cut to ``length`` where a long title left too little room."""
        return make_example(
            self._tokenizer, self.instruction_for(passage), passage.text, work=passage.work, length=length
        )


def make_example(tokenizer: Any, content: str, text: str, *, work: int, length: int = LENGTH) -> Example:
    """A pair in tokens: chat prompt, text, end of turn."""
    prompt = chat_prompt(tokenizer, content)[: length // 2]
    tokens = tokenizer(text, add_special_tokens=False)["input_ids"][: length - len(prompt) - 1]
    return Example(work=work, prompt=tuple(prompt), text=(*tokens, tokenizer.eos_token_id))


def pack(examples: Sequence[Example], *, length: int = LENGTH, pad: int = 0) -> Rows:
    """Fill rows of ``length`` tokens with whole examples, longest first into the first row with room.

    First-fit decreasing wastes at most about 22 % (Johnson 1973), in practice a few per cent.
    """
    rows: list[list[Example]] = []
    room: list[int] = []
    for example in sorted(examples, key=lambda e: -len(e.prompt) - len(e.text)):  # stable: equal ones keep order
        size = len(example.prompt) + len(example.text)
        slot = next((i for i, free in enumerate(room) if free >= size), None)
        if slot is None:
            rows.append([])
            room.append(length)
            slot = len(rows) - 1
        rows[slot].append(example)
        room[slot] -= size
    tokens = torch.full((len(rows), length), pad, dtype=torch.long)
    segments = torch.zeros((len(rows), length), dtype=torch.long)
    targets = torch.full((len(rows), length), IGNORED, dtype=torch.long)
    for number, row in enumerate(rows):
        at = 0
        for segment, example in enumerate(row, start=1):
            size = len(example.prompt) + len(example.text)
            tokens[number, at : at + size] = torch.tensor([*example.prompt, *example.text])
            segments[number, at : at + size] = segment
            first = at + len(example.prompt) - 1  # the position that predicts the text's first token
            targets[number, first : first + len(example.text)] = torch.tensor(example.text)
            at += size
    return Rows(tokens=tokens, segments=segments, targets=targets)


def attention(segments: Tensor, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
    """Positions ``(rows, length)`` that restart in each segment and the mask ``(rows, 1, length, length)``.

    The mask is added to the scores: 0 where a token may look (itself and earlier ones of its own segment), else the
    lowest number there is.
    """
    length = segments.shape[1]
    same = segments.unsqueeze(2) == segments.unsqueeze(1)
    causal = torch.ones(length, length, dtype=torch.bool).tril()
    starts = torch.zeros_like(segments)
    changed = segments[:, 1:] != segments[:, :-1]
    starts[:, 1:] = torch.where(changed, torch.arange(1, length), 0)
    positions = torch.arange(length) - starts.cummax(dim=1).values
    closed = ~(same & causal).unsqueeze(1)
    return positions, torch.zeros(closed.shape, dtype=dtype).masked_fill_(closed, torch.finfo(dtype).min)
