"""What serving is measured with: the grid of cells, the requests of a cell, and what came back of each."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator, Sequence
from typing import Protocol

from oeuvre_studio.errors import StudioError

TOKENS = 64
"""New tokens of every request; the end-of-text token does not end it, so that all peers write the same amount."""

VOCABULARY = """
harbour letter winter orchard captain silence garden market river lantern promise stone evening window journey
mother copper bridge feather morning kitchen soldier violet mountain thunder paper summer engine forest mirror
shadow station village candle ocean pencil corner whisper meadow iron doctor ribbon castle saddle needle
"""
"""Common words, most of them one token of the usual vocabularies."""

PROMPT_WORDS = 34
"""With the sentence around them about 40 tokens."""


class PeerFailedError(StudioError):
    """A peer could not be started, or did not answer as it should."""

    code = "peer_failed"


@dataclasses.dataclass(frozen=True)
class Cell:
    """One place of the grid."""

    adapters: int
    """How many distinct adapters the requests take turns with."""
    in_flight: int
    """How many requests are being answered at any time."""


@dataclasses.dataclass(frozen=True)
class Plan:
    """How much is measured. All of it takes about 25 minutes with every peer."""

    adapters: tuple[int, ...] = (1, 4, 8, 32, 256, 1024)
    in_flight: tuple[int, ...] = (1, 8, 32)
    tokens: int = TOKENS
    seconds: float = 4.0
    """After so long a cell begins no new requests; those that run are finished."""
    colds: int = 10
    """Versions that nothing touched before, for each of the two kinds of cold load."""
    repeats: int = 3
    """How often the cells of a bar are measured; the pair of one that is near to 1, in turns."""

    def cells(self) -> list[Cell]:
        """The grid, few adapters first."""
        return [Cell(adapters, in_flight) for adapters in self.adapters for in_flight in self.in_flight]


QUICK = Plan(adapters=(1, 4), in_flight=(1, 4), tokens=8, seconds=0.5, colds=2, repeats=1)
"""Shows in under a minute that everything runs; its figures mean little."""


@dataclasses.dataclass(frozen=True)
class Request:
    """A prompt for the adapter with this number."""

    adapter: int
    prompt: str
    tokens: int


@dataclasses.dataclass(frozen=True)
class Answer:
    """What came back of a request. Times in seconds on one clock, the peer's own."""

    sent: float
    arrivals: Sequence[float]
    """When each piece of text came."""
    tokens: int

    @property
    def first(self) -> float:
        """Seconds until the first text."""
        return self.arrivals[0] - self.sent


@dataclasses.dataclass(frozen=True)
class Trace:
    """The answers of a cell and the time over which tokens count: until the first place in flight stays empty."""

    answers: Sequence[Answer]
    began: float
    ended: float

    @property
    def rate(self) -> float:
        """Tokens a second; those of a request count as spread evenly over its pieces."""
        written = sum(
            answer.tokens * sum(at <= self.ended for at in answer.arrivals) / len(answer.arrivals)
            for answer in self.answers
        )
        return written / (self.ended - self.began)

    def first_percentile(self, share: float) -> float:
        """Seconds to the first text that this share of the requests stays within (nearest rank)."""
        ordered = sorted(answer.first for answer in self.answers)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Peer(Protocol):
    """Something that serves many adapters over one base, ready to be measured."""

    def run(self, requests: Iterator[Request], in_flight: int, seconds: float) -> Trace:
        """Keep ``in_flight`` requests going; begin no new one when there is none or ``seconds`` have passed.

        Raises:
            PeerFailedError: an answer was not what was asked for.
        """

    def cold(self, first: Request, again: Request) -> float:
        """Seconds that a request for an adapter which nothing touched before takes longer to its first text than
        another, as long, right after.
        """


class Prompts:
    """Prompts that are all different, the same in every run: no peer can answer one from what it kept of another."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)  # noqa: S311  (words, not secrets)
        self._turn = 0

    def next(self) -> str:
        """Another one."""
        words = " ".join(self._random.choices(VOCABULARY.split(), k=PROMPT_WORDS))
        return f"Here are some words: {words}. A story:"

    def requests(self, adapters: Sequence[int], tokens: int) -> Iterator[Request]:
        """A request for each of the adapters with these numbers."""
        for adapter in adapters:
            yield Request(adapter=adapter, prompt=self.next(), tokens=tokens)

    def endless(self, adapters: int, tokens: int) -> Iterator[Request]:
        """Requests without end that take turns over so many adapters, going on where the last ones stopped: the next
        adapter is always the one that was not used for longest.
        """
        while True:
            turn, self._turn = self._turn, self._turn + 1
            yield Request(adapter=turn % adapters, prompt=self.next(), tokens=tokens)
