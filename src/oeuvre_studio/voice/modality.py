"""Voice, as the command line and the server see it: recordings → fit → evaluate → read aloud."""

from __future__ import annotations

import dataclasses
import math
import time
from typing import Any

from oeuvre_studio.artifacts import LoadedVersion, check_base
from oeuvre_studio.errors import WorksUnusableError
from oeuvre_studio.modalities import EvaluateRequest, GenerateRequest, TrainRequest, read_options
from oeuvre_studio.progress import Reporter
from oeuvre_studio.protocol import Report, TrainResult, dump
from oeuvre_studio.voice.adapter import voice_of
from oeuvre_studio.voice.audio import MIME, encode, loudness
from oeuvre_studio.voice.credit import Credit, credit_from, shares
from oeuvre_studio.voice.encoders import EncoderA, load_encoder_a
from oeuvre_studio.voice.fit import FitSettings
from oeuvre_studio.voice.gate import Gate, Subject, read_other
from oeuvre_studio.voice.inspection import load_inspector
from oeuvre_studio.voice.kokoro import RATE, load_kokoro
from oeuvre_studio.voice.languages import language
from oeuvre_studio.voice.marks import preview
from oeuvre_studio.voice.options import EvaluateOptions, GenerateOptions, TrainOptions, read_generate_options
from oeuvre_studio.voice.others import open_index
from oeuvre_studio.voice.phonemes import Pronunciations
from oeuvre_studio.voice.reader import Reader
from oeuvre_studio.voice.recordings import read_folder
from oeuvre_studio.voice.run import TrainingRun
from oeuvre_studio.voice.speech import Reading
from oeuvre_studio.voice.tone import ToneSettings
from oeuvre_studio.voice.voices import stock_space
from oeuvre_studio.voice.watermark import load_watermark


class VoiceModality:
    """Packs of styles for Kokoro, and tones over them."""

    makes_files = True

    def train(self, request: TrainRequest, reporter: Reporter) -> TrainResult:
        """See `TrainingRun`."""
        started = time.monotonic()
        options = read_options(TrainOptions, request.options, modality="voice")
        most = options.max_steps
        settings = FitSettings(steps=most) if most else FitSettings()
        tone = ToneSettings(tone_steps=most) if most else ToneSettings()
        result = TrainingRun(request, options, settings, tone, reporter).run()
        return dataclasses.replace(result, seconds=round(time.monotonic() - started, 1))

    def evaluate(self, request: EvaluateRequest, reporter: Reporter) -> Report:
        """The gate over a finished version: held out are the recordings it was not fitted to.

        Raises:
            WorksUnusableError: every given recording was fitted to, or none was.
            BaseMismatchError: the version was made for another file of Kokoro.
        """
        manifest, folder = request.version.manifest, request.models_dir
        options = read_options(EvaluateOptions, request.options, modality="voice")
        index = open_index(options.others_index, options.others_key)
        check_base(request.version.name, manifest, load_kokoro(folder).sha256)
        body = read_folder(request.works, load_inspector(folder))
        fitted = {work.sha256 for work in manifest.works if not work.held_out}
        training = tuple(work for work in body.works if work.sha256 in fitted)
        held_out = tuple(work for work in body.works if work.sha256 not in fitted)
        if not training or not held_out:
            raise WorksUnusableError(
                "Give the folder the version was made from: recordings it was fitted to, which show how like themselves they"
                " are, and recordings it was not, to measure it on."
            )
        pack, tone = voice_of(request.version)
        subject = Subject(
            model=manifest.model,
            language=language(str(manifest.hyperparameters["language"])),
            start_voice=str(manifest.hyperparameters["start_voice"]),
            pack=pack,
            tone=tone,
            training=training,
            held_out=held_out,
            credit=credit_of_version(request.version),
            refused=body.refused,
        )
        others = [read_other(other, folder) for other in request.others]
        return Gate(
            subject, folder, reporter=reporter, cancelled=request.cancelled, others_index=index
        ).report(others)  # fmt: skip

    def generate(self, request: GenerateRequest) -> list[dict[str, Any]]:
        """The text read aloud, ``n`` takes of it: ``content`` and ``suffix``, and ``preview`` where it is asked for.

        Raises:
            UsageError: an option or the text cannot be used.
            BaseMismatchError: the version was made for another file of Kokoro.
        """
        options = read_generate_options(request.options)
        folder, version = request.models_dir, request.version
        check_base(version.name, version.manifest, load_kokoro(folder).sha256)
        pack, tone = voice_of(version)
        watermark = load_watermark(folder) if options.mark else None
        reader = Reader(load_kokoro(folder).toned(tone), pack, stock_space(folder), watermark)
        spoken = language(options.language or str(version.manifest.hyperparameters["language"]))
        reading = Reading(spoken, options.speed, Pronunciations(options.pronunciations))
        credit, encoder = credit_of_version(version), load_encoder_a(folder)
        return [
            _output(reader, request.prompt, reading, options, request.seed + number, credit, encoder, version.name)
            for number in range(request.n)
        ]


def _output(
    reader: Reader, text: str, reading: Reading, options: GenerateOptions, seed: int, credit: Credit, encoder: EncoderA,
    version: str,
) -> dict[str, Any]:  # fmt: skip
    samples = reader.read(text, reading, seed=seed)
    seconds = len(samples) / RATE
    output: dict[str, Any] = {
        "content": encode(samples, RATE, options.format),
        "suffix": f".{options.format}",
        "mime": MIME[options.format],
        "seed": seed,
        "credit": [dump(share) for share in shares(credit, encoder.vector(samples, RATE))],
        "facts": {
            "seconds": round(seconds, 2),
            "language": reading.language.code,
            "speed": reading.speed,
            "characters": len(text),
            "loudness": round(loudness(samples, RATE), 2),
            "marked": "yes" if reader.watermark is not None else "no",
        },
        "units": math.ceil(seconds),
        "version": version,
    }
    if options.preview:
        output |= {"preview": encode(preview(samples, RATE), RATE, "mp3"), "preview_mime": MIME["mp3"]}
    return output


def credit_of_version(version: LoadedVersion) -> Credit:
    """Whom a version's pieces are owed to."""
    return credit_from(version.credit, [work for work in version.manifest.works if not work.held_out])


VOICE = VoiceModality()
"""What `oeuvre_studio.modalities` names."""
