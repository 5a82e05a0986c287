"""From recordings to a voice: the pack first, then a tone over it."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from oeuvre_studio.errors import RunCancelledError
from oeuvre_studio.modalities import TrainRequest
from oeuvre_studio.progress import Reporter, Stopwatch
from oeuvre_studio.protocol import ProgressEvent
from oeuvre_studio.voice.alignment import Aligned, align, stretches
from oeuvre_studio.voice.audio import SPEECH_RATE, Samples
from oeuvre_studio.voice.choosing import Chooser
from oeuvre_studio.voice.encoders import load_encoder_a
from oeuvre_studio.voice.files import KOKORO, KOKORO_FILE, model_file
from oeuvre_studio.voice.fit import FitSettings, Fitter
from oeuvre_studio.voice.hearing import load_listener
from oeuvre_studio.voice.kokoro import Pack, load_kokoro
from oeuvre_studio.voice.languages import Language
from oeuvre_studio.voice.network.model import KokoroNetwork
from oeuvre_studio.voice.network.weights import load_network
from oeuvre_studio.voice.phonemes import phonemes, tokens
from oeuvre_studio.voice.sentences import sentences
from oeuvre_studio.voice.stock import StockVoices
from oeuvre_studio.voice.targets import Target, target_of
from oeuvre_studio.voice.tone import ToneFitter, ToneSettings
from oeuvre_studio.voice.toning import NO_TONE, Toned, Toning
from oeuvre_studio.voice.training import Fitted, Training
from oeuvre_studio.voice.voices import blend

LEAST_STRETCHES = 4
"""Of recordings that were understood, for a tone: one of them is kept apart to measure it."""


@dataclasses.dataclass(frozen=True)
class FittedVoice:
    """``pack`` as it is served, how it came about, and the ``tone`` over it; ``start_voice`` in words."""

    pack: Pack
    tone: Toned
    fitted: Fitted
    start_voice: str


class Fitting:
    """One fit of a voice. The same recordings, settings and seed give the same voice."""

    def __init__(
        self, request: TrainRequest, settings: FitSettings, tone: ToneSettings, spoken: Language, reporter: Reporter
    ) -> None:
        self._request, self._settings, self._tone_settings = request, settings, tone
        self._language, self._reporter = spoken, reporter
        self._watch = Stopwatch()

    def run(self, recordings: Sequence[Samples], *, folder: Path, fingerprint: str) -> FittedVoice:
        """Fit to recordings at 16 kHz; checkpoints go to ``folder``.

        Raises:
            RunCancelledError: asked to stop; ``--resume`` goes on.
            CheckpointMismatchError: the checkpoint is of another run.
            ModelUnavailableError: a model was not pulled.
        """
        request, models_dir = self._request, self._request.models_dir
        encoder, kokoro = load_encoder_a(models_dir), load_kokoro(models_dir, threads=1)
        stock = StockVoices(models_dir, self._language)
        stock.screen(self._screened)
        target = target_of([(samples, SPEECH_RATE) for samples in recordings], encoder)
        start, shares = blend(stock.space, stock.ranked(target.vector, "a"))
        network = load_network(model_file(KOKORO, KOKORO_FILE, models_dir))
        aligned = self._align(recordings, network, start)
        ids = [tokens(phonemes(text, self._language)) for text in sentences(self._language).fitted]
        chooser = Chooser(kokoro, encoder, load_listener(models_dir), stock.space, start, target, self._language)
        begun = time.monotonic()
        fitted = Training(
            Fitter(network, encoder, stock.space, start, target, ids, self._settings, seed=request.seed),
            chooser,
            self._settings,
            folder=folder,
            fingerprint=fingerprint,
            reporter=self._reporter,
            cancelled=request.cancelled,
            after=self._tone_settings.tone_steps,
        ).run(resume=request.resume, max_minutes=request.max_minutes)
        pack = np.ascontiguousarray(stock.space.moved(start, fitted.coordinates))
        toning = self._toning(aligned, network, chooser, pack, target, ids, folder, fingerprint)
        left = None if request.max_minutes is None else request.max_minutes - (time.monotonic() - begun) / 60
        tone = NO_TONE if toning is None else toning.run(pack, resume=request.resume, max_minutes=left)
        return FittedVoice(pack, tone, fitted, ", ".join(f"{voice} {share:.0%}" for voice, share in shares.items()))

    def _align(self, recordings: Sequence[Samples], network: KokoroNetwork, pack: Pack) -> list[Aligned]:
        """Some stretches of the recordings, with what the network has to say to say the same."""
        cut = [samples for recording in recordings for samples in stretches(recording)]
        order = np.random.default_rng(self._request.seed).permutation(len(cut))
        listener = load_listener(self._request.models_dir)
        return align(
            [cut[i] for i in sorted(order[: self._tone_settings.tone_stretches])],
            words=lambda samples: listener.words(samples, SPEECH_RATE, self._language.spoken),
            tokens=lambda text: tokens(phonemes(text, self._language)),
            network=network,
            pack=pack,
            advance=self._prepared,
        )

    def _toning(
        self, aligned: list[Aligned], network: KokoroNetwork, chooser: Chooser, pack: Pack, target: Target,
        ids: list[list[int]], folder: Path, fingerprint: str,
    ) -> Toning | None:  # fmt: skip
        if len(aligned) < LEAST_STRETCHES:
            self._reporter.say(
                "Too little of the recordings was understood to fit a tone; the voice is its pack alone."
            )
            return None
        encoder, settings = load_encoder_a(self._request.models_dir), self._tone_settings
        return Toning(
            ToneFitter(network, encoder, target, pack, aligned, ids, settings, seed=self._request.seed),
            chooser,
            settings,
            folder=folder,
            fingerprint=fingerprint,
            reporter=self._reporter,
            cancelled=self._request.cancelled,
            before=self._settings.steps,
        )

    def _screened(self, done: int, of: int) -> None:
        if done == 0:
            self._reporter.say(f"Listening to the {of} stock voices; what they sound like is kept for later runs.")
        self._prepared(done, of)

    def _prepared(self, done: int, of: int) -> None:
        if self._request.cancelled():
            raise RunCancelledError("The run was stopped before training began.")
        self._reporter.progress(ProgressEvent("preparing", done + 1, of, eta_seconds=self._watch.left(done + 1, of)))
