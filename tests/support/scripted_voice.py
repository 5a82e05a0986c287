"""What the studio's stand-in says of voices: a report with recordings in it, and of a reading that it is the right one."""

from __future__ import annotations

import base64
import dataclasses
from typing import TYPE_CHECKING, Any

from oeuvre_studio.protocol import (
    Bar,
    CreditShare,
    EncoderScore,
    LossPoint,
    Media,
    Report,
    Sample,
    VoiceDetails,
    WorkLikeness,
)
from tests.support.fake_voice import SCORES
from tests.support.scripted import scripted_report, work_hash
from tests.support.sounds import encoded, voice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oeuvre_studio.protocol import Status, WorkLine

SENTENCE = "The ferry leaves at seven, and the coffee on board is better than you think."
STOCK = "bf_emma"


def scripted_voice_report(model: str, works: Sequence[WorkLine], status: Status) -> Report:
    """A report of a voice: how near it comes, a sample of it, and the best ready-made voice to compare with."""
    closed = 0.44 if status == "passed" else 0.12
    kept = works[-1]
    details = VoiceDetails(
        language="en-gb",
        start_voice=STOCK,
        encoders=(EncoderScore("B", False, 0.71, STOCK, 0.81, 0.95, closed),),
        sentences=(),
        word_error_rate=0.04,
        stock_word_error_rate=0.05,
        pitch=None,
        real_time_factor=0.31,
        others=(),
        held_out=(WorkLikeness(kept.file, kept.title, 8.0, 0.81),),
        seconds_of_speech=60.0,
    )
    return dataclasses.replace(
        scripted_report(model, works, status),
        modality="voice",
        bars=(
            Bar("gap_closed", closed, "share", "≥ 30 %", closed >= 0.3),
            Bar("word_error_rate", 0.04, "share", "≤ 15 %", True),
            Bar("real_time_factor", 0.31, "s", "≤ 0.50", True),
        ),
        samples=(_sample(works[0], 1), _sample(works[0], 2, voice=f"stock voice {STOCK}")),
        curve=tuple(LossPoint(step, 0.5 - 0.02 * step, 0.4 - 0.01 * step) for step in range(1, 11)),
        details=details,
    )


def _sample(work: WorkLine, seed: int, **facts: str) -> Sample:
    sound = encoded(voice(seed, 3.0, rate=16_000), 16_000, "MP3")
    media = Media("audio/mpeg", base64.b64encode(sound).decode())
    return Sample(SENTENCE, seed, "", (), (CreditShare(work_hash(work), work.title, 1.0),), media, dict(facts))


def scripted_check() -> dict[str, Any]:
    """That a reading is of the voice and the phrase."""
    return {"passed": True, "scores": SCORES, "reasons": []}
