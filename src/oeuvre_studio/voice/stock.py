"""The stock voices, measured: how each sounds to both encoders, reading the measured sentences. Kept once computed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from oeuvre_studio.voice.encoders import LEVEL, EncoderA, EncoderB, Vector, load_encoder_a, load_encoder_b
from oeuvre_studio.voice.kokoro import RATE, Kokoro, load_kokoro
from oeuvre_studio.voice.languages import Language
from oeuvre_studio.voice.reader import Reader
from oeuvre_studio.voice.sentences import sentences
from oeuvre_studio.voice.speech import Reading
from oeuvre_studio.voice.voices import StockSpace, stock_space
from oeuvre_studio.voice.watermark import STRENGTH, load_watermark

CACHE = ".voice-cache"
SCREENED = 3
"""Of the measured sentences, that all voices read; the best read all."""
FINALISTS = 3


class StockVoices:
    """Vectors of the stock voices, from the cache in the models folder or computed now (some minutes, once a language)."""

    def __init__(self, models_dir: Path, language: Language) -> None:
        self._language = language
        self._kokoro: Kokoro = load_kokoro(models_dir, threads=1)
        self.space: StockSpace = stock_space(models_dir)
        self._watermark = load_watermark(models_dir)
        self._encoders: dict[str, EncoderA | EncoderB] = {
            "a": load_encoder_a(models_dir),
            "b": load_encoder_b(models_dir),
        }
        self._sentences = sentences(language).measured
        made_of = [self._kokoro.sha256, language.code, self._sentences, sorted(self.space.packs), STRENGTH, LEVEL]
        digest = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:16]
        self._file = models_dir / CACHE / f"stock-{language.code}-{digest}.safetensors"
        self._known: dict[str, Vector] = {}
        if self._file.is_file():
            try:
                self._known = load_file(self._file)
            except (SafetensorError, OSError):  # half-written by another program: computed again
                self._known = {}

    def vectors(self, voice: str, encoder: str, numbers: Sequence[int]) -> list[Vector]:
        """The vectors of a voice reading these of the measured sentences, on encoder ``a`` or ``b``."""
        for number in numbers:
            if f"{voice}.{number}.a" not in self._known:
                reader = Reader(self._kokoro, self.space.packs[voice], self.space, self._watermark)
                samples = reader.read(self._sentences[number], Reading(self._language))
                for name, network in self._encoders.items():
                    self._known[f"{voice}.{number}.{name}"] = network.vector(samples, RATE)
        return [self._known[f"{voice}.{number}.{encoder}"] for number in numbers]

    def screen(self, advance: Callable[[int, int], None]) -> None:
        """Let all voices that are not known yet read the screened sentences; ``advance`` is told how many of how many have.

        Raises:
            Exception: whatever ``advance`` raises, such as that the run was cancelled; what was computed is kept.
        """
        unknown = [
            voice for voice in self.space.packs if any(f"{voice}.{n}.a" not in self._known for n in range(SCREENED))
        ]
        if not unknown:
            return
        try:
            for number, voice in enumerate(unknown):
                advance(number, len(unknown))
                self.vectors(voice, "a", range(SCREENED))
        finally:
            self.keep()

    def keep(self) -> None:
        """Write what is known to the cache; where the folder cannot be written to, it is computed again next time."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            temporary = self._file.with_suffix(f".{os.getpid()}.tmp")
            save_file(self._known, temporary)
            os.replace(temporary, self._file)
        except OSError:
            return

    def ranked(self, target: Vector, encoder: str) -> list[tuple[str, float]]:
        """All voices with their mean likeness to ``target`` on the screened sentences, the nearest first."""
        found = [
            (voice, float(np.mean([vector @ target for vector in self.vectors(voice, encoder, range(SCREENED))])))
            for voice in self.space.packs
        ]
        return sorted(found, key=lambda entry: (-entry[1], entry[0]))

    def best(self, target: Vector, encoder: str) -> tuple[str, float]:
        """The stock voice nearest to ``target``, and its likeness on all measured sentences."""
        numbers = range(len(self._sentences))
        finals = [
            (voice, float(np.mean([vector @ target for vector in self.vectors(voice, encoder, numbers)])))
            for voice, _ in self.ranked(target, encoder)[:FINALISTS]
        ]
        self.keep()
        return max(finals, key=lambda entry: entry[1])
