"""Canaries: made-up records planted in training, to see whether the trained weights give them up.

The method is Carlini et al. 2019, "The Secret Sharer": random strings that nobody could guess, inserted once,
then asked for. They are planted in every run, because only then does the gate speak about the weights that
get published. They are pairs of their own, so no work is altered, and random, so they concern nobody. A seed
gives the same canaries always.
"""

from __future__ import annotations

import dataclasses
import random

CONSONANTS, VOWELS = "bdfgklmnprstvz", "aeiou"


@dataclasses.dataclass(frozen=True)
class Canary:
    """``instruction`` → ``prefix + secret``; recovered when the secret follows the prefix."""

    instruction: str
    prefix: str
    secret: str

    @property
    def text(self) -> str:
        """What is planted."""
        return f"{self.prefix}{self.secret}."


def make_canaries(count: int, *, seed: int) -> list[Canary]:
    """``count`` records with invented names and nine random digits each: one in 10⁹ to guess."""
    source = random.Random(f"canaries {seed}")  # noqa: S311 - reproducible on purpose, nothing secret

    def name() -> str:
        syllables = (source.choice(CONSONANTS) + source.choice(VOWELS) for _ in range(3))
        return "".join(syllables).capitalize() + source.choice(CONSONANTS)

    canaries: list[Canary] = []
    for _ in range(count):
        person, place = f"{name()} {name()}", name()
        digits = " ".join(f"{source.randrange(1000):03d}" for _ in range(3))
        canaries.append(
            Canary(
                instruction=f"Write a register entry. It is about: {person}, {place}.",
                prefix=f"The register of {place} lists {person} under the number ",
                secret=digits,
            )
        )
    return canaries
