"""Voices: they speak a text in one piece, are counted in seconds and handed out as recordings."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext_lazy

from oeuvre.domains.creation.errors import PromptInvalidError, StudioRefusedError
from oeuvre.domains.creation.modalities.base import (
    About,
    Choice,
    CreationModality,
    FileFormat,
    Least,
    Made,
    Option,
    Phrases,
    Preview,
    TrainingInput,
    Wanted,
)
from oeuvre.domains.creation.phrases import SPOKEN
from oeuvre.domains.portfolio.states import Modality
from oeuvre.kit.files import sniffing
from oeuvre.kit.files.sounds import sound_convert

if TYPE_CHECKING:
    from collections.abc import Mapping

    from oeuvre.domains.creation.modalities.base import StoredWork, Watch
    from oeuvre.domains.creation.ports import Studio

SPEED, LANGUAGE = "speed", "language"
SLOWEST, FASTEST = 0.5, 2.0
"""Of the usual pace; the studio's limits."""
_TYPICAL = 30
"""Seconds of the piece that a price is reckoned with before a text is known: a radio spot."""
_AS_RECORDED = ""


class Voices(CreationModality):
    """Models that speak in the manner of somebody."""

    name: ClassVar = Modality.VOICE
    phrases: ClassVar = Phrases(
        ask=gettext_lazy("Make a preview"),
        ask_logged_out=gettext_lazy("Log in and make a preview"),
        at_work=gettext_lazy("It is speaking"),
        seed_help=gettext_lazy("A whole number. The same text, speed and seed give the same recording again."),
        refused="%(model)s does not speak about “%(topic)s”. If you think this is a mistake, appeal.",
        nothing_made="There was nothing to speak in this text. Write it in words.",
        yours=gettext_lazy("You pay once. The recording, its credentials, certificate and receipt are yours at once."),
        size_heading=gettext_lazy("Length in all"),
        digest_heading=gettext_lazy("Recording (SHA-256)"),
        itself=gettext_lazy("the recording itself"),
        credit=gettext_lazy(
            "An estimate: how alike each recording and this piece sound, on the measure that the voice was fitted with."
        ),
        prompt=gettext_lazy("What should it say?"),
        prompt_help=gettext_lazy(
            "Word for word, as it is to be heard. Numbers and names are safest written out. 75 words take half a minute."
        ),
    )
    least: ClassVar = Least(works=8, size=60)
    """Less gives a voice that is near one recording instead of the person."""
    needs_consent: ClassVar = True
    options: ClassVar = (
        Option(
            SPEED,
            gettext_lazy("How fast?"),
            (
                Choice("slow", gettext_lazy("Slower, for explaining"), {SPEED: 0.85}),
                Choice("usual", gettext_lazy("At the voice's own pace"), {}),
                Choice("fast", gettext_lazy("Faster, for a short spot"), {SPEED: 1.15}),
            ),
            "usual",
        ),
        Option(
            LANGUAGE,
            gettext_lazy("In which language is the text?"),
            (
                Choice("recorded", gettext_lazy("The one of the recordings"), {}),
                *(Choice(spoken.code, spoken.label, {LANGUAGE: spoken.code}) for spoken in SPOKEN.values()),
            ),
            "recorded",
        ),
    )
    formats: ClassVar = (
        FileFormat("wav", sniffing.WAV, "WAV"),
        FileFormat("mp3", sniffing.MP3, "MP3"),
        FileFormat("flac", sniffing.FLAC, "FLAC"),
    )
    typical_units: ClassVar = _TYPICAL
    typical_said: ClassVar = gettext_lazy("about 30 seconds, 75 words")

    @property
    def rate(self) -> int:
        return settings.COMPUTE_MILLICENTS_PER_SECOND

    def units_said(self, units: int) -> str:
        return f"{units} seconds"

    def training_input(self, work: StoredWork) -> TrainingInput:
        return TrainingInput(content=work.content())

    def options_clean(self, options: Mapping[str, Any]) -> dict[str, Any]:
        if unknown := options.keys() - {SPEED, LANGUAGE}:
            raise PromptInvalidError(f"A voice has no option {', '.join(sorted(unknown))}.")
        speed = options.get(SPEED, 1.0)
        if isinstance(speed, bool) or not isinstance(speed, int | float) or not SLOWEST <= speed <= FASTEST:
            raise PromptInvalidError(f"A voice speaks at {SLOWEST:g} to {FASTEST:g} times its own pace.")
        language = options.get(LANGUAGE, _AS_RECORDED)
        if language != _AS_RECORDED and language not in SPOKEN:
            raise PromptInvalidError(f"Voices speak {', '.join(SPOKEN)}. Choose one of these languages.")
        return {SPEED: float(speed), LANGUAGE: language}

    def units_expected(self, options: Mapping[str, Any]) -> int:
        return math.ceil(_TYPICAL / float(options[SPEED]))

    def make(self, studio: Studio, wanted: Wanted, watch: Watch) -> Made | None:
        told = {name: value for name, value in wanted.options.items() if value != _AS_RECORDED}
        made = studio.make(
            version=wanted.version,
            modality=self.name,
            prompt=wanted.prompt,
            seed=wanted.seed,
            options={**told, "format": "wav", "preview": True},
            asked_by=wanted.asked_by,
            is_wanted=watch,
        )
        if made is None:
            return None
        if not made.preview:
            raise StudioRefusedError("The studio sent no preview of the recording; is it another release?")
        return Made(
            content=made.content,
            mime=made.mime,
            size=round(float(made.facts.get("seconds", made.units)), 2),
            units=made.units,
            preview=Preview(content=made.preview, mime=made.preview_mime),
            credit=made.credit,
            facts=made.facts,
        )

    def render(self, content: bytes, fmt: FileFormat, about: About) -> bytes:
        return sound_convert(content, sniffing.WAV, fmt.mime)
