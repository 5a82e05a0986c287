"""The outputs a report shows: written for what the held-out works are about, with what they lean on."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from oeuvre_studio.protocol import ManifestWork, Sample
from oeuvre_studio.protocol import Passage as ShownPassage
from oeuvre_studio.text.credit import PASSAGES_PER_WORK, CreditIndex, estimate, spread
from oeuvre_studio.text.dataset import Passage, chat_prompt, request
from oeuvre_studio.text.embeddings import Embedder
from oeuvre_studio.text.measures.memorisation import TrainedText
from oeuvre_studio.text.measures.probe import Probe
from oeuvre_studio.text.sampling import Sampling
from oeuvre_studio.text.works import Work

SAMPLES = 8
SAMPLE_TOKENS = 400
NEAREST = 3
"""Training passages shown beside an output."""

CREDITED = 5
"""Works credited beside an output, the largest shares."""


@dataclasses.dataclass(frozen=True)
class Output:
    """One text the version wrote for a wish."""

    wish: str
    seed: int
    tokens: tuple[int, ...]
    text: str


def write_outputs(probe: Probe, *, kind: str, wishes: Sequence[str], seed: int) -> list[Output]:
    """`SAMPLES` outputs of up to `SAMPLE_TOKENS` tokens, at least half of that, the ``wishes`` taken in turn.

    The wishes are what the held-out works are about: the author's field, but nothing the version has seen.
    """
    asked = [wishes[number % len(wishes)] for number in range(SAMPLES)]
    seeds = range(seed, seed + SAMPLES)
    prompts = [chat_prompt(probe.base.tokenizer, request(kind=kind, wish=wish)) for wish in asked]
    written = probe.write(prompts, Sampling(max_tokens=SAMPLE_TOKENS), seeds=seeds, at_least=SAMPLE_TOKENS // 2)
    return [
        Output(wish=wish, seed=number, tokens=tuple(tokens), text=probe.text(tokens))
        for wish, number, tokens in zip(asked, seeds, written, strict=True)
    ]


def show_outputs(
    probe: Probe,
    embedder: Embedder,
    outputs: Sequence[Output],
    *,
    works: Sequence[Work],
    passages: Sequence[Sequence[Passage]],
    credit: CreditIndex,
    manifest_works: Sequence[ManifestWork],
) -> tuple[Sample, ...]:
    """The outputs with their nearest training passages and estimated credit.

    ``passages`` are the credited ones of each training work, in the order of ``credit``'s embeddings.
    """
    vectors = embedder.embed([output.text for output in outputs])
    likeness = vectors @ credit.embeddings.T  # (outputs, passages)
    flat = [passage for work in passages for passage in work]
    samples: list[Sample] = []
    for number, output in enumerate(outputs):
        nearest = likeness[number].topk(min(NEAREST, len(flat)))
        shown = [
            _shown(probe, works[flat[place].work], flat[place], output, likeness=float(value))
            for value, place in zip(nearest.values, nearest.indices.tolist(), strict=True)
        ]
        shares = estimate(credit, manifest_works, vectors[number])[:CREDITED]
        samples.append(
            Sample(prompt=output.wish, seed=output.seed, text=output.text, nearest=tuple(shown), credit=shares)
        )
    return tuple(samples)


def _shown(probe: Probe, work: Work, passage: Passage, output: Output, *, likeness: float) -> ShownPassage:
    return ShownPassage(
        file=work.file,
        title=work.title,
        text=_shortened(passage.text),
        similarity=round(likeness, 4),
        shared_tokens=TrainedText([probe.tokens(passage.text)]).longest_run(output.tokens).length,
    )


def credited_passages(passages: Sequence[Passage], training: Sequence[int]) -> list[list[Passage]]:
    """The passages that stand for each training work in the credit index, in the order of ``training``."""
    from_work: dict[int, list[Passage]] = {index: [] for index in training}
    for passage in passages:
        from_work[passage.work].append(passage)
    return [[found[i] for i in spread(len(found), PASSAGES_PER_WORK)] for found in from_work.values()]


def _shortened(text: str, most: int = 400) -> str:
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"
