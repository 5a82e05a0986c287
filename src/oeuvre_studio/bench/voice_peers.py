"""A peer of the fit: CMA-ES (Hansen 2016, arXiv:1604.00772) over the same space, which needs no gradients."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import cma
import numpy as np
from numpy.typing import NDArray

from oeuvre_studio.voice.encoders import load_encoder_a
from oeuvre_studio.voice.kokoro import RATE, Pack, load_kokoro
from oeuvre_studio.voice.languages import Language
from oeuvre_studio.voice.phonemes import phonemes, tokens
from oeuvre_studio.voice.sentences import sentences
from oeuvre_studio.voice.stock import StockVoices
from oeuvre_studio.voice.targets import Target
from oeuvre_studio.voice.voices import blend

DIRECTIONS = 20
"""Of each half; with all 40 it had not left the neighbourhood of its start in the same time."""
POPULATION = 12
WIDTH = 0.6
PRIOR = 2e-4


def evolved(target: Target, language: Language, models_dir: Path, *, seconds: float, seed: int) -> tuple[Pack, str]:
    """The pack it arrives at in so many processor seconds, from the same blend of stock voices, and that blend in words."""
    kokoro, encoder = load_kokoro(models_dir, threads=1), load_encoder_a(models_dir)
    stock = StockVoices(models_dir, language)
    start, shares = blend(stock.space, stock.ranked(target.vector, "a"))
    read = [tokens(phonemes(text, language)) for text in sentences(language).fitted]

    def pack_at(found: NDArray[np.float64]) -> Pack:
        coordinates = np.zeros(len(stock.space.directions), dtype=np.float32)
        kept = len(stock.space.timbre)
        coordinates[:DIRECTIONS] = found[:DIRECTIONS]
        coordinates[kept : kept + DIRECTIONS] = found[DIRECTIONS:]
        return stock.space.moved(start, coordinates)

    strategy = cma.CMAEvolutionStrategy(
        np.zeros(2 * DIRECTIONS), WIDTH, {"popsize": POPULATION, "seed": seed + 1, "verbose": -9}
    )
    begun = time.process_time()
    for generation in itertools.count():
        if time.process_time() - begun > seconds:
            break
        sentence = read[generation % len(read)]
        drawn = strategy.ask()
        losses = [
            1
            - float(encoder.vector(kokoro.say(sentence, pack_at(one)), RATE) @ target.vector)
            + PRIOR * float(one @ one)
            for one in drawn
        ]
        strategy.tell(drawn, losses)
    return pack_at(np.asarray(strategy.result.xfavorite)), ", ".join(
        f"{name} {part:.0%}" for name, part in shares.items()
    )
