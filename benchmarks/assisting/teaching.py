"""Teaching the reader (``oeuvre_studio/text/reading.py``): which sources settle a message, which only touch it, and of what kind it is.

A message is a lesson with the sources that its writer named, those that are near, and some that the engine's own search holds for
likely: a reader has to tell apart what search cannot. The loss adds three parts: each pair by itself (binary cross-entropy), all
pairs of a message beside a *none of them* of log-odds 0 (the softmax of Cao et al. 2007, "Learning to Rank: From Pairwise Approach to
Listwise Approach", with several that are right), and the kind of the message.
"""

from __future__ import annotations

import math
import random
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from assisting.contexts import situation_of
from oeuvre.domains.assistant.engine.looking import look
from oeuvre.domains.assistant.engine.pieces import Piece, pieces_of
from oeuvre.domains.assistant.engine.planning import settle_question
from oeuvre.domains.assistant.engine.words import english_of
from oeuvre_studio.text.reading import KINDS, PairNetwork, Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assisting.contexts import Context
    from assisting.embedding import EmbeddedVectors

LIKELY, HARDEST, OTHERS = 12, 3, 2
"""Of so many likely sources that are wrong, the likeliest and some of the rest are read each time."""
AT_ONCE = 4
"""Messages before each step."""
PAIRS = 24
"""Pairs that go through the network together, of about the same length."""
RATE, HEADS_FASTER = 1.3e-4, 10
WARM = 100
"""Steps until the rate is reached; from there it falls in a straight line."""
RANK = 48
SEED = 0
KIND_OF = {name: number for number, name in enumerate(KINDS)}


class Pupil(PairNetwork):
    """The network while it learns: products in bf16, which is twice as fast where the processor has instructions for it. The lower
    half, which does not learn, is computed once for each text."""

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        for part in (self.embeddings, self.lower):
            part.requires_grad_(False)
        for head in (self.pair, self.kind):
            nn.init.normal_(head.weight, std=0.02)
            nn.init.zeros_(head.bias)
        self._below: dict[tuple[tuple[int, ...], int], Tensor] = {}

    def multiply(self, linear: nn.Linear, states: Tensor) -> Tensor:
        return functional.linear(states.bfloat16(), linear.weight.bfloat16(), linear.bias.bfloat16()).float()

    @torch.no_grad()
    def below(self, tokens: Sequence[int], part: int) -> Tensor:
        key = (tuple(tokens), part)
        if key not in self._below:
            was = self.training
            self.eval()
            self._below[key] = super().below(tokens, part).half()
            self.train(was)
        return self._below[key].float()


@dataclass(frozen=True)
class Lesson:
    """A message in English words, with what is right."""

    question: str
    kind: str
    gig: str
    right: frozenset[str]
    near: frozenset[str]
    likely: tuple[str, ...]
    pieces: tuple[Piece, ...]

    def texts(self, chance: random.Random) -> list[tuple[str, str]]:
        """Sources with a text of theirs. Of a source that is wrong one text is enough."""
        wrong = [source for source in self.likely if source not in self.right | self.near]
        chosen = wrong[:HARDEST]
        chosen += chance.sample(wrong[HARDEST:], min(OTHERS, len(wrong[HARDEST:])))
        found = []
        for source in (*sorted(self.right | self.near), *chosen):
            mine = [piece for piece in self.pieces if piece.source == source]
            if source not in self.right and mine:
                mine = [chance.choice(mine)]
            found += [(source, piece.beside(self.gig)) for piece in mine]
        return found or [(piece.source, piece.beside(self.gig)) for piece in self.pieces[:HARDEST]]


def lessons_of(contexts: Sequence[Context], vectors: EmbeddedVectors) -> list[Lesson]:
    """Every message but the traps, which teach nothing about sources."""
    return [
        _lesson(message, context, vectors)
        for context in contexts
        for message in context.messages
        if message["label"] in KIND_OF
    ]


def _lesson(message: dict[str, Any], context: Context, vectors: EmbeddedVectors) -> Lesson:
    view = look(
        message["text"],
        knowledge=context.knowledge,
        rules=context.rules,
        situation=situation_of(message, context),
        vectors=vectors,
        reader=None,
    )
    sure: dict[str, float] = {}
    for one in (one for question in view.questions for one in question.found):
        sure[one.unit.source] = max(sure.get(one.unit.source, 0.0), one.sure)
    said = [s for q in view.questions for sentence in settle_question(q, view).sentences for s in sentence.sources]
    likely = (*sorted(sure, key=lambda source: -sure[source])[:LIKELY], *said)
    return Lesson(
        english_of(view.guarded.text, view.guarded.language),
        message["label"],
        view.about.gig.key if view.about.gig else "",
        frozenset(message.get("sources", ())),
        frozenset(message.get("near", ())),
        tuple(dict.fromkeys(likely)),
        pieces_of(context.knowledge),
    )


