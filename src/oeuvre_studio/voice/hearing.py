"""What was said, by Whisper (Radford et al. 2022, arXiv:2212.04356): the base model, int8, one thread."""

from __future__ import annotations

import functools
import unicodedata
from pathlib import Path

import ctranslate2
import tokenizers
from rapidfuzz.distance import Levenshtein
from transformers import WhisperFeatureExtractor

from oeuvre_studio.catalog import model_folder
from oeuvre_studio.voice.audio import SPEECH_RATE, Samples, resample
from oeuvre_studio.voice.files import LISTENER

LONGEST = 30.0
"""Seconds that Whisper hears at a time; what comes later is not heard."""


class Listener:
    """Writes down up to 30 s of speech."""

    def __init__(self, folder: Path) -> None:
        self._model = ctranslate2.models.Whisper(str(folder), device="cpu", compute_type="int8", intra_threads=1)
        self._features = WhisperFeatureExtractor(feature_size=80)  # type: ignore[no-untyped-call]
        self._tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))

    def _heard(self, samples: Samples, rate: int) -> ctranslate2.StorageView:
        at_rate = resample(samples, rate, SPEECH_RATE)
        found = self._features(at_rate, sampling_rate=SPEECH_RATE, return_tensors="np").input_features
        return ctranslate2.StorageView.from_array(found.astype("float32"))

    def words(self, samples: Samples, rate: int, spoken: str) -> str:
        """The words, as Whisper spells them. ``spoken``: its code of the language."""
        marks = ("<|startoftranscript|>", f"<|{spoken}|>", "<|transcribe|>", "<|notimestamps|>")
        prompt = [self._tokenizer.token_to_id(mark) for mark in marks]
        found = self._model.generate(self._heard(samples, rate), [prompt], beam_size=1)
        return str(self._tokenizer.decode(found[0].sequences_ids[0])).strip()

    def language(self, samples: Samples, rate: int) -> str:
        """The code of the language it sounds most like."""
        best: str = self._model.detect_language(self._heard(samples, rate))[0][0][0]
        return best.strip("<|>")


def plain_words(text: str) -> list[str]:
    """Words in lower case, without punctuation."""
    kept = (c if c.isalnum() else " " for c in unicodedata.normalize("NFKC", text).lower())
    return "".join(kept).split()


def word_errors(wanted: str, heard: str) -> float:
    """Word error rate: words to put in, take out or change, for each word wanted."""
    words = plain_words(wanted)
    return Levenshtein.distance(words, plain_words(heard)) / max(len(words), 1)


@functools.lru_cache(maxsize=1)
def load_listener(models_dir: Path) -> Listener:
    """Whisper from the models folder; loaded once.

    Raises:
        ModelUnavailableError: it was not pulled.
    """
    return Listener(model_folder(LISTENER, models_dir))
