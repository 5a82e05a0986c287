"""Teaching the reader (``oeuvre_studio/text/reading.py``): which sources settle a message, which only touch it, who should answer.

A message is a lesson with the sources that the engine's own search holds for likely, in its order: a reader has to tell apart what
search cannot. The loss adds three parts: each source by itself (binary cross-entropy), all sources of a message beside a *none of
them* of log-odds 0 (the softmax of Cao et al. 2007, "Learning to Rank: From Pairwise Approach to Listwise Approach", with several
that are right), and the kind of the message.
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
from oeuvre.domains.assistant.engine.judging import pieces_read
from oeuvre.domains.assistant.engine.looking import look
from oeuvre_studio.text.reading import KINDS, RANK, Reader, ReaderNetwork

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from assisting.contexts import Context
    from assisting.embedding import EmbeddedVectors

NEAR_MISSES = 0.125
"""Share that is kept of the messages for a person that ask about the matter of a source: buyers do so less often than lessons did."""
AT_ONCE = 8
"""Messages before each step."""
ALIKE = 64
"""Messages among which those of about the same length are put together."""
RATE, HEADS_FASTER = 2e-4, 5
WARM = 25
"""Steps until the rate is reached; from there it falls in a straight line."""
SEED = 0
KIND_OF = {name: number for number, name in enumerate(KINDS)}


@dataclass(frozen=True)
class Lesson:
    """A message with what is right."""

    question: str
    kind: str
    right: frozenset[str]
    near: frozenset[str]
    texts: tuple[tuple[str, str], ...]
    """What is read beside it: sources with their texts."""


def lessons_of(contexts: Sequence[Context], vectors: EmbeddedVectors) -> list[Lesson]:
    """Every message but the traps, which teach nothing about sources, and most of the near-misses."""
    chance = random.Random(SEED)
    return [
        _lesson(message, context, vectors)
        for context in contexts
        for message in context.messages
        if message["label"] != "trap" and (not message.get("near") or chance.random() < NEAR_MISSES)
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
    found = [question.found for question in view.questions]
    gig = view.about.gig.key if view.about.gig else ""
    return Lesson(
        view.guarded.text,
        message.get("task") or message["label"],
        frozenset(message.get("sources", ())),
        frozenset(message.get("near", ())),
        tuple((piece.source, piece.beside(gig)) for piece in pieces_read(found, context.knowledge)),
    )


def blank_of(network: ReaderNetwork) -> dict[str, Tensor]:
    """What a network knows that learnt nothing: low-rank matrices whose products are 0, and heads of small numbers."""
    torch.manual_seed(SEED)
    found = {}
    for name, layer in network.adapted.items():
        size = layer.base.in_features
        found[f"{name}.lora_a"] = torch.randn(RANK, size) / math.sqrt(size)
        found[f"{name}.lora_b"] = torch.zeros(layer.base.out_features, RANK)
    for name, parameter in network.heads().items():
        found[name] = parameter.detach().clone()
    for head in ("pair", "kind"):
        nn.init.normal_(found[f"{head}.weight"], std=0.02)
        nn.init.zeros_(found[f"{head}.bias"])
    return found


def pupil_of(network: ReaderNetwork, known: Mapping[str, Tensor]) -> list[nn.Parameter]:
    """Put in what is ``known``, and make the network's low-rank matrices learnable; returns them."""
    network.learn(known)
    matrices = []
    for name, layer in network.adapted.items():
        layer.lora_a, layer.lora_b = (nn.Parameter(known[f"{name}.{part}"].float()) for part in ("lora_a", "lora_b"))
        matrices += [layer.lora_a, layer.lora_b]
    return matrices


def teach(
    network: ReaderNetwork,
    tokenizer: Any,
    lessons: Sequence[Lesson],
    *,
    known: Mapping[str, Tensor],
    rate: float = RATE,
    rounds: int = 1,
) -> dict[str, Tensor]:
    """Go on from what is ``known`` through all lessons so many times; returns what is known then. Progress goes to stderr."""
    matrices, heads = pupil_of(network, known), list(network.heads().values())
    reader = Reader(network, tokenizer)
    groups = [{"params": matrices, "lr": rate}, {"params": heads, "lr": rate * HEADS_FASTER}]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    rates = [group["lr"] for group in optimiser.param_groups]
    chance = random.Random(SEED)
    batches = [list(_batches(lessons, chance)) for _ in range(rounds)]
    steps, step, start = sum(map(len, batches)), 0, time.monotonic()
    network.train()
    for each in batches:
        for some in each:
            step += 1
            share = min(1, step / WARM) * max(0.03, 1 - step / steps)
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * share
            optimiser.zero_grad()
            loss = _loss(network, reader, some)
            loss.backward()  # type: ignore[no-untyped-call]  # torch
            nn.utils.clip_grad_norm_([*matrices, *heads], 1.0)
            optimiser.step()
            if step % 10 == 0:
                print(
                    f"step {step} of {steps}, loss {loss.item():.2f}, {time.monotonic() - start:.0f} s", file=sys.stderr
                )
    network.eval()
    return learnt_of(network)


def _batches(lessons: Sequence[Lesson], chance: random.Random) -> Iterator[list[Lesson]]:
    """All lessons in a new order, messages of about the same length together."""
    shuffled = chance.sample(list(lessons), len(lessons))
    for first in range(0, len(shuffled), ALIKE):
        alike = sorted(
            shuffled[first : first + ALIKE],
            key=lambda one: len(one.question) + sum(len(text) for _, text in one.texts),
        )
        some = [alike[start : start + AT_ONCE] for start in range(0, len(alike), AT_ONCE)]
        yield from chance.sample(some, len(some))


def _loss(network: ReaderNetwork, reader: Reader, lessons: Sequence[Lesson]) -> Tensor:
    pages = [reader.page(lesson.question, [text for _, text in lesson.texts]) for lesson in lessons]
    found = network(pages)
    kinds = torch.tensor([KIND_OF[lesson.kind] for lesson in lessons])
    total = functional.cross_entropy(torch.stack([kind for kind, _ in found]), kinds)
    for lesson, (_, pairs) in zip(lessons, found, strict=True):
        by_source: dict[str, list[Tensor]] = {}
        for (source, _), logits in zip(lesson.texts, pairs, strict=True):
            by_source.setdefault(source, []).append(logits)
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
    loss = loss + 0.3 * functional.binary_cross_entropy_with_logits(logits[:, 1], touched)
    if (
        right.any() or not lesson.right
    ):  # else what is right was not found, or has no text: a rule, which is told by a template
        each = torch.cat([torch.zeros(1), logits[:, 0]])
        wanted = torch.cat([torch.tensor([not right.any()]), right.bool()])
        loss = loss + 0.5 * (each.logsumexp(0) - each[wanted].logsumexp(0))
    return loss


def mean_of(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Halfway between two that went on from the same: what both got right stays (Wortsman et al. 2022, arXiv:2109.01903)."""
    return {name: ((value.float() + other[name].float()) / 2).half() for name, value in one.items()}


def learnt_of(network: ReaderNetwork) -> dict[str, Tensor]:
    """What ``ReaderNetwork.learn`` takes, in half precision."""
    found = {}
    for name, layer in network.adapted.items():
        assert layer.lora_a is not None
        assert layer.lora_b is not None
        found[f"{name}.lora_a"], found[f"{name}.lora_b"] = layer.lora_a, layer.lora_b
    return {name: value.detach().half().contiguous() for name, value in (found | network.heads()).items()}