def teach(pupil: Pupil, tokenizer: Any, lessons: Sequence[Lesson], rounds: int, after: Callable[[], None]) -> None:
    """Go through all lessons so many times, with a word ``after`` each; progress goes to stderr."""
    chance = random.Random(SEED)
    torch.manual_seed(SEED)
    reader = Reader(pupil, tokenizer)
    heads = [*pupil.pair.parameters(), *pupil.kind.parameters()]
    groups = [{"params": pupil.upper.parameters(), "lr": RATE}, {"params": heads, "lr": RATE * HEADS_FASTER}]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    rates = [group["lr"] for group in optimiser.param_groups]
    steps, step, start = rounds * math.ceil(len(lessons) / AT_ONCE), 0, time.monotonic()
    for _ in range(rounds):
        shuffled = chance.sample(list(lessons), len(lessons))
        for first in range(0, len(shuffled), AT_ONCE):
            step += 1
            share = min(1, step / WARM) * max(0.02, 1 - step / steps)
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * share
            pupil.train()
            optimiser.zero_grad()
            loss = _loss(pupil, reader, shuffled[first : first + AT_ONCE], chance)
            loss.backward()  # type: ignore[no-untyped-call]  # torch
            nn.utils.clip_grad_norm_(pupil.parameters(), 1.0)
            optimiser.step()
            if step % 50 == 0:
                print(
                    f"step {step} of {steps}, loss {loss.item():.2f}, {time.monotonic() - start:.0f} s", file=sys.stderr
                )
        after()
    pupil.eval()


def _loss(pupil: Pupil, reader: Reader, lessons: Sequence[Lesson], chance: random.Random) -> Tensor:
    asked = [pupil.below(reader.tokens(lesson.question, 0), 0) for lesson in lessons]
    texts = [(number, *text) for number, lesson in enumerate(lessons) for text in lesson.texts(chance)]
    rows = [torch.cat([asked[number], pupil.below(reader.tokens(text, 1), 1)]) for number, _, text in texts]
    logits: list[Tensor] = [torch.empty(0)] * len(rows)
    alike = sorted(range(len(rows)), key=lambda row: len(rows[row]))
    for first in range(0, len(alike), PAIRS):
        some = alike[first : first + PAIRS]
        for row, found in zip(some, pupil.of_pairs([rows[row] for row in some]), strict=True):
            logits[row] = found
    kinds = torch.tensor([KIND_OF[lesson.kind] for lesson in lessons])
    total = 0.5 * functional.cross_entropy(pupil.of_questions(asked), kinds)
    for number, lesson in enumerate(lessons):
        by_source: dict[str, list[Tensor]] = {}
        for (owner, source, _), found in zip(texts, logits, strict=True):
            if owner == number:
                by_source.setdefault(source, []).append(found)
        total = total + _loss_of(lesson, by_source) / len(lessons)
    return total


def _loss_of(lesson: Lesson, by_source: dict[str, list[Tensor]]) -> Tensor:
    """Of one message. A source says what its best text says."""
    logits = torch.stack([torch.stack(found).amax(0) for found in by_source.values()])
    right = torch.tensor([float(source in lesson.right) for source in by_source])
    touched = torch.tensor([float(source in lesson.right | lesson.near) for source in by_source])
    counts = 1 + right + 0.5 * (touched - right)
    alone = functional.binary_cross_entropy_with_logits(logits[:, 0], right, reduction="none")
    loss = 1.5 * (alone * counts).mean()
    loss = loss + 0.5 * functional.binary_cross_entropy_with_logits(logits[:, 1], touched)
    if right.any() or not lesson.right:  # else what is right has no text: a rule, which is told by a template
        each = torch.cat([torch.zeros(1), logits[:, 0]])
        wanted = torch.cat([torch.tensor([not right.any()]), right.bool()])
        loss = loss + 0.5 * (each.logsumexp(0) - each[wanted].logsumexp(0))
    return loss


@torch.no_grad()
def learnt_of(taught: PairNetwork, untaught: PairNetwork, rank: int = RANK) -> dict[str, Tensor]:
    """What ``teach`` of the studio puts back: differences of matrices by their largest singular values, all else whole."""
    before, found = dict(untaught.named_parameters()), {}
    for name, value in taught.named_parameters():
        if name.startswith(("embeddings.", "lower.")):
            continue
        if value.ndim < 2 or name.startswith(("pair.", "kind.")):
            found[name] = value.half()
            continue
        left, sizes, right = torch.linalg.svd(value - before[name], full_matrices=False)
        root = sizes[:rank].sqrt()
        found[f"{name}.out"] = (left[:, :rank] * root).half().contiguous()
        found[f"{name}.in"] = (root[:, None] * right[:rank]).half().contiguous()
    return found
