"""Perplexity ratio: how much better the version foresees an author's words than the base does.

What: the perplexity of the version on passages it was not trained on, divided by the base's on the same passages,
both asked with the same instructions.
Formula: ``exp(-1/N Σ log p(token | what came before))`` of the version over that of the base.
Source: perplexity as a measure of language models is Jelinek et al. 1977, "Perplexity: a measure of the difficulty of
speech recognition tasks", J. Acoust. Soc. Am. 62; the ratio to the base takes out how hard a text is by itself.
Unit: a ratio; 1 is no better than the base.
Bars: ``perplexity_ratio`` on the author's held-out works; ``own_ratio_below_<other>``, where the ratio on another
author's works has to be the higher one; ``own_version_best_<other>``, where another author's version has to have the
higher ratio on this author's held-out works.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from oeuvre_studio.protocol import WorkScore
from oeuvre_studio.text.dataset import Example
from oeuvre_studio.text.lora import Adapter
from oeuvre_studio.text.measures.probe import NOTHING, Probe, Surprise
from oeuvre_studio.text.works import Work

OWN_PASSAGES = 24
"""Held-out passages measured, about 10,000 tokens; a larger held-out part is sampled evenly."""

OTHER_PASSAGES = 8
"""Passages measured of each other author."""


@dataclasses.dataclass(frozen=True)
class PerplexityRatio:
    """The surprise of base and version at the same passages, in all and by work."""

    base: Surprise
    version: Surprise
    works: tuple[WorkScore, ...] = ()

    @property
    def ratio(self) -> float:
        """Version's perplexity over the base's; below 1, the version foresees better."""
        return self.version.perplexity / self.base.perplexity


def perplexity_ratio(probe: Probe, works: Sequence[Work], examples: Sequence[Example]) -> PerplexityRatio:
    """The version against the base on ``examples``, which name their work by its place in ``works``."""
    base = probe.surprises(examples, adapter=None)
    version = probe.surprises(examples, adapter=probe.adapter)
    scores: list[WorkScore] = []
    for index in sorted({example.work for example in examples}):
        places = [place for place, example in enumerate(examples) if example.work == index]
        before = sum((base[place] for place in places), start=NOTHING)
        after = sum((version[place] for place in places), start=NOTHING)
        if after.tokens:
            scores.append(
                WorkScore(
                    file=works[index].file,
                    title=works[index].title,
                    tokens=after.tokens,
                    base_perplexity=round(before.perplexity, 4),
                    perplexity=round(after.perplexity, 4),
                    ratio=round(after.perplexity / before.perplexity, 4),
                )
            )
    return PerplexityRatio(base=sum(base, start=NOTHING), version=sum(version, start=NOTHING), works=tuple(scores))


def other_version_ratio(probe: Probe, other: Adapter, examples: Sequence[Example], *, base: Surprise) -> float:
    """Another version's perplexity on ``examples`` over the ``base`` surprise that was measured on the same ones."""
    return probe.surprise(examples, adapter=probe.base.fit(other)).perplexity / base.perplexity
